//! What lies below TCP and UDP: link layers, tunnels and IP.
//!
//! A frame that was cut gives what there is of it; paddings and checksums behind an IP packet are
//! left out by its own length.

use std::net::{IpAddr, SocketAddr};

use super::bytes::{after, array_at, u8_at, u16_at, u32_at, up_to};
use super::file::Frame;
use super::fragments::{Fragment, Fragments, Key};
use super::{Notes, Time};

/// How many layers may lie within each other.
const DEEPEST: u8 = 16;
/// The port of VXLAN (RFC 7348).
const VXLAN: u16 = 4789;

const NULL: u16 = 0;
const ETHERNET: u16 = 1;
const PPP: u16 = 9;
const RAW: [u16; 3] = [12, 14, 101];
const LOOP: u16 = 108;
const COOKED: u16 = 113;
const IPV4: u16 = 228;
const IPV6: u16 = 229;
const COOKED_2: u16 = 276;

/// A segment or datagram with where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// Whom to.
    pub to: SocketAddr,
    /// What was sent.
    pub transport: Transport<'a>,
}

/// What carries the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    /// A segment of TCP.
    Tcp(Segment<'a>),
    /// A datagram of UDP.
    Udp {
        /// The bytes that were kept.
        payload: &'a [u8],
        /// How many there were.
        length: usize,
    },
}

/// A segment of TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The sequence number of the first byte, or of SYN.
    pub sequence: u32,
    /// The next byte that the sender wants of the other side.
    pub acknowledgement: Option<u32>,
    /// It opens the connection.
    pub syn: bool,
    /// It is the last one of its side.
    pub fin: bool,
    /// It resets the connection.
    pub rst: bool,
    /// The bytes that were kept.
    pub payload: &'a [u8],
    /// How many there were.
    pub length: usize,
}

/// Takes frames apart. What waits for its other fragments is kept between frames.
#[derive(Debug, Default)]
pub struct Layers {
    fragments: Fragments,
    notes: Notes,
}

