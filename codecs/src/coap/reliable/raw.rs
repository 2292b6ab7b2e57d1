//! A message with a header, right or wrong.

use super::Framing;
use crate::coap::{Code, EncodeError};
use crate::wire::Writer;

/// A message as it lies on the wire, with lengths that may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// The Length as announced: of options, payload marker and payload. Up to 4,295,033,100.
    pub length: u64,
    /// The four bits of the Token Length, whatever follows.
    pub token_length: u8,
    /// The Code.
    pub code: Code,
    /// What follows the Code.
    pub rest: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Splits off the header of all that `bytes` are; `None` if they end before it does.
    pub fn read(bytes: &'a [u8], framing: Framing) -> Option<Self> {
        let (&first, rest) = bytes.split_first()?;
        let (length, rest) = match (first >> 4, framing) {
            (13, Framing::Tcp) => {
                let (&byte, rest) = rest.split_first()?;
                (u64::from(byte).wrapping_add(13), rest)
            }
            (14, Framing::Tcp) => {
                let (&bytes, rest) = rest.split_first_chunk()?;
                (u64::from(u16::from_be_bytes(bytes)).wrapping_add(269), rest)
            }
            (15, Framing::Tcp) => {
                let (&bytes, rest) = rest.split_first_chunk()?;
                (u64::from(u32::from_be_bytes(bytes)).wrapping_add(65_805), rest)
            }
            (length, _) => (length.into(), rest),
        };
        let (&code, rest) = rest.split_first()?;
        Some(Self { length, token_length: first & 15, code: Code(code), rest })
    }

    /// Writes the message as it is; returns its length in bytes. A Length above 12 is written in
    /// its longer form, also for WebSocket.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(buffer);
        super::header::put(&mut w, self.length, self.token_length, self.code)?;
        w.bytes(self.rest)?;
        Ok(w.written())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_has_a_header_is_read_and_written_back() {
        let cases: [&[u8]; 5] = [
            &[0x0F, 0xFF],
            &[0xC9, 0x20, 1, 2],
            &[0xDF, 0, 0xE1, 9],
            &[0xE0, 0xFF, 0xFF, 0x45],
            &[0xF1, 0, 0, 0, 0, 0x45, 7],
        ];
        for bytes in cases {
            let raw = Raw::read(bytes, Framing::Tcp).unwrap();
            let mut buffer = [0; 8];
            assert_eq!(raw.encode(&mut buffer), Ok(bytes.len()));
            assert_eq!(&buffer[..bytes.len()], bytes);
            assert_eq!(raw.encode(&mut buffer[..1]), Err(EncodeError::BufferTooSmall));
            for end in 0..bytes.len() - raw.rest.len() {
                assert_eq!(Raw::read(&bytes[..end], Framing::Tcp), None);
            }
        }
        let raw = Raw::read(&[0xD0, 0x45, 1], Framing::WebSocket).unwrap();
        assert_eq!((raw.length, raw.code, raw.rest), (13, Code::CONTENT, &[1][..]));
    }
}
