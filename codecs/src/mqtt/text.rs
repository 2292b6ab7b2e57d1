//! Strings and binary data (1.5.4, 1.5.6), and the rules for topics (4.7, 4.8.2).

use super::list::Sink;
use super::{Context, DecodeError, EncodeError, ErrorKind, Version};
use crate::wire::{Note, Reader, Visit};

/// What is wrong with a string, and at which of its bytes.
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) at: usize,
    pub(super) requirement: Option<&'static str>,
}

impl Fault {
    const fn new(kind: ErrorKind, at: usize) -> Self {
        Self { kind, at, requirement: None }
    }

    const fn citing(kind: ErrorKind, at: usize, requirement: &'static str) -> Self {
        Self { kind, at, requirement: Some(requirement) }
    }
}

/// A UTF-8 Encoded String.
#[inline]
pub(super) fn text<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let bytes = r.prefixed(field)?;
    let text = checked(bytes, false, r.at(), field)?;
    note_discouraged(r, text, field);
    Ok(text)
}

/// The string in `bytes`, which end at `end`; `clean` if they are known to hold no NUL.
#[inline]
fn checked<'a>(
    bytes: &'a [u8],
    clean: bool,
    end: usize,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    match core::str::from_utf8(bytes) {
        Ok(text) if clean || !has_any::<1>(bytes, [0]) => Ok(text),
        Ok(_) => Err(nul(end, bytes, field)),
        Err(error) => {
            let at = end.wrapping_sub(bytes.len()).wrapping_add(error.valid_up_to());
            Err(DecodeError::new(ErrorKind::InvalidUtf8, at, field))
        }
    }
}

#[cold]
fn nul(end: usize, bytes: &[u8], field: &'static str) -> DecodeError {
    let place = bytes.iter().position(|byte| *byte == 0).unwrap_or(0);
    let at = end.wrapping_sub(bytes.len()).wrapping_add(place);
    DecodeError::new(ErrorKind::NulCharacter, at, field)
}

/// MQTT5-1.5.4-p3, MQTT311-1.5.3-p1: control characters and non-characters should not be sent.
fn note_discouraged<V: Visit>(r: &mut Reader<'_, '_, V>, text: &str, field: &'static str) {
    if !V::WANTS {
        return;
    }
    let discouraged = |c: char| {
        c.is_control() || (0xfdd0..=0xfdef).contains(&(c as u32)) || (c as u32) & 0xfffe == 0xfffe
    };
    if let Some((place, _)) = text.char_indices().find(|(_, c)| discouraged(*c)) {
        let at = r.at().wrapping_sub(text.len()).wrapping_add(place);
        r.note(Note { note: "discouraged-character", at, field, requirement: None });
    }
}

/// A Topic Name. Empty is allowed here; where it is not, the caller says so.
#[inline]
pub(super) fn topic_name<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let bytes = r.prefixed(field)?;
    // One search for all that is forbidden; which of it was found matters only afterwards.
    let clean = !has_any::<3>(bytes, *b"\0#+");
    let text = checked(bytes, clean, r.at(), field)?;
    note_discouraged(r, text, field);
    if clean {
        return Ok(text);
    }
    match check_topic_name(text) {
        Ok(()) => Ok(text),
        Err(fault) => Err(place(fault, r.at(), text, field)),
    }
}

/// A Topic Filter, shared or not.
#[inline]
pub(super) fn topic_filter<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
    ctx: &Context,
) -> Result<&'a str, DecodeError> {
    let text = text(r, field)?;
    match check_topic_filter(text, ctx.version, ctx.profile.shared_subscriptions_before_5) {
        Ok(()) => Ok(text),
        Err(fault) => Err(place(fault, r.at(), text, field)),
    }
}

#[cold]
fn place(fault: Fault, end: usize, text: &str, field: &'static str) -> DecodeError {
    let at = end.wrapping_sub(text.len()).wrapping_add(fault.at);
    DecodeError { kind: fault.kind, at, field, requirement: fault.requirement }
}

/// MQTT5-3.3.2-2, MQTT311-3.3.2-2: no wildcards.
#[inline]
pub(super) fn check_topic_name(text: &str) -> Result<(), Fault> {
    if !has_any::<2>(text.as_bytes(), *b"#+") {
        return Ok(());
    }
    let at = text.bytes().position(|byte| matches!(byte, b'#' | b'+')).unwrap_or(0);
    Err(Fault::new(ErrorKind::WildcardInTopicName, at))
}

/// The form of a Topic Filter (4.7.1) and of a shared one (4.8.2).
#[inline]
pub(super) fn check_topic_filter(
    text: &str,
    version: Version,
    shared_before_5: bool,
) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::new(ErrorKind::EmptyTopic, 0));
    }
    if (version == Version::V5 || shared_before_5)
        && let Some(shared) = text.strip_prefix("$share/")
    {
        return check_shared(shared);
    }
    check_wildcards(text, 0)
}

