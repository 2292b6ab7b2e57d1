//! PUBLISH from a Client: Topic Aliases, QoS 0, 1 and 2 (3.3, 4.3), retained messages.

use std::sync::Arc;

use wirecheck_codecs::mqtt::{
    Acknowledgement, Delivery, Message, PacketIdentifier, PacketType, Properties, Property,
    Publish, QoS, ReasonCode, Version,
};

use super::owned::{Application, Extras};
use super::state::{LinkId, Phase, State};

impl State {
    pub(super) fn publish(&mut self, id: LinkId, publish: &Publish<'_>) {
        let Some(topic) = self.resolve_alias(id, publish) else { return };
        if topic.ends_with("/crash") {
            self.crash();
            if self.dead || self.deaf {
                return;
            }
        }
        let v5 = self.version(id) == Version::V5;
        let qos = publish.delivery.qos();
        let above = qos > self.maximum_qos() && !self.faulty("accepts-qos-above-maximum");
        let hidden = qos == QoS::ExactlyOnce && self.faulty("hides-maximum-qos");
        if v5 && (above || hidden) {
            self.fail(id, 0x9B, "a QoS above the Maximum QoS");
            return;
        }
        let takes = self.faulty("accepts-retain-unavailable");
        if v5 && publish.retain && self.varies("no-retain") && !takes {
            self.fail(id, 0x9A, "retained messages are not supported");
            return;
        }
        let mut message = self.application(id, &topic, publish);
        // 4.7.2: `$SYS` is the broker's own.
        if topic.starts_with("$SYS/") && !self.faulty("lets-clients-publish-to-sys") {
            message.private = true;
        }
        match publish.delivery {
            Delivery::AtMostOnce => {
                self.accept(message);
                if self.faulty("acknowledges-qos-0") {
                    self.acknowledge(id, PacketType::PUBACK, PacketIdentifier::MIN, 0, "");
                }
            }
            Delivery::AtLeastOnce { packet_identifier, .. } => {
                self.publish_qos_1(id, packet_identifier, message);
            }
            Delivery::ExactlyOnce { packet_identifier, .. } => {
                self.publish_qos_2(id, packet_identifier, message);
            }
        }
    }

    /// The message in a PUBLISH.
    pub(super) fn application(
        &self,
        id: LinkId,
        topic: &str,
        publish: &Publish<'_>,
    ) -> Application {
        let publisher = self.links.get(&id).map(|link| link.client.clone()).unwrap_or_default();
        Application {
            topic: topic.to_owned(),
            payload: publish.payload.into(),
            qos: publish.delivery.qos(),
            retain: publish.retain,
            dup: publish.delivery.dup(),
            private: false,
            extras: Extras::of(&publish.properties, self.now),
            publisher,
        }
    }

    /// Takes over a message: stores it if it is to be retained, and passes it on. Returns how many
    /// Subscriptions matched.
    pub(super) fn accept(&mut self, message: Application) -> usize {
        let empty = message.payload.is_empty();
        let swallowed = empty && message.retain && self.faulty("swallows-empty-retained")
            || empty && self.faulty("drops-empty-payload");
        if message.private {
            return 0;
        }
        self.retain(&message);
        if swallowed { 0 } else { self.route(&Arc::new(message)) }
    }

    /// The Topic Name behind an alias (3.3.2.3.4). `None` if the connection was closed for it.
    fn resolve_alias(&mut self, id: LinkId, publish: &Publish<'_>) -> Option<String> {
        let alias = publish.properties.iter().find_map(|property| match property {
            Property::TopicAlias(alias) => Some(alias),
            _ => None,
        });
        let name = publish.topic_name;
        let Some(alias) = alias else { return Some(name.to_owned()) };
        let maximum = self.topic_alias_maximum();
        let above = alias > maximum && !self.faulty("accepts-alias-above-maximum");
        if above || alias == maximum && self.faulty("refuses-highest-alias") {
            self.fail(id, 0x94, "a Topic Alias above the Topic Alias Maximum");
            return None;
        }
        let sticky = self.faulty("never-rebinds-alias");
        let lenient = self.faulty("accepts-unknown-alias");
        let forgets = self.faulty("forgets-alias-after-use");
        let aliases = &mut self.links.get_mut(&id)?.aliases_in;
        if !name.is_empty() {
            if !(sticky && aliases.contains_key(&alias)) {
                aliases.insert(alias, name.to_owned());
            }
            return Some(name.to_owned());
        }
        let known = aliases.get(&alias).cloned();
        if forgets {
            aliases.remove(&alias);
        }
        if known.is_none() && !lenient {
            self.fail(id, 0x82, "a Topic Alias that stands for no Topic Name");
        }
        known
    }

