//! The reference peers: small servers of our own that pass every case, and that can be told to do
//! one thing wrong ([`Fault`]) or one thing differently but legally ([`Variant`]).

/// Makes the table of faults of a peer: an id, the requirements it breaks, and a sentence.
macro_rules! faults {
    ($($id:literal [$($breaks:literal),*] $doc:literal;)*) => {
        /// The faults that are not generated.
        pub const FAULTS: &[$crate::peer::Fault] = &[$($crate::peer::Fault {
            id: std::borrow::Cow::Borrowed($id),
            breaks: &[$($breaks),*],
            doc: std::borrow::Cow::Borrowed($doc),
        }),*];
    };
}

pub mod coap;
pub mod datagram;
pub mod mqtt;
pub mod mqtt_sn;
pub mod saying;
mod secure;
pub mod stream;
mod tls;
pub mod xmpp;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use wirecheck_codecs::coap::reliable::Framing;

use crate::case::{Family, Protocol};
use crate::oscore::Keys;
use crate::transport::dtls::{Dtls, PresharedKey, Wire};
use crate::transport::{Link, WebSocket};

/// One thing a reference peer can be told to do wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name on the command line and in `bites`.
    pub id: Cow<'static, str>,
    /// Ids of the requirements it breaks; empty for a generated decoder fault.
    pub breaks: &'static [&'static str],
    /// What the peer then does, in one sentence.
    pub doc: Cow<'static, str>,
}

/// One thing a reference peer can be told to do differently without breaking a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The name on the command line.
    pub id: &'static str,
    /// What the peer then does, in one sentence.
    pub doc: &'static str,
}

/// A line of a table of variants.
const fn variant(id: &'static str, doc: &'static str) -> Variant {
    Variant { id, doc }
}

/// What a peer is told before it starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Id of the one [`Fault`] to show; an id that the peer does not know has no effect.
    pub fault: Option<String>,
    /// Id of the one [`Variant`] to show.
    pub variant: Option<String>,
    /// Seed of every choice.
    pub seed: u64,
    /// Passwords by user name; where there are any, nobody is let in without.
    pub accounts: BTreeMap<String, String>,
}

impl Options {
    /// Whether the peer is to do this wrong.
    #[must_use]
    pub fn faulty(&self, id: &str) -> bool {
        self.fault.as_deref() == Some(id)
    }

    /// Whether the peer is to do this differently.
    #[must_use]
    pub fn varies(&self, id: &str) -> bool {
        self.variant.as_deref() == Some(id)
    }
}

/// One place where a peer can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `main`, or what `to` in a case calls it.
    pub name: &'static str,
    /// The scheme of its URL.
    pub scheme: &'static str,
    /// The port that is usual for it.
    pub port: u16,
    /// What is spoken there.
    pub protocols: &'static [Protocol],
}

/// A reference peer before it is started: what it is, and what it can be told.
pub trait Reference: Send + Sync {
    /// The protocols it is for.
    fn family(&self) -> Family;

    /// What it is, for people: `broker`.
    fn name(&self) -> &'static str;

    /// Where it can be reached, the main one first.
    fn endpoints(&self) -> &'static [Endpoint];

    /// What it can be told to do wrong.
    fn faults(&self) -> Vec<Fault>;

    /// The protocols in which it can be told to say one thing that is wrong by itself.
    fn says(&self) -> &'static [Protocol] {
        &[]
    }

    /// Generated faults: each says one such thing, for the passive rules.
    fn sayings(&self) -> Vec<Fault> {
        saying::faults(self.says())
    }

    /// The requirements that are broken by what it says so.
    fn said(&self) -> Vec<String> {
        saying::said(self.says())
    }

    /// What it can be told to do differently.
    fn variants(&self) -> &'static [Variant];

    /// The capabilities that a target file would declare.
    fn declared(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The resources that a target file would name, with their paths.
    fn resources(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// User names and passwords of a peer that lets nobody in without, where nothing else is said.
    fn accounts(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The key that it shares with a client, for an endpoint with DTLS.
    fn shared_key(&self) -> Option<PresharedKey> {
        None
    }

    /// The keys of the OSCORE context that it shares with a client, seen from the client.
    fn oscore(&self) -> Option<Keys> {
        None
    }

    /// Starts it. Call it within the runtime whose clock it is to follow.
    fn start(&self, options: Options) -> Arc<dyn Peer>;
}

/// Work of a peer.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Serving an endpoint; ends if the peer stops.
pub type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A reference peer that runs.
pub trait Peer: Send + Sync {
    /// A link in memory to one of its endpoints.
    ///
    /// # Errors
    /// There is no such endpoint.
    fn link(&self, endpoint: &str) -> io::Result<Link>;

    /// A stream in memory to an endpoint that speaks WebSocket, before its handshake, and what that
    /// is to say.
    fn below_websocket(&self, _endpoint: &str) -> Option<(DuplexStream, WebSocket)> {
        None
    }

    /// A stream in memory to an endpoint with TLS, before its handshake.
    fn below_tls(&self, _endpoint: &str) -> Option<DuplexStream> {
        None
    }

    /// Datagrams in memory to an endpoint with DTLS, before its handshake, and the client that it
    /// takes.
    fn below_dtls(&self, _endpoint: &str) -> Option<(Wire, Dtls)> {
        None
    }

    /// Listens at an address for an endpoint: where it is, and the work to be driven.
    fn listen(
        &self,
        endpoint: &'static str,
        at: SocketAddr,
    ) -> Doing<'_, io::Result<(SocketAddr, Serving)>>;

    /// What it can be told to do: to change a resource, or to be a client.
    fn verbs(&self) -> &'static [&'static str] {
        &[]
    }

    /// Runs a verb; gives what a command of a target file would: `{stdout, stderr, code}`.
    fn verb<'a>(
        &'a self,
        verb: &'a str,
        _with: &'a Map<String, Value>,
    ) -> Doing<'a, Result<Value, String>> {
        Box::pin(async move { Err(format!("the target has no verb `{verb}`")) })
    }

    /// A server in memory that it can ask, as it sees it, and the address that it has there.
    fn origin(&self) -> Option<(Link, SocketAddr)> {
        None
    }

    /// The links that it makes as a client, for the first who asks.
    fn calls(&self) -> Option<mpsc::Receiver<Link>> {
        None
    }
}

/// The links that a peer makes as a client, on their way to the first who asks for them.
pub(crate) struct Calls {
    sender: mpsc::Sender<Link>,
    waiting: Mutex<Option<mpsc::Receiver<Link>>>,
}

impl Calls {
    /// How many wait to be taken.
    const MOST: usize = 64;

    fn new() -> Self {
        let (sender, waiting) = mpsc::channel(Self::MOST);
        Self { sender, waiting: Mutex::new(Some(waiting)) }
    }

    /// Where a client puts its link.
    pub(crate) fn sender(&self) -> &mpsc::Sender<Link> {
        &self.sender
    }

    /// The links, the first time.
    pub(crate) fn take(&self) -> Option<mpsc::Receiver<Link>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Every reference peer.
pub const TABLE: &[&dyn Reference] = &[
    &mqtt::Reference,
    &mqtt_sn::Reference,
    &coap::Reference,
    &coap::Connected(Framing::Tcp),
    &coap::Connected(Framing::WebSocket),
    &xmpp::Reference,
];

/// The first reference peer of a family.
#[must_use]
pub fn of(family: Family) -> Option<&'static dyn Reference> {
    TABLE.iter().find(|peer| peer.family() == family).copied()
}
