//! The sender: one thread, plain sockets.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::is_theirs;
use crate::wire_log::{Entry, Event};

/// How long is waited for what had come before the next message was sent.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long is listened after the last entry.
const AFTERWARDS: Duration = Duration::from_millis(300);
/// How long the target has to close its side after we closed ours.
const CLOSING: Duration = Duration::from_millis(500);
/// Between two looks at the sockets.
const PAUSE: Duration = Duration::from_millis(2);

/// What one link brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    /// The beginnings of packets, in an order of their own: packets of different kinds may
    /// overtake each other.
    pub(super) heads: Vec<Vec<u8>>,
    /// Whether the target has ended the link.
    pub(super) ended: bool,
}

impl Replayed {
    pub(super) fn sort(&mut self) {
        self.heads.sort();
    }

    /// Whether this has all that came then; more may have come since.
    pub(super) fn begins_like(&self, then: &Self) -> bool {
        let mut heads = self.heads.clone();
        let had = then.heads.iter().all(|head| {
            let place = heads.iter().position(|now| now == head);
            place.map(|place| heads.swap_remove(place)).is_some()
        });
        had && (self.ended || !then.ended)
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for head in &self.heads {
            for byte in head {
                write!(f, "{byte:02x}")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(if self.ended { "closed" } else { "open" })
    }
}

/// Bytes from hex; what is no hex is left out.
pub(super) fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| Some(c.to_digit(16)? as u8)).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Puts a password where a result has asterisks for it.
fn restore(bytes: &mut [u8], secret: Option<&str>) {
    let Some(secret) = secret.map(str::as_bytes).filter(|secret| !secret.is_empty()) else {
        return;
    };
    let stars = vec![b'*'; secret.len()];
    if let Some(place) = bytes.windows(secret.len()).position(|window| window == stars) {
        bytes[place..place + secret.len()].copy_from_slice(secret);
    }
}

/// Type and flags of a packet, and what CONNACK and DISCONNECT say. Identifiers and contents may
/// differ from run to run.
pub(super) fn head(packet: &[u8]) -> Vec<u8> {
    let first = packet.first().copied().unwrap_or_default();
    let mut head = vec![first];
    match first >> 4 {
        2 => head.extend(packet.get(2..4).unwrap_or_default()),
        14 => head.extend(packet.get(2)),
        _ => {}
    }
    head
}

/// The Packet Identifier that the target gave a PUBLISH of QoS 1 or 2.
fn identifier(publish: &[u8]) -> Option<[u8; 2]> {
    let first = *publish.first()?;
    if first >> 4 != 3 || first & 0x06 == 0 {
        return None;
    }
    let header = 1 + publish.get(1..5)?.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let topic = publish.get(header..header + 2)?;
    let place = header + 2 + usize::from(u16::from_be_bytes([topic[0], topic[1]]));
    publish.get(place..place + 2)?.try_into().ok()
}

/// Puts the identifiers of now where an answer of ours has those of then.
fn readdress(answer: &mut [u8], then: &[[u8; 2]], now: &[[u8; 2]]) {
    if let [first, _, a, b, ..] = answer
        && matches!(*first >> 4, 4 | 5 | 7)
        && let Some(place) = then.iter().rposition(|known| *known == [*a, *b])
        && let Some(fresh) = now.get(place)
    {
        [*a, *b] = *fresh;
    }
}

/// How many bytes the first packet has, if it is there as a whole.
fn length(bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    for place in 0..4 {
        let byte = *bytes.get(1 + place)?;
        length |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            let whole = 2 + place + length;
            return (bytes.len() >= whole).then_some(whole);
        }
    }
    // What has no end is taken as it is.
    Some(bytes.len())
}

struct Link {
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    answers: Replayed,
    /// What the target gave its messages.
    identifiers: Vec<[u8; 2]>,
}

impl Link {
    fn open(at: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&at, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let answers = Replayed::default();
        let (buffer, identifiers) = (Vec::new(), Vec::new());
        Ok(Self { stream: Some(stream), buffer, answers, identifiers })
    }

    /// Takes what has come.
    fn look(&mut self) {
        let mut chunk = [0; 8192];
        while let Some(stream) = &mut self.stream {
            match stream.read(&mut chunk) {
                Ok(0) => self.lost(),
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.lost(),
            }
        }
        self.sort_out();
    }

    /// Takes the packets out of what has come.
    fn sort_out(&mut self) {
        while let Some(whole) = length(&self.buffer).filter(|whole| *whole > 0) {
            let packet: Vec<u8> = self.buffer.drain(..whole).collect();
            self.answers.heads.push(head(&packet));
            self.identifiers.extend(identifier(&packet));
        }
    }

    fn lost(&mut self) {
        self.stream = None;
        self.answers.ended = true;
    }

    fn send(&mut self, bytes: &[u8]) {
        let Some(stream) = &mut self.stream else { return };
        // A full buffer is waited for; what a target does not take any more is its end.
        let written = stream.set_nonblocking(false).and_then(|()| stream.write_all(bytes));
        if written.and_then(|()| stream.set_nonblocking(true)).is_err() {
            self.look();
            self.lost();
        }
    }

    fn end(&mut self, abruptly: bool) {
        let Some(stream) = self.stream.take() else { return };
        if abruptly {
            // An orderly end is the next best.
            let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        } else {
            // The target may finish first: closing with unread data would be a reset.
            let quiet = stream.set_nonblocking(false);
            let quiet = quiet.and_then(|()| stream.set_read_timeout(Some(CLOSING)));
            let _ = quiet.and_then(|()| stream.shutdown(Shutdown::Write));
            let (mut stream, mut chunk) = (stream, [0; 8192]);
            while let Ok(count @ 1..) = stream.read(&mut chunk) {
                self.buffer.extend_from_slice(&chunk[..count]);
            }
            self.sort_out();
        }
    }
}