    /// MQTT5-4.3.2-4, MQTT311-4.3.2-2
    fn publish_qos_1(&mut self, id: LinkId, identifier: PacketIdentifier, message: Application) {
        let v5 = self.version(id) == Version::V5;
        if v5 && self.exhausted(id, None) {
            return;
        }
        if message.private && v5 {
            self.acknowledge(id, PacketType::PUBACK, identifier, 0x87, "not the Client's topic");
            return;
        }
        if message.private && self.faulty("ignores-unauthorized-publish") {
            return;
        }
        let client = message.publisher.clone();
        let drops_repeats = self.faulty("drops-repeated-qos-1");
        let Some(session) = self.sessions.get_mut(&client) else { return };
        if v5 && session.received.contains_key(&identifier.get()) {
            let text = "the identifier belongs to a QoS 2 message";
            self.acknowledge(id, PacketType::PUBACK, identifier, 0x91, text);
            return;
        }
        let repeated = !session.completed.insert(identifier.get()) && message.dup;
        if repeated && drops_repeats {
            self.acknowledge(id, PacketType::PUBACK, identifier, 0, "");
            return;
        }
        if v5 && self.refused_by_policy() {
            self.acknowledge(id, PacketType::PUBACK, identifier, 0x87, "refused by policy");
            return;
        }
        // What the publisher itself has subscribed to comes before or after its acknowledgement.
        if self.varies("publish-before-puback") {
            let matched = self.accept(message);
            self.puback_for(id, identifier, matched);
        } else {
            let matched = self.matching(&message);
            self.puback_for(id, identifier, matched);
            self.accept(message);
        }
    }

    fn puback_for(&mut self, id: LinkId, identifier: PacketIdentifier, matched: usize) {
        if self.faulty("no-puback") {
            return;
        }
        let packet =
            if self.faulty("pubrec-for-qos-1") { PacketType::PUBREC } else { PacketType::PUBACK };
        let identifier = self.wrong(identifier, "puback-wrong-identifier");
        self.acknowledge_matched(id, packet, identifier, matched);
    }

    /// MQTT5-4.3.3-8 to -12, MQTT311-4.3.3-2. By default the message is passed on at once.
    fn publish_qos_2(&mut self, id: LinkId, identifier: PacketIdentifier, message: Application) {
        let v5 = self.version(id) == Version::V5;
        let client = message.publisher.clone();
        let Some(session) = self.sessions.get(&client) else { return };
        let known = session.received.contains_key(&identifier.get())
            || session.completed.contains(&identifier.get())
                && self.faulty("keeps-identifier-after-pubcomp")
            || message.dup && self.faulty("takes-dup-for-repetition");
        if v5 && self.exhausted(id, Some(identifier.get())) {
            return;
        }
        if known && !message.dup && self.faulty("holds-refused-identifier-in-use") {
            self.acknowledge(id, PacketType::PUBREC, identifier, 0x91, "in use");
            return;
        }
        if known && !self.faulty("delivers-qos-2-repetition") {
            if let Some(link) = self.links.get_mut(&id) {
                link.unreleased.insert(identifier.get());
            }
            if !self.faulty("no-pubrec-for-repetition") {
                self.pubrec_for(id, identifier, 1);
            }
            return;
        }
        if v5 && message.private {
            let remembers = self.faulty("remembers-refused-identifier")
                || self.faulty("holds-refused-identifier-in-use");
            if remembers && let Some(session) = self.sessions.get_mut(&client) {
                session.received.insert(identifier.get(), None);
            }
            self.acknowledge(id, PacketType::PUBREC, identifier, 0x87, "not the Client's topic");
            return;
        }
        if v5 && self.refused_by_policy() {
            self.acknowledge(id, PacketType::PUBREC, identifier, 0x87, "refused by policy");
            return;
        }
        let matched = self.matching(&message);
        let waits = self.varies("onward-at-pubrel");
        let stored = (waits || self.faulty("expires-received-identifier")).then(|| message.clone());
        if let Some(session) = self.sessions.get_mut(&client) {
            session.received.insert(identifier.get(), stored);
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.unreleased.insert(identifier.get());
        }
        if self.varies("publish-before-puback") && !waits {
            self.accept(message);
            self.pubrec_for(id, identifier, matched);
            return;
        }
        self.pubrec_for(id, identifier, matched);
        if !waits {
            self.accept(message);
        }
    }

