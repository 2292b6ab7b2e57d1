//! CONNECT (3.1).
//!
//! ```text
//! Connect Flags | Will Flags * | Packet Identifier | Protocol Version | Keep Alive
//! Maximum Packet Size | Default Awake Messages * | Session Expiry Interval *
//! Will Topic Alias * or Will Topic Name Length *, Will Topic Name *
//! Will Payload Length *, Will Payload * | Authentication Method Length *, Method *
//! Authentication Data Length *, Data * | Client Identifier
//! ```
//!
//! What has a star is there if a flag says so.

use super::acknowledgement::chosen;
use super::encode::Put;
use super::flags::{self, Bits, when};
use super::topic::{TOPIC_TYPE, WILL};
use super::{DecodeError, EncodeError, ErrorKind, QoS, Topic, text};
use crate::wire::{Note, Reader, Visit};

/// The Protocol Version of MQTT-SN 2.0.
pub(super) const PROTOCOL_VERSION: u8 = 2;
/// The least a Maximum Packet Size can be: the size of the shortest CONNECT.
const LEAST_SIZE: u16 = 10;

const CLEAN_START: u8 = 1;
const HAS_WILL: u8 = 1 << 1;
const HAS_AUTHENTICATION: u8 = 1 << 2;
const HAS_EXPIRY: u8 = 1 << 3;
const HAS_AWAKE_MESSAGES: u8 = 1 << 4;
const ADDRESS_CHANGES: u8 = 1 << 5;
const SUGGESTED_VALUES: u8 = 1 << 6;

const CONNECT_FLAGS: &[Bits] = &[
    ("allow_server_suggested_values", 6, 6),
    ("allow_network_address_changes", 5, 5),
    ("default_awake_messages_flag", 4, 4),
    ("session_expiry_flag", 3, 3),
    ("authentication_flag", 2, 2),
    ("will_flag", 1, 1),
    ("clean_start", 0, 0),
];
const WILL_FLAGS: &[Bits] = &[("will_retain", 4, 4), ("will_qos", 3, 2), ("will_topic_type", 1, 0)];

/// A client's request for a Virtual Connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Clean Start: a Session that exists is to be discarded.
    pub clean_start: bool,
    /// Whether the client may go on from another Network Address.
    pub allow_network_address_changes: bool,
    /// Whether the server may answer with other intervals than those asked for.
    pub allow_server_suggested_values: bool,
    /// Packet Identifier.
    pub packet_identifier: u16,
    /// Keep Alive in seconds; never 0.
    pub keep_alive: u16,
    /// Maximum Packet Size in bytes, at least 10; 0 is no limit.
    pub maximum_packet_size: u16,
    /// Default Awake Messages; 0 leaves the number to the server.
    pub default_awake_messages: Option<u8>,
    /// Session Expiry Interval in seconds.
    pub session_expiry_interval: Option<u32>,
    /// The Will Message.
    pub will: Option<Will<'a>>,
    /// Authentication Method and Data.
    pub authentication: Option<Authentication<'a>>,
    /// Client Identifier; empty, the server is to assign one.
    pub client_identifier: &'a str,
}

/// What the server publishes for a client that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Will Topic Type with alias or name.
    pub topic: Topic<'a>,
    /// Will Payload, at most 65,535 bytes.
    pub payload: &'a [u8],
}

/// One step of an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// Authentication Method, at most 255 bytes.
    pub method: &'a str,
    /// Authentication Data, at most 65,535 bytes.
    pub data: &'a [u8],
}

