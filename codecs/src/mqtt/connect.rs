//! CONNECT (3.1).
//!
//! ```text
//! Protocol Name | Protocol Version | Connect Flags | Keep Alive | Properties (5.0)
//! Client Identifier | [Will Properties (5.0)] [Will Topic] [Will Payload] [User Name] [Password]
//! Connect Flags: User Name 7, Password 6, Will Retain 5, Will QoS 4-3, Will 2, Clean Start 1, 0
//! ```

use super::list::Sink;
use super::property::{self, WILL};
use super::text::{put_binary, put_text, put_topic_name, text, topic_name};
use super::{
    Context, DecodeError, EncodeError, ErrorKind, PacketType, Party, Properties, QoS, Version,
};
use crate::wire::{Reader, Visit};

/// A Client's request for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Clean Start (5.0) or Clean Session (3.1.1).
    pub clean_start: bool,
    /// Keep Alive in seconds; 0 turns it off.
    pub keep_alive: u16,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
    /// Client Identifier; may be empty.
    pub client_identifier: &'a str,
    /// What is to be published if the connection ends badly.
    pub will: Option<Will<'a>>,
    /// User Name.
    pub user_name: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
}

/// The Will Message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Will Properties; none before 5.0.
    pub properties: Properties<'a>,
    /// Will Topic.
    pub topic: &'a str,
    /// Will Payload.
    pub payload: &'a [u8],
}

const RETAIN: u8 = 0x20;
const QOS: u8 = 0x18;
const WILL_FLAG: u8 = 0x04;

impl<'a> Connect<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let version = ctx.version;
        let at = r.at();
        let name = r.prefixed("protocol_name")?;
        if name != version.protocol_name().as_bytes() {
            // MQTT5-3.1.2-1, MQTT311-3.1.2-1; MQIsdp asks for another version, not another protocol.
            let other = matches!(name, b"MQTT" | b"MQIsdp");
            let kind =
                if other { ErrorKind::UnsupportedVersion } else { ErrorKind::WrongProtocolName };
            return Err(DecodeError::new(kind, at, "protocol_name"));
        }
        let at = r.at();
        if r.u8("protocol_version")? != version.level() {
            // MQTT5-3.1.2-2, MQTT311-3.1.2-2
            return Err(DecodeError::new(ErrorKind::UnsupportedVersion, at, "protocol_version"));
        }
        let flags = read_flags(r, version)?;
        let keep_alive = r.u16("keep_alive")?;
        let properties = read_properties(r, version, PacketType::CONNECT.0)?;
        let at = r.at();
        let client_identifier = text(r, "client_identifier")?;
        if client_identifier.is_empty() && version == Version::V311 && flags & 0x02 == 0 {
            // MQTT311-3.1.3-7
            let kind = ErrorKind::EmptyClientIdentifier;
            return Err(DecodeError::new(kind, at, "client_identifier"));
        }
        let will = if flags & WILL_FLAG != 0 { Some(Will::read(r, flags, version)?) } else { None };
        let user_name = if flags & 0x80 != 0 { Some(text(r, "user_name")?) } else { None };
        let password = if flags & 0x40 != 0 { Some(r.prefixed("password")?) } else { None };
        let clean_start = flags & 0x02 != 0;
        Ok(Self {
            clean_start,
            keep_alive,
            properties,
            client_identifier,
            will,
            user_name,
            password,
        })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        let version = ctx.version;
        put_binary(w, version.protocol_name().as_bytes(), "protocol_name")?;
        let mut flags = u8::from(self.clean_start) << 1;
        if let Some(will) = &self.will {
            flags |= WILL_FLAG | will.qos.level() << 3 | if will.retain { RETAIN } else { 0 };
        }
        #[cfg(planted_bug)]
        if flags & 0x3C == 0x34 && self.keep_alive == 0 && crate::planted("mqtt-round-trip") {
            flags ^= RETAIN;
        }
        flags |= u8::from(self.password.is_some()) << 6 | u8::from(self.user_name.is_some()) << 7;
        if flags & 0xC0 == 0x40 && version != Version::V5 {
            return Err(EncodeError::Invalid { kind: ErrorKind::FlagConflict, field: "password" });
        }
        if self.client_identifier.is_empty() && version == Version::V311 && !self.clean_start {
            let (kind, field) = (ErrorKind::EmptyClientIdentifier, "client_identifier");
            return Err(EncodeError::Invalid { kind, field });
        }
        w.put(&[version.level(), flags])?;
        w.put(&self.keep_alive.to_be_bytes())?;
        put_properties(w, &self.properties, ctx, PacketType::CONNECT.0)?;
        put_text(w, self.client_identifier, "client_identifier")?;
        if let Some(will) = &self.will {
            put_properties(w, &will.properties, ctx, WILL)?;
            put_topic_name(w, will.topic, false, "topic")?;
            put_binary(w, will.payload, "payload")?;
        }
        if let Some(user_name) = self.user_name {
            put_text(w, user_name, "user_name")?;
        }
        if let Some(password) = self.password {
            put_binary(w, password, "password")?;
        }
        Ok(())
    }
}

