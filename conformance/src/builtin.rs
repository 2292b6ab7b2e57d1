//! The built-in targets: our reference peers, in memory or on loopback.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::case::Protocol;
use crate::driver::{self, Address, Connecting, Connector};
use crate::oscore::Oscore;
use crate::peer::{Options, Peer, Reference};
use crate::run::environment::Incoming;
use crate::run::{Environment, Halt, NoVerbs, Verbs};
use crate::transport::dtls::{Dtls, Suites};
use crate::transport::tls::{Settings, Tls};
use crate::transport::{Link, Lower, Route, scheme};

/// What a peer in memory is called where a host has a name.
const REFERENCE: &str = "reference";

/// Links in memory to a peer in the same process, and its verbs.
#[derive(Clone)]
pub struct InMemory(pub Arc<dyn Peer>);

impl Connector for InMemory {
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(async move {
            if let Some((wire, dtls)) = self.0.below_dtls(endpoint) {
                return Link::dtls(wire, &dtls, &[], REFERENCE).await;
            }
            if let Some(stream) = self.0.below_tls(endpoint) {
                let tls = Tls::new(&Settings::default()).map_err(io::Error::other)?;
                let (stream, agreed) = tls.connect(Box::new(stream), REFERENCE, None).await?;
                let facts = Map::from_iter([("tls".to_owned(), agreed.facts())]);
                return Ok(Lower { stream, below: None, facts }.link());
            }
            let lower = || {
                let (stream, websocket) = self.0.below_websocket(endpoint)?;
                let stream = Box::new(stream);
                Some((Lower { stream, below: None, facts: Map::new() }, websocket))
            };
            let Some((first, websocket)) = lower() else { return self.0.link(endpoint) };
            let gone = || io::Error::other("the endpoint is gone");
            let again = Box::pin(async move { lower().map(|(again, _)| again).ok_or_else(gone) });
            let place = format!("ws://{REFERENCE}{}", websocket.path);
            Link::websocket(first, again, &place, websocket).await
        })
    }

    fn shake<'a>(&'a self, endpoint: &'a str, suites: &'a Suites) -> Connecting<'a> {
        Box::pin(async move {
            let Some((wire, dtls)) = self.0.below_dtls(endpoint) else {
                return Err(io::Error::other("the endpoint has no DTLS"));
            };
            Link::dtls(wire, &dtls, suites, REFERENCE).await
        })
    }

    fn serve(&self) -> driver::Serving<'_> {
        match self.0.origin() {
            Some(origin) => Box::pin(std::future::ready(Ok(origin))),
            None => Box::pin(Link::serving()),
        }
    }

    fn tls(&self, _: &str) -> Option<Tls> {
        Tls::new(&Settings::default()).ok()
    }

    fn address(&self, _: &str) -> Option<Address> {
        None
    }
}

impl Verbs for InMemory {
    fn run<'a>(
        &'a self,
        verb: &'a str,
        with: &'a Map<String, Value>,
    ) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>> {
        self.0.verb(verb, with)
    }

    fn has(&self, verb: &str) -> bool {
        self.0.verbs().contains(&verb)
    }
}

/// A peer behind sockets on loopback. It is gone when the run is over, so there is no address for
/// commands that people can type later.
pub struct OnLoopback {
    verbs: InMemory,
    endpoints: BTreeMap<&'static str, Route>,
}

impl OnLoopback {
    /// Serves every endpoint of a peer on a free port, as long as the runtime lives.
    ///
    /// # Errors
    /// No port could be had.
    pub async fn start(reference: &dyn Reference, options: Options) -> io::Result<Self> {
        let peer = reference.start(options);
        let mut endpoints = BTreeMap::new();
        for endpoint in reference.endpoints() {
            let free = (Ipv4Addr::LOCALHOST, 0).into();
            let (address, serving) = peer.listen(endpoint.name, free).await?;
            tokio::spawn(serving);
            let scheme = scheme(endpoint.scheme);
            let scheme = scheme.ok_or_else(|| io::Error::other("a scheme without transport"))?;
            let dtls = reference.shared_key().map(Dtls::sharing).transpose();
            let dtls = dtls.map_err(io::Error::other)?;
            let tls = Tls::new(&Settings::default()).map_err(io::Error::other)?;
            let tls = Some(tls).filter(|_| scheme.tls || scheme.starts_tls());
            endpoints.insert(endpoint.name, Route { tls, dtls, ..Route::plain(scheme, address) });
        }
        Ok(Self { verbs: InMemory(peer), endpoints })
    }

