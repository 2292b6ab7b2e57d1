//! Writing packets: the one door through which everything leaves.

use tokio::time::Duration;
use wirecheck_codecs::mqtt::{
    Acknowledgement, Auth, ConnAck, Context, Disconnect, Message, PacketType, Party, Properties,
    Property, Publish, ReasonCode, SubAck, UnsubAck, Version,
};

use super::state::{LinkId, Phase, State, limits};

impl State {
    /// Queues a packet. False if the Client's Maximum Packet Size forbids it, or if it could not
    /// be written; then nothing was queued.
    pub(super) fn send(&mut self, id: LinkId, message: &Message<'_>) -> bool {
        let Some(bytes) = self.encode(id, message) else { return false };
        let first =
            message.packet_type() == PacketType::PINGRESP && self.varies("pingresp-overtakes");
        if message.packet_type() == PacketType::CONNACK && self.say(id, &bytes) {
            return true;
        }
        self.queue(id, bytes, first);
        true
    }

    /// Queues bytes as they are.
    pub(super) fn queue(&mut self, id: LinkId, bytes: Vec<u8>, first: bool) {
        let slow = self.varies("slow-replies");
        let Some(link) = self.links.get_mut(&id) else { return };
        link.output_bytes += bytes.len();
        let late = if slow { self.rng.u64(50..=300) } else { 0 };
        let due = self.now + Duration::from_millis(late);
        if link.output_bytes > limits::OUTPUT {
            // The Client does not read; what it has not read is lost with the connection.
            link.output.clear();
            link.output_bytes = 0;
            self.leave(id, super::will::End::Lost);
            self.shut(id);
            return;
        }
        if first {
            // MQTT5-3.2.0-1: CONNACK is overtaken by nothing.
            let connack = |(_, bytes): &(_, Vec<u8>)| bytes.first() == Some(&0x20);
            let place = link.output.iter().rposition(connack).map_or(0, |place| place + 1);
            link.output.insert(place, (due, bytes));
        } else {
            link.output.push_back((due, bytes));
        }
        link.wake.notify_one();
    }

