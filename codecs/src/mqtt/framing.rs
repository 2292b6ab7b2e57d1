//! The fixed header (2.1): packet type, flags, Remaining Length; and packets out of chunks.

use core::fmt;

use super::{DecodeError, EncodeError, ErrorKind};
use crate::wire::{Note, Reader, Visit, Writer};

/// The packet type, the upper four bits of the first byte (2.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PacketType(pub u8);

impl PacketType {
    #![allow(missing_docs, reason = "the names are the specification's")]
    pub const CONNECT: Self = Self(1);
    pub const CONNACK: Self = Self(2);
    pub const PUBLISH: Self = Self(3);
    pub const PUBACK: Self = Self(4);
    pub const PUBREC: Self = Self(5);
    pub const PUBREL: Self = Self(6);
    pub const PUBCOMP: Self = Self(7);
    pub const SUBSCRIBE: Self = Self(8);
    pub const SUBACK: Self = Self(9);
    pub const UNSUBSCRIBE: Self = Self(10);
    pub const UNSUBACK: Self = Self(11);
    pub const PINGREQ: Self = Self(12);
    pub const PINGRESP: Self = Self(13);
    pub const DISCONNECT: Self = Self(14);
    pub const AUTH: Self = Self(15);

    /// The name as the specification prints it.
    pub const fn name(self) -> &'static str {
        match self.0 {
            1 => "CONNECT",
            2 => "CONNACK",
            3 => "PUBLISH",
            4 => "PUBACK",
            5 => "PUBREC",
            6 => "PUBREL",
            7 => "PUBCOMP",
            8 => "SUBSCRIBE",
            9 => "SUBACK",
            10 => "UNSUBSCRIBE",
            11 => "UNSUBACK",
            12 => "PINGREQ",
            13 => "PINGRESP",
            14 => "DISCONNECT",
            15 => "AUTH",
            _ => "RESERVED",
        }
    }

    /// The key of the JSON form.
    pub const fn key(self) -> &'static str {
        match self.0 {
            1 => "connect",
            2 => "connack",
            3 => "publish",
            4 => "puback",
            5 => "pubrec",
            6 => "pubrel",
            7 => "pubcomp",
            8 => "subscribe",
            9 => "suback",
            10 => "unsubscribe",
            11 => "unsuback",
            12 => "pingreq",
            13 => "pingresp",
            14 => "disconnect",
            15 => "auth",
            _ => "reserved",
        }
    }

    /// The type whose JSON form has the key `key`.
    pub fn from_key(key: &str) -> Option<Self> {
        (1..=15).map(Self).find(|packet_type| packet_type.key() == key)
    }

    /// The flags that the fixed header of this type must have; PUBLISH's are its own (Table 2-2).
    #[inline]
    pub const fn flags(self) -> u8 {
        match self.0 {
            6 | 8 | 10 => 0b0010,
            _ => 0,
        }
    }
}

impl fmt::Debug for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A packet as it lies on the wire, right or wrong: anything that fits a frame.
///
/// ```text
/// byte 1     packet type (7-4)   flags (3-0)
/// byte 2...  Remaining Length, one to four bytes
/// then       body
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// The first byte: packet type and flags.
    pub first: u8,
    /// The Remaining Length as announced; for a packet to be written it may lie.
    pub length: u32,
    /// What follows the fixed header.
    pub body: &'a [u8],
}

impl Raw<'_> {
    /// The packet type.
    #[inline]
    pub const fn packet_type(&self) -> PacketType {
        PacketType(self.first >> 4)
    }

    /// Writes the packet as it is; returns its length in bytes.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(buffer);
        w.u8(self.first)?;
        put_varint(&mut w, self.length)?;
        w.bytes(self.body)?;
        Ok(w.written())
    }
}

/// What lies at the front of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole packet.
    Complete {
        /// Its parts.
        raw: Raw<'a>,
        /// Length of the fixed header in bytes.
        header: usize,
    },
    /// The packet goes on behind the buffer.
    Incomplete {
        /// At least this many further bytes are needed.
        need: usize,
    },
}

/// Finds the packet at the front of `bytes`; refuses one that announces more than `maximum` bytes
/// as a whole. Of what is inside, nothing is judged.
#[inline]
pub fn frame(bytes: &[u8], maximum: usize) -> Result<Frame<'_>, DecodeError> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Ok(Frame::Incomplete { need: 2 });
    };
    // One byte of Remaining Length is the common case.
    if let Some((&length @ 0..=127, rest)) = rest.split_first()
        && let Some(body) = rest.get(..usize::from(length))
        && usize::from(length).wrapping_add(2) <= maximum
    {
        return Ok(Frame::Complete { raw: Raw { first, length: length.into(), body }, header: 2 });
    }
    frame_long(bytes, maximum)
}

