//! CoAP over UDP: one actor is one endpoint, at a port of its own.

mod accept;
mod client;
mod open;
mod probe;
mod session;
mod transfer;

use serde_json::{Map, Value};

use self::client::Client;
use super::{Doing, Driver, Opening, Unprobed};
use crate::capability::Capabilities;
use crate::case::{Accept, Open, Procedure};
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
        Box::pin(async move { Client::new(env).await?.takes(message).await })
    }

    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env).await?.ping().await })
    }

    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>> {
        Box::pin(probe::probe(env))
    }

    fn rules(&self) -> Vec<&'static Rule> {
        RULES.iter().collect()
    }

    /// `mid` and `token` by number, and `res`, the paths of the target's resources.
    fn values(&self, env: &Environment, names: &mut Names) -> Map<String, Value> {
        let seed = names.number();
        let first = 0x1000 + (seed % 0x200) as u16 * NUMBERS;
        let numbers = || 1..NUMBERS;
        let mid: Map<_, _> = numbers().map(|n| (n.to_string(), Value::from(first + n))).collect();
        let token = |n: u16| format!("{:08x}", (seed >> 16) as u32 ^ u32::from(n) << 8);
        let token: Map<_, _> = numbers().map(|n| (n.to_string(), Value::from(token(n)))).collect();
        let res: Map<_, _> = env
            .resources
            .iter()
            .map(|(name, path)| (name.clone(), from_root(path).into()))
            .collect();
        Map::from_iter([
            ("mid".to_owned(), mid.into()),
            ("token".to_owned(), token.into()),
            ("res".to_owned(), res.into()),
        ])
    }

    fn procedures(&self) -> &'static [&'static str] {
        &["coap-get", "coap-put"]
    }

    fn procedure<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Procedure,
    ) -> Doing<'a, Result<Value, Stop>> {
        Box::pin(self.transfer(run, step))
    }
}
