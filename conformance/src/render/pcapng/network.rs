//! What lies below the messages: Ethernet, IPv4, TCP and UDP. All of it is made up, but as it would
//! be: lengths, checksums and sequence numbers are right.

/// The longest payload of one frame, so that the length of IPv4 still has room.
const MOST_PAYLOAD: usize = 65_535 - IPV4 - 32;
const IPV4: usize = 20;
const TCP: u8 = 6;
const UDP: u8 = 17;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The suite.
    Ours,
    /// The target.
    Target,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Ours => Self::Target,
            Self::Target => Self::Ours,
        }
    }

    /// Addresses that are set apart for documentation (RFC 5737).
    fn address(self) -> [u8; 4] {
        match self {
            Self::Ours => [192, 0, 2, 1],
            Self::Target => [192, 0, 2, 2],
        }
    }

    /// Locally administered.
    fn hardware(self) -> [u8; 6] {
        [0x02, 0, 0, 0, 0, self.address()[3]]
    }
}

/// The bytes of a message: those that are known, and how many there were.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payload<'a> {
    pub(super) known: &'a [u8],
    pub(super) length: usize,
}

impl<'a> Payload<'a> {
    fn part(self, from: usize, to: usize) -> Self {
        let known = self.known.get(from.min(self.known.len())..to.min(self.known.len()));
        Self { known: known.unwrap_or_default(), length: to - from }
    }
}

/// A frame: its bytes as far as they are known, and how many there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) bytes: Vec<u8>,
    pub(super) length: usize,
}

/// Ports, by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) ours: u16,
    pub(super) target: u16,
}

impl Ports {
    fn of(self, side: Side) -> u16 {
        match side {
            Side::Ours => self.ours,
            Side::Target => self.target,
        }
    }
}

/// One TCP connection.
#[derive(Debug)]
pub(super) struct Tcp {
    ports: Ports,
    /// The next sequence number of us, and of the target.
    next: [u32; 2],
}

impl Tcp {
    pub(super) fn new(ports: Ports) -> Self {
        Self { ports, next: [1_000_000, 2_000_000] }
    }

    fn next(&mut self, side: Side) -> &mut u32 {
        &mut self.next[side as usize]
    }

    /// The three frames that open it.
    pub(super) fn open(&mut self, by: Side) -> Vec<Frame> {
        let none = Payload { known: &[], length: 0 };
        vec![
            self.segment(by, SYN, none),
            self.segment(by.other(), SYN | ACK, none),
            self.segment(by, ACK, none),
        ]
    }

    /// A message, in as many segments as it needs.
    pub(super) fn send(&mut self, by: Side, payload: Payload<'_>) -> Vec<Frame> {
        let starts = (0..payload.length).step_by(MOST_PAYLOAD);
        let parts = starts.map(|from| payload.part(from, payload.length.min(from + MOST_PAYLOAD)));
        parts.map(|part| self.segment(by, PSH | ACK, part)).collect()
    }

    /// The end of what one side sends.
    pub(super) fn close(&mut self, by: Side) -> Frame {
        self.segment(by, FIN | ACK, Payload { known: &[], length: 0 })
    }

    /// The end of the connection.
    pub(super) fn reset(&mut self, by: Side) -> Frame {
        self.segment(by, RST | ACK, Payload { known: &[], length: 0 })
    }

