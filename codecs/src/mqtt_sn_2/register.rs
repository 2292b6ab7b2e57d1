//! REGISTER, REGACK and SUBACK (3.4, 3.5, 3.8).
//!
//! ```text
//! REGISTER        Flags | Packet Identifier | Topic Alias, from a server | Topic Name
//! REGACK, SUBACK  Flags | Packet Identifier | Topic Alias * | Reason Code, optional
//! ```

use super::acknowledgement::{answered, chosen, put_reason};
use super::encode::Put;
use super::flags::{self, Bits, when};
use super::topic::TOPIC_TYPE;
use super::{DecodeError, EncodeError, ErrorKind, PacketType, Party, ReasonCode, Topic, text};
use crate::wire::{Note, Reader, Visit};

/// A Session Topic Alias that is asked for or made known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register<'a> {
    /// Packet Identifier.
    pub packet_identifier: u16,
    /// Topic Alias, which a server gives and a client does not.
    pub topic_alias: Option<u16>,
    /// Topic Name.
    pub topic_name: &'a str,
}

impl<'a> Register<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        from: Party,
    ) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "register_flags", &[("topic_alias_flag", 0, 0)])?;
        let kind = match (from, flags & 1 != 0) {
            (Party::Client, true) => Some(ErrorKind::MisplacedField),
            (Party::Server, false) => Some(ErrorKind::MissingField),
            _ => None,
        };
        if let Some(kind) = kind {
            // MQTTSN2-3.4-1, MQTTSN2-3.4-2
            return Err(DecodeError::new(kind, at, "topic_alias"));
        }
        let packet_identifier = if from == Party::Client { chosen(r)? } else { answered(r)? };
        let topic_alias = if flags & 1 != 0 { Some(r.u16("topic_alias")?) } else { None };
        let topic_name = text::rest(r, "topic_name")?;
        text::check_name(r, topic_name, "topic_name", false)?;
        Ok(Self { packet_identifier, topic_alias, topic_name })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(when(self.topic_alias.is_some(), 1))?;
        w.u16(self.packet_identifier)?;
        if let Some(alias) = self.topic_alias {
            w.u16(alias)?;
        }
        Ok(w.bytes(self.topic_name.as_bytes())?)
    }
}

const ACKNOWLEDGEMENT_FLAGS: &[Bits] = &[("topic_alias_flag", 2, 2), ("topic_type", 1, 0)];

/// The body of REGACK and SUBACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicAcknowledgement {
    /// Topic Type: Predefined Topic Alias, or else Session Topic Alias.
    pub predefined: bool,
    /// Packet Identifier of what is acknowledged.
    pub packet_identifier: u16,
    /// Topic Alias; a client gives none.
    pub topic_alias: Option<u16>,
    /// Reason Code; absent, it means Success.
    pub reason_code: Option<ReasonCode>,
}

impl TopicAcknowledgement {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'_, '_, V>,
        packet_type: PacketType,
        from: Party,
    ) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "flags", ACKNOWLEDGEMENT_FLAGS)?;
        Topic::check_type(flags, at, "topic_type")?;
        let (topic_type, has_alias) = (flags & TOPIC_TYPE, flags & 1 << 2 != 0);
        if topic_type == 3 {
            // MQTTSN2-3.5.2.1-1, MQTTSN2-3.8.2.1-1
            return Err(DecodeError::new(ErrorKind::WrongTopicType, at, "topic_type"));
        }
        let fault = match packet_type {
            // MQTTSN2-3.8.2.1-2
            PacketType::SUBACK if topic_type == 0 && !has_alias => {
                Some((ErrorKind::FlagConflict, "topic_type"))
            }
            // MQTTSN2-3.5.4-1
            PacketType::REGACK if from == Party::Client && has_alias => {
                Some((ErrorKind::MisplacedField, "topic_alias"))
            }
            _ => None,
        };
        if let Some((kind, field)) = fault {
            return Err(DecodeError::new(kind, at, field));
        }
        let packet_identifier = answered(r)?;
        let topic_alias = if has_alias { Some(r.u16("topic_alias")?) } else { None };
        let reason_code = ReasonCode::read_last(r, packet_type, from)?;
        if packet_type == PacketType::SUBACK && reason_code.is_none() {
            let (note, field, requirement) =
                ("missing-reason-code", "reason_code", Some("MQTTSN2-3.7.6-5"));
            r.note(Note { note, at: r.at(), field, requirement });
        }
        Ok(Self { predefined: topic_type == 1, packet_identifier, topic_alias, reason_code })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(u8::from(self.predefined) | when(self.topic_alias.is_some(), 1 << 2))?;
        w.u16(self.packet_identifier)?;
        if let Some(alias) = self.topic_alias {
            w.u16(alias)?;
        }
        put_reason(self.reason_code, w)
    }
}
