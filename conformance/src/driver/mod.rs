//! Drivers: what the engine needs to know of a protocol beside its messages. One for each protocol;
//! they open sessions, keep time as the protocol wants it, and tidy up.

pub mod actor;
pub mod coap;
pub mod inbox;
pub mod mqtt;
pub mod mqtt_sn;
pub mod session;
pub mod xmpp;

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use serde_json::{Map, Value};
use wirecheck_codecs::coap::reliable::Framing;
use wirecheck_codecs::mqtt::Version;

use self::coap::Coap;
use self::mqtt::Mqtt;
use self::mqtt_sn::MqttSn;
use self::xmpp::Xmpp;
use crate::capability::Capabilities;
use crate::case::{Accept, Auto, Fence, Open, Procedure, Protocol, Stage};
use crate::codec::Codec;
use crate::passive::Rule;
use crate::run::case::{Run, Stop};
use crate::run::environment::{Environment, Names};
use crate::run::ledger::Ledger;
use crate::transport::dtls::Suites;
use crate::transport::tls::Tls;
use crate::transport::{Link, Scheme};

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// How the user calls the host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What lies between the socket and the messages.
    pub scheme: &'static Scheme,
}

/// A link that comes about.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>>;

/// Makes links to the endpoints of a target.
pub trait Connector: Send + Sync {
    /// Connects to the endpoint called `endpoint`; the main one is `main`.
    fn connect<'a>(&'a self, endpoint: &'a str) -> Connecting<'a>;

    /// Connects by DTLS with only these cipher suites on offer; all that we have without any.
    fn shake<'a>(&'a self, endpoint: &'a str, _suites: &'a Suites) -> Connecting<'a> {
        let words = format!("the endpoint `{endpoint}` has no DTLS");
        Box::pin(async move { Err(io::Error::new(io::ErrorKind::Unsupported, words)) })
    }

    /// Makes a server of our own that the target can ask, and tells where it is.
    fn serve(&self) -> Pin<Box<dyn Future<Output = io::Result<(Link, SocketAddr)>> + Send + '_>> {
        Box::pin(Link::serving())
    }

    /// Who we are in TLS that begins in the middle of a conversation with the endpoint.
    fn tls(&self, _endpoint: &str) -> Option<Tls> {
        None
    }

    /// Where the endpoint is, for commands that people can type; `None` in memory.
    fn address(&self, endpoint: &str) -> Option<Address>;
}

/// Why it is not known what a target can do, in words that go on from "it".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unprobed {
    /// It does not speak the protocol, as far as we can tell.
    Silent(String),
    /// It speaks the protocol but does not let us in.
    Refused(String),
    /// It speaks the protocol, but in messages that are not valid: the cases tell more than the
    /// probe.
    Invalid(String),
}

impl From<String> for Unprobed {
    fn from(why: String) -> Self {
        Self::Silent(why)
    }
}

impl fmt::Display for Unprobed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Silent(why) | Self::Refused(why) | Self::Invalid(why)) = self;
        f.write_str(why)
    }
}

/// What an actor answers without being told: what the case says, or what is usual at the stage that
/// it is brought to.
pub(crate) fn autos(said: Option<&Vec<Auto>>, usual: &[Auto]) -> HashSet<Auto> {
    said.map_or(usual, Vec::as_slice).iter().copied().collect()
}

/// Work of a driver.
pub(crate) type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What `open` can say in a protocol; anything else would be passed over in silence.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Values of `at`.
    pub stages: &'static [Stage],
    /// Values in `auto`.
    pub autos: &'static [Auto],
    /// Members beside `to`, `at`, `with`, `auto` and `as`.
    pub members: &'static [&'static str],
}

/// One protocol as the engine sees it.
pub(crate) trait Driver: Send + Sync {
    /// The messages.
    fn codec(&self) -> &'static dyn Codec;

