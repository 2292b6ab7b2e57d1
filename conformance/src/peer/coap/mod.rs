//! The reference CoAP server, with Observe and block-wise transfer: over UDP, with a client beside it,
//! and over TCP and WebSocket.

mod blocks;
mod client;
mod connected;
pub mod faults;
mod fresh;
mod group;
mod links;
mod machine;
mod oscore;
mod outstanding;
mod proxy;
mod reliable;
mod resources;

mod site;
mod tls;
mod websocket;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

pub use connected::Connected;
pub use faults::{FAULTS, VARIANTS};

use self::machine::Server;
use super::datagram::Shell;
use super::{Calls, Doing, Endpoint, Fault, Options, Peer, Serving, Variant};
use crate::case::{Family, Protocol};
use crate::oscore::Keys;
use crate::peer::secure::{Secure, shared_key};
use crate::transport::Link;
use crate::transport::dtls::{Dtls, PresharedKey, Wire};

/// What cases call the endpoint that is a multicast group.
const GROUP: &str = "multicast";
/// What cases call the endpoint with TLS or DTLS.
const SECURE: &str = "secure";
/// The group of section 12.8, on loopback.
const ALL_COAP_NODES: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 187);

/// What a target file would name.
const RESOURCES: &[(&str, &str)] = &[
    ("test", "/test"),
    ("separate", "/separate"),
    ("observable", "/tick"),
    ("large", "/large"),
    ("large-update", "/large-update"),
    ("new", "/new"),
    ("fresh", "/fresh"),
];

/// The server over UDP before it is started.
#[derive(Clone, Copy, Debug)]
pub struct Reference;

impl super::Reference for Reference {
    fn family(&self) -> Family {
        Family::Coap
    }

    fn name(&self) -> &'static str {
        "CoAP server"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        const SPOKEN: &[Protocol] = &[Protocol::Coap];
        &[
            Endpoint { name: "main", scheme: "coap", port: 5683, protocols: SPOKEN },
            Endpoint { name: GROUP, scheme: "coap", port: 5683, protocols: SPOKEN },
            Endpoint { name: SECURE, scheme: "coaps", port: 5684, protocols: SPOKEN },
        ]
    }

    fn faults(&self) -> Vec<Fault> {
        [FAULTS, faults::proxy::FAULTS].concat()
    }

    fn says(&self) -> &'static [Protocol] {
        &[Protocol::Coap]
    }

    fn variants(&self) -> &'static [Variant] {
        VARIANTS
    }

    fn resources(&self) -> &'static [(&'static str, &'static str)] {
        RESOURCES
    }

    fn declared(&self) -> &'static [(&'static str, &'static str)] {
        &[("proxy", proxy::NAME)]
    }

    fn oscore(&self) -> Option<Keys> {
        Some(oscore::keys())
    }

    fn shared_key(&self) -> Option<PresharedKey> {
        Some(shared_key())
    }

    fn start(&self, set: Options) -> Arc<dyn Peer> {
        let shell = Shell::start(Server::new(set.clone()));
        let secure = Secure::start(shell.clone(), set.clone());
        Arc::new(Running { shell, secure, set, calls: Calls::new() })
    }
}

struct Running {
    shell: Shell<Server>,
    secure: Secure,
    set: Options,
    calls: Calls,
}

impl Peer for Running {
    fn link(&self, endpoint: &str) -> io::Result<Link> {
        Ok(if endpoint == GROUP { self.shell.group_link() } else { self.shell.link() })
    }

    fn origin(&self) -> Option<(Link, SocketAddr)> {
        Some(self.shell.origin())
    }

    fn below_dtls(&self, endpoint: &str) -> Option<(Wire, Dtls)> {
        let client = Dtls::sharing(shared_key()).ok()?;
        (endpoint == SECURE).then(|| (Wire::Memory(self.secure.link()), client))
    }

    fn listen(
        &self,
        endpoint: &'static str,
        at: SocketAddr,
    ) -> Doing<'_, io::Result<(SocketAddr, Serving)>> {
        if endpoint == SECURE {
            return Box::pin(self.secure.listen(at));
        }
        if endpoint == GROUP {
            let group = SocketAddrV4::new(ALL_COAP_NODES, at.port());
            return Box::pin(self.shell.listen_to_group(group));
        }
        Box::pin(self.shell.listen(at))
    }

    fn verbs(&self) -> &'static [&'static str] {
        &["change", "get"]
    }

    fn verb<'a>(
        &'a self,
        verb: &'a str,
        with: &'a Map<String, Value>,
    ) -> Doing<'a, Result<Value, String>> {
        Box::pin(async move {
            match verb {
                "change" => {
                    self.shell.with(|server, now, out| server.change(now, out)).await;
                    Ok(json!({ "stdout": "", "stderr": "", "code": 0 }))
                }
                "get" => client::get(&self.set, self.calls.sender(), with).await,
                _ => Err(format!("the target has no verb `{verb}`")),
            }
        })
    }

    fn calls(&self) -> Option<mpsc::Receiver<Link>> {
        self.calls.take()
    }
}
