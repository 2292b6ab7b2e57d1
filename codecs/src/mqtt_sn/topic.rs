//! Topic ids, topic names and strings (5.3.1, 5.3.11, 5.3.12, 6.7).

use super::{DecodeError, EncodeError, ErrorKind};
use crate::wire::{Note, Reader, Visit, Writer};

/// A topic name of exactly two octets, well-formed UTF-8 (6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShortTopicName([u8; 2]);

impl ShortTopicName {
    /// The name of two octets, if they are UTF-8.
    #[inline]
    pub fn new(octets: [u8; 2]) -> Option<Self> {
        (octets.is_ascii() || core::str::from_utf8(&octets).is_ok()).then_some(Self(octets))
    }

    /// The octets.
    #[inline]
    pub const fn octets(self) -> [u8; 2] {
        self.0
    }
}

/// What a PUBLISH is about: TopicIdType and TopicId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// 0b00: an id given by REGACK, SUBACK or REGISTER.
    Id(u16),
    /// 0b01: an id that both sides know beforehand.
    Predefined(u16),
    /// 0b10.
    Short(ShortTopicName),
}

impl Topic {
    /// The TopicIdType.
    #[inline]
    pub const fn topic_id_type(&self) -> u8 {
        match self {
            Self::Id(_) => 0,
            Self::Predefined(_) => 1,
            Self::Short(_) => 2,
        }
    }

    /// The two octets of the TopicId field.
    #[inline]
    pub const fn octets(&self) -> [u8; 2] {
        match self {
            Self::Id(id) | Self::Predefined(id) => id.to_be_bytes(),
            Self::Short(name) => name.0,
        }
    }

    #[inline(always)]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'_, '_, V>,
        flags: u8,
        flags_at: usize,
    ) -> Result<Self, DecodeError> {
        match flags & 3 {
            0 => Ok(Self::Id(topic_id(r)?)),
            1 => Ok(Self::Predefined(topic_id(r)?)),
            2 => Ok(Self::Short(short_topic_name(r, true)?)),
            _ => Err(reserved(flags_at)),
        }
    }
}

/// What a SUBSCRIBE or UNSUBSCRIBE is about: TopicIdType and TopicName or TopicId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter<'a> {
    /// 0b00: a topic name, with or without wildcards.
    Name(&'a str),
    /// 0b01: an id that both sides know beforehand.
    Predefined(u16),
    /// 0b10.
    Short(ShortTopicName),
}

impl<'a> Filter<'a> {
    /// The TopicIdType.
    #[inline]
    pub const fn topic_id_type(&self) -> u8 {
        match self {
            Self::Name(_) => 0,
            Self::Predefined(_) => 1,
            Self::Short(_) => 2,
        }
    }

    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        flags: u8,
        flags_at: usize,
    ) -> Result<Self, DecodeError> {
        match flags & 3 {
            0 => Ok(Self::Name(topic_name(r, "topic_name")?)),
            1 => Ok(Self::Predefined(topic_id(r)?)),
            2 => Ok(Self::Short(short_topic_name(r, false)?)),
            _ => Err(reserved(flags_at)),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Name(name) => name.len(),
            Self::Predefined(_) | Self::Short(_) => 2,
        }
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        match self {
            Self::Name(name) => w.bytes(name.as_bytes())?,
            Self::Predefined(id) => w.u16(*id)?,
            Self::Short(name) => w.bytes(&name.0)?,
        }
        Ok(())
    }
}

#[cold]
fn reserved(at: usize) -> DecodeError {
    // MQTTSN-5.3.4-4, MQTTSN-5.4.15-2
    DecodeError::new(ErrorKind::ReservedTopicIdType, at, "topic_id_type")
}

/// A TopicId that should not be one of the two reserved values.
#[inline]
fn topic_id<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<u16, DecodeError> {
    let id = r.u16("topic_id")?;
    note_reserved(r, id);
    Ok(id)
}

/// Notes a reserved value of the TopicId read last.
#[inline]
pub(super) fn note_reserved<V: Visit>(r: &mut Reader<'_, '_, V>, id: u16) {
    if V::WANTS && matches!(id, 0 | 0xFFFF) {
        let (at, requirement) = (r.at().wrapping_sub(2), Some("MQTTSN-5.3.11-1"));
        r.note(Note { note: "reserved-topic-id", at, field: "topic_id", requirement });
    }
}

#[inline]
fn short_topic_name<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    publish: bool,
) -> Result<ShortTopicName, DecodeError> {
    let at = r.at();
    // MQTTSN-6.7-3: two octets, no more and no less.
    let octets = r.take(2, "topic_name")?.try_into().unwrap_or([0; 2]);
    let Some(name) = ShortTopicName::new(octets) else {
        return Err(ill_formed(at, &octets, "topic_name"));
    };
    if V::WANTS {
        note_characters(r, &octets, "topic_name");
        if publish {
            note_wildcard(r, &octets, "topic_name");
        }
    }
    Ok(name)
}

/// A topic name of any length up to the end of the message.
#[inline]
pub(super) fn topic_name<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let name = string(r, field)?;
    if V::WANTS && name.is_empty() {
        r.note(Note { note: "empty-topic", at: r.at(), field, requirement: None });
    }
    Ok(name)
}

/// A string up to the end of the message.
#[inline]
pub(super) fn string<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let at = r.at();
    let bytes = r.take_rest(field);
    // MQTTSN-5.3.12-1
    let Ok(text) = core::str::from_utf8(bytes) else { return Err(ill_formed(at, bytes, field)) };
    if V::WANTS {
        note_characters(r, bytes, field);
    }
    Ok(text)
}

/// A ClientId up to the end of the message (MQTTSN-5.3.1-1).
#[inline]
pub(super) fn client_id<'a, V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<&'a str, DecodeError> {
    let at = r.at();
    let text = string(r, "client_id")?;
    if is_client_id(text) {
        return Ok(text);
    }
    Err(DecodeError::new(ErrorKind::ClientIdLength, at, "client_id"))
}

/// Whether there are 1 to 23 characters.
#[inline]
pub(super) fn is_client_id(text: &str) -> bool {
    match text.len() {
        0 => false,
        1..=23 => true,
        // No character has more than four octets.
        24..=92 => text.chars().count() <= 23,
        _ => false,
    }
}

#[cold]
fn ill_formed(start: usize, bytes: &[u8], field: &'static str) -> DecodeError {
    let valid = core::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    DecodeError::new(ErrorKind::InvalidUtf8, start.wrapping_add(valid), field)
}

#[inline]
pub(super) const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'+' | b'#')
}

/// Notes a wildcard in the last bytes read, a name that something is published to.
pub(super) fn note_wildcard<V: Visit>(r: &mut Reader<'_, '_, V>, name: &[u8], field: &'static str) {
    note_byte(r, name, field, "wildcard-in-topic-name", is_wildcard);
}

fn note_characters<V: Visit>(r: &mut Reader<'_, '_, V>, text: &[u8], field: &'static str) {
    // MQTT, to which such a string goes on, forbids it.
    note_byte(r, text, field, "nul-character", |byte| byte == 0);
}

fn note_byte<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    bytes: &[u8],
    field: &'static str,
    note: &'static str,
    is: fn(u8) -> bool,
) {
    if let Some(place) = bytes.iter().position(|byte| is(*byte)) {
        let at = r.at().wrapping_sub(bytes.len()).wrapping_add(place);
        r.note(Note { note, at, field, requirement: None });
    }
}
