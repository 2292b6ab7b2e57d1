//! CoAP over UDP: one actor is one endpoint, at a port of its own. [`reliable`] has TCP and WebSocket.

mod accept;
mod client;
mod connected;
mod connection;
mod datagrams;
mod open;
mod probe;
pub mod reliable;
mod session;
mod transfer;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::client::Client;
use super::{Doing, Driver, Opening, Unprobed};
use crate::capability::Capabilities;
use crate::case::{Accept, Open, Procedure, Protocol};
use crate::codec::{self, Codec};
use crate::passive::Rule;
use crate::passive::coap::RULES;
use crate::run::case::{Run, Stop};
use crate::run::environment::{Environment, Names};
use crate::transport::Link;

/// How many Message IDs and Tokens a case can use.
const NUMBERS: u16 = 100;

/// CoAP over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coap;

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
        &codec::Coap
    }

    fn opening(&self) -> Opening {
        Opening { stages: &[], autos: open::AUTOS, members: &[] }
    }

    fn open<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Open,
    ) -> Doing<'a, Result<(), Stop>> {
        Box::pin(self.begin(run, step))
    }

    fn accept<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        link: Link,
        step: &'a Accept,
    ) -> Doing<'a, Result<(), Stop>> {
        Box::pin(self.take_call(run, link, step))
    }

    fn takes<'a>(
        &'a self,
        env: &'a Environment,
        message: &'a [u8],
    ) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env, None).await?.takes(message).await })
    }

    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env, None).await?.ping().await })
    }

    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>> {
        Box::pin(probe::probe(env, None))
    }

    fn rules(&self) -> Vec<&'static Rule> {
        RULES.iter().collect()
    }

    fn values(&self, env: &Environment, names: &mut Names) -> Map<String, Value> {
        values(env, names, Protocol::Coap)
    }

    fn procedures(&self) -> &'static [&'static str] {
        transfer::PROCEDURES
    }

    fn procedure<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Procedure,
    ) -> Doing<'a, Result<Value, Stop>> {
        Box::pin(transfer::transfer(run, step, None))
    }
}