    /// Brings an actor to where `open` wants it, and binds what came of it.
    fn open<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Open,
    ) -> Doing<'a, Result<(), Stop>>;

    /// Makes an actor of a link that the target made, and brings it to where `accept` wants it.
    fn accept<'a, 'e: 'a>(
        &'a self,
        _run: &'a mut Run<'e>,
        _link: Link,
        _step: &'a Accept,
    ) -> Doing<'a, Result<(), Stop>> {
        no_clients()
    }

    /// Sends `watchers` something behind which nothing earlier can be on its way any more. Returns
    /// the pattern that it fits when it arrives.
    fn fence<'a, 'e: 'a>(
        &'a self,
        _run: &'a mut Run<'e>,
        _fence: &'a Fence,
        _watchers: &'a [&'a str],
    ) -> Doing<'a, Result<Value, Stop>> {
        let why = "this protocol has no fence: wait for a message, or for a time".to_owned();
        Box::pin(async move { Err(Stop::Error(why)) })
    }

    /// Sends a message on a fresh link and finds out whether the target goes on serving the sender.
    fn takes<'a>(
        &'a self,
        env: &'a Environment,
        message: &'a [u8],
    ) -> Doing<'a, Result<(), String>>;

    /// Whether a fresh client is served; the error says what did not happen.
    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>>;

    /// What the target can do.
    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>>;

    /// Notes what bytes of ours leave behind on the target.
    fn note(&self, _ledger: &mut Ledger, _bytes: &[u8]) {}

    /// Removes what is in the ledger, as far as the target lets us.
    fn undo<'a>(&'a self, _env: &'a Environment, _ledger: Ledger) -> Doing<'a, ()> {
        Box::pin(async {})
    }

    /// Removes what an earlier run may have left under the same names.
    fn clear<'a>(
        &'a self,
        _env: &'a Environment,
        _topic: String,
        _identifiers: Vec<String>,
    ) -> Doing<'a, ()> {
        Box::pin(async {})
    }

    /// The passive rules, that for messages which cannot be read among them.
    fn rules(&self) -> Vec<&'static Rule>;

    /// Values that cases of this protocol can use beside those of all.
    fn values(&self, _env: &Environment, _names: &mut Names) -> Map<String, Value> {
        Map::new()
    }

    /// What `open` can say.
    fn opening(&self) -> Opening;

    /// The names of its procedures.
    fn procedures(&self) -> &'static [&'static str] {
        &[]
    }

    /// Runs one of them and gives its result.
    fn procedure<'a, 'e: 'a>(
        &'a self,
        _run: &'a mut Run<'e>,
        step: &'a Procedure,
    ) -> Doing<'a, Result<Value, Stop>> {
        let why = format!("nothing runs the procedure `{}`", step.name);
        Box::pin(async move { Err(Stop::Error(why)) })
    }
}

/// The driver of a protocol.
#[must_use]
pub(crate) fn of(protocol: Protocol) -> Option<&'static dyn Driver> {
    TABLE.iter().find(|(known, _)| *known == protocol).map(|(_, driver)| *driver)
}

/// What `accept` comes to where the other side cannot be a client.
fn no_clients<'a>() -> Doing<'a, Result<(), Stop>> {
    let why = "clients of this protocol cannot be tested yet".to_owned();
    Box::pin(async move { Err(Stop::Error(why)) })
}

/// Every protocol that can be tested live.
pub(crate) const TABLE: &[(Protocol, &dyn Driver)] = &[
    (Protocol::Mqtt311, &Mqtt(Version::V311)),
    (Protocol::Mqtt50, &Mqtt(Version::V5)),
    (Protocol::MqttSn12, &MqttSn),
    (Protocol::Coap, &Coap(None)),
    (Protocol::CoapTcp, &Coap(Some(Framing::Tcp))),
    (Protocol::CoapWs, &Coap(Some(Framing::WebSocket))),
    (Protocol::Xmpp, &Xmpp),
];
