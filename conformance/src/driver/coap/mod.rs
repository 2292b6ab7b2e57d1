//! CoAP over UDP: one actor is one endpoint, at a port of its own.

mod client;
mod session;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use self::client::Client;
use self::session::Exchange;
use super::{Doing, Driver, Unprobed};
use crate::capability::{Capabilities, Source};
use crate::case::{Accept, Open, Procedure};
use crate::codec::{self, Codec, Sender};
use crate::passive::Rule;
use crate::passive::coap::RULES;
use crate::run::case::{Run, Stop};
use crate::run::environment::{Environment, Names};
use crate::transport::Link;
use crate::wire_log::Event;

/// How many Message IDs and Tokens a case can use.
const NUMBERS: u16 = 100;
/// How long the target may take to say that it is there.
const PROBE_LIMIT: Duration = Duration::from_secs(15);

/// CoAP over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coap;

impl Coap {
    async fn begin(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let link = run.connect(step.to.as_deref().unwrap_or("main"), name).await?;
        self.take(run, link, name, step.auto.as_deref(), Sender::Client);
        run.bind(step.bind.as_deref(), Value::Null, Instant::now());
        Ok(())
    }

    /// Makes an actor of a link; there is nothing to be agreed on first.
    fn take(
        self,
        run: &mut Run<'_>,
        link: Link,
        name: &str,
        auto: Option<&[crate::case::Auto]>,
        ours: Sender,
    ) {
        let auto = match auto {
            Some(auto) => auto.iter().copied().collect(),
            None => HashSet::from([crate::case::Auto::Ack]),
        };
        run.start(link, name, &self, ours, Box::new(Exchange::new(auto, ours.peer())));
        run.scope.insert(name.to_owned(), json!({}));
    }

    /// `coap-get` and `coap-put`: a whole transfer, from an endpoint of its own.
    async fn transfer(self, run: &mut Run<'_>, step: &Procedure) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let resource = with.get("resource").and_then(Value::as_str).unwrap_or_default();
        let path = run.env.resources.get(resource).map(|path| from_root(path));
        let path = path.ok_or_else(|| {
            Stop::Inconclusive(format!("the target has no resource for `{resource}`"))
        })?;
        let mut client = Client::new(run.env).await.map_err(Stop::Inconclusive)?;
        let answer = match step.name.as_str() {
            "coap-get" => client.get(&path).await,
            _ => client.put(&path, with.get("payload").unwrap_or(&Value::Null)).await,
        };
        let words = match &answer {
            Ok(answer) => format!("{} {path}: {}", step.name, answer["code"]),
            Err(why) => format!("{} {path}: {why}", step.name),
        };
        run.log.add(&step.on, Event::Note, None, words);
        answer.map_err(Stop::Inconclusive)
    }
}

/// A path, perhaps with a query, as the option form `uri` takes it: from the root.
fn from_root(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

impl Driver for Coap {
    fn codec(&self) -> &'static dyn Codec {
        &codec::Coap
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
        Box::pin(async move {
            self.take(run, link, &step.actor, step.auto.as_deref(), Sender::Server);
            run.bind(step.bind.as_deref(), Value::Null, Instant::now());
            Ok(())
        })
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
        Box::pin(async move {
            let asking = async { Client::new(env).await?.ping().await };
            let limit = env.stretch(PROBE_LIMIT);
            let answer = tokio::time::timeout(limit, asking).await;
            answer.map_err(|_| "no answer to a ping or to GET /.well-known/core".to_owned())??;
            let mut found = Capabilities::default();
            found.set("udp", true, Source::Observed, "a ping or a GET was answered");
            Ok(found)
        })
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
