//! The reference CoAP servers over TCP and over WebSocket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::time::Instant;
use wirecheck_codecs::coap::reliable::Framing;

use super::faults::connected::{FAULTS, VARIANTS};
use super::reliable::Server;
use super::{SECURE, tls, websocket};
use crate::case::{Family, Protocol};
use crate::peer::stream::Shell;
use crate::peer::{Doing, Endpoint, Fault, Options, Peer, Reference, Serving, Variant};
use crate::transport::scheme::COAP;
use crate::transport::{Link, WebSocket};

/// Size in bytes of the buffer below WebSocket in memory.
const BUFFER: usize = 64 * 1024;

/// The server before it is started.
#[derive(Clone, Copy, Debug)]
pub struct Connected(pub Framing);

impl Reference for Connected {
    fn family(&self) -> Family {
        Family::Coap
    }

    fn name(&self) -> &'static str {
        match self.0 {
            Framing::Tcp => "CoAP server over TCP",
            Framing::WebSocket => "CoAP server over WebSocket",
        }
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        const TCP: &[Protocol] = &[Protocol::CoapTcp];
        const WS: &[Protocol] = &[Protocol::CoapWs];
        match self.0 {
            Framing::Tcp => &[
                Endpoint { name: "main", scheme: "coap+tcp", port: 5683, protocols: TCP },
                Endpoint { name: SECURE, scheme: "coaps+tcp", port: 5684, protocols: TCP },
            ],
            Framing::WebSocket => &[
                Endpoint { name: "main", scheme: "coap+ws", port: 8080, protocols: WS },
                Endpoint { name: SECURE, scheme: "coaps+ws", port: 8443, protocols: WS },
            ],
        }
    }

    fn faults(&self) -> Vec<Fault> {
        // A frame of WebSocket is a whole message.
        let possible =
            |fault: &&Fault| self.0 == Framing::Tcp || fault.id != "wants-whole-messages";
        FAULTS.iter().filter(possible).cloned().collect()
    }

    fn says(&self) -> &'static [Protocol] {
        match self.0 {
            Framing::Tcp => &[Protocol::CoapTcp],
            Framing::WebSocket => &[Protocol::CoapWs],
        }
    }

    fn variants(&self) -> &'static [Variant] {
        VARIANTS
    }

    fn resources(&self) -> &'static [(&'static str, &'static str)] {
        super::RESOURCES
    }

    fn start(&self, set: Options) -> Arc<dyn Peer> {
        Arc::new(Running { shell: Shell::new(Server::new(set, self.0)), framing: self.0 })
    }
}

/// What is spoken in a framing.
pub(super) fn protocol(framing: Framing) -> Protocol {
    match framing {
        Framing::Tcp => Protocol::CoapTcp,
        Framing::WebSocket => Protocol::CoapWs,
    }
}

/// Serves one connection.
pub(super) async fn serve<S>(shell: Shell<Server>, framing: Framing, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match framing {
        Framing::Tcp => shell.serve(stream).await,
        Framing::WebSocket => websocket::serve(shell, stream).await,
    }
}

struct Running {
    shell: Shell<Server>,
    framing: Framing,
}

impl Peer for Running {
    fn link(&self, endpoint: &str) -> io::Result<Link> {
        if endpoint == SECURE {
            return Err(io::Error::other("there is no TLS in memory"));
        }
        Ok(self.shell.link())
    }

    fn below_websocket(&self, _: &str) -> Option<(DuplexStream, WebSocket)> {
        if self.framing == Framing::Tcp {
            return None;
        }
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        tokio::spawn(websocket::serve(self.shell.clone(), theirs));
        Some((ours, COAP))
    }

    fn listen(
        &self,
        endpoint: &'static str,
        at: SocketAddr,
    ) -> Doing<'_, io::Result<(SocketAddr, Serving)>> {
        let (shell, framing) = (self.shell.clone(), self.framing);
        if endpoint == SECURE {
            return Box::pin(async move {
                let tls = tls::acceptor(framing)?;
                let serve = move |stream| tls::serve(tls.clone(), shell.clone(), framing, stream);
                self.shell.listen_and(at, serve).await
            });
        }
        Box::pin(async move {
            let serve = move |stream| serve(shell.clone(), framing, stream);
            self.shell.listen_and(at, serve).await
        })
    }

    fn verbs(&self) -> &'static [&'static str] {
        &["change"]
    }

    fn verb<'a>(
        &'a self,
        verb: &'a str,
        _: &'a Map<String, Value>,
    ) -> Doing<'a, Result<Value, String>> {
        Box::pin(async move {
            match verb {
                "change" => {
                    self.shell.lock().change(Instant::now());
                    Ok(json!({ "stdout": "", "stderr": "", "code": 0 }))
                }
                _ => Err(format!("the target has no verb `{verb}`")),
            }
        })
    }
}
