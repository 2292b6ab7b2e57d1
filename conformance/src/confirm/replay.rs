//! The sender: one thread, plain sockets.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::replayed::Replayed;
use super::speech::Given;
use super::websocket::{Came, Frames};
use super::xmpp::{self, Chosen, Ours, Passwords, SigningIn};
use super::{Place, Speech, is_theirs};
use crate::wire_log::{Entry, Event};

/// How long is waited for what had come before the next message was sent.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long is listened after the last entry.
const AFTERWARDS: Duration = Duration::from_millis(300);
/// How long the target has to close its side after we closed ours.
const CLOSING: Duration = Duration::from_millis(500);
/// Between two writes of one message.
const BETWEEN_PIECES: Duration = Duration::from_millis(10);
/// Who ends a link so soon after taking leave does not wait for the other side to do so.
const AT_ONCE: Duration = Duration::from_millis(100);
/// Between two looks at the sockets.
const PAUSE: Duration = Duration::from_millis(2);

/// How the log says that a message was sent as text.
const IN_TEXT: &str = "in a text frame of WebSocket";

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

/// In how many writes a message was sent: the log says it behind the message.
fn writes(entry: &Entry) -> usize {
    let said = entry.text.as_deref().and_then(|text| text.strip_suffix(" writes)"));
    let said = said.and_then(|text| text.rsplit_once("(in ")).and_then(|(_, it)| it.parse().ok());
    said.unwrap_or(1).max(1)
}

/// Whether an entry is an Acknowledgement of CoAP that the driver sent by itself: when its turn comes
/// again, what tells is when that comes which it answers.
fn is_ack(entry: &Entry) -> bool {
    let empty = entry.hex.as_deref().is_some_and(|hex| hex.len() == 8 && hex.starts_with("6000"));
    entry.event == Event::Send && entry.auto && empty
}

/// Whether the first message of these entries was sent as text: a note behind it says so.
fn is_text(log: &[Entry]) -> bool {
    let mut rest = log.iter().filter(|entry| entry.actor == log[0].actor).skip(1);
    rest.next().is_some_and(|entry| entry.text.as_deref() == Some(IN_TEXT))
}

/// What carries the messages.
enum Socket {
    Tcp(TcpStream),
    Framed(Box<Frames>),
    Udp(UdpSocket),
    /// Where the target asks us, and who did last.
    Serving(UdpSocket, Option<SocketAddr>),
}

struct Link {
    speech: Speech,
    socket: Option<Socket>,
    buffer: Vec<u8>,
    answers: Replayed,
    /// What the target gave its messages.
    given: Vec<Given>,
    /// What the target chose, in XMPP.
    chosen: Vec<Chosen>,
    signing_in: SigningIn,
    /// Whether Confirmable messages are acknowledged as they come, as they were then.
    acknowledges: bool,
    /// When we took leave, by the log: what answers that came in time or did not, as it happened.
    left: Option<u64>,
}

