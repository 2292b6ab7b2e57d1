//! The value of the OSCORE option (RFC 8613, 6.1).
//!
//! ```text
//! reserved (7-5) | kid context flag (4) | kid flag (3) | length of the Partial IV (2-0)
//! Partial IV                0-5 bytes
//! [length of kid context]   1 byte
//! [kid context]
//! [kid]                     to the end
//! ```
//!
//! A value without flags is empty.

use super::{DecodeError, EncodeError, ErrorKind};
use crate::wire::{Ignore, Reader, Visit, Writer};

/// What the OSCORE option of a message says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OscoreOption<'a> {
    /// The Partial IV, 1 to 5 bytes; empty if there is none.
    pub partial_iv: &'a [u8],
    /// The kid context, at most 255 bytes.
    pub kid_context: Option<&'a [u8]>,
    /// The kid.
    pub kid: Option<&'a [u8]>,
}

impl<'a> OscoreOption<'a> {
    /// Decodes a value as a whole.
    pub fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        Self::fields(value, &mut Ignore)
    }

    /// Decodes like [`OscoreOption::decode`] and reports each field to `visit`; of a rejected value
    /// those up to the error.
    pub fn fields<V: Visit>(value: &'a [u8], visit: &mut V) -> Result<Self, DecodeError> {
        read(value, visit).map_err(|mut error| {
            error.requirement = Some(error.kind.requirement());
            error
        })
    }

    /// Writes the value to the front of `buffer` and returns its length in bytes.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let invalid = |kind, field| Err(EncodeError::Invalid { kind, field });
        if self.partial_iv.len() > 5 {
            return invalid(ErrorKind::ReservedLength, "partial_iv");
        }
        if has_leading_zeros(self.partial_iv) {
            return invalid(ErrorKind::LeadingZeros, "partial_iv");
        }
        let Ok(context_length) = u8::try_from(self.kid_context.map_or(0, <[u8]>::len)) else {
            return invalid(ErrorKind::TooLarge, "kid_context");
        };
        let flags = u8::from(self.kid_context.is_some()) << 4
            | u8::from(self.kid.is_some()) << 3
            | self.partial_iv.len() as u8;
        if flags == 0 {
            return Ok(0);
        }
        let mut w = Writer::new(buffer);
        w.u8(flags)?;
        w.bytes(self.partial_iv)?;
        if let Some(context) = self.kid_context {
            w.u8(context_length)?;
            w.bytes(context)?;
        }
        w.bytes(self.kid.unwrap_or_default())?;
        if w.written() > 255 {
            return invalid(ErrorKind::TooLarge, "kid");
        }
        Ok(w.written())
    }

    /// The Partial IV as a number; `None` if there is none.
    pub fn sequence_number(&self) -> Option<u64> {
        if self.partial_iv.is_empty() {
            return None;
        }
        Some(self.partial_iv.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// Zero itself is one byte.
fn has_leading_zeros(partial_iv: &[u8]) -> bool {
    matches!(partial_iv, [0, _, ..])
}

fn read<'a, V: Visit>(value: &'a [u8], visit: &mut V) -> Result<OscoreOption<'a>, DecodeError> {
    let wrong = |kind, at, field| Err(DecodeError::new(kind, at, field));
    if value.len() > 255 {
        return wrong(ErrorKind::TooLarge, 255, "kid");
    }
    let mut found = OscoreOption::default();
    if value.is_empty() {
        return Ok(found);
    }
    #[cfg(planted_bug)]
    if value.len() == 9 && value.starts_with(&[0x1A]) && crate::planted("oscore") {
        return wrong(ErrorKind::Truncated, usize::MAX, "kid");
    }
    let mut reader = Reader::new(value, 0, visit);
    let r = &mut reader;
    let flags = r.flags("flags")?;
    r.bits("reserved", 7, 5);
    r.bits("kid_context_flag", 4, 4);
    r.bits("kid_flag", 3, 3);
    r.bits("partial_iv_length", 2, 0);
    // RFC8613-6.1-2
    if flags >> 5 != 0 {
        return wrong(ErrorKind::ReservedFlags, 0, "flags");
    }
    // RFC8613-2-1
    if flags == 0 {
        return wrong(ErrorKind::EmptyFlags, 0, "flags");
    }
    let length = usize::from(flags & 7);
    if length > 5 {
        return wrong(ErrorKind::ReservedLength, 0, "partial_iv_length");
    }
    let at = r.at();
    found.partial_iv = r.take(length, "partial_iv")?;
    // RFC8613-5-2
    if has_leading_zeros(found.partial_iv) {
        return wrong(ErrorKind::LeadingZeros, at, "partial_iv");
    }
    if flags & 16 != 0 {
        let length = r.u8("kid_context_length")?;
        found.kid_context = Some(r.take(length.into(), "kid_context")?);
    }
    if flags & 8 != 0 {
        found.kid = Some(r.take_rest("kid"));
    } else if !r.is_empty() {
        return wrong(ErrorKind::TrailingBytes, r.at(), "kid");
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8613, 6.3.
    #[test]
    fn the_examples_are_read_and_written() {
        let of = |partial_iv, kid_context, kid| OscoreOption { partial_iv, kid_context, kid };
        let rows: [(&[u8], OscoreOption<'_>); 5] = [
            (&[9, 5, 0x25], of(&[5], None, Some(&[0x25]))),
            (&[9, 0], of(&[0], None, Some(&[]))),
            (&[0x19, 5, 5, 0x44, 0x61, 0x6C, 0x65, 0x6B], of(&[5], Some(b"Dalek"), Some(&[]))),
            (&[], of(&[], None, None)),
            (&[1, 7], of(&[7], None, None)),
        ];
        for (bytes, option) in rows {
            assert_eq!(OscoreOption::decode(bytes), Ok(option));
            let mut buffer = [0; 16];
            assert_eq!(option.encode(&mut buffer), Ok(bytes.len()));
            assert_eq!(&buffer[..bytes.len()], bytes);
        }
        assert_eq!(OscoreOption::decode(&[9, 0]).unwrap().sequence_number(), Some(0));
        assert_eq!(OscoreOption::decode(&[2, 1, 0]).unwrap().sequence_number(), Some(256));
    }

    #[test]
    fn what_cannot_be_said_is_not_written() {
        let refused = |option: OscoreOption<'_>| {
            let error = option.encode(&mut [0; 600]).unwrap_err();
            let EncodeError::Invalid { kind, .. } = error else { panic!("{error:?}") };
            kind
        };
        let none = OscoreOption::default();
        let long = [1; 256];
        assert_eq!(
            refused(OscoreOption { partial_iv: &[1; 6], ..none }),
            ErrorKind::ReservedLength
        );
        assert_eq!(refused(OscoreOption { partial_iv: &[0, 1], ..none }), ErrorKind::LeadingZeros);
        assert_eq!(refused(OscoreOption { kid_context: Some(&long), ..none }), ErrorKind::TooLarge);
        assert_eq!(refused(OscoreOption { kid: Some(&long), ..none }), ErrorKind::TooLarge);
    }
}
