//! WebSocket: messages in the frames of RFC 6455.

use std::fmt;
use std::io;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Stream, WebSocket};

/// The header that the sub-protocol is agreed by.
pub const SUB_PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// The target sent a data frame of the kind that the protocol does not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFrame {
    /// Text, where binary frames are used.
    Text,
    /// Bytes, where text frames are used.
    Binary,
}

impl fmt::Display for OtherFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text frame of WebSocket, not a binary one",
            Self::Binary => "a binary frame of WebSocket, not a text one",
        })
    }
}

impl std::error::Error for OtherFrame {}

/// The half that the target writes to.
#[derive(Debug)]
pub struct Reader {
    frames: SplitStream<WebSocketStream<Box<dyn Stream>>>,
    in_text: bool,
}

/// The half that the target reads from.
#[derive(Debug)]
pub struct Writer {
    frames: SplitSink<WebSocketStream<Box<dyn Stream>>, Message>,
    in_text: bool,
}

/// Shakes hands over a stream, with the sub-protocol offered if `offers` says so. Gives what was agreed
/// too: `{sub_protocol}` if the target has selected one.
///
/// # Errors
/// [`Refusal`]: the target selected none or another one, or the handshake failed.
pub async fn connect(
    stream: Box<dyn Stream>,
    place: &str,
    spoken: WebSocket,
    offers: bool,
) -> Result<((Reader, Writer), Value), Refusal> {
    let mut request = place.into_client_request().map_err(|error| Refusal::of(&error))?;
    if offers {
        let offered = HeaderValue::from_static(spoken.sub_protocol);
        request.headers_mut().insert(SUB_PROTOCOL, offered);
    }
    let (stream, answer) =
        client_async(request, stream).await.map_err(|error| Refusal::of(&error))?;
    let (writer, reader) = stream.split();
    let in_text = spoken.in_text;
    let agreed = selected(&answer).map_or(json!({}), |name| json!({ "sub_protocol": name }));
    Ok(((Reader { frames: reader, in_text }, Writer { frames: writer, in_text }), agreed))
}

fn selected(answer: &Response) -> Option<String> {
    let header = answer.headers().get(SUB_PROTOCOL)?;
    Some(String::from_utf8_lossy(header.as_bytes()).into_owned())
}

/// Why there is no link.
#[derive(Debug)]
pub enum Refusal {
    /// The target did not select the sub-protocol that was offered.
    SubProtocol,
    /// The handshake failed.
    Failed(io::Error),
}

impl Refusal {
    fn of(error: &Error) -> Self {
        match error {
            Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(
                SubProtocolError::NoSubProtocol | SubProtocolError::InvalidSubProtocol,
            )) => Self::SubProtocol,
            Error::Http(answer) => {
                let words =
                    format!("WebSocket: the answer to the handshake is {}", answer.status());
                Self::Failed(io::Error::new(io::ErrorKind::ConnectionRefused, words))
            }
            other => Self::Failed(io::Error::other(format!("WebSocket: {other}"))),
        }
    }
}

impl Reader {
    /// Appends the content of the next data frame; 0 at the end.
    pub(super) async fn receive(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        loop {
            match self.frames.next().await {
                Some(Ok(Message::Text(text))) if self.in_text && !text.is_empty() => {
                    buffer.extend_from_slice(text.as_bytes());
                    return Ok(text.len());
                }
                Some(Ok(Message::Binary(_))) if self.in_text => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, OtherFrame::Binary));
                }
                Some(Ok(Message::Binary(bytes))) if !bytes.is_empty() => {
                    buffer.extend_from_slice(&bytes);
                    return Ok(bytes.len());
                }
                Some(Ok(Message::Text(_))) if !self.in_text => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, OtherFrame::Text));
                }
                None | Some(Ok(Message::Close(_))) => return Ok(0),
                // Nobody has to close in order who is asked to close at once.
                Some(Err(
                    Error::ConnectionClosed
                    | Error::AlreadyClosed
                    | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                )) => return Ok(0),
                Some(Err(Error::Io(error))) => return Err(error),
                Some(Err(error)) => {
                    let words = format!("not valid in WebSocket: {error}");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, words));
                }
                // Pings are answered by the library.
                Some(Ok(_)) => {}
            }
        }
    }
}

impl Writer {
    /// Writes one frame of the kind that the protocol uses.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.in_text {
            return self.write_text(bytes).await;
        }
        self.send(Message::Binary(Bytes::copy_from_slice(bytes))).await
    }

    /// Writes one text frame, whether its content is text or not.
    pub(super) async fn write_text(&mut self, bytes: &[u8]) -> io::Result<()> {
        let content = Bytes::copy_from_slice(bytes);
        let frame = Frame::message(content, OpCode::Data(Data::Text), true);
        self.send(Message::Frame(frame)).await
    }

    async fn send(&mut self, message: Message) -> io::Result<()> {
        self.frames.send(message).await.map_err(|error| match error {
            Error::Io(error) => error,
            other => io::Error::new(io::ErrorKind::BrokenPipe, other.to_string()),
        })
    }

    /// Writes a Close frame.
    pub(super) async fn finish(&mut self) -> io::Result<()> {
        self.send(Message::Close(None)).await
    }
}
