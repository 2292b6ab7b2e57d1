//! What a Client answers to our PUBLISH packets.

use wirecheck_codecs::mqtt::{Acknowledgement, PacketIdentifier, PacketType, QoS, Version};

use super::session::InFlight;
use super::state::{LinkId, State};

impl State {
    pub(super) fn puback(&mut self, id: LinkId, ack: &Acknowledgement<'_>) {
        let error = ack.reason_code.is_error();
        let keeps = self.faulty("redelivers-after-puback")
            || error && self.faulty("redelivers-after-refusal");
        let taken = self.finish(id, ack.packet_identifier, keeps, |entry| {
            entry.outgoing.qos == QoS::AtLeastOnce
        });
        if error {
            self.refused_by_member(id, taken);
        }
        self.refill(id);
    }

    pub(super) fn pubrec(&mut self, id: LinkId, ack: &Acknowledgement<'_>) {
        let identifier = ack.packet_identifier;
        let error = ack.reason_code.is_error();
        let Some(client) = self.links.get(&id).map(|link| link.client.clone()) else { return };
        let Some(session) = self.sessions.get_mut(&client) else { return };
        let entry = session.in_flight.iter_mut().find(|entry| {
            entry.identifier == identifier
                && entry.outgoing.qos == QoS::ExactlyOnce
                && !entry.finished
        });
        let Some(entry) = entry else {
            // There is nothing to release; the answer lets the Client forget the identifier.
            if !error {
                let v5 = self.version(id) == Version::V5;
                let (code, text) = if v5 { (0x92, "no such message") } else { (0, "") };
                self.acknowledge(id, PacketType::PUBREL, identifier, code, text);
            }
            return;
        };
        if error && !entry.released {
            let keeps = self.faulty("redelivers-after-pubrec-refusal");
            let taken = self.finish(id, identifier, keeps, |entry| !entry.released);
            if self.faulty("pubrel-after-refusal") {
                self.acknowledge(id, PacketType::PUBREL, identifier, 0, "");
            }
            self.refused_by_member(id, taken);
            self.refill(id);
            return;
        }
        // MQTT5-4.3.3-4, MQTT311-4.3.3-1
        entry.released = true;
        if self.faulty("refills-quota-at-pubrec") {
            let Some(session) = self.sessions.get_mut(&client) else { return };
            for entry in &mut session.in_flight {
                entry.finished |= entry.identifier == identifier;
            }
        }
        if !self.faulty("no-pubrel") {
            let identifier = self.wrong(identifier, "pubrel-wrong-identifier");
            self.acknowledge(id, PacketType::PUBREL, identifier, 0, "");
        }
        if self.faulty("refills-quota-at-pubrec") {
            self.refill(id);
        }
    }

    pub(super) fn pubcomp(&mut self, id: LinkId, ack: &Acknowledgement<'_>) {
        let keeps = self.faulty("redelivers-after-pubcomp");
        self.finish(id, ack.packet_identifier, keeps, |entry| entry.released);
        self.refill(id);
    }

    /// Takes the message out of flight, or only marks it, by a fault.
    fn finish(
        &mut self,
        id: LinkId,
        identifier: PacketIdentifier,
        keeps: bool,
        fits: impl Fn(&InFlight) -> bool,
    ) -> Option<InFlight> {
        let miscounts = self.faulty("quota-never-refilled") || self.faulty("refills-quota-twice");
        let marked = self.faulty("refills-quota-at-pubrec");
        let link = self.links.get_mut(&id)?;
        let session = self.sessions.get_mut(&link.client)?;
        let index = session.in_flight.iter().position(|entry| {
            entry.identifier == identifier && (!entry.finished || marked) && fits(entry)
        })?;
        if miscounts {
            link.miscounted += 1;
        }
        if keeps {
            let entry = session.in_flight.get_mut(index)?;
            entry.finished = true;
            return Some(entry.clone());
        }
        Some(session.in_flight.remove(index))
    }

    fn refill(&mut self, id: LinkId) {
        if let Some(client) = self.links.get(&id).map(|link| link.client.clone()) {
            self.pump(&client);
        }
    }

    /// MQTT5-4.8.2-6: a message that a member refuses is dropped.
    fn refused_by_member(&mut self, id: LinkId, entry: Option<InFlight>) {
        if !self.faulty("shared-offers-refused-again") {
            return;
        }
        let Some(client) = self.links.get(&id).map(|link| link.client.clone()) else { return };
        if let Some(entry) = entry
            && let Some(share) = entry.outgoing.share
        {
            self.offer(share, &entry.outgoing.message, &client);
        }
    }
}
