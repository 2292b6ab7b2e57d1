//! What travels in frames of WebSocket (RFC 6455), behind the requests that open it.

use super::{Speech, index};
use crate::capture::output::Scene;
use crate::codec::Sender;

/// The longest frame or message that is looked into.
const MOST_BYTES: usize = 1 << 20;

/// One connection.
pub(in crate::capture) struct WebSocketSpeech {
    inner: Box<dyn Speech>,
    sides: [Side; 2],
    /// Each frame is a message of its own, not a part of a stream.
    by_message: bool,
}

#[derive(Default)]
struct Side {
    kept: Vec<u8>,
    /// Whether the HTTP that opens it is over.
    open: bool,
    /// The parts of a message of several frames.
    parts: Vec<u8>,
    over: bool,
}

impl WebSocketSpeech {
    pub(in crate::capture) fn new(inner: Box<dyn Speech>, by_message: bool) -> Self {
        Self { inner, sides: Default::default(), by_message }
    }
}

/// A frame at the front of bytes.
struct Frame {
    last: bool,
    compressed: bool,
    code: u8,
    mask: Option<[u8; 4]>,
    header: usize,
    length: usize,
}

impl Frame {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (first, second) = (*bytes.first()?, *bytes.get(1)?);
        let (length, mut header) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
            127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
            short => (u64::from(short), 2),
        };
        let mask = match second & 0x80 {
            0 => None,
            _ => {
                header += 4;
                Some(bytes.get(header - 4..header)?.try_into().ok()?)
            }
        };
        Some(Self {
            last: first & 0x80 != 0,
            compressed: first & 0x40 != 0,
            code: first & 0x0f,
            mask,
            header,
            length: usize::try_from(length).ok()?,
        })
    }
}

impl Speech for WebSocketSpeech {
    fn bytes(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>) {
        let Some(side) = self.sides.get_mut(index(from)) else { return };
        if side.over {
            return;
        }
        side.kept.extend(bytes);
        let mut start = 0;
        if !side.open {
            let Some(end) = side.kept.windows(4).position(|it| it == b"\r\n\r\n") else {
                side.over = side.kept.len() > MOST_BYTES;
                return;
            };
            side.open = true;
            start = end + 4;
        }
        while let Some(frame) = Frame::read(side.kept.get(start..).unwrap_or_default()) {
            if frame.length > MOST_BYTES || frame.compressed {
                let why =
                    if frame.compressed { "that is compressed" } else { "of more than a MiB" };
                scene.output.notes.add(format!("a frame of WebSocket {why} ends what is read"));
                side.over = true;
                break;
            }
            let from_byte = start + frame.header;
            let Some(payload) = side.kept.get(from_byte..from_byte + frame.length) else { break };
            start = from_byte + frame.length;
            if frame.code > 2 {
                // Ping, Pong and Close are its own.
                continue;
            }
            match frame.mask {
                None => side.parts.extend(payload),
                Some(mask) => side.parts.extend(
                    payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask),
                ),
            }
            if frame.last || !self.by_message {
                let message = std::mem::take(&mut side.parts);
                self.inner.bytes(from, &message, scene);
            } else if side.parts.len() > MOST_BYTES {
                side.over = true;
                break;
            }
        }
        side.kept.drain(..start.min(side.kept.len()));
    }

    fn gap(&mut self, from: Sender, scene: &mut Scene<'_, '_>) {
        if let Some(side) = self.sides.get_mut(index(from)) {
            *side = Side { over: true, ..Side::default() };
        }
        self.inner.gap(from, scene);
        scene.output.notes.add("bytes of WebSocket are missing; what follows is not read");
    }

    fn end(&mut self, scene: &mut Scene<'_, '_>) {
        self.inner.end(scene);
    }
}
