//! Strings (1.8.4), Topic Names and Topic Filters (4.7).

use super::{DecodeError, ErrorKind};
use crate::wire::{Note, Reader, Visit};

/// A string of `length` bytes.
#[inline]
pub(super) fn sized<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    length: usize,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let bytes = r.take(length, field)?;
    checked(r, bytes, field)
}

/// A string up to the end of the packet.
#[inline]
pub(super) fn rest<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let bytes = r.take_rest(field);
    checked(r, bytes, field)
}

/// The string in the bytes read last.
fn checked<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    bytes: &'a [u8],
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let start = r.at().wrapping_sub(bytes.len());
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            // MQTTSN2-1.7.4-1
            let at = start.wrapping_add(error.valid_up_to());
            return Err(DecodeError::new(ErrorKind::InvalidUtf8, at, field));
        }
    };
    if let Some(place) = bytes.iter().position(|byte| *byte == 0) {
        // MQTTSN2-1.7.4-2
        return Err(DecodeError::new(ErrorKind::NulCharacter, start.wrapping_add(place), field));
    }
    if V::WANTS
        && let Some((place, _)) = text.char_indices().find(|(_, c)| is_discouraged(*c))
    {
        let (at, requirement) = (start.wrapping_add(place), Some("MQTTSN2-1.8.4-p1"));
        r.note(Note { note: "discouraged-character", at, field, requirement });
    }
    Ok(text)
}

/// The Disallowed Unicode code points, which a string only should not have.
fn is_discouraged(c: char) -> bool {
    let point = u32::from(c);
    matches!(point, 1..=0x1F | 0x7F..=0x9F | 0xFDD0..=0xFDEF) || point & 0xFFFE == 0xFFFE
}

/// What is wrong with a Topic Name that was read last, if it goes with PUBLISH or PUBWOS; of one
/// that is only announced, wildcards are noted.
pub(super) fn check_name<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    name: &str,
    field: &'static str,
    published: bool,
) -> Result<(), DecodeError> {
    let start = r.at().wrapping_sub(name.len());
    if name.is_empty() {
        // MQTTSN2-4.7.1.3-1
        return Err(DecodeError::new(ErrorKind::EmptyTopic, start, field));
    }
    let Some(place) = name.bytes().position(|byte| matches!(byte, b'+' | b'#')) else {
        return Ok(());
    };
    let at = start.wrapping_add(place);
    if published {
        // MQTTSN2-4.7.1.1-1
        return Err(DecodeError::new(ErrorKind::WildcardInTopicName, at, field));
    }
    r.note(Note { note: "wildcard-in-topic-name", at, field, requirement: None });
    Ok(())
}

/// What is wrong with a Topic Filter that was read last.
pub(super) fn check_filter<V: Visit>(
    r: &Reader<'_, '_, V>,
    filter: &str,
    field: &'static str,
) -> Result<(), DecodeError> {
    let start = r.at().wrapping_sub(filter.len());
    if filter.is_empty() {
        // MQTTSN2-4.7.1.3-1
        return Err(DecodeError::new(ErrorKind::EmptyTopic, start, field));
    }
    let mut at = start;
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let place = |c| at.wrapping_add(level.find(c).unwrap_or_default());
        // MQTTSN2-4.7.1.1.2-1
        if level.contains('#') && (level != "#" || levels.peek().is_some()) {
            let kind = ErrorKind::MisplacedMultiLevelWildcard;
            return Err(DecodeError::new(kind, place('#'), field));
        }
        // MQTTSN2-4.7.1.1.3-1
        if level.contains('+') && level != "+" {
            let kind = ErrorKind::MisplacedSingleLevelWildcard;
            return Err(DecodeError::new(kind, place('+'), field));
        }
        at = at.wrapping_add(level.len()).wrapping_add(1);
    }
    Ok(())
}
