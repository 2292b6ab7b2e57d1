//! The broker behind WebSocket (section 6 of both versions).

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use wirecheck_codecs::mqtt::{Frame, frame};

use super::Broker;
use crate::transport::websocket::SUB_PROTOCOL;

/// What cases call the endpoint.
pub(super) const ENDPOINT: &str = "websocket";
/// Size in bytes of the buffer between the frames and the broker.
const BUFFER: usize = 64 * 1024;

faults! {
    "selects-no-sub-protocol" ["MQTT5-6.0.0-4", "MQTT311-6.0.0-4"]
        "Answers the WebSocket handshake without a sub-protocol.";
    "answers-in-text-frames" ["MQTT5-6.0.0-1", "MQTT311-6.0.0-1"]
        "Sends packets in text frames of WebSocket where they can be text.";
    "takes-text-frames" ["MQTT5-6.0.0-1", "MQTT311-6.0.0-1"]
        "Takes packets in text frames of WebSocket.";
    "wants-whole-packets-in-frames" ["MQTT5-6.0.0-2", "MQTT311-6.0.0-2"]
        "Closes the connection when a WebSocket frame ends within a packet.";
    "reads-one-packet-per-frame" ["MQTT5-6.0.0-2", "MQTT311-6.0.0-2"]
        "Reads only the first packet of a WebSocket frame.";
}

impl Broker {
    /// Serves one connection whose packets travel in WebSocket frames, until it ends.
    pub async fn serve_websocket<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let selects = !self.lock().faulty("selects-no-sub-protocol");
        #[expect(clippy::result_large_err, reason = "the library wants it so")]
        let answer = |request: &Request, mut response: Response| {
            let offered = request.headers().get(SUB_PROTOCOL);
            let offered = offered.and_then(|value| value.to_str().ok()).unwrap_or_default();
            if selects && offered.split(',').any(|name| name.trim() == "mqtt") {
                response.headers_mut().insert(SUB_PROTOCOL, HeaderValue::from_static("mqtt"));
            }
            Ok::<Response, ErrorResponse>(response)
        };
        let Ok(socket) = accept_hdr_async(stream, answer).await else { return };
        let (mut frames_out, mut frames_in) = socket.split();
        let (outside, inside) = tokio::io::duplex(BUFFER);
        let (mut from_broker, mut to_broker) = tokio::io::split(outside);
        let faulty = |id: &str| self.lock().faulty(id);
        let (text, tolerant) = (faulty("answers-in-text-frames"), faulty("takes-text-frames"));
        let whole = faulty("wants-whole-packets-in-frames");
        let one = faulty("reads-one-packet-per-frame");
        let reading = async {
            while let Some(Ok(message)) = frames_in.next().await {
                let bytes = match message {
                    Message::Binary(bytes) => bytes,
                    Message::Text(text) if tolerant => Bytes::from(text),
                    // Other data frames end the connection (6.0).
                    Message::Text(_) | Message::Close(_) => break,
                    _ => continue,
                };
                let most = first_packet(&bytes).filter(|_| one).unwrap_or(bytes.len());
                let bytes = bytes.get(..most).unwrap_or_default();
                let refused = whole && !is_whole(bytes);
                if refused || to_broker.write_all(bytes).await.is_err() {
                    break;
                }
            }
            let _ = to_broker.shutdown().await;
        };
        let writing = async {
            let mut chunk = vec![0; BUFFER];
            while let Ok(count @ 1..) = from_broker.read(&mut chunk).await {
                let bytes = Bytes::copy_from_slice(chunk.get(..count).unwrap_or_default());
                let message = match Utf8Bytes::try_from(bytes.clone()) {
                    Ok(words) if text => Message::Text(words),
                    _ => Message::Binary(bytes),
                };
                if frames_out.send(message).await.is_err() {
                    return;
                }
            }
            let _ = frames_out.close().await;
        };
        tokio::join!(self.serve(inside), reading, writing);
    }
}

/// How many bytes of a frame the first packet takes; `None` if the frame ends within it.
fn first_packet(bytes: &[u8]) -> Option<usize> {
    match frame(bytes, usize::MAX) {
        Ok(Frame::Complete { raw, header }) => Some(header + raw.body.len()),
        // What is wrong in the packet itself is not the frame's affair.
        Err(_) => Some(bytes.len()),
        Ok(_) => None,
    }
}

/// Whether a frame begins and ends with packets.
fn is_whole(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let Some(used) = first_packet(bytes) else { return false };
        bytes = bytes.get(used..).unwrap_or_default();
    }
    true
}