    /// Nothing is read any more; what is queued is still written.
    pub(super) fn shut(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.phase = Phase::Closing;
            link.wake.notify_one();
        }
    }

    fn encode(&mut self, id: LinkId, message: &Message<'_>) -> Option<Vec<u8>> {
        let link = self.links.get(&id)?;
        let (version, maximum) = (link.version, link.maximum_packet_size as usize);
        let problem_information = link.problem_information;
        let packet = message.packet_type();
        let mut properties: Vec<Property<'_>> = match version {
            Version::V5 => properties_of(message).iter().collect(),
            _ => Vec::new(),
        };
        let exempt =
            matches!(packet, PacketType::PUBLISH | PacketType::CONNACK | PacketType::DISCONNECT);
        // MQTT5-3.1.2-29
        let quiet =
            !problem_information && !exempt && !self.faulty("ignores-request-problem-information");
        if quiet {
            properties.retain(|property| !is_explanation(property));
        } else if version == Version::V5 {
            self.embellish(packet, &mut properties);
        }
        let from = match packet {
            PacketType::DISCONNECT if self.faulty("disconnect-with-session-expiry") => {
                properties.push(Property::SessionExpiryInterval(60));
                Party::Either
            }
            _ => Party::Server,
        };
        if self.varies("shuffled-properties") {
            self.shuffle(&mut properties);
        }
        let ctx = Context::new(version, from);
        let mut bytes = write(message, &properties, &ctx)?;
        // MQTT5-3.1.2-24; explanations are left out first, where they are not the publisher's.
        if bytes.len() > maximum && packet != PacketType::PUBLISH {
            properties.retain(|property| !is_explanation(property));
            bytes = write(message, &properties, &ctx)?;
        }
        if bytes.len() > maximum && !self.faulty("sends-too-large") {
            return None;
        }
        let filler = self.filler(version, packet, maximum);
        if let Some(filler) = &filler {
            properties.retain(|property| !matches!(property, Property::ReasonString(_)));
            properties.push(match self.faulty("keeps-reason-string-when-too-large") {
                true => Property::ReasonString(filler),
                false => Property::UserProperty(("wirecheck", filler)),
            });
            let larger = write(message, &properties, &ctx)?;
            if larger.len() > maximum {
                bytes = larger;
            }
        }
        self.spoil(packet, &mut bytes);
        Some(bytes)
    }

    /// Adds what nobody asked for.
    fn embellish(&self, packet: PacketType, properties: &mut Vec<Property<'_>>) {
        if packet != PacketType::PUBLISH && self.varies("extra-user-properties") {
            properties.push(Property::UserProperty(("wirecheck", "an extra user property")));
        }
    }

    /// What is added so that the packet becomes too large by it; only faults do.
    fn filler(&self, version: Version, packet: PacketType, maximum: usize) -> Option<String> {
        let applies = version == Version::V5
            && packet != PacketType::PUBLISH
            && maximum <= 60_000
            && (self.faulty("keeps-reason-string-when-too-large")
                || self.faulty("keeps-user-property-when-too-large"));
        applies.then(|| "x".repeat(maximum))
    }

    /// Any order, except of User Properties among themselves.
    fn shuffle(&mut self, properties: &mut Vec<Property<'_>>) {
        let users: Vec<_> = properties
            .iter()
            .filter(|property| matches!(property, Property::UserProperty(_)))
            .copied()
            .collect();
        self.rng.shuffle(properties);
        let mut users = users.into_iter();
        for property in properties {
            if matches!(property, Property::UserProperty(_))
                && let Some(user) = users.next()
            {
                *property = user;
            }
        }
    }

    /// Faults below what a typed message can express.
    fn spoil(&self, packet: PacketType, bytes: &mut Vec<u8>) {
        let header = 1 + bytes.iter().skip(1).take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let refuses = packet == PacketType::CONNACK && bytes.get(header + 1) != Some(&0);
        let first = bytes.first().copied().unwrap_or(0);
        let mut set = |at: usize, bits: u8| {
            if let Some(byte) = bytes.get_mut(at) {
                *byte |= bits;
            }
        };
        if refuses && self.faulty("session-present-on-refusal") {
            set(header, 1);
        }
        if packet == PacketType::CONNACK && self.faulty("connack-reserved-flags") {
            set(header, 2);
        }
        if packet == PacketType::PINGRESP && self.faulty("pingresp-reserved-flags") {
            set(0, 1);
        }
        if packet == PacketType::PUBREL && self.faulty("pubrel-wrong-flags") {
            // Bit 1 is set in a right one.
            set(0, 1);
        }
        if packet == PacketType::PUBLISH && first & 6 == 0 && self.faulty("dup-on-qos-0") {
            set(0, 8);
        }
        if packet == PacketType::SUBACK
            && self.faulty("suback-undefined-code")
            && let Some(last) = bytes.last_mut()
        {
            *last = 0x03;
        }
        if packet == PacketType::UNSUBACK
            && self.faulty("unsuback-undefined-code")
            && let Some(last) = bytes.last_mut()
        {
            *last = 0x03;
        }
        if packet == PacketType::PUBLISH && first & 6 != 0 && self.faulty("sends-identifier-zero") {
            let length = bytes
                .get(header..header + 2)
                .map_or(0, |length| usize::from(length[0]) << 8 | usize::from(length[1]));
            if let Some(identifier) = bytes.get_mut(header + 2 + length..header + 4 + length) {
                identifier.fill(0);
            }
        }
        if packet == PacketType::PINGRESP && self.faulty("non-minimal-remaining-length") {
            if let Some(length) = bytes.get_mut(1) {
                *length |= 0x80;
            }
            bytes.insert(2, 0);
        }
        if packet == PacketType::DISCONNECT && self.faulty("packet-after-disconnect") {
            bytes.extend([PacketType::PINGRESP.0 << 4, 0]);
        }
    }
}

