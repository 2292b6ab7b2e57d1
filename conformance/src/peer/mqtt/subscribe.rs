//! SUBSCRIBE and UNSUBSCRIBE (3.8 to 3.11), and the retained messages that a Subscription brings.

use wirecheck_codecs::mqtt::{
    List, Message, PacketIdentifier, Properties, Property, QoS, ReasonCode, SubAck, Subscribe,
    Subscription, UnsubAck, Unsubscribe, Version, topic,
};

use super::session::{Held, Outgoing};
use super::state::{LinkId, State, limits};

impl State {
    pub(super) fn subscribe(&mut self, id: LinkId, packet: &Subscribe<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        let (client, version) = (link.client.clone(), link.version);
        let identifier = packet.properties.iter().find_map(|property| match property {
            Property::SubscriptionIdentifier(identifier) => Some(identifier),
            _ => None,
        });
        let takes = self.faulty("accepts-subscription-identifiers-unavailable");
        if identifier.is_some() && self.varies("no-subscription-identifiers") && !takes {
            self.fail(id, 0xA1, "subscription identifiers are not supported");
            return;
        }
        if let Some((code, text)) = self.unavailable(version, packet) {
            self.fail(id, code, text);
            return;
        }
        let in_use = self.in_use(id, packet.packet_identifier);
        let mut codes = Vec::new();
        let mut retained = Vec::new();
        let last = packet.subscriptions.count().saturating_sub(1);
        for (index, wanted) in packet.subscriptions.iter().enumerate() {
            if index > 0 && self.faulty("subscribes-first-filter-only")
                || index < last && self.faulty("subscribes-last-filter-only")
            {
                codes.push(ReasonCode(wanted.maximum_qos.level()));
                continue;
            }
            let code = if in_use {
                0x91
            } else {
                self.take(&client, version, &wanted, identifier, &mut retained)
            };
            codes.push(ReasonCode(if code >= 0x80 && version != Version::V5 {
                0x80
            } else {
                code
            }));
        }
        self.suback(id, packet, codes);
        for outgoing in retained {
            self.enqueue(&client, outgoing);
        }
    }

    /// True if the identifier belongs to a QoS 2 message that the Client has not released; 3.1.1 has
    /// no code to say so.
    fn in_use(&self, id: LinkId, identifier: PacketIdentifier) -> bool {
        let Some(link) = self.links.get(&id) else { return false };
        let session = self.sessions.get(&link.client);
        link.version == Version::V5
            && session.is_some_and(|session| session.received.contains_key(&identifier.get()))
    }

    /// What a SUBSCRIBE asks for although CONNACK has excluded it: in 5.0 a Protocol Error
    /// (3.2.2.3.11 to 3.2.2.3.13).
    fn unavailable(&self, version: Version, packet: &Subscribe<'_>) -> Option<(u8, &'static str)> {
        if version != Version::V5 {
            return None;
        }
        let filters = || packet.subscriptions.iter().map(|wanted| wanted.topic_filter);
        let takes = self.faulty("accepts-shared-unavailable");
        if self.varies("no-shared-subscriptions")
            && !takes
            && filters().any(|it| topic::shared(it).is_some())
        {
            return Some((0x9E, "shared subscriptions are not supported"));
        }
        let takes = self.faulty("accepts-wildcards-unavailable");
        if self.varies("no-wildcards") && !takes && filters().any(|it| it.contains(['#', '+'])) {
            return Some((0xA2, "wildcard subscriptions are not supported"));
        }
        None
    }

    /// Takes one Subscription; returns its reason code and adds the retained messages it brings.
    fn take(
        &mut self,
        client: &str,
        version: Version,
        wanted: &Subscription<'_>,
        identifier: Option<u32>,
        retained: &mut Vec<Outgoing>,
    ) -> u8 {
        let filter = wanted.topic_filter;
        // In 3.1.1 `$share` has no meaning of its own.
        let share = if version == Version::V5 { topic::shared(filter) } else { None };
        // MQTT311-3.8.3-2; in 5.0 the connection was closed.
        let wild = filter.contains(['#', '+']);
        let refuses = version != Version::V5 && self.faulty("refuses-wildcards");
        let has_none = self.varies("no-wildcards") && !self.faulty("accepts-wildcards-unavailable");
        if wild && (refuses || has_none) {
            return if version == Version::V5 { 0xA2 } else { 0x80 };
        }
        if wanted.maximum_qos > self.maximum_qos()
            && self.faulty("refuses-subscribe-above-maximum-qos")
        {
            return 0x80;
        }
        if self.refused_by_policy() {
            return 0x87;
        }
        let mut qos = wanted.maximum_qos.min(self.maximum_qos());
        if self.varies("grants-qos-0") {
            qos = QoS::AtMostOnce;
        } else if self.varies("grants-qos-1") {
            qos = qos.min(QoS::AtLeastOnce);
        }
        let share = share.map(|(name, filter)| (name.to_owned(), filter.to_owned()));
        let mut held = Held {
            qos,
            no_local: wanted.no_local,
            retain_as_published: wanted.retain_as_published,
            identifier,
            copies: 1,
            share: if self.faulty("shared-as-plain-filter") { None } else { share.clone() },
        };
        let keeps_qos = self.faulty("replacement-keeps-old-qos");
        let keeps_identifier = self.faulty("replacement-keeps-old-identifier");
        let duplicates = self.faulty("resubscribing-duplicates");
        let loses = self.faulty("resubscribing-loses-queued");
        let Some(session) = self.sessions.get_mut(client) else { return 0x80 };
        if session.subscriptions.len() >= limits::SUBSCRIPTIONS {
            return 0x97;
        }
        let old = session.subscriptions.get(filter).cloned();
        // MQTT5-3.8.4-3, MQTT311-3.8.4-3
        if let Some(old) = &old {
            if keeps_qos {
                held.qos = old.qos;
            }
            if keeps_identifier {
                held.identifier = old.identifier;
            }
            if loses {
                session.queue.clear();
                session.queue_bytes = 0;
            }
        }
        if old.is_some() && duplicates {
            held.copies = 2;
        }
        session.subscriptions.insert(filter.to_owned(), held.clone());
        // Shared Subscriptions bring no retained messages (4.8.2).
        if share.is_none() || self.faulty("shared-sends-retained") {
            let bare = share.as_ref().map_or(filter, |(_, filter)| filter);
            if self.brings_retained(wanted, version, old.is_some()) {
                retained.extend(self.retained_for(bare, &held));
            }
        }
        qos.level()
    }