impl Link {
    fn open(place: &Place, signing_in: SigningIn) -> io::Result<Self> {
        let (at, speech) = (place.at, place.speech);
        let socket = if place.serving {
            let socket = UdpSocket::bind(at)?;
            socket.set_nonblocking(true)?;
            Socket::Serving(socket, None)
        } else if speech.is_in_datagrams() {
            let any: IpAddr = match at {
                SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            let socket = UdpSocket::bind((any, 0))?;
            socket.connect(at)?;
            socket.set_nonblocking(true)?;
            Socket::Udp(socket)
        } else {
            let connect = || {
                let stream = TcpStream::connect_timeout(&at, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                Ok(stream)
            };
            let socket = match &place.websocket {
                Some(handshake) => Socket::Framed(Box::new(handshake.shake(connect)?)),
                None => Socket::Tcp(connect()?),
            };
            socket.stream().map_or(Ok(()), |stream| stream.set_nonblocking(true))?;
            socket
        };
        let answers = Replayed::default();
        let (socket, acknowledges, left) = (Some(socket), false, None);
        let (buffer, given, chosen) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { speech, socket, buffer, answers, given, chosen, signing_in, acknowledges, left })
    }

    /// Takes what has come.
    fn look(&mut self) {
        let mut chunk = [0; 65_535];
        while let Some(socket) = &mut self.socket {
            let (read, datagram) = match socket {
                Socket::Tcp(stream) => (stream.read(&mut chunk), false),
                Socket::Framed(frames) => {
                    match frames.next() {
                        Came::Message(message) => self.buffer.extend(message),
                        Came::Nothing => break,
                        Came::End => self.lost(),
                    }
                    self.sort_out();
                    continue;
                }
                Socket::Udp(socket) => (socket.recv(&mut chunk), true),
                Socket::Serving(socket, asker) => {
                    let came = socket.recv_from(&mut chunk);
                    (came.map(|(count, from)| (count, *asker = Some(from)).0), true)
                }
            };
            match read {
                Ok(0) if !datagram => self.lost(),
                Ok(count) => {
                    self.buffer.extend_from_slice(&chunk[..count]);
                    if datagram {
                        self.sort_out();
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // That nobody takes datagrams any more is no end of an exchange.
                Err(_) if datagram => break,
                Err(_) => self.lost(),
            }
        }
        self.sort_out();
    }

    /// Takes the messages out of what has come.
    fn sort_out(&mut self) {
        while let Some(whole) = self.speech.length(&self.buffer).filter(|whole| *whole > 0) {
            let message: Vec<u8> = self.buffer.drain(..whole).collect();
            let head = self.speech.head(&message);
            if head.is_empty() && self.speech == Speech::Xmpp {
                if xmpp::is_step(&message) {
                    self.signing_in.answered();
                }
                continue;
            }
            self.answers.heads.push(head);
            self.given.extend(self.speech.given(&message));
            if self.speech == Speech::Xmpp {
                self.chosen.extend(xmpp::chosen(&message));
            }
            if self.acknowledges
                && let Some(ack) = self.speech.acknowledgement(&message)
            {
                self.send(&ack, false);
            }
        }
    }

    /// What came until now came in time.
    fn is_over(&mut self) {
        if self.left.is_none() {
            self.answers.in_time.clone_from(&self.answers.heads);
        }
    }

    fn lost(&mut self) {
        self.socket = None;
        self.answers.ended = true;
    }

    /// Sends bytes, in a frame of their own if they need one; that may be a text frame.
    fn send(&mut self, bytes: &[u8], text: bool) {
        // A full buffer is waited for; what a target does not take any more is its end.
        let blocks = |socket: &Option<Socket>, blocks: bool| {
            let stream = socket.as_ref().and_then(Socket::stream);
            stream.map_or(Ok(()), |stream| stream.set_nonblocking(!blocks))
        };
        let mut written = blocks(&self.socket, true);
        written = written.and_then(|()| match &mut self.socket {
            None => Ok(()),
            Some(Socket::Tcp(stream)) => stream.write_all(bytes),
            Some(Socket::Framed(frames)) => frames.send(bytes, text),
            // What is lost is lost, as on any network.
            Some(Socket::Udp(socket)) => {
                let _ = socket.send(bytes);
                Ok(())
            }
            Some(Socket::Serving(socket, asker)) => {
                let _ = asker.map(|asker| socket.send_to(bytes, asker));
                Ok(())
            }
        });
        if written.and_then(|()| blocks(&self.socket, false)).is_err() {
            self.look();
            self.lost();
        }
    }

    fn end(&mut self, abruptly: bool) {
        let ended = self.answers.ended;
        if let Some(stream) = self.socket.as_ref().and_then(Socket::stream) {
            if abruptly {
                // An orderly end is the next best.
                let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
            } else {
                let quiet = stream.set_nonblocking(false);
                let _ = quiet.and_then(|()| stream.set_read_timeout(Some(CLOSING)));
                self.take_leave();
            }
        }
        self.socket = None;
        self.answers.ended = ended;
    }

    /// Ends our half. The target may finish first: closing with unread data would be a reset.
    fn take_leave(&mut self) {
        match &mut self.socket {
            Some(Socket::Tcp(stream)) => {
                let _ = stream.shutdown(Shutdown::Write);
                // Whether a stream that we left without a word still brings something is chance.
                if self.speech == Speech::Xmpp {
                    let _ = io::copy(stream, &mut io::sink());
                    return;
                }
            }
            Some(Socket::Framed(frames)) => frames.close(),
            _ => return,
        }
        self.look();
    }
}

impl Socket {
    /// The stream, where there is one.
    fn stream(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(stream) => Some(stream),
            Self::Framed(frames) => Some(frames.stream()),
            Self::Udp(_) | Self::Serving(..) => None,
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
                .is_some_and(|link| link.socket.is_some() && link.answers.heads.len() < *count)
        });
        if !missing || Instant::now() >= patience {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Waits until the target has answered who signs in.
fn wait_for_sign_in(links: &mut BTreeMap<&str, Link>, actor: &str) {
    let patience = Instant::now() + PATIENCE;
    while Instant::now() < patience {
        let Some(link) = links.get_mut(actor) else { return };
        link.look();
        if link.socket.is_none() || !link.signing_in.waits() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Does what the log says we did, at the recorded pace, and tells what came of it.
pub(super) fn replay(
    log: &[Entry],
    places: &BTreeMap<&str, Place>,
    secrets: &Passwords,
) -> io::Result<BTreeMap<String, Replayed>> {
    let mut links: BTreeMap<&str, Link> = BTreeMap::new();
    let mut earlier: Vec<(&str, Replayed)> = Vec::new();
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    let mut given: BTreeMap<&str, Vec<Given>> = BTreeMap::new();
    let mut chosen: BTreeMap<&str, Vec<Chosen>> = BTreeMap::new();
    let begin = Instant::now();
    let ends = |entry: &Entry| matches!(entry.event, Event::Close | Event::Reset);
    let over = log.iter().rposition(|entry| !ends(entry)).map_or(0, |last| last + 1);
    for (place, entry) in log.iter().enumerate().filter(|(_, entry)| !entry.actor.is_empty()) {
        let actor = entry.actor.as_str();
        let due = begin + Duration::from_millis(entry.ms);
        while Instant::now() < due {
            links.values_mut().for_each(Link::look);
            std::thread::sleep(PAUSE);
        }
        if place == over {
            links.values_mut().for_each(Link::is_over);
        }
        match entry.event {
            Event::Open => {
                let Some(place) = places.get(actor) else { continue };
                let link = Link::open(place, SigningIn::of(log, actor))?;
                if let Some(mut before) = links.insert(actor, link) {
                    before.is_over();
                    earlier.push((actor, before.answers));
                }
                if let Some(link) = links.get_mut(actor) {
                    link.acknowledges = log.iter().any(|it| it.actor == actor && is_ack(it));
                }
                expected.insert(actor, 0);
                given.insert(actor, Vec::new());
                chosen.insert(actor, Vec::new());
            }
            Event::Recv => {
                let bytes = entry.hex.as_deref().map(bytes_of).unwrap_or_default();
                let Some(there) = places.get(actor) else { continue };
                if !there.speech.head(&bytes).is_empty() {
                    *expected.entry(actor).or_default() += 1;
                }
                given.entry(actor).or_default().extend(there.speech.given(&bytes));
                if there.speech == Speech::Xmpp {
                    chosen.entry(actor).or_default().extend(xmpp::chosen(&bytes));
                }
            }
            Event::Send if is_ack(entry) => {}
            Event::Send => {
                // What the message answers to must have come, on any link.
                wait_for(&mut links, &expected);
                let mut bytes = entry.hex.as_deref().map(bytes_of).unwrap_or_default();
                if places.get(actor).is_some_and(|there| there.speech == Speech::Xmpp) {
                    let now: Vec<_> = links.values().flat_map(|it| it.chosen.clone()).collect();
                    let then: Vec<_> =
                        links.keys().filter_map(|it| chosen.get(it)).flatten().cloned().collect();
                    bytes = xmpp::rename(bytes, &then, &now);
                    wait_for_sign_in(&mut links, actor);
                }
                if let Some(link) = links.get_mut(actor) {
                    if link.speech == Speech::Xmpp {
                        match link.signing_in.instead(bytes, secrets) {
                            Ours::As(other) => bytes = other,
                            Ours::Nothing => continue,
                        }
                    }
                    let then = given.get(actor).map_or(&[][..], Vec::as_slice);
                    link.speech.readdress(&mut bytes, then, &link.given);
                    restore(&mut bytes, secrets.main.as_deref());
                    if link.speech.is_farewell(&bytes) {
                        link.is_over();
                        link.left = Some(entry.ms);
                    }
                    let size = bytes.len().div_ceil(writes(entry)).max(1);
                    let text = is_text(&log[place..]);
                    for (place, piece) in bytes.chunks(size).enumerate() {
                        if place > 0 {
                            std::thread::sleep(BETWEEN_PIECES);
                        }
                        link.send(piece, text);
                    }
                }
            }
            Event::Close | Event::Reset if !is_theirs(entry) => {
                // What had come when we ended the link must have a chance to come again.
                wait_for(&mut links, &expected);
                if let Some(link) = links.get_mut(actor) {
                    link.end(entry.event == Event::Reset);
                    // Had we left just before, the target may be faster now.
                    let just_left =
                        |left: u64| Duration::from_millis(entry.ms.saturating_sub(left)) < AT_ONCE;
                    link.answers.ended &= !link.left.is_some_and(just_left);
                }
            }
            _ => {}
        }
    }
    if over == log.len() {
        links.values_mut().for_each(Link::is_over);
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
        all.in_time.extend(answers.in_time);
        all.ended |= answers.ended;
    }
    found.values_mut().for_each(Replayed::sort);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_put_in() {
        let mut connect = *b"a****b";
        restore(&mut connect, Some("word"));
        assert_eq!(&connect, b"awordb");
        assert_eq!(bytes_of("20 02 zz 0f"), [0x20, 0x02, 0x0F]);
    }

    #[test]
    fn pieces_are_told_by_the_log() {
        let entry = |text: &str| Entry {
            ms: 0,
            event: Event::Send,
            actor: "a".to_owned(),
            text: Some(text.to_owned()),
            hex: None,
            length: None,
            auto: false,
            mark: None,
        };
        assert_eq!(writes(&entry("0.01 GET token=ad   (in 20 writes)")), 20);
        assert_eq!(writes(&entry("0.01 GET payload=\"(in 20 writes)\"")), 1);
        assert_eq!(writes(&entry("0.01 GET   (in 0 writes)")), 1);
        let note = Entry { event: Event::Note, ..entry(crate::case::Frame::Text.words()) };
        assert!(is_text(&[entry("GET"), note.clone()]) && !is_text(&[entry("GET")]));
        let other = Entry { actor: "b".to_owned(), ..entry("GET") };
        assert!(is_text(&[entry("GET"), other, note]));
    }

    #[test]
    fn more_may_come_once_the_exchange_is_over() {
        let brought = |heads: &[u8], in_time: usize, ended| {
            let heads: Vec<Vec<u8>> = heads.iter().map(|head| vec![*head]).collect();
            Replayed { in_time: heads[..in_time].to_vec(), heads, ended }
        };
        let then = brought(&[0x20, 0x32], 0, false);
        let is_like = |now: Replayed| now.is_like(&then, false);
        assert!(is_like(brought(&[0x20, 0x32], 2, false)));
        assert!(is_like(brought(&[0x20, 0x32, 0x32], 2, true)));
        // What was missing then, and came in time now.
        assert!(!is_like(brought(&[0x20, 0x32, 0x32], 3, false)));
        assert!(!is_like(brought(&[0x20], 1, false)));
        assert!(!brought(&[0x20], 1, false).is_like(&brought(&[0x20], 0, true), false));
        assert!(!brought(&[0x20, 0x32, 0x32], 2, false).is_like(&then, true));
        assert!(!brought(&[0x20, 0x32], 2, true).is_like(&then, true));
    }
}
