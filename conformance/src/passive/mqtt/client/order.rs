//! The order of a client's acknowledgements (4.6).

use std::collections::VecDeque;

use wirecheck_codecs::mqtt::PacketType;

use super::{Findings, Rule};

client_rules! {
    PUBACK "puback-order" [Mqtt50 "MQTT5-4.6.0-2", Mqtt311 "MQTT311-4.6.0-2"];
    PUBREC "pubrec-order" [Mqtt50 "MQTT5-4.6.0-3", Mqtt311 "MQTT311-4.6.0-3"];
    PUBREL "pubrel-order" [Mqtt50 "MQTT5-4.6.0-4", Mqtt311 "MQTT311-4.6.0-4"];
}

/// How many packets that wait for an acknowledgement are kept in order.
const MOST: usize = 1024;

/// What the client has received and not acknowledged, in its order.
#[derive(Debug, Default)]
pub(super) struct Order {
    puback: Queue,
    pubrec: Queue,
    pubrel: Queue,
}

#[derive(Debug, Default)]
struct Queue {
    /// Packet Identifiers, and whether what came later was acknowledged before.
    waiting: VecDeque<(u16, bool)>,
    /// What came twice, or was too much, has no order that could be told.
    is_lost: bool,
}

impl Order {
    /// The server published, `once` at QoS 2.
    pub(super) fn published(&mut self, identifier: u16, once: bool, dup: bool) {
        let queue = if once { &mut self.pubrec } else { &mut self.puback };
        queue.is_lost |= dup;
        queue.push(identifier);
    }

    /// The server has received a PUBLISH.
    pub(super) fn pubrec(&mut self, identifier: u16) {
        self.pubrel.push(identifier);
    }

    /// The client sent an acknowledgement, or PUBREL.
    pub(super) fn acknowledged(
        &mut self,
        findings: &mut Findings,
        packet: PacketType,
        identifier: u16,
        entry: usize,
    ) {
        let (queue, rule): (_, &Rule) = match packet {
            PacketType::PUBACK => (&mut self.puback, &PUBACK),
            PacketType::PUBREC => (&mut self.pubrec, &PUBREC),
            PacketType::PUBREL => (&mut self.pubrel, &PUBREL),
            _ => return,
        };
        let Some(overtaken) = queue.take(identifier) else { return };
        findings.judge(rule, entry, overtaken, || {
            let name = packet.name();
            let text =
                format!("{name} of Packet Identifier {identifier} follows one that was due later");
            (text, format!("{} out of order", packet.key()))
        });
    }
}

impl Queue {
    fn push(&mut self, identifier: u16) {
        let again = self.waiting.iter().any(|(known, _)| *known == identifier);
        self.is_lost |= again || self.waiting.len() >= MOST;
        match self.is_lost {
            true => self.waiting.clear(),
            false => self.waiting.push_back((identifier, false)),
        }
    }

    /// Whether a later one was taken before, if that is known.
    fn take(&mut self, identifier: u16) -> Option<bool> {
        let place = self.waiting.iter().position(|(known, _)| *known == identifier)?;
        self.waiting.iter_mut().take(place).for_each(|(_, overtaken)| *overtaken = true);
        self.waiting.remove(place).map(|(_, overtaken)| overtaken)
    }
}
