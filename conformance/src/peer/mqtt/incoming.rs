//! From bytes to handlers.

use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::{
    Context, DecodeError, ErrorKind, Frame, Limits, Message, PacketType, Party, Profile, Version,
    connect_version, decode, frame,
};

use super::state::{LinkId, Phase, State, limits};

impl State {
    pub(super) fn incoming(&mut self, id: LinkId, bytes: &[u8]) -> usize {
        let Some(link) = self.links.get(&id) else { return bytes.len() };
        if self.dead || self.deaf || matches!(link.phase, Phase::Closing) {
            if matches!(link.phase, Phase::Closing) && self.faulty("processes-after-refusal") {
                return self.after_refusal(id, bytes);
            }
            return bytes.len();
        }
        // CONNECT comes before any announcement, and 3.1.1 has none.
        let announced = matches!(link.phase, Phase::Connected) && link.version == Version::V5;
        let maximum = if self.faulty("tolerates-too-large") {
            limits::PACKET * 16
        } else if announced {
            self.maximum_packet_size()
        } else {
            limits::PACKET
        };
        let version = match link.phase {
            Phase::New => match frame(bytes, maximum) {
                Ok(Frame::Incomplete { .. }) => return 0,
                _ => connect_version(bytes).unwrap_or(Version::V5),
            },
            _ => link.version,
        };
        let ctx = context(version, maximum);
        match decode(bytes, &ctx) {
            Ok(Decoded::Incomplete { .. }) => 0,
            Ok(Decoded::Complete { message, used }) => {
                self.heard(id, message.packet_type());
                self.handle(id, version, &message);
                used
            }
            Err(error) => {
                if let Some(used) = self.tolerate(id, &error, bytes) {
                    return used;
                }
                self.refuse(id, &error, bytes);
                match frame(bytes, maximum) {
                    // Only a fault leaves the connection open.
                    Ok(Frame::Complete { raw, header }) => header + raw.body.len(),
                    _ => bytes.len(),
                }
            }
        }
    }

    /// The Maximum Packet Size as announced.
    pub(super) fn maximum_packet_size(&self) -> usize {
        if self.varies("maximum-packet-size-256") { 256 } else { limits::PACKET }
    }

    fn heard(&mut self, id: LinkId, packet: PacketType) {
        if packet != PacketType::PINGREQ && self.faulty("keep-alive-counts-pings-only") {
            return;
        }
        let now = self.now;
        if let Some(link) = self.links.get_mut(&id) {
            link.heard = now;
        }
    }

    fn handle(&mut self, id: LinkId, version: Version, message: &Message<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        match (&link.phase, message) {
            (Phase::New, Message::Connect(connect)) => self.connect(id, version, connect),
            // MQTT5-3.1.0-1; no packet may be sent before CONNACK, so there is no reason code.
            (Phase::New, _) if self.faulty("waits-for-connect") => {}
            (Phase::New, _) => self.shut(id),
            (Phase::Authenticating(_), Message::Auth(auth)) => self.authenticate(id, auth),
            (Phase::Authenticating(_), Message::Disconnect(_)) => self.shut(id),
            (Phase::Authenticating(_), Message::PingReq)
                if self.faulty("serves-before-authentication") =>
            {
                self.send(id, &Message::PingResp);
            }
            (Phase::Authenticating(_), _) => {
                self.fail(id, 0x82, "only AUTH and DISCONNECT may be sent before CONNACK");
            }
            (Phase::Connected, Message::Connect(_)) => {
                if !self.faulty("accepts-second-connect") {
                    self.fail(id, 0x82, "a second CONNECT");
                }
            }
            (Phase::Connected, Message::Publish(publish)) => self.publish(id, publish),
            (Phase::Connected, Message::PubAck(ack)) => self.puback(id, ack),
            (Phase::Connected, Message::PubRec(ack)) => self.pubrec(id, ack),
            (Phase::Connected, Message::PubRel(ack)) => self.pubrel(id, ack),
            (Phase::Connected, Message::PubComp(ack)) => self.pubcomp(id, ack),
            (Phase::Connected, Message::Subscribe(subscribe)) => self.subscribe(id, subscribe),
            (Phase::Connected, Message::Unsubscribe(packet)) => self.unsubscribe(id, packet),
            (Phase::Connected, Message::PingReq) => self.ping(id),
            (Phase::Connected, Message::Disconnect(packet)) => self.disconnect(id, packet),
            (Phase::Connected, Message::Auth(auth)) => self.reauthenticate(id, auth),
            // The decoder has refused what only a Server sends.
            (Phase::Connected | Phase::Closing, _) => {}
        }
    }

