//! The built-in targets: our reference peers, in memory or on loopback.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::case::Protocol;
use crate::driver::{self, Connector};
use crate::peer::mqtt::{Broker, Options};
use crate::run::{Environment, Halt, NoVerbs};
use crate::transport::Link;

/// Links in memory to a broker in the same process.
#[derive(Debug)]
pub struct InMemory(pub Broker);

impl Connector for InMemory {
    fn connect<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        let (link, theirs) = Link::memory();
        let broker = self.0.clone();
        tokio::spawn(async move { broker.serve(theirs).await });
        Box::pin(async move { Ok(link) })
    }

    fn address(&self, _: &str) -> Option<(String, u16)> {
        None
    }
}

/// Links by TCP to one address.
#[derive(Clone, Debug)]
pub struct Tcp {
    /// Where the target listens.
    pub address: SocketAddr,
    /// How the user calls the host.
    pub host: String,
}

impl Connector for Tcp {
    fn connect<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(Link::tcp(self.address))
    }

    fn address(&self, _: &str) -> Option<(String, u16)> {
        Some((self.host.clone(), self.address.port()))
    }
}

/// Serves a broker on a free loopback port; returns the port. It serves as long as the runtime
/// lives.
///
/// # Errors
/// No port could be had.
pub async fn serve_on_loopback(options: Options) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let broker = Broker::new(options);
    tokio::spawn(async move { broker.listen(listener).await });
    Ok(address)
}

/// What a case finds around it when the target is a broker behind `connector`.
#[must_use]
pub fn environment(connector: Arc<dyn Connector>, nonce: &str, again: &str) -> Environment {
    Environment {
        connector,
        verbs: Arc::new(NoVerbs),
        incoming: None,
        capabilities: Vec::new(),
        nonce: nonce.to_owned(),
        names_used_before: false,
        endpoints: BTreeMap::new(),
        topic_prefix: String::new(),
        client_prefix: String::new(),
        account: None,
        patience: 100,
        again: again.to_owned(),
        halt: Halt::default(),
    }
}

/// Asks the target what it can do in each of the protocols. Gives those it does not speak, with
/// the reason.
pub async fn probe_all(env: &mut Environment, protocols: &[Protocol]) -> Vec<(Protocol, String)> {
    let mut silent = Vec::new();
    for protocol in protocols {
        let Some(driver) = driver::of(*protocol) else { continue };
        match driver.probe(env).await {
            Ok(found) => env.capabilities.push((*protocol, found)),
            Err(why) => silent.push((*protocol, why)),
        }
    }
    silent
}
