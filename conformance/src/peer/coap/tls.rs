//! TLS in front of the CoAP server over TCP and WebSocket, with a certificate of its own making.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use wirecheck_codecs::coap::reliable::Framing;

use super::connected::serve as serve_plain;
use super::reliable::Server;
use crate::peer::stream::Shell;

/// What a server shows and agrees to. Over TCP that is CoAP by its ALPN name too (RFC 8323, 8.2).
///
/// # Errors
/// No certificate could be made.
pub(super) fn acceptor(framing: Framing) -> io::Result<TlsAcceptor> {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let mut config = builder
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
        .map_err(io::Error::other)?;
    if framing == Framing::Tcp {
        config.alpn_protocols = vec![b"coap".to_vec()];
    }
    Ok(TlsAcceptor::from(Arc::new(config)))
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
