//! CoAP: over UDP one actor is one endpoint, at a port of its own; over TCP and WebSocket it is one
//! connection.

mod accept;
mod client;
mod connected;
mod connection;
mod datagrams;
mod handshake;
mod open;
mod probe;
mod protected;
mod reliable;
mod session;
mod transfer;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wirecheck_codecs::coap::reliable::Framing;

use self::client::Client;
use super::{Doing, Driver, Opening, Unprobed, no_clients};
use crate::capability::Capabilities;
use crate::case::{Accept, Open, Procedure, Protocol, Stage};
use crate::codec::coap_reliable::CoapReliable;
use crate::codec::{self, Codec};
use crate::passive::Rule;
use crate::passive::coap as passive;
use crate::run::case::{Run, Stop};
use crate::run::environment::{Environment, Names};
use crate::transport::Link;

/// How many Message IDs and Tokens a case can use.
const NUMBERS: u16 = 100;

/// CoAP over UDP, or in the framing of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coap(pub Option<Framing>);

impl Coap {
    fn protocol(self) -> Protocol {
        match self.0 {
            None => Protocol::Coap,
            Some(Framing::Tcp) => Protocol::CoapTcp,
            Some(Framing::WebSocket) => Protocol::CoapWs,
        }
    }
}

/// A path, perhaps with a query, as the option form `uri` takes it: from the root.
fn from_root(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// `mid` and `token` by number, and `res`, the paths of the target's resources.
fn values(env: &Environment, names: &mut Names, protocol: Protocol) -> Map<String, Value> {
    let seed = names.number();
    let first = 0x1000 + (seed % 0x200) as u16 * NUMBERS;
    let numbers = || 1..NUMBERS;
    let mid: Map<_, _> = numbers().map(|n| (n.to_string(), Value::from(first + n))).collect();
    let token = |n: u16| format!("{:08x}", (seed >> 16) as u32 ^ u32::from(n) << 8);
    let token: Map<_, _> = numbers().map(|n| (n.to_string(), Value::from(token(n)))).collect();
    let res: Map<_, _> = resources(env, protocol)
        .into_iter()
        .map(|(name, path)| (name, from_root(&path).into()))
        .collect();
    Map::from_iter([
        ("mid".to_owned(), mid.into()),
        ("token".to_owned(), token.into()),
        ("res".to_owned(), res.into()),
    ])
}

/// The paths of the target's resources by what cases call them: those that were found out, and
/// those that the target file names.
fn resources(env: &Environment, protocol: Protocol) -> BTreeMap<String, String> {
    let known = env.capabilities(protocol).into_iter().flat_map(Capabilities::iter);
    let found = known.filter_map(|it| {
        let name = it.id.strip_prefix("resource:")?;
        Some((name.to_owned(), it.value.as_str()?.to_owned()))
    });
    let mut all: BTreeMap<_, _> = found.collect();
    all.extend(env.resources.clone());
    all
}

impl Driver for Coap {
    fn codec(&self) -> &'static dyn Codec {
        match self.0 {
            None => &codec::Coap,
            Some(Framing::Tcp) => &CoapReliable(Framing::Tcp),
            Some(Framing::WebSocket) => &CoapReliable(Framing::WebSocket),
        }
    }

    fn opening(&self) -> Opening {
        match self.0 {
            None => Opening { stages: &[], autos: open::AUTOS, members: &[] },
            Some(_) => Opening {
                stages: &[Stage::Transport, Stage::Session],
                autos: reliable::AUTOS,
                members: &[],
            },
        }
    }

    fn open<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Open,
    ) -> Doing<'a, Result<(), Stop>> {
        match self.0 {
            None => Box::pin(self.begin(run, step)),
            Some(framing) => Box::pin(self.join(framing, run, step)),
        }
    }

    fn accept<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        link: Link,
        step: &'a Accept,
    ) -> Doing<'a, Result<(), Stop>> {
        match self.0 {
            None => Box::pin(self.take_call(run, link, step)),
            Some(_) => no_clients(),
        }
    }

    fn takes<'a>(
        &'a self,
        env: &'a Environment,
        message: &'a [u8],
    ) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env, self.0).await?.takes(message).await })
    }

    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env, self.0).await?.ping().await })
    }

    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>> {
        Box::pin(probe::probe(env, self.0))
    }

    fn rules(&self) -> Vec<&'static Rule> {
        match self.0 {
            Some(_) => passive::reliable::RULES.iter().collect(),
            None => passive::rules().collect(),
        }
    }

    fn values(&self, env: &Environment, names: &mut Names) -> Map<String, Value> {
        values(env, names, self.protocol())
    }

    fn procedures(&self) -> &'static [&'static str] {
        transfer::PROCEDURES
    }

    fn procedure<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Procedure,
    ) -> Doing<'a, Result<Value, Stop>> {
        Box::pin(transfer::transfer(run, step, self.0))
    }
}
