//! One option (RFC 7252, 3.1 and 3.2), and the value of Block1 and Block2 (RFC 7959, 2.2).
//!
//! ```text
//! Option Delta (7-4) | Option Length (3-0)
//! Option Delta (extended)    0-2 bytes
//! Option Length (extended)   0-2 bytes
//! Option Value
//! ```

use super::{Code, DecodeError, ErrorKind, OptionNumber, Options};
use crate::wire::{Full, Reader, Short, Visit, Writer};

/// The longest value that an option can have.
pub(super) const LONGEST_VALUE: usize = 269 + 65_535;

/// An option: any number with any value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoapOption<'a> {
    /// The number.
    pub number: OptionNumber,
    /// The value as it is sent.
    pub value: &'a [u8],
}

impl<'a> CoapOption<'a> {
    /// An option with this value.
    pub const fn new(number: OptionNumber, value: &'a [u8]) -> Self {
        Self { number, value }
    }

    /// An option whose value is an unsigned integer, put into `buffer` without leading zeros.
    pub fn of_uint(number: OptionNumber, value: u32, buffer: &'a mut [u8; 4]) -> Self {
        *buffer = value.to_be_bytes();
        Self { number, value: shortest(buffer) }
    }

    /// Whether the length of the value is within what is defined for the option; true for unknown
    /// options.
    #[inline]
    pub const fn has_defined_length(&self) -> bool {
        match self.number.definition() {
            None => true,
            Some(definition) => definition.allows(self.value.len()),
        }
    }

    /// The value as an unsigned integer, with leading zeros or without; `None` above four bytes.
    #[inline]
    pub fn uint(&self) -> Option<u32> {
        if self.value.len() > 4 {
            return None;
        }
        Some(self.value.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// The value as text; `None` if it is not UTF-8.
    #[inline]
    pub fn text(&self) -> Option<&'a str> {
        core::str::from_utf8(self.value).ok()
    }

    /// The value as that of a block option; `None` above three bytes.
    #[inline]
    pub fn block(&self) -> Option<Block> {
        self.uint().and_then(Block::from_uint)
    }

    /// Whether the value is a number with zeros before it, which its sender should leave out.
    pub const fn has_leading_zeros(&self) -> bool {
        match self.number.definition() {
            Some(definition) => definition.has_leading_zeros(self.value),
            None => false,
        }
    }
}

/// The bytes of an unsigned integer without leading zeros: none for 0 (RFC7252-3.2-1).
pub(super) fn shortest(number: &[u8; 4]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// The value of a block option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// NUM: the number of the block, 0 to 1,048,575.
    pub num: u32,
    /// M: whether more blocks follow.
    pub more: bool,
    /// SZX: the size exponent, 0 to 7, of which 7 is reserved.
    pub szx: u8,
}

impl Block {
    /// The block of an option value below 2^24.
    #[inline]
    pub const fn from_uint(value: u32) -> Option<Self> {
        if value > 0xFF_FFFF {
            return None;
        }
        Some(Self { num: value >> 4, more: value & 8 != 0, szx: (value & 7) as u8 })
    }

    /// The option value. What is too large for its field is cut.
    #[inline]
    pub const fn to_uint(self) -> u32 {
        (self.num & 0xF_FFFF) << 4 | (self.more as u32) << 3 | (self.szx & 7) as u32
    }

    /// The size of the block in bytes: 16 to 1024, and 2048 for the reserved exponent.
    #[inline]
    pub const fn size(self) -> usize {
        16 << (self.szx & 7)
    }
}

/// Reads an option of a message with this Code behind one numbered `previous`; returns its number.
#[inline]
pub(super) fn read<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    code: Code,
    previous: u32,
    index: usize,
) -> Result<u32, DecodeError> {
    let start = r.at();
    r.group("options", Some(index));
    let first = r.flags("option_delta")?;
    r.bits("option_delta", 7, 4);
    r.bits("option_length", 3, 0);
    let (mut delta, mut length) = (u32::from(first >> 4), u32::from(first & 15));
    if delta > 12 || length > 12 {
        (delta, length) = extended(r, delta, length, start)?;
    }
    let number = previous.wrapping_add(delta);
    if number > 65_535 {
        return Err(DecodeError::new(ErrorKind::OptionNumberTooLarge, start, "option_delta"));
    }
    let field = if V::WANTS { OptionNumber(number as u16).field(code) } else { "" };
    if r.take(length as usize, field).is_err() {
        let field = OptionNumber(number as u16).field(code);
        return Err(DecodeError::new(ErrorKind::Truncated, start, field));
    }
    Ok(number)
}

/// Delta and length of an option that has at least one of them behind its first byte.
fn extended<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    delta: u32,
    length: u32,
    start: usize,
) -> Result<(u32, u32), DecodeError> {
    // RFC7252-3.1-2; the caller has seen that the byte is no payload marker.
    if delta == 15 {
        return Err(DecodeError::new(ErrorKind::ReservedOptionDelta, start, "option_delta"));
    }
    // RFC7252-3.1-3
    if length == 15 {
        return Err(DecodeError::new(ErrorKind::ReservedOptionLength, start, "option_length"));
    }
    Ok((extension(r, delta, "option_delta")?, extension(r, length, "option_length")?))
}

/// A number below 13, or the one that follows the byte with 13 or 14 in it.
#[inline]
pub(super) fn extension<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    nibble: u32,
    field: &'static str,
) -> Result<u32, Short> {
    Ok(match nibble {
        13 => u32::from(r.u8(field)?).wrapping_add(13),
        14 => u32::from(r.u16(field)?).wrapping_add(269),
        small => small,
    })
}

