//! A datagram with a header, right or wrong.

use super::{Code, DecodeError, EncodeError, MessageType};
use crate::wire::{Ignore, Reader, Writer};

/// A message as it lies on the wire: anything that has the four bytes of a header.
///
/// ```text
/// byte 0     Version (7-6)   Type (5-4)   Token Length (3-0)
/// byte 1     Code
/// byte 2, 3  Message ID
/// then       [Token Length (extended)]   Token   Options   [0xFF   Payload]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// Version, Type and Token Length.
    pub first: u8,
    /// The Code.
    pub code: Code,
    /// The Message ID.
    pub message_id: u16,
    /// What follows the header.
    pub rest: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Splits off the header, of any version. An error says that there is none.
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut ignore = Ignore;
        let mut r = Reader::new(bytes, 0, &mut ignore);
        Ok(Self {
            first: r.u8("version")?,
            code: Code(r.u8("code")?),
            message_id: r.u16("message_id")?,
            rest: r.take_rest("options"),
        })
    }

    /// The Version; only 1 is known.
    #[inline]
    pub const fn version(&self) -> u8 {
        self.first >> 6
    }

    /// The Type.
    #[inline]
    pub const fn message_type(&self) -> MessageType {
        MessageType::from_bits(self.first >> 4)
    }

    /// The four bits of the Token Length, whatever follows.
    #[inline]
    pub const fn token_length(&self) -> u8 {
        self.first & 15
    }

    /// Writes the message as it is; returns its length in bytes.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(buffer);
        w.bytes(&[self.first, self.code.0])?;
        w.u16(self.message_id)?;
        w.bytes(self.rest)?;
        Ok(w.written())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ErrorKind;
    use super::*;

    #[test]
    fn whatever_has_a_header_is_read_and_written_back() {
        let bytes = [0xBF, 0xE0, 0x12, 0x34, 0xFF];
        let raw = Raw::read(&bytes).unwrap();
        assert_eq!((raw.version(), raw.token_length()), (2, 15));
        assert_eq!(raw.message_type(), MessageType::Reset);
        assert_eq!((raw.message_id, raw.rest), (0x1234, &[0xFF][..]));
        let mut buffer = [0; 5];
        assert_eq!((raw.encode(&mut buffer), buffer), (Ok(5), bytes));
        assert_eq!(raw.encode(&mut [0; 4]), Err(EncodeError::BufferTooSmall));
        for end in 0..4 {
            assert_eq!(Raw::read(&bytes[..end]).unwrap_err().kind, ErrorKind::Truncated);
        }
    }
}
