//! The older format: a header for the file, then records.

use super::window::{Asked, Window};
use super::{MOST_BYTES, Notes, Record};
use crate::capture::SECOND;
use crate::capture::bytes::array_at;

/// What the header of the file says.
pub(super) struct Header {
    swapped: bool,
    /// Nanoseconds in a unit of the fraction.
    unit: u64,
    snap_length: usize,
    link: u16,
    /// That the snap length is a lie was said already.
    told: bool,
}

impl Header {
    const BYTES: usize = 24;
    const RECORD: usize = 16;

    /// Takes the header.
    pub(super) fn open(window: &mut Window<'_>, notes: &mut Notes) -> Result<Self, String> {
        let magic: [u8; 4] = array_at(window.rest(), 0).unwrap_or_default();
        let (swapped, unit) = match magic {
            [0xa1, 0xb2, 0xc3, 0xd4] => (false, 1000),
            [0xd4, 0xc3, 0xb2, 0xa1] => (true, 1000),
            [0xa1, 0xb2, 0x3c, 0x4d] => (false, 1),
            [0x4d, 0x3c, 0xb2, 0xa1] => (true, 1),
            [a, b, c, d] => {
                return Err(format!(
                    "byte 0: no capture file: it begins with {a:02x} {b:02x} {c:02x} {d:02x}; \
                     pcap and pcapng are read, plain or in gzip"
                ));
            }
        };
        if !matches!(window.ask(Self::BYTES), Asked::There) {
            let there = window.rest().len();
            return Err(format!("byte {there}: the file ends within the header of a pcap file"));
        }
        let mut header = Self { swapped, unit, snap_length: 0, link: 0, told: false };
        let bytes = window.take(Self::BYTES);
        let version = array_at(bytes, 4).map(|it| header.u16(it)).unwrap_or_default();
        header.snap_length = header.u32(bytes, 16) as usize;
        // The upper bits say how long the checksum of a frame is, which lengths within say too.
        header.link = (header.u32(bytes, 20) & 0xffff) as u16;
        if version != 2 {
            notes.add(format!("byte 4: pcap of version {version}, read as version 2"));
        }
        Ok(header)
    }

    pub(super) fn next(&mut self, window: &mut Window<'_>, notes: &mut Notes) -> Option<Record> {
        if !window.has(Self::RECORD, "the header of a record", notes) {
            return None;
        }
        let at = window.position();
        let head = window.rest();
        let [seconds, fraction, captured, length] =
            [0, 4, 8, 12].map(|place| u64::from(self.u32(head, place)));
        let (captured, length) = (captured as usize, length as usize);
        if captured > MOST_BYTES {
            notes.add(format!(
                "byte {at}: a record of {captured} bytes cannot be; nothing behind it is read"
            ));
            return None;
        }
        if captured > self.snap_length && self.snap_length > 0 && !self.told {
            self.told = true;
            notes.add(format!(
                "byte {at}: {captured} bytes of a frame, and the file says that {} are kept",
                self.snap_length
            ));
        }
        let whole = Self::RECORD + captured;
        if !window.has(whole, "a record", notes) {
            return None;
        }
        #[cfg(planted_bug)]
        assert!(
            !(self.swapped && self.unit == 1 && length > captured)
                || !wirecheck_codecs::planted("capture"),
            "a frame is cut short"
        );
        let time = seconds * SECOND + fraction * self.unit;
        Some(Record { time, link: self.link, skip: Self::RECORD, captured, length, whole })
    }

    fn u16(&self, bytes: [u8; 2]) -> u16 {
        if self.swapped { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let bytes = array_at(bytes, at).unwrap_or_default();
        if self.swapped { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }
}
