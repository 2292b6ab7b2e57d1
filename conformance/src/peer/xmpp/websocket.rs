//! The XMPP server behind WebSocket (RFC 7395): frames outside, a stream inside.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use wirecheck_codecs::xmpp::{Document, namespace};

use super::server::Server;
use crate::codec::xmpp_framing::{frames, over_tcp};
use crate::codec::{Codec, Sender, Taken, Xmpp};
use crate::peer::stream::Shell;
use crate::transport::websocket::SUB_PROTOCOL;

/// Size in bytes of the buffer between the frames and the server.
const BUFFER: usize = 64 * 1024;

faults! {
    "selects-no-sub-protocol" ["RFC7395-3.1-2"]
        "Answers the WebSocket handshake without the sub-protocol xmpp.";
    "sends-binary-frames" ["RFC7395-3.2-1"]
        "Sends XML in binary frames of WebSocket.";
    "frames-without-namespaces" ["RFC7395-3.3.3-1", "RFC7395-3.3.3-5"]
        "Leaves the namespaces out of frames that a stream header would declare.";
    "declares-xml-in-frames" ["RFC7395-3.3.3-2"]
        "Begins frames with an XML declaration.";
    "space-before-frames" ["RFC7395-3.3.3-3"]
        "Begins frames with white space.";
    "two-elements-in-a-frame" ["RFC7395-3.3.3-4"]
        "Sends stream features in the frame of the element before them.";
    "opens-in-another-namespace" ["RFC7395-3.3.2-1"]
        "Opens streams in a namespace of its own.";
    "takes-open-of-any-namespace" ["RFC7395-3.3.2-2"]
        "Takes an `<open/>` in any namespace.";
    "ignores-open" ["RFC7395-3.4-2"]
        "Says nothing to an `<open/>`.";
    "error-before-open" ["RFC7395-3.5-2"]
        "Answers a wrong `<open/>` with an error alone.";
    "stays-open-after-framed-error" ["RFC7395-3.5-3"]
        "Keeps a WebSocket connection after a stream error.";
    "ignores-close" ["RFC7395-3.6-p1"]
        "Says nothing to a `<close/>`.";
    "no-new-open-after-sasl" ["RFC7395-3.7-1"]
        "Answers no `<open/>` after SASL.";
    "offers-tls-in-frames" ["RFC7395-3.9-2"]
        "Offers STARTTLS over WebSocket.";
}

/// What becomes of the frames of a connection under a fault.
struct Faults<'s> {
    shell: &'s Shell<Server>,
    /// How many streams the client has opened.
    opened: usize,
    /// A frame that is to go with the next one.
    kept: Vec<u8>,
    failed: bool,
}

impl Faults<'_> {
    fn faulty(&self, id: &str) -> bool {
        self.shell.lock().faulty(id)
    }

    /// What the server is told of a frame.
    fn incoming(&mut self, frame: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(frame).into_owned();
        let document = Document::parse(text.trim()).ok();
        let name = document.as_ref().map(|it| it.element().name().to_owned());
        if name.as_deref() == Some("close") && self.faulty("ignores-close") {
            return Vec::new();
        }
        if name.as_deref() != Some("open") {
            return over_tcp(frame);
        }
        self.opened += 1;
        let again = self.opened > 1 && self.faulty("no-new-open-after-sasl");
        if again || self.faulty("ignores-open") {
            return Vec::new();
        }
        let space = document.as_ref().map(|it| it.element().namespace().to_owned());
        match space {
            Some(space) if self.faulty("takes-open-of-any-namespace") => {
                over_tcp(text.replace(&space, namespace::FRAMING).as_bytes())
            }
            _ => over_tcp(frame),
        }
    }

    /// The frames of what the server says.
    fn outgoing(&mut self, unit: &[u8]) -> Vec<Vec<u8>> {
        let is = |name: &str| unit.windows(name.len()).take(2).any(|it| it == name.as_bytes());
        let text = String::from_utf8_lossy(unit).into_owned();
        let is_header = text.starts_with("<?xml") || is("stream:stream") && !is("/");
        let is_error = is("stream:error");
        self.failed |= is_error;
        if self.failed && is_header && self.faulty("error-before-open") {
            return Vec::new();
        }
        if self.faulty("frames-without-namespaces") && !is_header && !is("/stream:stream") {
            return vec![unit.to_vec()];
        }
        let mut made = frames(unit);
        for frame in &mut made {
            if is_header && self.faulty("opens-in-another-namespace") {
                let other =
                    String::from_utf8_lossy(frame).replace(namespace::FRAMING, "urn:example:x");
                *frame = other.into_bytes();
            }
            if is("stream:features") && self.faulty("offers-tls-in-frames") {
                let offer = format!("<starttls xmlns='{}'/><mechanisms", namespace::TLS);
                let more = String::from_utf8_lossy(frame).replacen("<mechanisms", &offer, 1);
                *frame = more.into_bytes();
            }
            if self.faulty("declares-xml-in-frames") {
                *frame = [b"<?xml version='1.0'?>", frame.as_slice()].concat();
            }
            if self.faulty("space-before-frames") {
                frame.insert(0, b' ');
            }
        }
        if self.faulty("two-elements-in-a-frame") && !self.failed {
            if is_header {
                self.kept = made.concat();
                return Vec::new();
            }
            let kept = std::mem::take(&mut self.kept);
            if let (Some(first), false) = (made.first_mut(), kept.is_empty()) {
                *first = [kept, std::mem::take(first)].concat();
            }
        }
        made
    }
}