    fn segment(&mut self, by: Side, flags: u8, payload: Payload<'_>) -> Frame {
        // A window of a gigabyte: nobody ever waits for an acknowledgement here.
        const OPTIONS: [u8; 8] = [2, 4, 5, 0xb4, 1, 3, 3, 14];
        let acknowledged = if flags & ACK == 0 { 0 } else { *self.next(by.other()) };
        let options: &[u8] = if flags & SYN == 0 { &[] } else { &OPTIONS };
        let mut header = Vec::new();
        header.extend(self.ports.of(by).to_be_bytes());
        header.extend(self.ports.of(by.other()).to_be_bytes());
        header.extend(self.next(by).to_be_bytes());
        header.extend(acknowledged.to_be_bytes());
        header.extend([((20 + options.len()) as u8 / 4) << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
        header.extend(options);
        let counted = payload.length as u32 + u32::from(flags & (SYN | FIN) != 0);
        *self.next(by) = self.next(by).wrapping_add(counted);
        ethernet(by, TCP, header, 16, payload)
    }
}

/// A message in a datagram.
pub(super) fn datagram(ports: Ports, by: Side, payload: Payload<'_>) -> Frame {
    let payload = payload.part(0, payload.length.min(MOST_PAYLOAD));
    let mut header = Vec::new();
    header.extend(ports.of(by).to_be_bytes());
    header.extend(ports.of(by.other()).to_be_bytes());
    header.extend(((8 + payload.length) as u16).to_be_bytes());
    header.extend([0, 0]);
    ethernet(by, UDP, header, 6, payload)
}

/// Puts what is below around a header and a payload; `checksum` is where that of the header lies.
fn ethernet(
    by: Side,
    protocol: u8,
    mut header: Vec<u8>,
    checksum: usize,
    payload: Payload<'_>,
) -> Frame {
    let (from, to) = (by.address(), by.other().address());
    let length = header.len() + payload.length;
    let mut pseudo: Vec<u8> = [from, to].concat();
    pseudo.extend([0, protocol]);
    pseudo.extend((length as u16).to_be_bytes());
    // That of bytes which are not known cannot be known either.
    if payload.known.len() == payload.length {
        let sum = match sum_of(&[&pseudo, &header, payload.known]) {
            // In UDP zero says that there is none.
            0 if protocol == UDP => 0xffff,
            sum => sum,
        };
        if let Some(place) = header.get_mut(checksum..checksum + 2) {
            place.copy_from_slice(&sum.to_be_bytes());
        }
    }
    let mut network = vec![0x45, 0];
    network.extend(((IPV4 + length) as u16).to_be_bytes());
    network.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    network.extend([from, to].concat());
    let sum = sum_of(&[&network]).to_be_bytes();
    if let Some(place) = network.get_mut(10..12) {
        place.copy_from_slice(&sum);
    }
    let mut bytes: Vec<u8> = [by.other().hardware(), by.hardware()].concat();
    bytes.extend([0x08, 0x00]);
    bytes.extend(network);
    bytes.extend(header);
    let length = bytes.len() + payload.length;
    bytes.extend(payload.known);
    Frame { bytes, length }
}

/// The Internet checksum (RFC 1071) of parts, all of which but the last are of even length.
fn sum_of(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let mut sum: u32 = words
        .map(|word| match word {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(*high) << 8,
            _ => 0,
        })
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_rfc_1071() {
        let example = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(sum_of(&[&example]), !0xddf2);
        assert_eq!(sum_of(&[&example[..4], &example[4..]]), !0xddf2);
        assert_eq!(sum_of(&[&[0xff]]), !0xff00);
    }

    #[test]
    fn sequence_numbers_count_bytes_and_ends() {
        let mut tcp = Tcp::new(Ports { ours: 50_000, target: 1883 });
        let sequence = |frame: &Frame| u32::from_be_bytes(frame.bytes[38..42].try_into().unwrap());
        let acknowledged =
            |frame: &Frame| u32::from_be_bytes(frame.bytes[42..46].try_into().unwrap());
        let opening = tcp.open(Side::Ours);
        assert_eq!(sequence(&opening[2]), sequence(&opening[0]) + 1);
        assert_eq!(acknowledged(&opening[2]), sequence(&opening[1]) + 1);
        let whole = Payload { known: b"hello", length: 5 };
        let sent = tcp.send(Side::Ours, whole);
        let answer = tcp.send(Side::Target, whole);
        assert_eq!(acknowledged(&answer[0]), sequence(&sent[0]) + 5);
        let end = tcp.close(Side::Target);
        assert_eq!(sequence(&end), sequence(&answer[0]) + 5);
        assert_eq!(acknowledged(&tcp.reset(Side::Ours)), sequence(&end) + 1);
    }

    #[test]
    fn what_is_cut_keeps_its_length() {
        let mut tcp = Tcp::new(Ports { ours: 50_000, target: 1883 });
        let known = [7; 4096];
        let frames = tcp.send(Side::Target, Payload { known: &known, length: 100_000 });
        let [first, second] = &frames[..] else { panic!("{} frames", frames.len()) };
        assert_eq!((first.bytes.len(), first.length), (54 + 4096, 54 + MOST_PAYLOAD));
        assert_eq!((second.bytes.len(), second.length), (54, 54 + 100_000 - MOST_PAYLOAD));
        let frame =
            datagram(Ports { ours: 1, target: 2 }, Side::Ours, Payload { known: &[1], length: 9 });
        assert_eq!((frame.bytes.len(), frame.length), (43, 51));
    }
}