/// What follows `$share/`: a ShareName, `/`, a Topic Filter.
fn check_shared(shared: &str) -> Result<(), Fault> {
    const PREFIX: usize = "$share/".len();
    let name_end = shared.find('/').unwrap_or(shared.len());
    let (name, filter) = shared.split_at_checked(name_end).unwrap_or((shared, ""));
    if name.is_empty() {
        // MQTT5-4.8.2-1
        return Err(Fault::citing(ErrorKind::InvalidShareName, PREFIX, "MQTT5-4.8.2-1"));
    }
    if let Some(place) = name.find(['+', '#']) {
        // MQTT5-4.8.2-2
        let at = PREFIX.wrapping_add(place);
        return Err(Fault::citing(ErrorKind::InvalidShareName, at, "MQTT5-4.8.2-2"));
    }
    let start = PREFIX.wrapping_add(name_end);
    match filter.strip_prefix('/') {
        None | Some("") => Err(Fault::citing(ErrorKind::InvalidShareName, start, "MQTT5-4.8.2-2")),
        Some(filter) => check_wildcards(filter, start.wrapping_add(1)),
    }
}

#[inline]
fn check_wildcards(filter: &str, offset: usize) -> Result<(), Fault> {
    if !has_any::<2>(filter.as_bytes(), *b"#+") {
        return Ok(());
    }
    let mut start = offset;
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        if level.len() > 1
            && let Some(place) = level.find(['#', '+'])
        {
            let kind = if level.get(place..).is_some_and(|tail| tail.starts_with('#')) {
                ErrorKind::MisplacedMultiLevelWildcard
            } else {
                ErrorKind::MisplacedSingleLevelWildcard
            };
            return Err(Fault::new(kind, start.wrapping_add(place)));
        }
        if level == "#" && levels.peek().is_some() {
            return Err(Fault::new(ErrorKind::MisplacedMultiLevelWildcard, start));
        }
        start = start.wrapping_add(level.len()).wrapping_add(1);
    }
    Ok(())
}

/// True if one of `needles` occurs; looks at eight bytes at a time.
#[inline]
pub(super) fn has_any<const N: usize>(bytes: &[u8], needles: [u8; N]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let hit = |word: u64| {
        let found = needles.iter().fold(0, |found, needle| {
            let x = word ^ ONES.wrapping_mul((*needle).into());
            found | x.wrapping_sub(ONES) & !x
        });
        found & HIGH != 0
    };
    let Some(last) = bytes.last_chunk::<8>() else {
        // Four to seven bytes fill one word, with some of them twice.
        if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            let (first, last) = (u32::from_ne_bytes(*first), u32::from_ne_bytes(*last));
            return hit(u64::from(first) << 32 | u64::from(last));
        }
        return bytes.iter().any(|byte| needles.contains(byte));
    };
    let mut rest = bytes;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        if hit(u64::from_ne_bytes(*chunk)) {
            return true;
        }
        rest = tail;
    }
    // The last chunk overlaps the one before; looking twice is cheaper than byte by byte.
    hit(u64::from_ne_bytes(*last))
}

/// Writes a string; refuses one that no receiver may take.
#[inline]
pub(super) fn put_text(
    w: &mut impl Sink,
    text: &str,
    field: &'static str,
) -> Result<(), EncodeError> {
    if has_any::<1>(text.as_bytes(), [0]) {
        return Err(EncodeError::Invalid { kind: ErrorKind::NulCharacter, field });
    }
    put_binary(w, text.as_bytes(), field)
}

/// Writes a Topic Name; `empty` says whether it may have no characters.
pub(super) fn put_topic_name(
    w: &mut impl Sink,
    text: &str,
    empty: bool,
    field: &'static str,
) -> Result<(), EncodeError> {
    if text.is_empty() && !empty {
        return Err(EncodeError::Invalid { kind: ErrorKind::EmptyTopic, field });
    }
    check_topic_name(text).map_err(|fault| EncodeError::Invalid { kind: fault.kind, field })?;
    put_text(w, text, field)
}

/// Writes a Topic Filter.
pub(super) fn put_topic_filter(
    w: &mut impl Sink,
    text: &str,
    ctx: &Context,
) -> Result<(), EncodeError> {
    let field = "topic_filter";
    check_topic_filter(text, ctx.version, ctx.profile.shared_subscriptions_before_5)
        .map_err(|fault| EncodeError::Invalid { kind: fault.kind, field })?;
    put_text(w, text, field)
}

/// Writes Binary Data: a two-byte length and the bytes.
#[inline]
pub(super) fn put_binary(
    w: &mut impl Sink,
    bytes: &[u8],
    field: &'static str,
) -> Result<(), EncodeError> {
    let Ok(length) = u16::try_from(bytes.len()) else {
        return Err(EncodeError::Invalid { kind: ErrorKind::TooLarge, field });
    };
    w.put(&length.to_be_bytes())?;
    w.put(bytes)?;
    Ok(())
}