/// Splits the end of a message into options and payload; `None` if something is wrong there, or if
/// option numbers might become too large. Where it finds an answer, [`read`] in a loop finds the
/// same.
#[inline]
pub(super) fn split_sound(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut rest, mut extended) = (bytes, 0usize);
    let (options, payload) = loop {
        let Some((&first, tail)) = rest.split_first() else { break (bytes, &[][..]) };
        let length = usize::from(first & 15);
        if first < 0xD0 && length < 13 {
            rest = tail.get(length..)?;
        } else if first == 0xFF {
            let options = bytes.get(..bytes.len().wrapping_sub(rest.len()))?;
            break if tail.is_empty() { return None } else { (options, tail) };
        } else {
            (rest, extended) = skip_extended(first, tail, extended)?;
        }
    };
    // A delta that is not extended is 12 at the most, and an option has at least one byte.
    let most = options.len().wrapping_mul(12).wrapping_add(extended);
    (most <= 65_535).then_some((options, payload))
}

/// What follows the option that begins with `first`, and its delta added to `sum`.
#[inline(never)]
fn skip_extended(first: u8, mut tail: &[u8], sum: usize) -> Option<(&[u8], usize)> {
    let delta = extended_number(first >> 4, &mut tail)?;
    let length = extended_number(first & 15, &mut tail)?;
    Some((tail.get(length..)?, sum.wrapping_add(delta)))
}

/// The number that four bits say, together with the bytes that they refer to.
#[inline]
fn extended_number(nibble: u8, tail: &mut &[u8]) -> Option<usize> {
    match nibble {
        13 => {
            let (&byte, rest) = tail.split_first()?;
            *tail = rest;
            Some(usize::from(byte).wrapping_add(13))
        }
        14 => {
            let (&bytes, rest) = tail.split_first_chunk::<2>()?;
            *tail = rest;
            Some(usize::from(u16::from_be_bytes(bytes)).wrapping_add(269))
        }
        15 => None,
        small => Some(usize::from(small)),
    }
}

/// Splits an option off the front of checked bytes.
#[inline]
pub(super) fn next<'a>(rest: &mut &'a [u8], previous: u16) -> Option<CoapOption<'a>> {
    let (&first, tail) = rest.split_first()?;
    let (delta, length) = (u16::from(first >> 4), usize::from(first & 15));
    if first < 0xD0 && length < 13 {
        let (value, tail) = tail.split_at_checked(length)?;
        *rest = tail;
        return Some(CoapOption { number: OptionNumber(previous.wrapping_add(delta)), value });
    }
    let (option, tail) = next_extended(first, tail, previous)?;
    *rest = tail;
    Some(option)
}

// By value, so that the slice of the caller can stay in registers.
#[inline(never)]
fn next_extended(first: u8, mut tail: &[u8], previous: u16) -> Option<(CoapOption<'_>, &[u8])> {
    let delta = extended_number(first >> 4, &mut tail)?;
    let length = extended_number(first & 15, &mut tail)?;
    let (value, tail) = tail.split_at_checked(length)?;
    Some((CoapOption { number: OptionNumber(previous.wrapping_add(delta as u16)), value }, tail))
}

/// How many bytes an option takes behind one numbered `previous`.
#[inline]
pub(super) const fn encoded_len(option: &CoapOption<'_>, previous: u16) -> usize {
    let delta = option.number.0.wrapping_sub(previous) as usize;
    let length = option.value.len();
    length.wrapping_add(1).wrapping_add(extra(delta)).wrapping_add(extra(length))
}

/// How many bytes of a delta, of a length or of a Token Length stand behind its four bits.
#[inline]
pub(super) const fn extra(number: usize) -> usize {
    match number {
        0..=12 => 0,
        13..=268 => 1,
        _ => 2,
    }
}

/// The four bits for a delta or length.
#[inline]
pub(super) const fn nibble(number: usize) -> u8 {
    match number {
        0..=12 => number as u8,
        13..=268 => 13,
        _ => 14,
    }
}

/// Writes what of a delta or length does not fit its four bits.
#[inline]
pub(super) fn put_extension(w: &mut Writer<'_>, number: usize) -> Result<(), Full> {
    match number {
        0..=12 => Ok(()),
        13..=268 => w.u8(number.wrapping_sub(13) as u8),
        _ => w.u16(number.wrapping_sub(269) as u16),
    }
}

/// Writes what follows the header, whatever carries the message: token, options, payload.
#[inline]
pub(super) fn put_body(
    w: &mut Writer<'_>,
    token: &[u8],
    options: &Options<'_>,
    payload: &[u8],
) -> Result<(), Full> {
    put_extension(w, token.len())?;
    w.bytes(token)?;
    options.put(w)?;
    if !payload.is_empty() {
        w.u8(0xFF)?;
        w.bytes(payload)?;
    }
    Ok(())
}

/// Writes an option behind one numbered `previous`, which is not greater.
#[inline]
pub(super) fn put(w: &mut Writer<'_>, option: &CoapOption<'_>, previous: u16) -> Result<(), Full> {
    let delta = usize::from(option.number.0.wrapping_sub(previous));
    let length = option.value.len();
    w.u8(nibble(delta) << 4 | nibble(length))?;
    if delta > 12 || length > 12 {
        put_extension(w, delta)?;
        put_extension(w, length)?;
    }
    w.bytes(option.value)
}
