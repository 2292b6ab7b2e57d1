//! The reference XMPP server over TCP: streams, SASL, resource binding, messages, rosters and presence
//! between accounts, and stream management; and a client beside it.

mod client;
pub mod faults;
mod header;
mod manage;
mod presence;
mod roster;
mod route;
mod sasl;
pub mod secure;
mod server;
mod spelling;
mod stanza;
#[cfg(test)]
mod tests;
pub mod websocket;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

pub use faults::VARIANTS;

use self::server::Server;
use super::stream::Shell;
use super::{Calls, Doing, Endpoint, Fault, Options, Peer, Serving, Variant};
use crate::case::{Family, Protocol};
use crate::transport::scheme::XMPP;
use crate::transport::{Link, WebSocket};

/// What cases call the endpoint where TLS comes first.
const TLS: &str = "tls";
/// What cases call the endpoint that speaks WebSocket.
const WEBSOCKET: &str = "websocket";
/// Size in bytes of the buffer between the ends of a stream in memory.
const BUFFER: usize = 64 * 1024;

/// The server before it is started.
#[derive(Clone, Copy, Debug)]
pub struct Reference;

impl super::Reference for Reference {
    fn family(&self) -> Family {
        Family::Xmpp
    }

    fn name(&self) -> &'static str {
        "XMPP server"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        const SPOKEN: &[Protocol] = &[Protocol::Xmpp];
        &[
            Endpoint { name: "main", scheme: "xmpp", port: 5222, protocols: SPOKEN },
            Endpoint { name: TLS, scheme: "xmpps", port: 5223, protocols: SPOKEN },
            Endpoint { name: WEBSOCKET, scheme: "xmpp+ws", port: 5280, protocols: SPOKEN },
        ]
    }

    fn faults(&self) -> Vec<Fault> {
        [faults::all(), secure::FAULTS.to_vec(), websocket::FAULTS.to_vec()].concat()
    }

    fn variants(&self) -> &'static [Variant] {
        VARIANTS
    }

    fn accounts(&self) -> &'static [(&'static str, &'static str)] {
        &[("tester", "secret"), ("uncle", "other secret")]
    }

    fn start(&self, options: Options) -> Arc<dyn Peer> {
        Arc::new(Running {
            shell: Shell::new(Server::new(options.clone(), Instant::now())),
            options,
            calls: Calls::new(),
        })
    }
}

struct Running {
    shell: Shell<Server>,
    options: Options,
    calls: Calls,
}

impl Peer for Running {
    fn link(&self, _: &str) -> io::Result<Link> {
        let (link, theirs) = Link::memory();
        tokio::spawn(secure::serve(self.shell.clone(), theirs));
        Ok(link)
    }

    fn below_websocket(&self, endpoint: &str) -> Option<(DuplexStream, WebSocket)> {
        if endpoint != WEBSOCKET {
            return None;
        }
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        tokio::spawn(websocket::serve(self.shell.clone(), theirs));
        Some((ours, XMPP))
    }

    fn below_tls(&self, endpoint: &str) -> Option<DuplexStream> {
        if endpoint != TLS {
            return None;
        }
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        tokio::spawn(secure::serve_by_tls(self.shell.clone(), theirs));
        Some(ours)
    }

    fn listen(
        &self,
        endpoint: &'static str,
        at: SocketAddr,
    ) -> Doing<'_, io::Result<(SocketAddr, Serving)>> {
        let shell = self.shell.clone();
        if endpoint == TLS {
            return Box::pin(async move {
                let serve = move |stream| {
                    let shell = shell.clone();
                    async move {
                        // A client that cannot shake hands is not served.
                        let _ = secure::serve_by_tls(shell, stream).await;
                    }
                };
                self.shell.listen_and(at, serve).await
            });
        }
        if endpoint == WEBSOCKET {
            return Box::pin(async move {
                let serve = move |stream| websocket::serve(shell.clone(), stream);
                self.shell.listen_and(at, serve).await
            });
        }
        Box::pin(async move {
            let serve = move |stream| secure::serve(shell.clone(), stream);
            self.shell.listen_and(at, serve).await
        })
    }

    fn verbs(&self) -> &'static [&'static str] {
        &["connect"]
    }

    fn verb<'a>(
        &'a self,
        verb: &'a str,
        with: &'a Map<String, Value>,
    ) -> Doing<'a, Result<Value, String>> {
        Box::pin(async move {
            match verb {
                "connect" => client::connect(&self.options, self.calls.sender(), with).await,
                _ => Err(format!("the target has no verb `{verb}`")),
            }
        })
    }

    fn calls(&self) -> Option<mpsc::Receiver<Link>> {
        self.calls.take()
    }
}
