//! Messages in the frames of WebSocket (RFC 6455), by the library that knows them.

use std::io::{self, Error, ErrorKind};
use std::net::TcpStream;

use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{Error as Failure, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message, WebSocket, client};

use crate::transport::scheme;
use crate::transport::websocket::SUB_PROTOCOL;

/// How messages travel to a place.
#[derive(Clone, Debug)]
pub(super) struct Handshake {
    /// The address of the place, with the host as the target knows it.
    pub(super) url: String,
    /// The sub-protocol, and the frames that it uses.
    pub(super) spoken: scheme::WebSocket,
}

/// A connection after its handshake.
pub(super) struct Frames {
    socket: WebSocket<TcpStream>,
    in_text: bool,
}

/// What is there to be read.
pub(super) enum Came {
    Message(Bytes),
    /// Nothing yet.
    Nothing,
    /// The end, in order or not.
    End,
}

impl Handshake {
    /// Connects and shakes hands; once more where the target agrees on no sub-protocol.
    pub(super) fn shake(&self, connect: impl Fn() -> io::Result<TcpStream>) -> io::Result<Frames> {
        let offering = self.url.as_str().into_client_request().map_err(Error::other)?;
        let (mut offering, plain) = (offering.clone(), offering);
        let offered = HeaderValue::from_static(self.spoken.sub_protocol);
        offering.headers_mut().insert(SUB_PROTOCOL, offered);
        let mut shaken = client(offering, connect()?);
        if let Err(HandshakeError::Failure(Failure::Protocol(
            ProtocolError::SecWebSocketSubProtocolError(_),
        ))) = shaken
        {
            shaken = client(plain, connect()?);
        }
        let (socket, _) =
            shaken.map_err(|error| Error::other(format!("the handshake of WebSocket: {error}")))?;
        Ok(Frames { socket, in_text: self.spoken.in_text })
    }
}

impl Frames {
    /// The stream below.
    pub(super) fn stream(&self) -> &TcpStream {
        self.socket.get_ref()
    }

    /// The next message; pings are answered by the library.
    pub(super) fn next(&mut self) -> Came {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => return Came::Message(bytes),
                Ok(Message::Text(text)) => return Came::Message(text.into()),
                Ok(Message::Close(_)) => return Came::End,
                Ok(_) => {}
                Err(Failure::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    return Came::Nothing;
                }
                Err(_) => return Came::End,
            }
        }
    }

    /// Sends a message in a frame of the kind that the sub-protocol uses, or in a text frame.
    pub(super) fn send(&mut self, bytes: &[u8], text: bool) -> io::Result<()> {
        let kind = if text || self.in_text { Data::Text } else { Data::Binary };
        let content = Bytes::copy_from_slice(bytes);
        let frame = Frame::message(content, OpCode::Data(kind), true);
        self.socket.send(Message::Frame(frame)).map_err(Error::other)
    }

    /// Takes leave.
    pub(super) fn close(&mut self) {
        let _ = self.socket.close(None).and_then(|()| self.socket.flush());
    }
}