fn is_explanation(property: &Property<'_>) -> bool {
    matches!(property, Property::ReasonString(_) | Property::UserProperty(_))
}

fn write(message: &Message<'_>, properties: &[Property<'_>], ctx: &Context) -> Option<Vec<u8>> {
    let message = with_properties(message, properties);
    let mut bytes = vec![0; message.encoded_len(ctx).ok()?];
    message.encode(&mut bytes, ctx).ok()?;
    Some(bytes)
}

fn properties_of<'a>(message: &Message<'a>) -> Properties<'a> {
    match message {
        Message::ConnAck(packet) => packet.properties,
        Message::Publish(packet) => packet.properties,
        Message::PubAck(packet)
        | Message::PubRec(packet)
        | Message::PubRel(packet)
        | Message::PubComp(packet) => packet.properties,
        Message::SubAck(packet) => packet.properties,
        Message::UnsubAck(packet) => packet.properties,
        Message::Disconnect(packet) => packet.properties,
        Message::Auth(packet) => packet.properties,
        _ => Properties::EMPTY,
    }
}

fn with_properties<'a>(message: &Message<'a>, properties: &'a [Property<'a>]) -> Message<'a> {
    let properties = Properties::Given(properties);
    match *message {
        Message::ConnAck(packet) => Message::ConnAck(ConnAck { properties, ..packet }),
        Message::Publish(packet) => Message::Publish(Publish { properties, ..packet }),
        Message::PubAck(packet) => Message::PubAck(Acknowledgement { properties, ..packet }),
        Message::PubRec(packet) => Message::PubRec(Acknowledgement { properties, ..packet }),
        Message::PubRel(packet) => Message::PubRel(Acknowledgement { properties, ..packet }),
        Message::PubComp(packet) => Message::PubComp(Acknowledgement { properties, ..packet }),
        Message::SubAck(packet) => Message::SubAck(SubAck { properties, ..packet }),
        Message::UnsubAck(packet) => Message::UnsubAck(UnsubAck { properties, ..packet }),
        Message::Disconnect(packet) => Message::Disconnect(Disconnect { properties, ..packet }),
        Message::Auth(packet) => Message::Auth(Auth { properties, ..packet }),
        other => other,
    }
}

impl State {
    /// Ends a connection because of an error: CONNACK or DISCONNECT with the reason in 5.0, then
    /// the end; in 3.1.1 only the end.
    pub(super) fn fail(&mut self, id: LinkId, reason: u8, text: &str) {
        let unsupported = reason == 0x84 && self.faulty("stays-open-after-unsupported-version");
        if unsupported || self.faulty("answers-errors-but-stays-open") {
            self.explain(id, reason, text);
            return;
        }
        let silent = self.faulty("closes-without-reason") || self.varies("closes-without-reason");
        if !silent {
            self.explain(id, reason, text);
        }
        self.leave(id, super::will::End::Error);
        self.shut(id);
    }

    fn explain(&mut self, id: LinkId, reason: u8, text: &str) {
        let Some(link) = self.links.get(&id) else { return };
        if link.version != Version::V5 {
            return;
        }
        let connected = matches!(link.phase, Phase::Connected);
        let mut reason = if self.faulty("closes-with-unspecified-error") { 0x80 } else { reason };
        let by_disconnect = connected || self.faulty("disconnect-before-connack");
        let packet = if by_disconnect { PacketType::DISCONNECT } else { PacketType::CONNACK };
        if !ReasonCode(reason).allowed(Version::V5, packet, Party::Server) {
            // Errors in CONNECT, whose codes only CONNACK has.
            reason = 0x82;
        }
        let (reason_code, properties) = (ReasonCode(reason), [Property::ReasonString(text)]);
        let properties = Properties::Given(&properties);
        let message = if by_disconnect {
            Message::Disconnect(Disconnect { reason_code, properties })
        } else {
            Message::ConnAck(ConnAck { session_present: false, reason_code, properties })
        };
        self.send(id, &message);
    }
}