    /// MQTT5-3.8.4-1, -2, -5 to -7, MQTT5-3.9.3-1, MQTT311-3.8.4-1, -2, -4, -5, MQTT311-3.9.3-1
    fn suback(&mut self, id: LinkId, packet: &Subscribe<'_>, mut codes: Vec<ReasonCode>) {
        if self.faulty("no-suback") {
            return;
        }
        let identifier = self.wrong(packet.packet_identifier, "suback-wrong-identifier");
        if self.faulty("suback-codes-reversed") {
            codes.reverse();
        }
        if self.faulty("suback-one-code-short") && codes.len() > 1 {
            codes.pop();
        }
        if self.faulty("suback-claims-qos-2") {
            codes.fill(ReasonCode(2));
        }
        let size = if self.faulty("suback-for-each-filter") { 1 } else { codes.len().max(1) };
        for part in codes.chunks(size) {
            self.send(
                id,
                &Message::SubAck(SubAck {
                    packet_identifier: identifier,
                    properties: Properties::EMPTY,
                    reason_codes: List::Given(part),
                }),
            );
        }
    }

    pub(super) fn unsubscribe(&mut self, id: LinkId, packet: &Unsubscribe<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        let (client, v5) = (link.client.clone(), link.version == Version::V5);
        let mut codes = Vec::new();
        let mut deleted = false;
        let in_use = self.in_use(id, packet.packet_identifier);
        let last = packet.topic_filters.count().saturating_sub(1);
        for (index, filter) in packet.topic_filters.iter().enumerate() {
            if in_use {
                codes.push(ReasonCode(0x91));
                continue;
            }
            let skipped = index > 0 && self.faulty("unsubscribes-first-filter-only")
                || index < last && self.faulty("unsubscribes-last-filter-only");
            let existed = self.drop_subscription(&client, filter, skipped);
            deleted |= existed;
            codes.push(ReasonCode(if existed { 0 } else { 0x11 }));
        }
        if self.faulty("no-unsuback") || !deleted && self.faulty("no-unsuback-for-nothing") {
            return;
        }
        if self.faulty("unsuback-codes-reversed") {
            codes.reverse();
        }
        if self.faulty("unsuback-one-code-short") && codes.len() > 1 {
            codes.pop();
        }
        let packet_identifier = self.wrong(packet.packet_identifier, "unsuback-wrong-identifier");
        let reason = [Property::ReasonString("no subscription existed")];
        let explains = codes.iter().any(|code| code.0 == 0x11);
        let properties = if explains { Properties::Given(&reason) } else { Properties::EMPTY };
        let each = self.faulty("unsuback-for-each-filter");
        let parts = if each { codes.chunks(1).collect() } else { vec![codes.as_slice()] };
        for part in parts {
            let reason_codes = if v5 { List::Given(part) } else { List::EMPTY };
            let unsuback = UnsubAck { packet_identifier, properties, reason_codes };
            self.send(id, &Message::UnsubAck(unsuback));
        }
    }

    /// MQTT5-3.10.4-1, MQTT311-3.10.4-1; true if there was such a Subscription.
    fn drop_subscription(&mut self, client: &str, filter: &str, skipped: bool) -> bool {
        let ignored = skipped
            || self.faulty("ignores-unsubscribe")
            || filter.starts_with("$share/") && self.faulty("ignores-shared-unsubscribe");
        let by_prefix = self.faulty("unsubscribes-by-prefix");
        let drops = self.faulty("unsubscribing-drops-in-flight");
        let Some(session) = self.sessions.get_mut(client) else { return false };
        let existed = session.subscriptions.contains_key(filter);
        if ignored {
            return existed;
        }
        session.subscriptions.remove(filter);
        if by_prefix {
            session.subscriptions.retain(|other, _| !other.starts_with(filter));
        }
        // MQTT5-3.10.4-3, MQTT311-3.10.4-3
        if drops && existed {
            session.in_flight.clear();
        }
        existed
    }
}