    fn pubrec_for(&mut self, id: LinkId, identifier: PacketIdentifier, matched: usize) {
        if self.faulty("no-pubrec") {
            return;
        }
        let packet =
            if self.faulty("puback-for-qos-2") { PacketType::PUBACK } else { PacketType::PUBREC };
        let identifier = self.wrong(identifier, "pubrec-wrong-identifier");
        self.acknowledge_matched(id, packet, identifier, matched);
    }

    /// PUBREL from a Client.
    pub(super) fn pubrel(&mut self, id: LinkId, ack: &Acknowledgement<'_>) {
        let identifier = ack.packet_identifier;
        let Some(link) = self.links.get_mut(&id) else { return };
        link.unreleased.remove(&identifier.get());
        let client = link.client.clone();
        let Some(session) = self.sessions.get_mut(&client) else { return };
        let known = session.received.remove(&identifier.get());
        session.completed.insert(identifier.get());
        let found = known.is_some();
        let late = self.faulty("expires-received-identifier");
        match known {
            Some(Some(message)) if late && message.extras.expired(self.now) => return,
            Some(Some(message)) if !late => {
                self.accept(message);
            }
            _ => {}
        }
        if self.faulty("no-pubcomp") || !found && self.faulty("no-pubcomp-for-unknown") {
            return;
        }
        let identifier = self.wrong(identifier, "pubcomp-wrong-identifier");
        let v5 = self.version(id) == Version::V5;
        let (code, text) =
            if found || !v5 { (0, "") } else { (0x92, "no message waits for this PUBREL") };
        self.acknowledge(id, PacketType::PUBCOMP, identifier, code, text);
    }

    /// MQTT5-3.3.4-7: closes the connection of a Client with more open messages than announced.
    fn exhausted(&mut self, id: LinkId, identifier: Option<u16>) -> bool {
        let Some(link) = self.links.get(&id) else { return true };
        let open = &link.unreleased;
        let again = identifier.is_some_and(|identifier| open.contains(&identifier));
        if again || open.len() < usize::from(self.receive_maximum()) {
            return false;
        }
        if self.faulty("no-inbound-quota") {
            return false;
        }
        self.fail(id, 0x93, "more messages than the Receive Maximum allows");
        true
    }

    /// True for one request in three under the variant that refuses by policy.
    pub(super) fn refused_by_policy(&mut self) -> bool {
        self.requests = self.requests.wrapping_add(1);
        let turn = self.requests.wrapping_add(self.options.seed) % 3;
        turn == 0 && self.varies("refuses-by-policy")
    }

    fn acknowledge_matched(
        &mut self,
        id: LinkId,
        packet: PacketType,
        identifier: PacketIdentifier,
        matched: usize,
    ) {
        if matched == 0 && self.version(id) == Version::V5 {
            self.acknowledge(id, packet, identifier, 0x10, "no subscription matches");
        } else {
            self.acknowledge(id, packet, identifier, 0, "");
        }
    }

    /// Sends PUBACK, PUBREC, PUBREL or PUBCOMP.
    pub(super) fn acknowledge(
        &mut self,
        id: LinkId,
        packet: PacketType,
        packet_identifier: PacketIdentifier,
        code: u8,
        text: &str,
    ) {
        let reason = [Property::ReasonString(text)];
        let properties =
            if text.is_empty() { Properties::EMPTY } else { Properties::Given(&reason) };
        let ack = Acknowledgement { packet_identifier, reason_code: ReasonCode(code), properties };
        let message = match packet {
            PacketType::PUBACK => Message::PubAck(ack),
            PacketType::PUBREC => Message::PubRec(ack),
            PacketType::PUBREL => Message::PubRel(ack),
            _ => Message::PubComp(ack),
        };
        self.send(id, &message);
    }

    /// The identifier, or under the fault another one.
    pub(super) fn wrong(&self, identifier: PacketIdentifier, fault: &str) -> PacketIdentifier {
        if self.faulty(fault) {
            identifier.checked_add(1).unwrap_or(PacketIdentifier::MIN)
        } else {
            identifier
        }
    }

    /// What the robustness faults do on a Topic Name that ends in `/crash`, or on garbage.
    pub(super) fn crash(&mut self) {
        if self.faulty("goes-deaf") {
            self.deaf = true;
        }
        if self.faulty("dies-on-crash-topic") {
            self.dead = true;
            for link in self.links.values_mut() {
                link.phase = Phase::Closing;
                link.output.clear();
                link.wake.notify_one();
            }
        }
    }
}
