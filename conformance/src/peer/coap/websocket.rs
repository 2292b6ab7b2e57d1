//! The CoAP server behind WebSocket: one message in each frame (RFC 8323, section 4).

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::reliable::{Server, framed, unframed};
use crate::peer::stream::Shell;
use crate::transport::websocket::SUB_PROTOCOL;

/// Size in bytes of the buffer between the frames and the server.
const BUFFER: usize = 64 * 1024;

/// Serves one connection whose messages travel in WebSocket frames, until it ends.
pub(super) async fn serve<S>(shell: Shell<Server>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    #[expect(clippy::result_large_err, reason = "the library wants it so")]
    let answer = |request: &Request, mut response: Response| {
        let offered = request.headers().get(SUB_PROTOCOL);
        let offered = offered.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if offered.split(',').any(|name| name.trim() == "coap") {
            response.headers_mut().insert(SUB_PROTOCOL, HeaderValue::from_static("coap"));
        }
        Ok::<Response, ErrorResponse>(response)
    };
    let Ok(socket) = accept_hdr_async(stream, answer).await else { return };
    let (mut frames_out, mut frames_in) = socket.split();
    let (outside, inside) = tokio::io::duplex(BUFFER);
    let (mut from_server, mut to_server) = tokio::io::split(outside);
    let reading = async {
        while let Some(Ok(message)) = frames_in.next().await {
            let bytes = match message {
                Message::Binary(bytes) => bytes,
                Message::Text(_) | Message::Close(_) => break,
                _ => continue,
            };
            if to_server.write_all(&framed(&bytes)).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    };
    let writing = async {
        let (mut buffer, mut chunk) = (Vec::new(), vec![0; BUFFER]);
        while let Ok(count @ 1..) = from_server.read(&mut chunk).await {
            buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
            while let Some(message) = unframed(&buffer).map(Bytes::copy_from_slice) {
                buffer.drain(..framed(&message).len());
                if frames_out.send(Message::Binary(message)).await.is_err() {
                    return;
                }
            }
        }
        let _ = frames_out.close().await;
    };
    tokio::join!(shell.serve(inside), reading, writing);
}