/// Where packets go.
type Found<'f> = &'f mut dyn FnMut(&Packet<'_>);

impl Layers {
    /// Gives every segment and datagram that a frame has or completes.
    pub fn frame(&mut self, frame: &Frame<'_>, found: Found<'_>) {
        let (bytes, now) = (frame.bytes, frame.time);
        match frame.link {
            ETHERNET => self.ethernet(bytes, now, DEEPEST, found),
            NULL | LOOP => self.address_family(bytes, now, found),
            PPP => self.ppp(bytes, now, DEEPEST, found),
            COOKED => self.ether_type(u16_at(bytes, 14), after(bytes, 16), now, DEEPEST, found),
            COOKED_2 => self.ether_type(u16_at(bytes, 0), after(bytes, 20), now, DEEPEST, found),
            IPV4 | IPV6 => self.ip(bytes, now, DEEPEST, found),
            link if RAW.contains(&link) => self.ip(bytes, now, DEEPEST, found),
            link => self.notes.add(format!("frames of link type {link} are not read")),
        }
    }

    /// What was odd so far.
    #[must_use]
    pub fn notes(&self) -> Notes {
        let mut notes = self.notes.clone();
        match self.fragments.incomplete() {
            0 => {}
            1 => notes.add("1 IP packet has not all its fragments"),
            number => notes.add(format!("{number} IP packets have not all their fragments")),
        }
        notes
    }

    fn ethernet(&mut self, bytes: &[u8], now: Time, depth: u8, found: Found<'_>) {
        self.ether_type(u16_at(bytes, 12), after(bytes, 14), now, depth, found);
    }

    /// NULL is in the byte order of who recorded it, and knows three numbers for IPv6.
    fn address_family(&mut self, bytes: &[u8], now: Time, found: Found<'_>) {
        let Some(family) = array_at::<4>(bytes, 0) else { return };
        let family = u32::from_be_bytes(family).min(u32::from_le_bytes(family));
        if matches!(family, 2 | 10 | 23 | 24 | 28 | 30) {
            self.ip(after(bytes, 4).unwrap_or_default(), now, DEEPEST, found);
        }
    }

    fn ether_type(
        &mut self,
        kind: Option<u16>,
        bytes: Option<&[u8]>,
        now: Time,
        depth: u8,
        found: Found<'_>,
    ) {
        let (Some(kind), Some(bytes), Some(depth)) = (kind, bytes, depth.checked_sub(1)) else {
            return;
        };
        match kind {
            0x0800 | 0x86dd => self.ip(bytes, now, depth, found),
            // VLAN, QinQ and what came before them.
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                self.ether_type(u16_at(bytes, 2), after(bytes, 4), now, depth, found);
            }
            0x8847 | 0x8848 => self.mpls(bytes, now, depth, found),
            0x8864 => self.ppp(after(bytes, 6).unwrap_or_default(), now, depth, found),
            0x6558 => self.ethernet(bytes, now, depth, found),
            0x880b => self.ppp(bytes, now, depth, found),
            _ => {}
        }
    }

    fn ppp(&mut self, bytes: &[u8], now: Time, depth: u8, found: Found<'_>) {
        // Address and control may be there, and the protocol may be cut to one byte.
        let bytes = bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes);
        let (protocol, rest) = match bytes {
            [short, rest @ ..] if short & 1 == 1 => (u16::from(*short), rest),
            [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
            _ => return,
        };
        match protocol {
            0x0021 | 0x0057 => self.ip(rest, now, depth, found),
            0x0281 | 0x0283 => self.mpls(rest, now, depth, found),
            _ => {}
        }
    }

    /// Nothing says what follows the last label; IP begins with its version.
    fn mpls(&mut self, bytes: &[u8], now: Time, depth: u8, found: Found<'_>) {
        let mut rest = bytes;
        while let Some(label) = u32_at(rest, 0) {
            rest = after(rest, 4).unwrap_or_default();
            if label & 0x100 == 0 {
                continue;
            }
            match rest.first().map(|first| first >> 4) {
                Some(4 | 6) => self.ip(rest, now, depth, found),
                // A control word before Ethernet.
                Some(0) => {
                    let inner = after(rest, 4).unwrap_or_default();
                    if let Some(depth) = depth.checked_sub(1) {
                        self.ethernet(inner, now, depth, found);
                    }
                }
                _ => {}
            }
            return;
        }
    }

    fn ip(&mut self, bytes: &[u8], now: Time, depth: u8, found: Found<'_>) {
        // What is too short for its own header ends here.
        let _ = match bytes.first().map(|first| first >> 4) {
            Some(4) => self.ipv4(bytes, now, depth, found),
            Some(6) => self.ipv6(bytes, now, depth, found),
            _ => None,
        };
    }

    fn ipv4(&mut self, bytes: &[u8], now: Time, depth: u8, found: Found<'_>) -> Option<()> {
        let header = usize::from(u8_at(bytes, 0)? & 0x0f) * 4;
        let total = match usize::from(u16_at(bytes, 2)?) {
            // Left to the hardware, which cut it into packets.
            0 => bytes.len(),
            total => total,
        };
        let fragment = u16_at(bytes, 6)?;
        let protocol = u8_at(bytes, 9)?;
        let from = IpAddr::from(array_at::<4>(bytes, 12)?);
        let to = IpAddr::from(array_at::<4>(bytes, 16)?);
        let length = total.checked_sub(header).filter(|_| header >= 20)?;
        let payload = Payload { bytes: up_to(after(bytes, header)?, length), length };
        let between = Between { from, to, protocol };
        if fragment & 0x3fff == 0 {
            self.payload(between, payload, now, depth, found);
            return Some(());
        }
        let identification = u16_at(bytes, 4)?.into();
        let place = (usize::from(fragment & 0x1fff) * 8, fragment & 0x2000 != 0);
        self.fragment(between, identification, place, payload, now, depth, found);
        Some(())
    }

    fn ipv6(&mut self, bytes: &[u8], now: Time, depth: u8, found: Found<'_>) -> Option<()> {
        let length = match usize::from(u16_at(bytes, 4)?) {
            0 => bytes.len().saturating_sub(40),
            length => length,
        };
        let mut protocol = u8_at(bytes, 6)?;
        let from = IpAddr::from(array_at::<16>(bytes, 8)?);
        let to = IpAddr::from(array_at::<16>(bytes, 24)?);
        let mut payload = Payload { bytes: up_to(after(bytes, 40)?, length), length };
        loop {
            let extension = match protocol {
                0 | 43 | 60 | 135 => (usize::from(u8_at(payload.bytes, 1)?) + 1) * 8,
                51 => (usize::from(u8_at(payload.bytes, 1)?) + 2) * 4,
                44 => 8,
                _ => break,
            };
            let header = payload.bytes;
            let (kind, next) = (protocol, u8_at(header, 0)?);
            payload = payload.after(extension)?;
            protocol = next;
            if kind == 44 {
                let (place, identification) = (u16_at(header, 2)?, u32_at(header, 4)?);
                if place & 0xfff9 != 0 {
                    let between = Between { from, to, protocol };
                    let place = (usize::from(place & 0xfff8), place & 1 != 0);
                    self.fragment(between, identification, place, payload, now, depth, found);
                    return Some(());
                }
            }
        }
        self.payload(Between { from, to, protocol }, payload, now, depth, found);
        Some(())
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is in one header")]
    fn fragment(
        &mut self,
        between: Between,
        identification: u32,
        (at, more): (usize, bool),
        payload: Payload<'_>,
        now: Time,
        depth: u8,
        found: Found<'_>,
    ) {
        let Between { from, to, protocol } = between;
        let key = Key { from, to, identification, protocol };
        let fragment = Fragment { at, more, bytes: payload.bytes, length: payload.length };
        if let Some(whole) = self.fragments.add(key, &fragment, now, &mut self.notes) {
            let payload = Payload { bytes: &whole, length: whole.len() };
            self.payload(between, payload, now, depth, found);
        }
    }

    fn payload(
        &mut self,
        between: Between,
        payload: Payload<'_>,
        now: Time,
        depth: u8,
        found: Found<'_>,
    ) -> Option<()> {
        let bytes = payload.bytes;
        match between.protocol {
            6 => {
                let packet = between.tcp(payload)?;
                found(&packet);
            }
            17 => {
                let packet = between.udp(payload)?;
                let Transport::Udp { payload, .. } = packet.transport else { return None };
                // Only a frame of Ethernet behind the header tells a tunnel from the rest.
                let inner = after(payload, 8).filter(|_| u8_at(payload, 0) == Some(0x08));
                match (packet.to.port(), inner, depth.checked_sub(1)) {
                    (VXLAN, Some(inner), Some(depth)) => self.ethernet(inner, now, depth, found),
                    _ => found(&packet),
                }
            }
            4 | 41 => self.ip(bytes, now, depth.checked_sub(1)?, found),
            47 => {
                let flags = u16_at(bytes, 0)?;
                // Version 0; the checksum, the key and the number may be there.
                let fields = [0x8000, 0x2000, 0x1000].iter().filter(|flag| flags & **flag != 0);
                let header = 4 + 4 * fields.count();
                let inner = after(bytes, header).filter(|_| flags & 0x0007 == 0)?;
                self.ether_type(u16_at(bytes, 2), Some(inner), now, depth, found);
            }
            _ => {}
        }
        Some(())
    }
}

/// The bytes of a packet that are there, and how many there were.
#[derive(Clone, Copy)]
struct Payload<'a> {
    bytes: &'a [u8],
    length: usize,
}

