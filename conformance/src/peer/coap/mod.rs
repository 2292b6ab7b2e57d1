//! The reference CoAP server over UDP, with Observe and block-wise transfer, and a client beside it.

mod client;
mod faults;
mod machine;
mod resources;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

pub use faults::{FAULTS, VARIANTS};

use self::machine::Server;
use super::datagram::Shell;
use super::{Calls, Doing, Endpoint, Fault, Options, Peer, Serving, Variant};
use crate::case::{Family, Protocol};
use crate::transport::Link;

/// The server before it is started.
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
        &[Endpoint { name: "main", scheme: "coap", port: 5683, protocols: &[Protocol::Coap] }]
    }

    fn faults(&self) -> Vec<Fault> {
        FAULTS.to_vec()
    }

    fn variants(&self) -> &'static [Variant] {
        VARIANTS
    }

    fn resources(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("test", "/test"),
            ("separate", "/separate"),
            ("observable", "/tick"),
            ("large", "/large"),
            ("large-update", "/large-update"),
        ]
    }

    fn start(&self, set: Options) -> Arc<dyn Peer> {
        Arc::new(Running {
            shell: Shell::start(Server::new(set.clone())),
            set,
            calls: Calls::new(),
        })
    }
}

struct Running {
    shell: Shell<Server>,
    set: Options,
    calls: Calls,
}

impl Peer for Running {
    fn link(&self, _: &str) -> io::Result<Link> {
        Ok(self.shell.link())
    }

    fn listen(
        &self,
        _: &'static str,
        at: SocketAddr,
    ) -> Doing<'_, io::Result<(SocketAddr, Serving)>> {
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
