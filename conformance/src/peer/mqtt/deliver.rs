//! Messages to a Client: queueing, flow control (4.9), redelivery (4.4), packet size, expiry.

use tokio::time::Duration;
use wirecheck_codecs::mqtt::{
    Delivery, Message, PacketIdentifier, PacketType, Properties, Property, Publish, QoS, Version,
};

use super::session::{InFlight, Outgoing};
use super::state::{LinkId, Phase, State, limits};

impl State {
    /// Puts a message into a Session, and on the wire as far as flow control allows.
    pub(super) fn enqueue(&mut self, client: &str, outgoing: Outgoing) {
        let reorders = self.faulty("reorders-messages");
        let loses = self.faulty("loses-queued-messages");
        let now = self.now;
        let Some(session) = self.sessions.get_mut(client) else { return };
        let link = session.link;
        if outgoing.qos == QoS::AtMostOnce {
            if let Some(link) = link {
                self.transmit(link, &outgoing, Delivery::AtMostOnce);
                if self.faulty("delivers-qos-0-twice") {
                    self.transmit(link, &outgoing, Delivery::AtMostOnce);
                }
            }
            return;
        }
        if link.is_none() && loses {
            return;
        }
        let bytes = session.queue_bytes + outgoing.message.payload.len();
        if session.queue.len() >= limits::QUEUE || bytes > limits::QUEUE_BYTES {
            return;
        }
        session.queue_bytes = bytes;
        if reorders {
            match session.held.take() {
                None => {
                    session.held = Some((outgoing, now + Duration::from_millis(100)));
                    return;
                }
                Some((held, _)) => session.queue.extend([outgoing, held]),
            }
        } else {
            session.queue.push_back(outgoing);
        }
        self.pump(client);
    }

    /// How many further QoS 1 and 2 messages the connection takes now.
    pub(super) fn quota(&self, id: LinkId) -> usize {
        let Some(link) = self.links.get(&id) else { return 0 };
        let Some(session) = self.sessions.get(&link.client) else { return 0 };
        let mut maximum = limits::IN_FLIGHT;
        // MQTT5-3.3.4-9, MQTT5-4.9.0-2
        if !self.faulty("ignores-receive-maximum") {
            maximum = maximum.min(link.receive_maximum.into());
        }
        if self.varies("one-in-flight") {
            maximum = maximum.min(1);
        }
        if self.faulty("refills-quota-twice") {
            maximum += link.miscounted;
        } else {
            maximum = maximum.saturating_sub(link.miscounted);
        }
        maximum.saturating_sub(session.occupied())
    }

    /// Sends what waits, in order, as long as the quota lasts.
    pub(super) fn pump(&mut self, client: &str) {
        while let Some(id) = self.sessions.get(client).and_then(|session| session.link) {
            let connected =
                self.links.get(&id).is_some_and(|link| matches!(link.phase, Phase::Connected));
            if !connected || self.quota(id) == 0 || !self.send_next(client, id) {
                return;
            }
        }
    }

    fn send_next(&mut self, client: &str, id: LinkId) -> bool {
        let now = self.now;
        let reuses = self.faulty("reuses-identifier");
        let first_dup = self.faulty("first-send-with-dup");
        let ignores_expiry = self.faulty("ignores-message-expiry");
        let Some(session) = self.sessions.get_mut(client) else { return false };
        if let Some(entry) = session.in_flight.iter_mut().find(|entry| !entry.sent) {
            entry.sent = true;
            entry.at = now;
            let entry = entry.clone();
            // MQTT5-3.1.2-25
            if !self.transmit_entry(id, &entry, true)
                && let Some(session) = self.sessions.get_mut(client)
            {
                session.in_flight.retain(|other| other.identifier != entry.identifier);
            }
            return true;
        }
        let Some(outgoing) = session.queue.pop_front() else { return false };
        let bytes = outgoing.message.payload.len();
        session.queue_bytes = session.queue_bytes.saturating_sub(bytes);
        // MQTT5-3.3.2-5
        if outgoing.message.extras.expired(now) && !ignores_expiry {
            return true;
        }
        let mut identifier = session.unused_identifier();
        if reuses {
            identifier = PacketIdentifier::MIN;
        }
        let entry = InFlight {
            identifier,
            outgoing,
            released: false,
            sent: true,
            at: now,
            finished: false,
        };
        if self.transmit_entry(id, &entry, first_dup) {
            if let Some(session) = self.sessions.get_mut(client) {
                session.in_flight.push(entry);
            }
        } else if self.faulty("too-large-blocks-queue") {
            if let Some(session) = self.sessions.get_mut(client) {
                session.queue.push_front(entry.outgoing);
            }
            return false;
        }
        // MQTT5-3.1.2-25: what is too large is treated as delivered.
        true
    }

    /// Sends a PUBLISH of QoS 1 or 2, or its PUBREL.
    pub(super) fn transmit_entry(&mut self, id: LinkId, entry: &InFlight, dup: bool) -> bool {
        if entry.released && !self.faulty("resends-publish-after-pubrel") {
            self.acknowledge(id, PacketType::PUBREL, entry.identifier, 0, "");
            return true;
        }
        let again = dup && !self.faulty("redelivers-without-dup")
            || entry.outgoing.message.dup && self.faulty("propagates-dup");
        let delivery = Delivery::new(entry.outgoing.qos, entry.identifier, again);
        self.transmit(id, &entry.outgoing, delivery)
    }