/// Takes the first element, stream header or end off what the server has written.
fn unit_of(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let used = match Xmpp.take(buffer, Sender::Either) {
        Taken::Message { used, .. } => used,
        Taken::Incomplete { .. } => return None,
        // What is wrong on purpose goes out as it is.
        Taken::Rejected(_) => buffer.len(),
    };
    (used > 0).then(|| buffer.drain(..used.min(buffer.len())).collect())
}

/// Serves one connection whose elements travel in WebSocket frames, until it ends.
pub(super) async fn serve<S>(shell: Shell<Server>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let selects = !shell.lock().faulty("selects-no-sub-protocol");
    #[expect(clippy::result_large_err, reason = "the library wants it so")]
    let answer = |request: &Request, mut response: Response| {
        let offered = request.headers().get(SUB_PROTOCOL);
        let offered = offered.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if selects && offered.split(',').any(|name| name.trim() == "xmpp") {
            response.headers_mut().insert(SUB_PROTOCOL, HeaderValue::from_static("xmpp"));
        }
        Ok::<Response, ErrorResponse>(response)
    };
    let Ok(socket) = accept_hdr_async(stream, answer).await else { return };
    let (mut frames_out, mut frames_in) = socket.split();
    let (outside, inside) = tokio::io::duplex(BUFFER);
    let (mut from_server, mut to_server) = tokio::io::split(outside);
    let binary = shell.lock().faulty("sends-binary-frames");
    let stays = shell.lock().faulty("stays-open-after-framed-error");
    let new = || Faults { shell: &shell, opened: 0, kept: Vec::new(), failed: false };
    let (mut incoming, mut outgoing) = (new(), new());
    let reading = async {
        while let Some(Ok(message)) = frames_in.next().await {
            let bytes = match message {
                Message::Text(text) => Bytes::from(text),
                // Data frames of another kind end the connection (3.2).
                Message::Binary(_) | Message::Close(_) => break,
                _ => continue,
            };
            if to_server.write_all(&incoming.incoming(&bytes)).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    };
    let writing = async {
        let (mut buffer, mut chunk) = (Vec::new(), vec![0; BUFFER]);
        while let Ok(count @ 1..) = from_server.read(&mut chunk).await {
            buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
            // An error may come with the header that it needs; who leaves that out must see it.
            outgoing.failed |= buffer.windows(13).any(|it| it == b"<stream:error");
            while let Some(unit) = unit_of(&mut buffer) {
                for frame in outgoing.outgoing(&unit) {
                    let text = Utf8Bytes::try_from(frame.clone()).ok().filter(|_| !binary);
                    let message = text.map_or(Message::Binary(frame.into()), Message::Text);
                    if frames_out.send(message).await.is_err() {
                        return;
                    }
                }
            }
        }
        if outgoing.failed && stays {
            std::future::pending::<()>().await;
        }
        let _ = frames_out.close().await;
    };
    tokio::join!(shell.serve(inside), reading, writing);
}