    /// `mqtt://127.0.0.1:40000` of the main endpoint.
    #[must_use]
    pub fn url(&self) -> String {
        let main = self.endpoints.get("main");
        main.map_or_else(String::new, |main| format!("{}://{}", main.scheme.name, main.address))
    }

    /// The links that the peer makes as a client.
    #[must_use]
    pub fn calls(&self) -> Option<Incoming> {
        self.verbs.0.calls().map(Mutex::new)
    }

    /// The verbs of the peer.
    #[must_use]
    pub fn verbs(&self) -> InMemory {
        self.verbs.clone()
    }
}

impl Connector for OnLoopback {
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(async move {
            let Some(route) = self.endpoints.get(endpoint) else {
                let why = format!("the peer has no endpoint `{endpoint}`");
                return Err(io::Error::new(io::ErrorKind::NotFound, why));
            };
            route.link().await
        })
    }

    fn shake<'a>(&'a self, endpoint: &'a str, suites: &'a Suites) -> Connecting<'a> {
        match self.endpoints.get(endpoint) {
            Some(route) => Box::pin(route.shake(suites)),
            None => self.connect(endpoint),
        }
    }

    fn tls(&self, _: &str) -> Option<Tls> {
        Tls::new(&Settings::default()).ok()
    }

    fn address(&self, _: &str) -> Option<Address> {
        None
    }
}

impl Connector for Route {
    fn connect<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(self.link())
    }

    fn tls(&self, _: &str) -> Option<Tls> {
        self.tls.clone()
    }

    fn address(&self, _: &str) -> Option<Address> {
        let (host, port) = (self.host.clone(), self.address.port());
        Some(Address { host, port, scheme: self.scheme })
    }
}

/// What a case finds around it when the target is behind `connector`.
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
        resources: BTreeMap::new(),
        declared: BTreeMap::new(),
        topic_prefix: String::new(),
        client_prefix: String::new(),
        accounts: Vec::new(),
        oscore: None,
        patience: 100,
        again: again.to_owned(),
        halt: Halt::default(),
    }
}

/// What a case finds around it when the target is a reference peer in memory.
#[must_use]
pub fn in_memory(reference: &dyn Reference, options: Options, nonce: &str) -> Environment {
    let accounts = options.accounts.clone().into_iter().collect();
    let peer = InMemory(reference.start(options));
    let mut env = environment(Arc::new(peer.clone()), nonce, "wirecheck run");
    env.incoming = peer.0.calls().map(Mutex::new);
    env.verbs = Arc::new(peer);
    env.accounts = accounts;
    know(&mut env, reference);
    env
}

/// Adds what is known of a reference peer without asking.
pub fn know(env: &mut Environment, reference: &dyn Reference) {
    for endpoint in reference.endpoints() {
        if let Some(protocol) = endpoint.protocols.first() {
            env.endpoints.insert(endpoint.name.to_owned(), *protocol);
        }
    }
    // What is spoken at the main endpoint is what the case speaks.
    env.endpoints.remove("main");
    let oscore = reference.oscore().and_then(|keys| Oscore::new(&keys, 0).ok());
    env.oscore = oscore.map(Arc::new);
    let owned = |(id, value): &(&str, &str)| ((*id).to_owned(), (*value).to_owned());
    env.declared.extend(reference.declared().iter().map(owned));
    let resources = reference.resources().iter();
    env.resources.extend(resources.map(owned));
}

/// Asks the target what it can do in each of the protocols. Gives those it does not speak, with
/// the reason.
pub async fn probe_all(env: &mut Environment, protocols: &[Protocol]) -> Vec<(Protocol, String)> {
    let mut silent = Vec::new();
    for protocol in protocols {
        let Some(driver) = driver::of(*protocol) else { continue };
        match driver.probe(env).await {
            Ok(found) => env.learn(*protocol, found),
            Err(why) => silent.push((*protocol, why.to_string())),
        }
    }
    silent
}