    fn ping(&mut self, id: LinkId) {
        if self.faulty("no-pingresp") {
            return;
        }
        // MQTT5-4.9.0-3
        if self.faulty("blocks-at-quota-zero") && self.quota(id) == 0 {
            return;
        }
        self.send(id, &Message::PingResp);
    }

    /// Publishes what a refused Client sends; only a fault does.
    fn after_refusal(&mut self, id: LinkId, bytes: &[u8]) -> usize {
        let ctx = context(self.version(id), limits::PACKET);
        match decode(bytes, &ctx) {
            Ok(Decoded::Complete { message, used }) => {
                if let Message::Publish(publish) = message {
                    let message = self.application(id, publish.topic_name, &publish);
                    self.accept(message);
                }
                used
            }
            Ok(Decoded::Incomplete { .. }) => 0,
            Err(_) => bytes.len(),
        }
    }

    /// Closes the connection on a packet that is wrong in itself.
    fn refuse(&mut self, id: LinkId, error: &DecodeError, bytes: &[u8]) {
        let first = bytes.first().copied().unwrap_or(0);
        let new = self.links.get(&id).is_some_and(|link| matches!(link.phase, Phase::New));
        if new {
            if PacketType(first >> 4) != PacketType::CONNECT {
                if first == 0 {
                    self.crash();
                }
                if !self.faulty("waits-for-connect") {
                    self.shut(id);
                }
                return;
            }
            let version = answering_version(bytes);
            if let Some(link) = self.links.get_mut(&id) {
                link.version = version;
            }
            if version == Version::V311 {
                let code = match error.kind {
                    // MQTT311-3.1.2-2
                    ErrorKind::UnsupportedVersion if !self.varies("closes-on-unknown-level") => {
                        Some(1)
                    }
                    // MQTT311-3.1.3-8
                    ErrorKind::EmptyClientIdentifier
                        if !self.faulty("no-connack-for-rejected-identifier") =>
                    {
                        Some(2)
                    }
                    // MQTT311-3.1.4-1
                    _ => None,
                };
                match code {
                    Some(code) => self.decline(id, code, ""),
                    None => self.shut(id),
                }
                return;
            }
        }
        let text = error.to_string();
        self.fail(id, reason(error), &text);
    }
}

fn context(version: Version, maximum: usize) -> Context {
    Context {
        version,
        from: Party::Client,
        limits: Limits { maximum_packet_size: maximum },
        profile: Profile::default(),
    }
}

/// The version in which a CONNECT is answered that is refused. A level that is not known is
/// answered in the form of the nearest version: below 4 as 3.1.1, above 5 as 5.0.
pub(super) fn answering_version(bytes: &[u8]) -> Version {
    if let Some(version) = connect_version(bytes) {
        return if version == Version::V5 { Version::V5 } else { Version::V311 };
    }
    let Ok(Frame::Complete { raw, .. }) = frame(bytes, usize::MAX) else { return Version::V5 };
    let level = raw.body.first_chunk::<2>().and_then(|length| {
        let name = usize::from(u16::from_be_bytes(*length));
        raw.body.get(name.checked_add(2)?)
    });
    match level {
        Some(level) if *level < 5 => Version::V311,
        _ => Version::V5,
    }
}

/// The most specific reason code of 5.0 for a packet that the decoder refuses (2.4, 4.13).
fn reason(error: &DecodeError) -> u8 {
    match (error.kind, error.field) {
        (ErrorKind::TooLarge, _) => 0x95,
        (ErrorKind::UnsupportedVersion | ErrorKind::WrongProtocolName, _) => 0x84,
        (ErrorKind::EmptyClientIdentifier, _) => 0x85,
        (ErrorKind::InvalidValue, "topic_alias") => 0x94,
        (
            ErrorKind::ZeroPacketIdentifier
            | ErrorKind::EmptyList
            | ErrorKind::EmptyTopic
            | ErrorKind::DuplicateProperty
            | ErrorKind::MissingProperty
            | ErrorKind::InvalidValue
            | ErrorKind::WrongDirection,
            _,
        )
        | (ErrorKind::InvalidQoS, "maximum_qos")
        | (ErrorKind::FlagConflict, "no_local") => 0x82,
        (ErrorKind::MisplacedProperty, "subscription_identifier") => 0x82,
        _ => 0x81,
    }
}
