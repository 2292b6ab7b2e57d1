//! The newer format: sections of blocks. Interfaces have link types and clocks of their own.

use super::window::{Asked, Window};
use super::{MOST_BYTES, Notes, Record};
use crate::capture::Time;
use crate::capture::bytes::array_at;

/// How a section begins; the same in either byte order.
pub(super) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
const SECRETS: u32 = 10;

const OPTION_RESOLUTION: u16 = 9;
const OPTION_OFFSET: u16 = 14;

/// How many interfaces of a section are known.
const MOST_INTERFACES: usize = 65_536;

/// One interface.
#[derive(Clone, Copy)]
struct Interface {
    link: u16,
    snap_length: usize,
    /// `if_tsresol`: the exponent, of 2 if the high bit is set, else of 10.
    resolution: u8,
    /// `if_tsoffset`, in seconds.
    offset: i64,
}

impl Interface {
    fn time(&self, ticks: u64) -> Time {
        let (ticks, exponent) = (u128::from(ticks), u32::from(self.resolution & 0x7f));
        const NANOS: u128 = 1_000_000_000;
        let nanos = match self.resolution & 0x80 {
            0 if exponent <= 9 => ticks.saturating_mul(10u128.pow(9 - exponent)),
            0 => 10u128.checked_pow(exponent - 9).map_or(0, |unit| ticks / unit),
            _ => ticks.saturating_mul(NANOS).checked_shr(exponent).unwrap_or(0),
        };
        let nanos = i128::try_from(nanos).unwrap_or(i128::MAX);
        let offset = i128::from(self.offset) * NANOS as i128;
        let nanos = nanos.saturating_add(offset);
        Time::try_from(nanos.max(0)).unwrap_or(Time::MAX)
    }
}

/// The section that is being read.
pub(super) struct Section {
    swapped: bool,
    interfaces: Vec<Interface>,
    /// The time of the last packet that had one.
    time: Time,
}

impl Section {
    /// Looks at the first section header, without taking it.
    pub(super) fn open(window: &mut Window<'_>) -> Result<Self, String> {
        if !matches!(window.ask(28), Asked::There) {
            let there = window.rest().len();
            return Err(format!("byte {there}: the file ends within the first section header"));
        }
        let swapped = byte_order(window.rest())
            .ok_or("byte 8: the section header has no byte order that is known")?;
        Ok(Self { swapped, interfaces: Vec::new(), time: 0 })
    }

    pub(super) fn next(&mut self, window: &mut Window<'_>, notes: &mut Notes) -> Option<Record> {
        loop {
            if !window.has(12, "a block", notes) {
                return None;
            }
            let at = window.position();
            let kind = self.u32(window.rest(), 0);
            if kind == SECTION {
                let Some(swapped) = byte_order(window.rest()) else {
                    notes.add(format!("byte {at}: a section without a byte order that is known"));
                    return None;
                };
                self.swapped = swapped;
                self.interfaces.clear();
            }
            let whole = self.u32(window.rest(), 4) as usize;
            if !(12..=MOST_BYTES).contains(&whole) || !whole.is_multiple_of(4) {
                notes.add(format!(
                    "byte {at}: a block of {whole} bytes cannot be; nothing behind it is read"
                ));
                return None;
            }
            if !window.has(whole, "a block", notes) {
                return None;
            }
            if self.u32(window.rest(), whole - 4) as usize != whole {
                notes.add(format!(
                    "byte {at}: a block ends with another length than it begins with"
                ));
            }
            if let Some(record) = self.block(kind, whole, window, notes) {
                return Some(record);
            }
            window.take(whole);
        }
    }