/// Waits until as many packets have come as are expected, for some time.
fn wait_for(links: &mut BTreeMap<&str, Link>, expected: &BTreeMap<&str, usize>) {
    let patience = Instant::now() + PATIENCE;
    loop {
        links.values_mut().for_each(Link::look);
        let missing = expected.iter().any(|(actor, count)| {
            links
                .get(actor)
                .is_some_and(|link| link.stream.is_some() && link.answers.heads.len() < *count)
        });
        if !missing || Instant::now() >= patience {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Does what the log says we did, at the recorded pace, and tells what came of it.
pub(super) fn replay(
    log: &[Entry],
    at: SocketAddr,
    secret: Option<&str>,
) -> io::Result<BTreeMap<String, Replayed>> {
    let mut links: BTreeMap<&str, Link> = BTreeMap::new();
    let mut earlier: Vec<(&str, Replayed)> = Vec::new();
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    let mut given: BTreeMap<&str, Vec<[u8; 2]>> = BTreeMap::new();
    let begin = Instant::now();
    for entry in log.iter().filter(|entry| !entry.actor.is_empty()) {
        let actor = entry.actor.as_str();
        let due = begin + Duration::from_millis(entry.ms);
        while Instant::now() < due {
            links.values_mut().for_each(Link::look);
            std::thread::sleep(PAUSE);
        }
        match entry.event {
            Event::Open => {
                if let Some(before) = links.insert(actor, Link::open(at)?) {
                    earlier.push((actor, before.answers));
                }
                expected.insert(actor, 0);
                given.insert(actor, Vec::new());
            }
            Event::Recv => {
                *expected.entry(actor).or_default() += 1;
                let bytes = entry.hex.as_deref().map(bytes_of).unwrap_or_default();
                given.entry(actor).or_default().extend(identifier(&bytes));
            }
            Event::Send => {
                // What the message answers to must have come, on any link.
                wait_for(&mut links, &expected);
                let mut bytes = entry.hex.as_deref().map(bytes_of).unwrap_or_default();
                if let Some(link) = links.get_mut(actor) {
                    let then = given.get(actor).map_or(&[][..], Vec::as_slice);
                    readdress(&mut bytes, then, &link.identifiers);
                    restore(&mut bytes, secret);
                    link.send(&bytes);
                }
            }
            Event::Close | Event::Reset if !is_theirs(entry) => {
                // What had come when we ended the link must have a chance to come again.
                wait_for(&mut links, &expected);
                if let Some(link) = links.get_mut(actor) {
                    link.end(entry.event == Event::Reset);
                }
            }
            _ => {}
        }
    }
    let until = Instant::now() + AFTERWARDS;
    while Instant::now() < until {
        links.values_mut().for_each(Link::look);
        std::thread::sleep(PAUSE);
    }
    let mut found: BTreeMap<String, Replayed> = BTreeMap::new();
    let last = links.into_iter().map(|(actor, link)| (actor, link.answers));
    for (actor, answers) in earlier.into_iter().chain(last) {
        let all = found.entry(actor.to_owned()).or_default();
        all.heads.extend(answers.heads);
        all.ended |= answers.ended;
    }
    found.values_mut().for_each(Replayed::sort);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart_without_a_codec() {
        assert_eq!(length(&[0xD0, 0x00, 0x20]), Some(2));
        assert_eq!(length(&[0x30, 0x80]), None);
        assert_eq!(length(&[0x30, 0x80, 0x01, 0]), None);
        assert_eq!(length(&[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1]), Some(6));
        assert_eq!(head(&[0x20, 2, 1, 0x87]), [0x20, 1, 0x87]);
        assert_eq!(head(&[0xE0, 1, 0x81]), [0xE0, 0x81]);
        assert_eq!(head(&[0x34, 5, 0, 1, b'a', 0, 7]), [0x34]);
        assert_eq!(bytes_of("20 02 zz 0f"), [0x20, 0x02, 0x0F]);
    }

    #[test]
    fn what_differs_from_run_to_run_is_put_in() {
        let publish = [0x34, 6, 0, 1, b'a', 0x12, 0x34, b'x'];
        assert_eq!(identifier(&publish), Some([0x12, 0x34]));
        assert_eq!(identifier(&[0x30, 3, 0, 1, b'a']), None);
        assert_eq!(identifier(&[0x32, 2, 0, 9]), None);
        let mut pubrec = [0x50, 2, 0x12, 0x34];
        readdress(&mut pubrec, &[[0, 1], [0x12, 0x34]], &[[0, 7], [0, 8]]);
        assert_eq!(pubrec, [0x50, 2, 0, 8]);
        let mut connect = *b"a****b";
        restore(&mut connect, Some("word"));
        assert_eq!(&connect, b"awordb");
    }

    #[test]
    fn more_than_was_recorded_may_come_later() {
        let brought = |heads: &[u8], ended| Replayed {
            heads: heads.iter().map(|head| vec![*head]).collect(),
            ended,
        };
        let then = brought(&[0x20, 0x32], false);
        assert!(brought(&[0x20, 0x32], false).begins_like(&then));
        assert!(brought(&[0x32, 0x20, 0x32], true).begins_like(&then));
        assert!(!brought(&[0x20], false).begins_like(&then));
        assert!(!brought(&[0x20, 0x32], false).begins_like(&brought(&[0x20], true)));
        assert!(!brought(&[0x20, 0x32], false).begins_like(&brought(&[0x20, 0x20], false)));
    }
}