    /// Starts a connection: everything unacknowledged is sent again (MQTT5-4.4.0-1,
    /// MQTT311-4.4.0-1), then what has queued up.
    pub(super) fn redeliver(&mut self, client: &str) {
        let no_publish = self.faulty("no-redelivery");
        let no_pubrel = self.faulty("no-pubrel-redelivery");
        let renumbers = self.faulty("redelivers-with-new-identifier");
        let reverses = self.faulty("redelivers-out-of-order");
        let expires = self.faulty("expires-in-flight");
        let drops_shared = self.faulty("shared-qos-2-not-completed");
        let now = self.now;
        let Some(session) = self.sessions.get_mut(client) else { return };
        session.in_flight.retain(|entry| {
            let lost = if entry.released { no_pubrel } else { no_publish };
            let expired = expires && entry.outgoing.message.extras.expired(now);
            let shared = drops_shared && entry.outgoing.share.is_some();
            !(lost || expired || shared)
        });
        if reverses {
            session.in_flight.reverse();
        }
        for entry in &mut session.in_flight {
            entry.sent = false;
            entry.finished = false;
        }
        if renumbers {
            for index in 0..session.in_flight.len() {
                let identifier = session.unused_identifier();
                if let Some(entry) = session.in_flight.get_mut(index)
                    && !entry.released
                {
                    entry.identifier = identifier;
                }
            }
        }
        self.pump(client);
    }

    /// Sends a PUBLISH; false if it is too large for the Client.
    pub(super) fn transmit(&mut self, id: LinkId, outgoing: &Outgoing, delivery: Delivery) -> bool {
        let Some(link) = self.links.get(&id) else { return false };
        let message = &outgoing.message;
        let mut topic = message.topic.as_str();
        if self.faulty("strips-bom") {
            topic = topic.trim_start_matches('\u{feff}');
        }
        if self.faulty("alters-topic-name") {
            topic = topic.trim_end_matches('/');
        }
        let mut properties = Vec::new();
        let mut set = None;
        if link.version == Version::V5 {
            let alias = self.alias_for(id, topic);
            properties.extend(alias.map(|(alias, _)| Property::TopicAlias(alias)));
            match alias {
                Some((_, true)) => topic = "",
                Some((_, false)) => set = Some(topic.to_owned()),
                None => {}
            }
            self.forwarded(outgoing, &mut properties);
        }
        let publish = Message::Publish(Publish {
            delivery,
            retain: outgoing.retain,
            topic_name: topic,
            properties: Properties::Given(&properties),
            payload: &message.payload,
        });
        if self.send(id, &publish) {
            if let Some(topic) = set
                && let Some(link) = self.links.get_mut(&id)
            {
                link.aliases_out.push(topic);
            }
            return true;
        }
        if self.faulty("disconnects-on-too-large") {
            self.fail(id, 0x95, "a message is too large for the Client");
        }
        false
    }

    /// The alias to use and whether it is set already.
    fn alias_for(&self, id: LinkId, topic: &str) -> Option<(u16, bool)> {
        let link = self.links.get(&id)?;
        let maximum = link.topic_alias_maximum;
        if maximum == 0 {
            return self.faulty("uses-alias-unasked").then_some((1, false));
        }
        if self.faulty("uses-alias-above-maximum") {
            return Some((maximum.checked_add(1)?, false));
        }
        if !self.varies("aliases-outgoing") {
            return None;
        }
        if let Some(index) = link.aliases_out.iter().position(|known| known == topic) {
            return Some((u16::try_from(index + 1).ok()?, true));
        }
        let next = u16::try_from(link.aliases_out.len() + 1).ok()?;
        (next <= maximum).then_some((next, false))
    }

    /// The properties that travel with the message, and the Subscription Identifiers.
    fn forwarded<'a>(&self, outgoing: &'a Outgoing, properties: &mut Vec<Property<'a>>) {
        let extras = &outgoing.message.extras;
        // MQTT5-3.3.2-4
        if let Some(value) = extras.payload_format_indicator
            && !self.faulty("drops-payload-format-indicator")
        {
            properties.push(Property::PayloadFormatIndicator(value));
        }
        // MQTT5-3.3.2-6
        if let Some((received, at)) = extras.expiry
            && !self.faulty("drops-message-expiry-interval")
        {
            let left = at.saturating_duration_since(self.now).as_millis().div_ceil(1000);
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            let fixed = self.faulty("does-not-count-expiry-down");
            properties.push(Property::MessageExpiryInterval(if fixed { received } else { left }));
        }
        // MQTT5-3.3.2-20
        if let Some(value) = &extras.content_type
            && !self.faulty("drops-content-type")
        {
            properties.push(Property::ContentType(value));
        }
        // MQTT5-3.3.2-15
        if let Some(value) = &extras.response_topic
            && !self.faulty("drops-response-topic")
        {
            properties.push(Property::ResponseTopic(value));
        }
        // MQTT5-3.3.2-16
        if let Some(value) = &extras.correlation_data
            && !self.faulty("drops-correlation-data")
        {
            properties.push(Property::CorrelationData(value));
        }
        let identifiers = outgoing.identifiers.iter();
        properties.extend(identifiers.map(|value| Property::SubscriptionIdentifier(*value)));
        if self.faulty("invents-subscription-identifier") {
            properties.push(Property::SubscriptionIdentifier(4_711));
        }
        // MQTT5-3.3.2-17, MQTT5-3.3.2-18
        let mut user: Vec<_> =
            extras.user.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if self.faulty("drops-user-properties") {
            user.clear();
        }
        if self.faulty("reorders-user-properties") {
            user.reverse();
        }
        if self.faulty("merges-user-properties") {
            let mut seen = std::collections::BTreeSet::new();
            user.retain(|(name, _)| seen.insert(*name));
        }
        properties.extend(user.into_iter().map(Property::UserProperty));
    }
}
