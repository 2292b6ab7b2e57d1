//! The header: Length, Token Length and Code.

use super::Framing;
use crate::coap::option::extension;
use crate::coap::{Code, Context, DecodeError, ErrorKind};
use crate::wire::{Full, Reader, Short, Visit, Writer};

/// What the header says.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) code: Code,
    /// Place of the Code.
    pub(super) code_at: usize,
    pub(super) token_length: usize,
    /// Length in bytes of options, payload marker and payload; 0 over WebSocket.
    pub(super) length: u64,
}

/// Why there is no header.
pub(super) enum Stop {
    /// The bytes end before it does.
    Short(Short),
    /// It is wrong.
    Wrong(DecodeError),
}

impl From<Short> for Stop {
    fn from(short: Short) -> Self {
        Self::Short(short)
    }
}

impl From<DecodeError> for Stop {
    fn from(error: DecodeError) -> Self {
        Self::Wrong(error)
    }
}

/// Reads the header, to the first byte of the Token.
#[inline]
pub(super) fn read<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    framing: Framing,
    ctx: &Context,
) -> Result<Header, Stop> {
    let wrong = |kind, at, field| Err(Stop::Wrong(DecodeError::new(kind, at, field)));
    let first = r.flags("length")?;
    r.bits("length", 7, 4);
    r.bits("token_length", 3, 0);
    let (length, token_length) = (first >> 4, first & 15);
    // RFC8323-4.2-1
    if framing == Framing::WebSocket && length != 0 {
        return wrong(ErrorKind::LengthNotZero, 0, "length");
    }
    let extended = ctx.profile.extended_token_lengths;
    // RFC7252-3-3, RFC8974-2.1-1
    if token_length == 15 || token_length > 8 && !extended {
        return wrong(ErrorKind::ReservedTokenLength, 0, "token_length");
    }
    let length = match length {
        15 => u64::from(r.u32("length")?).wrapping_add(65_805),
        nibble => extension(r, nibble.into(), "length").map(u64::from)?,
    };
    let code_at = r.at();
    let code = Code(r.u8("code")?);
    if let Some(kind) = code.check_reliable() {
        return wrong(kind, code_at, "code");
    }
    // RFC7252-4.1-1
    if code == Code::EMPTY && (token_length != 0 || length != 0) {
        let field = if token_length == 0 { "length" } else { "token_length" };
        return wrong(ErrorKind::EmptyWithContent, 0, field);
    }
    let at = if token_length > 12 { r.at() } else { 0 };
    let token_length = extension(r, token_length.into(), "token_length")? as usize;
    if token_length > ctx.limits.maximum_token_length {
        return wrong(ErrorKind::TokenTooLong, at, "token_length");
    }
    Ok(Header { code, code_at, token_length, length })
}

/// How many bytes a header needs that begins as `bytes` do and is longer than them, together with
/// what it announces as far as that can be seen.
#[cold]
pub(super) fn missing(bytes: &[u8]) -> usize {
    let Some(first) = bytes.first() else { return 2 };
    let extra = |nibble: u8| match nibble {
        13 => 1,
        14 => 2,
        15 => 4,
        _ => 0usize,
    };
    let token = match first & 15 {
        length @ 0..=12 => length,
        // What follows is at least so long.
        _ => 13,
    };
    let length = match first >> 4 {
        length @ 0..=12 => length,
        _ => 13,
    };
    let head = 2usize.wrapping_add(extra(first >> 4)).wrapping_add(extra(first & 15));
    let whole = head.wrapping_add(token.into()).wrapping_add(length.into());
    whole.saturating_sub(bytes.len()).max(1)
}

/// Writes the four bits of the lengths, the Length behind them, and the Code.
#[inline]
pub(super) fn put(
    w: &mut Writer<'_>,
    length: u64,
    token_length: u8,
    code: Code,
) -> Result<(), Full> {
    let first = |nibble: u8| nibble << 4 | token_length & 15;
    match length {
        0..=12 => w.u8(first(length as u8))?,
        13..=268 => w.bytes(&[first(13), length.wrapping_sub(13) as u8])?,
        269..=65_804 => {
            w.u8(first(14))?;
            w.u16(length.wrapping_sub(269) as u16)?;
        }
        _ => {
            w.u8(first(15))?;
            w.u32(length.wrapping_sub(65_805) as u32)?;
        }
    }
    w.u8(code.0)
}

/// How many bytes [`put`] writes.
pub(super) const fn put_len(length: u64) -> usize {
    match length {
        0..=12 => 2,
        13..=268 => 3,
        269..=65_804 => 4,
        _ => 6,
    }
}