    fn block(
        &mut self,
        kind: u32,
        whole: usize,
        window: &Window<'_>,
        notes: &mut Notes,
    ) -> Option<Record> {
        let (at, bytes) = (window.position(), window.rest().get(..whole - 4)?);
        match kind {
            INTERFACE if self.interfaces.len() < MOST_INTERFACES => self.interface(bytes),
            SECRETS => notes.add("the file has secrets of TLS in it, which are not used"),
            ENHANCED_PACKET | OLD_PACKET => {
                let interface = match kind {
                    OLD_PACKET => u32::from(self.u16(bytes, 8)),
                    _ => self.u32(bytes, 8),
                };
                let interface = self.known(interface, at, notes)?;
                let ticks = u64::from(self.u32(bytes, 12)) << 32 | u64::from(self.u32(bytes, 16));
                self.time = interface.time(ticks);
                let (captured, length) = (self.u32(bytes, 20), self.u32(bytes, 24));
                return self.record(
                    interface,
                    captured as usize,
                    length as usize,
                    28,
                    whole,
                    notes,
                );
            }
            SIMPLE_PACKET => {
                let interface = self.known(0, at, notes)?;
                let length = self.u32(bytes, 8) as usize;
                let kept = match interface.snap_length {
                    0 => length,
                    most => length.min(most),
                };
                let captured = kept.min(bytes.len().saturating_sub(12));
                return self.record(interface, captured, length, 12, whole, notes);
            }
            _ => {}
        }
        None
    }

    fn record(
        &self,
        interface: Interface,
        captured: usize,
        length: usize,
        skip: usize,
        whole: usize,
        notes: &mut Notes,
    ) -> Option<Record> {
        let room = (whole - 4).checked_sub(skip)?;
        if captured > room {
            notes.add("a packet says that it has more bytes than its block");
        }
        let captured = captured.min(room);
        Some(Record { time: self.time, link: interface.link, skip, captured, length, whole })
    }

    fn known(&self, interface: u32, at: u64, notes: &mut Notes) -> Option<Interface> {
        let known = self.interfaces.get(interface as usize).copied();
        if known.is_none() {
            notes.add(format!("byte {at}: a packet of interface {interface}, which is not known"));
        }
        known
    }

    fn interface(&mut self, bytes: &[u8]) {
        let mut interface = Interface {
            link: self.u16(bytes, 8),
            snap_length: self.u32(bytes, 12) as usize,
            resolution: 6,
            offset: 0,
        };
        let mut at = 16;
        while at + 4 <= bytes.len() {
            let (code, length) = (self.u16(bytes, at), usize::from(self.u16(bytes, at + 2)));
            let value = bytes.get(at + 4..).unwrap_or_default();
            match (code, length) {
                (0, _) => break,
                (OPTION_RESOLUTION, 1) => {
                    interface.resolution = value.first().copied().unwrap_or(6);
                }
                (OPTION_OFFSET, 8) => {
                    let bytes = array_at(value, 0).unwrap_or_default();
                    interface.offset = match self.swapped {
                        true => i64::from_le_bytes(bytes),
                        false => i64::from_be_bytes(bytes),
                    };
                }
                _ => {}
            }
            at += 4 + length.next_multiple_of(4);
        }
        self.interfaces.push(interface);
    }

    fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        let bytes = array_at(bytes, at).unwrap_or_default();
        if self.swapped { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let bytes = array_at(bytes, at).unwrap_or_default();
        if self.swapped { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }
}

/// Whether the section has its low bytes first.
fn byte_order(header: &[u8]) -> Option<bool> {
    match array_at(header, 8)? {
        [0x4d, 0x3c, 0x2b, 0x1a] => Some(true),
        [0x1a, 0x2b, 0x3c, 0x4d] => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_any_resolution() {
        let time = |resolution, offset, ticks| {
            Interface { link: 1, snap_length: 0, resolution, offset }.time(ticks)
        };
        assert_eq!(time(6, 0, 1_500_000), 1_500_000_000);
        assert_eq!(time(9, 0, 7), 7);
        assert_eq!(time(0, 0, 3), 3_000_000_000);
        assert_eq!(time(12, 0, 5_000), 5);
        assert_eq!(time(0x80 | 10, 0, 1536), 1_500_000_000);
        assert_eq!(time(6, 2, 1), 2_000_001_000);
        assert_eq!(time(6, -1, 1), 0);
        assert_eq!(time(0, 0, u64::MAX), u64::MAX);
        assert_eq!([time(127, 0, u64::MAX), time(255, 0, u64::MAX)], [0, 0]);
    }
}