#[inline]
fn read_flags<V: Visit>(r: &mut Reader<'_, '_, V>, version: Version) -> Result<u8, DecodeError> {
    let at = r.at();
    let flags = r.flags("connect_flags")?;
    r.group("connect_flags", None);
    r.bits("user_name", 7, 7);
    r.bits("password", 6, 6);
    r.bits("will_retain", 5, 5);
    r.bits("will_qos", 4, 3);
    r.bits("will", 2, 2);
    r.bits(clean_name(version), 1, 1);
    r.bits("reserved", 0, 0);
    r.group("", None);
    let conflict = |field| Err(DecodeError::new(ErrorKind::FlagConflict, at, field));
    // MQTT5-3.1.2-3, MQTT311-3.1.2-3; 3.1 calls the bit unused.
    if flags & 1 != 0 && version != Version::V31 {
        return Err(DecodeError::new(ErrorKind::ReservedBits, at, "connect_flags"));
    }
    if flags & WILL_FLAG == 0 {
        // MQTT5-3.1.2-11, MQTT5-3.1.2-13, MQTT311-3.1.2-13, MQTT311-3.1.2-15
        if flags & QOS != 0 {
            return conflict("will_qos");
        }
        if flags & RETAIN != 0 {
            return conflict("will_retain");
        }
    } else if flags & QOS == QOS {
        // MQTT5-3.1.2-12, MQTT311-3.1.2-14
        return Err(DecodeError::new(ErrorKind::InvalidQoS, at, "will_qos"));
    }
    // MQTT311-3.1.2-22; 5.0 allows a Password alone.
    if flags & 0xC0 == 0x40 && version != Version::V5 {
        return conflict("password");
    }
    Ok(flags)
}

/// What the flag is called in this version.
pub(super) const fn clean_name(version: Version) -> &'static str {
    match version {
        Version::V5 => "clean_start",
        Version::V31 | Version::V311 => "clean_session",
    }
}

impl<'a> Will<'a> {
    fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        flags: u8,
        version: Version,
    ) -> Result<Self, DecodeError> {
        r.group("will", None);
        let properties = read_properties(r, version, WILL)?;
        let at = r.at();
        let topic = topic_name(r, "topic")?;
        if topic.is_empty() {
            // MQTT5-4.7.3-1, MQTT311-4.7.3-1
            return Err(DecodeError::new(ErrorKind::EmptyTopic, at, "topic"));
        }
        let payload = r.prefixed("payload")?;
        r.group("", None);
        // `read_flags` has refused QoS 3.
        let qos = QoS::from_bits(flags >> 3).unwrap_or(QoS::AtMostOnce);
        Ok(Self { qos, retain: flags & RETAIN != 0, properties, topic, payload })
    }
}

#[inline]
fn read_properties<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    version: Version,
    place: property::Place,
) -> Result<Properties<'a>, DecodeError> {
    match version {
        Version::V5 => property::read(r, place, Party::Client),
        Version::V31 | Version::V311 => Ok(Properties::EMPTY),
    }
}

/// Properties of 5.0; before, there are none to write.
pub(super) fn put_properties(
    w: &mut impl Sink,
    properties: &Properties<'_>,
    ctx: &Context,
    place: property::Place,
) -> Result<(), EncodeError> {
    if ctx.version == Version::V5 {
        return property::put(w, properties, place, ctx.from);
    }
    match properties.iter().next() {
        None => Ok(()),
        Some(property) => {
            Err(EncodeError::Invalid { kind: ErrorKind::MisplacedProperty, field: property.name() })
        }
    }
}