fn frame_long(bytes: &[u8], maximum: usize) -> Result<Frame<'_>, DecodeError> {
    let mut length: u32 = 0;
    let (Some(&first), tail) = (bytes.first(), bytes.get(1..).unwrap_or_default()) else {
        return Ok(Frame::Incomplete { need: 2 });
    };
    for (count, byte) in (1usize..=4).zip(tail) {
        let shift = 7u32.wrapping_mul((count as u32).wrapping_sub(1));
        length |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 != 0 {
            continue;
        }
        let header = count.wrapping_add(1);
        let whole = header.wrapping_add(length as usize);
        if whole > maximum {
            return Err(DecodeError::new(ErrorKind::TooLarge, 1, "remaining_length"));
        }
        let Some(body) = bytes.get(header..whole) else {
            return Ok(Frame::Incomplete { need: whole.wrapping_sub(bytes.len()) });
        };
        return Ok(Frame::Complete { raw: Raw { first, length, body }, header });
    }
    if tail.len() >= 4 {
        return Err(DecodeError::new(ErrorKind::MalformedVarint, 1, "remaining_length"));
    }
    Ok(Frame::Incomplete { need: 1 })
}

/// Reassembles packets from chunks of a stream in a caller's buffer, which is also the largest
/// packet that is taken.
#[derive(Debug)]
pub struct Framer<'b> {
    buffer: &'b mut [u8],
    filled: usize,
}

impl<'b> Framer<'b> {
    /// Keeps at most one packet, of at most `buffer.len()` bytes.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, filled: 0 }
    }

    /// Takes what belongs to the current packet off the front of `chunk`. Returns the packet once
    /// it is whole; call again with what is left of the chunk.
    pub fn push(&mut self, chunk: &mut &[u8]) -> Result<Option<&[u8]>, DecodeError> {
        loop {
            let held = self.buffer.get(..self.filled).unwrap_or_default();
            // The buffer may be smaller than a fixed header; the limit then strikes first.
            let need = match frame(held, self.buffer.len())? {
                Frame::Complete { header, raw } => {
                    #[cfg(planted_bug)]
                    if header == 3 && raw.first >> 4 == 8 && crate::planted("mqtt-stream") {
                        *chunk = chunk.get(1..).unwrap_or_default();
                    }
                    let whole = header.wrapping_add(raw.body.len());
                    self.filled = 0;
                    return Ok(self.buffer.get(..whole));
                }
                Frame::Incomplete { need } => {
                    if self.filled == 0 {
                        1
                    } else {
                        need
                    }
                }
            };
            let take = need.min(chunk.len());
            if take == 0 {
                return Ok(None);
            }
            let Some((head, tail)) = chunk.split_at_checked(take) else { return Ok(None) };
            let end = self.filled.wrapping_add(take);
            let Some(space) = self.buffer.get_mut(self.filled..end) else {
                return Err(DecodeError::new(ErrorKind::TooLarge, 0, "remaining_length"));
            };
            space.copy_from_slice(head);
            self.filled = end;
            *chunk = tail;
        }
    }
}

/// Length in bytes of the shortest Variable Byte Integer for `value`.
pub const fn varint_len(value: u32) -> usize {
    match value {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        _ => 4,
    }
}

/// A Variable Byte Integer (1.5.5). A longer form than needed is taken and noted, since the rule
/// binds its sender.
#[inline]
pub(super) fn varint<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    field: &'static str,
) -> Result<u32, DecodeError> {
    let at = r.at();
    if let Some(&byte @ 0..=127) = r.rest().first() {
        r.u8(field)?;
        return Ok(byte.into());
    }
    let mut value: u32 = 0;
    for shift in [0u32, 7, 14, 21] {
        let Ok(byte) = r.flags(field) else {
            return Err(DecodeError::new(ErrorKind::Truncated, at, field));
        };
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            if V::WANTS && byte == 0 && shift > 0 {
                // MQTT5-1.5.5-1
                r.note(Note { note: "non-minimal-varint", at, field, requirement: None });
            }
            r.report(field, at, None);
            return Ok(value);
        }
    }
    Err(DecodeError::new(ErrorKind::MalformedVarint, at, field))
}

/// Writes a Variable Byte Integer in its shortest form.
#[inline]
pub(super) fn put_varint(
    w: &mut impl super::list::Sink,
    mut value: u32,
) -> Result<(), crate::wire::Full> {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return w.put(&[low]);
        }
        w.put(&[low | 0x80])?;
    }
}
