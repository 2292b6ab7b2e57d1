//! TLS in front of the CoAP server over TCP and WebSocket.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use wirecheck_codecs::coap::reliable::Framing;

use super::connected::serve as serve_plain;
use super::reliable::Server;
use crate::peer::stream::Shell;
use crate::peer::tls;

/// What a server agrees to. Over TCP that is CoAP by its ALPN name too (RFC 8323, 8.2).
///
/// # Errors
/// No certificate could be made.
pub(super) fn acceptor(framing: Framing) -> std::io::Result<TlsAcceptor> {
    tls::acceptor(if framing == Framing::Tcp { &[b"coap"] } else { &[] })
}

/// Serves one connection by TLS.
pub(super) async fn serve<S>(tls: TlsAcceptor, shell: Shell<Server>, framing: Framing, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if let Ok(stream) = tls.accept(stream).await {
        serve_plain(shell, framing, stream).await;
    }
}