impl Payload<'_> {
    fn after(self, at: usize) -> Option<Self> {
        Some(Self { bytes: after(self.bytes, at)?, length: self.length.checked_sub(at)? })
    }
}

/// Two hosts and what they speak.
#[derive(Clone, Copy)]
struct Between {
    from: IpAddr,
    to: IpAddr,
    protocol: u8,
}

impl Between {
    fn ports(self, bytes: &[u8]) -> Option<(SocketAddr, SocketAddr)> {
        let (from, to) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?);
        Some((SocketAddr::new(self.from, from), SocketAddr::new(self.to, to)))
    }

    fn tcp(self, payload: Payload<'_>) -> Option<Packet<'_>> {
        let bytes = payload.bytes;
        let (from, to) = self.ports(bytes)?;
        let header = usize::from(u8_at(bytes, 12)? >> 4) * 4;
        let flags = u8_at(bytes, 13)?;
        let length = payload.length.checked_sub(header).filter(|_| header >= 20)?;
        let segment = Segment {
            sequence: u32_at(bytes, 4)?,
            acknowledgement: u32_at(bytes, 8).filter(|_| flags & 0x10 != 0),
            syn: flags & 0x02 != 0,
            fin: flags & 0x01 != 0,
            rst: flags & 0x04 != 0,
            payload: after(bytes, header).unwrap_or_default(),
            length,
        };
        Some(Packet { from, to, transport: Transport::Tcp(segment) })
    }

    fn udp(self, payload: Payload<'_>) -> Option<Packet<'_>> {
        let (from, to) = self.ports(payload.bytes)?;
        let length = match usize::from(u16_at(payload.bytes, 4)?) {
            0 => payload.length.checked_sub(8)?,
            length => length.checked_sub(8)?.min(payload.length.saturating_sub(8)),
        };
        let payload = up_to(after(payload.bytes, 8)?, length);
        Some(Packet { from, to, transport: Transport::Udp { payload, length } })
    }
}

#[cfg(test)]
mod tests;
