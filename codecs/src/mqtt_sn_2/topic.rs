//! Topic Types (2.4), Topic Aliases, Names and Filters.

use super::encode::Put;
use super::{DecodeError, EncodeError, ErrorKind, text};
use crate::wire::{Reader, Visit};

/// What a packet is about: its Topic Type with what goes with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic<'a> {
    /// 0b00: a Session Topic Alias, which the server has given.
    SessionAlias(u16),
    /// 0b01: a Predefined Topic Alias, which both sides know beforehand.
    PredefinedAlias(u16),
    /// 0b11: a Topic Name, or in SUBSCRIBE and UNSUBSCRIBE a Topic Filter.
    Name(&'a str),
}

/// The names of the fields that a topic is made of in one kind of packet.
pub(super) struct Names {
    pub(super) topic_type: &'static str,
    pub(super) alias: &'static str,
    pub(super) length: &'static str,
    pub(super) name: &'static str,
}

/// Those of PUBLISH and PUBWOS.
pub(super) const TOPIC: Names = Names {
    topic_type: "topic_type",
    alias: "topic_alias",
    length: "topic_name_length",
    name: "topic_name",
};

/// Those of the Will in CONNECT.
pub(super) const WILL: Names = Names {
    topic_type: "will_topic_type",
    alias: "will_topic_alias",
    length: "will_topic_name_length",
    name: "will_topic_name",
};

/// The Topic Type in bits 1 and 0.
pub(super) const TOPIC_TYPE: u8 = 3;

impl<'a> Topic<'a> {
    /// The Topic Type.
    #[inline]
    pub const fn topic_type(&self) -> u8 {
        match self {
            Self::SessionAlias(_) => 0,
            Self::PredefinedAlias(_) => 1,
            Self::Name(_) => 3,
        }
    }

    /// Refuses the reserved Topic Type in the byte of flags at `at`.
    #[inline]
    pub(super) fn check_type(flags: u8, at: usize, field: &'static str) -> Result<(), DecodeError> {
        if flags & TOPIC_TYPE == 2 {
            // MQTTSN2-2.4.0-p1
            return Err(DecodeError::new(ErrorKind::ReservedTopicType, at, field));
        }
        Ok(())
    }

    /// An alias, or the length of a name and the name.
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        flags: u8,
        names: &Names,
        published: bool,
    ) -> Result<Self, DecodeError> {
        if flags & TOPIC_TYPE == 3 {
            let length = r.u16(names.length)?;
            let name = text::sized(r, length.into(), names.name)?;
            text::check_name(r, name, names.name, published)?;
            return Ok(Self::Name(name));
        }
        let alias = r.u16(names.alias)?;
        Ok(if flags & TOPIC_TYPE == 0 {
            Self::SessionAlias(alias)
        } else {
            Self::PredefinedAlias(alias)
        })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        match self {
            Self::SessionAlias(alias) | Self::PredefinedAlias(alias) => Ok(w.u16(*alias)?),
            Self::Name(name) => w.sized(name.as_bytes(), "topic_name"),
        }
    }

    /// An alias, or a filter up to the end of the packet.
    #[inline]
    pub(super) fn read_filter<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        flags: u8,
    ) -> Result<Self, DecodeError> {
        if flags & TOPIC_TYPE == 3 {
            let filter = text::rest(r, "topic_filter")?;
            text::check_filter(r, filter, "topic_filter")?;
            return Ok(Self::Name(filter));
        }
        let alias = r.u16("topic_alias")?;
        Ok(if flags & TOPIC_TYPE == 0 {
            Self::SessionAlias(alias)
        } else {
            Self::PredefinedAlias(alias)
        })
    }

    #[inline]
    pub(super) fn put_filter(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        match self {
            Self::SessionAlias(alias) | Self::PredefinedAlias(alias) => Ok(w.u16(*alias)?),
            Self::Name(filter) => Ok(w.bytes(filter.as_bytes())?),
        }
    }
}
