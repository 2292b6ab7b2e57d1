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

use super::Stream;

/// The header that the sub-protocol is agreed by.
pub const SUB_PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// The target sent a text frame, which no protocol of ours uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextFrame;

impl fmt::Display for TextFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text frame of WebSocket, not a binary one")
    }
}

impl std::error::Error for TextFrame {}

/// The half that the target writes to.
#[derive(Debug)]
pub struct Reader(SplitStream<WebSocketStream<Box<dyn Stream>>>);

/// The half that the target reads from.
#[derive(Debug)]
pub struct Writer(SplitSink<WebSocketStream<Box<dyn Stream>>, Message>);

/// Shakes hands over a stream, with `sub_protocol` offered if there is one. Gives what was agreed
/// too: `{sub_protocol}` if the target has selected one.
///
/// # Errors
/// [`Refusal`]: the target selected none or another one, or the handshake failed.
pub async fn connect(
    stream: Box<dyn Stream>,
    place: &str,
    sub_protocol: Option<&'static str>,
) -> Result<((Reader, Writer), Value), Refusal> {
    let mut request = place.into_client_request().map_err(|error| Refusal::of(&error))?;
    if let Some(offered) = sub_protocol {
        request.headers_mut().insert(SUB_PROTOCOL, HeaderValue::from_static(offered));
    }
    let (stream, answer) =
        client_async(request, stream).await.map_err(|error| Refusal::of(&error))?;
    let (writer, reader) = stream.split();
    let agreed = selected(&answer).map_or(json!({}), |name| json!({ "sub_protocol": name }));
    Ok(((Reader(reader), Writer(writer)), agreed))
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
            match self.0.next().await {
                Some(Ok(Message::Binary(bytes))) if !bytes.is_empty() => {
                    buffer.extend_from_slice(&bytes);
                    return Ok(bytes.len());
                }
                Some(Ok(Message::Text(_))) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, TextFrame));
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
    /// Writes one binary frame.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send(Message::Binary(Bytes::copy_from_slice(bytes))).await
    }

    /// Writes one text frame, whether its content is text or not.
    pub(super) async fn write_text(&mut self, bytes: &[u8]) -> io::Result<()> {
        let content = Bytes::copy_from_slice(bytes);
        let frame = Frame::message(content, OpCode::Data(Data::Text), true);
        self.send(Message::Frame(frame)).await
    }

    async fn send(&mut self, message: Message) -> io::Result<()> {
        self.0.send(message).await.map_err(|error| match error {
            Error::Io(error) => error,
            other => io::Error::new(io::ErrorKind::BrokenPipe, other.to_string()),
        })
    }

    /// Writes a Close frame.
    pub(super) async fn finish(&mut self) -> io::Result<()> {
        self.send(Message::Close(None)).await
    }
}
