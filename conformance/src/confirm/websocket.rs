//! As much of WebSocket (RFC 6455) as the sender needs: the handshake, and messages in frames.

use std::io::{self, Error, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long the target has for its side of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// A handshake that is longer than this is none.
const MOST_OF_A_HANDSHAKE: usize = 64 << 10;
/// What our frames are masked with. Anything will do where nobody between us and the target keeps
/// what it sees.
const MASK: [u8; 4] = [0x5A, 0xA5, 0x3C, 0xC3];

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What a handshake asks for.
#[derive(Clone, Debug)]
pub(super) struct Handshake {
    /// The host as the target knows it, with the port.
    pub(super) host: String,
    pub(super) path: String,
    pub(super) sub_protocol: &'static str,
}

impl Handshake {
    /// Shakes hands; what comes behind the answer belongs to the frames.
    pub(super) fn shake(&self, stream: &mut TcpStream) -> io::Result<Frames> {
        let Self { host, path, sub_protocol } = self;
        // The key only shows that the target speaks WebSocket, which is known by now.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2lyZWNoZWNrIHNlbmRlcg==\r\n\
             Sec-WebSocket-Protocol: {sub_protocol}\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        stream.set_read_timeout(Some(HANDSHAKE))?;
        let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
        let end = loop {
            if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            let count = stream.read(&mut chunk)?;
            if count == 0 || answer.len() > MOST_OF_A_HANDSHAKE {
                return Err(Error::other("no answer to the handshake of WebSocket"));
            }
            answer.extend_from_slice(&chunk[..count]);
        };
        if !answer.starts_with(b"HTTP/1.1 101 ") {
            let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            return Err(Error::other(format!("the handshake of WebSocket is answered {line}")));
        }
        Ok(Frames { raw: answer.split_off(end), parts: Vec::new() })
    }
}

/// What came and is not taken out yet.
#[derive(Debug, Default)]
pub(super) struct Frames {
    raw: Vec<u8>,
    /// The frames of a message whose last one is still to come.
    parts: Vec<u8>,
}

/// What the target sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// A message.
    Message(Vec<u8>),
    /// A ping, with the frame that answers it.
    Ping(Vec<u8>),
    /// The end.
    Close,
}

impl Frames {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
    }

    /// The next that is there as a whole.
    pub(super) fn next(&mut self) -> Option<Came> {
        loop {
            let (first, content) = self.frame()?;
            match first & 0x0F {
                CLOSE => return Some(Came::Close),
                PING => return Some(Came::Ping(frame(PONG, &content))),
                PONG => {}
                _ => {
                    self.parts.extend(content);
                    if first & 0x80 != 0 {
                        return Some(Came::Message(std::mem::take(&mut self.parts)));
                    }
                }
            }
        }
    }

    /// The first byte and the content of the next frame.
    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, second) = (*self.raw.first()?, *self.raw.get(1)?);
        let more = match second & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let said = self.raw.get(2..2 + more)?;
        let length = match more {
            0 => usize::from(second & 0x7F),
            _ => said.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)),
        };
        // What is masked although no server may do so is read all the same.
        let key = if second & 0x80 == 0 { 0 } else { MASK.len() };
        let from = 2 + more + key;
        let end = from.checked_add(length)?;
        let mut content = self.raw.get(from..end)?.to_vec();
        let key = self.raw[2 + more..from].to_vec();
        content.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        self.raw.drain(..end);
        Some((first, content))
    }
}

/// A message of ours in a frame, in a text frame if that is how it was.
pub(super) fn message(content: &[u8], text: bool) -> Vec<u8> {
    frame(if text { TEXT } else { BINARY }, content)
}

/// The frame that takes leave.
pub(super) fn close() -> Vec<u8> {
    frame(CLOSE, &[])
}

fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind];
    match content.len() {
        length @ ..126 => frame.push(0x80 | length as u8),
        length @ ..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(content.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_framed_is_what_comes_out() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let content: Vec<u8> = (0..length).map(|place| place as u8).collect();
            let mut frames = Frames::default();
            let bytes = message(&content, false);
            frames.add(&bytes[..bytes.len() - 1]);
            let last = &bytes[bytes.len() - 1..];
            assert_eq!(frames.next(), None);
            frames.add(last);
            assert_eq!(frames.next(), Some(Came::Message(content)));
            assert_eq!(frames.next(), None);
        }
    }

    #[test]
    fn parts_pings_and_the_end_are_told() {
        let mut frames = Frames::default();
        frames.add(&[0x02, 1, b'a', 0x8A, 0, 0x89, 1, b'?', 0x80, 1, b'b', 0x88, 0]);
        assert_eq!(frames.next(), Some(Came::Ping(frame(PONG, b"?"))));
        assert_eq!(frames.next(), Some(Came::Message(b"ab".to_vec())));
        assert_eq!(frames.next(), Some(Came::Close));
        assert_eq!(frames.next(), None);
        // A length that no memory has.
        frames.add(&[&[0x82, 127][..], &[0xFF; 8]].concat());
        assert_eq!(frames.next(), None);
    }
}
