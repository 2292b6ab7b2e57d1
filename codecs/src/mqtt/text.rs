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
    let text = checked(bytes, is_plain::<false>(bytes), r.at(), field)?;
    note_discouraged(r, text, field);
    Ok(text)
}

/// Passes over a UTF-8 Encoded String; what is plain ASCII need not become a `str` for that.
#[inline]
pub(super) fn skip_text<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    field: &'static str,
) -> Result<(), DecodeError> {
    let bytes = r.prefixed(field)?;
    if !V::WANTS && is_plain::<false>(bytes) {
        return Ok(());
    }
    text_behind(r, bytes, field)
}

#[cold]
fn text_behind<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    bytes: &[u8],
    field: &'static str,
) -> Result<(), DecodeError> {
    let text = checked(bytes, false, r.at(), field)?;
    note_discouraged(r, text, field);
    Ok(())
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
        Err(error) => Err(ill_formed(end, bytes, error.valid_up_to(), field)),
    }
}

#[cold]
fn ill_formed(end: usize, bytes: &[u8], valid: usize, field: &'static str) -> DecodeError {
    let at = end.wrapping_sub(bytes.len()).wrapping_add(valid);
    DecodeError::new(ErrorKind::InvalidUtf8, at, field)
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
#[inline(always)]
pub(super) fn topic_name<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let bytes = r.prefixed(field)?;
    if !V::WANTS
        && is_plain::<true>(bytes)
        && let Ok(text) = core::str::from_utf8(bytes)
    {
        return Ok(text);
    }
    topic_name_in(r, bytes, field)
}

/// Passes over a Topic Name.
#[inline]
pub(super) fn skip_topic_name<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    field: &'static str,
) -> Result<(), DecodeError> {
    let bytes = r.prefixed(field)?;
    if !V::WANTS && is_plain::<true>(bytes) {
        return Ok(());
    }
    topic_name_in(r, bytes, field).map(|_| ())
}

/// The Topic Name in `bytes`, which end where the reader is.
#[cold]
fn topic_name_in<'a, V: Visit>(
    r: &mut Reader<'_, '_, V>,
    bytes: &'a [u8],
    field: &'static str,
) -> Result<&'a str, DecodeError> {
    let text = checked(bytes, false, r.at(), field)?;
    note_discouraged(r, text, field);
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
    let bytes = filter.as_bytes();
    for (place, byte) in bytes.iter().enumerate() {
        // `#` and `+` differ in one bit.
        if byte | 0x08 != b'+' {
            continue;
        }
        let before = place.checked_sub(1).and_then(|place| bytes.get(place));
        let after = bytes.get(place.wrapping_add(1));
        let whole_level = matches!(before, None | Some(b'/')) && matches!(after, None | Some(b'/'));
        let kind = match byte {
            b'+' if whole_level => continue,
            b'+' => ErrorKind::MisplacedSingleLevelWildcard,
            _ if whole_level && after.is_none() => continue,
            _ => ErrorKind::MisplacedMultiLevelWildcard,
        };
        return Err(Fault::new(kind, offset.wrapping_add(place)));
    }
    Ok(())
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// True if all bytes are ASCII and not NUL, and none is a wildcard if this is a `TOPIC`: then
/// nothing is left to check. Looks at eight bytes at a time.
#[inline]
fn is_plain<const TOPIC: bool>(bytes: &[u8]) -> bool {
    // A byte's high bit comes out set if the byte is not ASCII or, as 1 is taken off, if it is 0.
    // `#` and `+` differ in one bit alone. A borrow only ever comes from a byte that is found.
    let found = |word: u64| {
        let found = word | word.wrapping_sub(ONES);
        if TOPIC {
            let wildcard = (word | ONES.wrapping_mul(0x08)) ^ ONES.wrapping_mul(0x2B);
            found | wildcard.wrapping_sub(ONES)
        } else {
            found
        }
    };
    let Some(last) = bytes.last_chunk::<8>() else {
        return found(short_word(bytes)) & HIGH == 0;
    };
    // The last chunk overlaps the one before; looking twice is cheaper than byte by byte.
    let mut all = found(u64::from_ne_bytes(*last));
    let mut rest = bytes;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        all |= found(u64::from_ne_bytes(*chunk));
        rest = tail;
    }
    all & HIGH == 0
}

/// Up to seven bytes in one word, with some of them twice and 1 where there is none.
#[inline]
fn short_word(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_ne_bytes(*first), u32::from_ne_bytes(*last));
        return u64::from(first) << 32 | u64::from(last);
    }
    match *bytes {
        [a, b, c] => u64::from_ne_bytes([a, b, c, 1, 1, 1, 1, 1]),
        [a, b] => u64::from_ne_bytes([a, b, 1, 1, 1, 1, 1, 1]),
        [a] => u64::from_ne_bytes([a, 1, 1, 1, 1, 1, 1, 1]),
        _ => ONES,
    }
}

/// True if one of `needles` occurs; looks at eight bytes at a time.
#[inline]
pub(super) fn has_any<const N: usize>(bytes: &[u8], needles: [u8; N]) -> bool {
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
pub(super) fn put_text<S: Sink>(
    w: &mut S,
    text: &str,
    field: &'static str,
) -> Result<(), EncodeError> {
    if S::CHECKS && has_any::<1>(text.as_bytes(), [0]) {
        return Err(EncodeError::Invalid { kind: ErrorKind::NulCharacter, field });
    }
    put_binary(w, text.as_bytes(), field)
}

/// What is wrong with the bytes of a string, which may be that of a Topic Name.
#[inline]
pub(super) fn fault_in(bytes: &[u8], topic: bool) -> Option<ErrorKind> {
    if topic && has_any::<2>(bytes, *b"#+") {
        Some(ErrorKind::WildcardInTopicName)
    } else if has_any::<1>(bytes, [0]) {
        Some(ErrorKind::NulCharacter)
    } else {
        None
    }
}

/// Writes a Topic Name; `empty` says whether it may have no characters.
pub(super) fn put_topic_name<S: Sink>(
    w: &mut S,
    text: &str,
    empty: bool,
    field: &'static str,
) -> Result<(), EncodeError> {
    if S::CHECKS {
        if text.is_empty() && !empty {
            return Err(EncodeError::Invalid { kind: ErrorKind::EmptyTopic, field });
        }
        check_topic_name(text).map_err(|fault| EncodeError::Invalid { kind: fault.kind, field })?;
    }
    put_text(w, text, field)
}

/// Writes a Topic Filter.
pub(super) fn put_topic_filter<S: Sink>(
    w: &mut S,
    text: &str,
    ctx: &Context,
) -> Result<(), EncodeError> {
    let field = "topic_filter";
    if S::CHECKS {
        check_topic_filter(text, ctx.version, ctx.profile.shared_subscriptions_before_5)
            .map_err(|fault| EncodeError::Invalid { kind: fault.kind, field })?;
    }
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

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn plain_is_what_needs_no_further_check() {
        for length in 0..=40 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = [b'a'; 40];
                    bytes[place] = byte;
                    let plain = byte.is_ascii() && byte != 0;
                    let topic = plain && !b"#+".contains(&byte);
                    let bytes = &bytes[..length];
                    assert_eq!(is_plain::<false>(bytes), plain, "{byte} at {place} of {length}");
                    assert_eq!(is_plain::<true>(bytes), topic, "{byte} at {place} of {length}");
                }
            }
            assert!(
                is_plain::<true>(&[0x7F; 40][..length]) && is_plain::<true>(&[1; 40][..length])
            );
        }
    }
}