impl<'a> Connect<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let flags = flags::read(r, "connect_flags", CONNECT_FLAGS)?;
        let has = |flag| flags & flag != 0;
        let will_flags = if has(HAS_WILL) { Some(will_flags(r)?) } else { None };
        let packet_identifier = chosen(r)?;
        let at = r.at();
        if r.u8("protocol_version")? != PROTOCOL_VERSION {
            // MQTTSN2-3.1.5-1
            return Err(DecodeError::new(ErrorKind::UnsupportedVersion, at, "protocol_version"));
        }
        let at = r.at();
        let keep_alive = r.u16("keep_alive")?;
        if keep_alive == 0 {
            // MQTTSN2-3.1.6-4
            return Err(DecodeError::new(ErrorKind::InvalidValue, at, "keep_alive"));
        }
        let maximum_packet_size = maximum_packet_size(r)?;
        let default_awake_messages =
            if has(HAS_AWAKE_MESSAGES) { Some(r.u8("default_awake_messages")?) } else { None };
        let session_expiry_interval =
            if has(HAS_EXPIRY) { Some(r.u32("session_expiry_interval")?) } else { None };
        let will = match will_flags {
            Some(flags) => Some(Will::read(r, flags)?),
            None => None,
        };
        let authentication =
            if has(HAS_AUTHENTICATION) { Some(Authentication::read(r)?) } else { None };
        Ok(Self {
            clean_start: has(CLEAN_START),
            allow_network_address_changes: has(ADDRESS_CHANGES),
            allow_server_suggested_values: has(SUGGESTED_VALUES),
            packet_identifier,
            keep_alive,
            maximum_packet_size,
            default_awake_messages,
            session_expiry_interval,
            will,
            authentication,
            client_identifier: text::rest(r, "client_identifier")?,
        })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(when(self.clean_start, CLEAN_START)
            | when(self.will.is_some(), HAS_WILL)
            | when(self.authentication.is_some(), HAS_AUTHENTICATION)
            | when(self.session_expiry_interval.is_some(), HAS_EXPIRY)
            | when(self.default_awake_messages.is_some(), HAS_AWAKE_MESSAGES)
            | when(self.allow_network_address_changes, ADDRESS_CHANGES)
            | when(self.allow_server_suggested_values, SUGGESTED_VALUES))?;
        if let Some(will) = &self.will {
            w.u8(when(will.retain, 1 << 4) | will.qos.level() << 2 | will.topic.topic_type())?;
        }
        w.u16(self.packet_identifier)?;
        w.u8(PROTOCOL_VERSION)?;
        w.u16(self.keep_alive)?;
        w.u16(self.maximum_packet_size)?;
        if let Some(count) = self.default_awake_messages {
            w.u8(count)?;
        }
        if let Some(interval) = self.session_expiry_interval {
            w.u32(interval)?;
        }
        if let Some(will) = &self.will {
            will.topic.put(w)?;
            w.sized(will.payload, "will_payload")?;
        }
        if let Some(authentication) = &self.authentication {
            authentication.put(w)?;
        }
        Ok(w.bytes(self.client_identifier.as_bytes())?)
    }
}

fn will_flags<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<u8, DecodeError> {
    let at = r.at();
    let flags = flags::read(r, "will_flags", WILL_FLAGS)?;
    Topic::check_type(flags, at, WILL.topic_type)?;
    if QoS::from_bits(flags >> 2).is_none() {
        // MQTTSN2-3.1.3.2-p1
        return Err(DecodeError::new(ErrorKind::InvalidQoS, at, "will_qos"));
    }
    Ok(flags)
}

fn maximum_packet_size<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<u16, DecodeError> {
    let (at, field) = (r.at(), "maximum_packet_size");
    let size = r.u16(field)?;
    match size {
        0 => {
            let requirement = Some("MQTTSN2-3.1.7-1");
            r.note(Note { note: "zero-maximum-packet-size", at, field, requirement });
        }
        1..LEAST_SIZE => return Err(DecodeError::new(ErrorKind::InvalidValue, at, field)),
        _ => {}
    }
    Ok(size)
}

impl<'a> Will<'a> {
    fn read<V: Visit>(r: &mut Reader<'a, '_, V>, flags: u8) -> Result<Self, DecodeError> {
        let topic = Topic::read(r, flags & TOPIC_TYPE, &WILL, false)?;
        let length = r.u16("will_payload_length")?;
        let payload = r.take(length.into(), "will_payload")?;
        // The level was looked at with the flags.
        let qos = QoS::from_bits(flags >> 2).unwrap_or(QoS::AtMostOnce);
        Ok(Self { qos, retain: flags & 1 << 4 != 0, topic, payload })
    }
}

impl<'a> Authentication<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let method = Self::read_method(r)?;
        let length = r.u16("authentication_data_length")?;
        Ok(Self { method, data: r.take(length.into(), "authentication_data")? })
    }

    #[inline]
    pub(super) fn read_method<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<&'a str, DecodeError> {
        let length = r.u8("authentication_method_length")?;
        text::sized(r, length.into(), "authentication_method")
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        self.put_method(w)?;
        w.sized(self.data, "authentication_data")
    }

    #[inline]
    pub(super) fn put_method(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        let Ok(length) = u8::try_from(self.method.len()) else {
            let (kind, field) = (ErrorKind::TooLarge, "authentication_method");
            return Err(EncodeError::Invalid { kind, field });
        };
        w.u8(length)?;
        Ok(w.bytes(self.method.as_bytes())?)
    }
}
