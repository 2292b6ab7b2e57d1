//! CoAP over TCP and over WebSocket: one actor is one connection.

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use wirecheck_codecs::coap::reliable::Framing;

use super::client::Client;
use super::connected::Connected;
use super::connection::{csm, encoded};
use super::{probe, transfer, values};
use crate::capability::Capabilities;
use crate::case::{Auto, Open, Procedure, Protocol, Stage};
use crate::codec::coap_reliable::CoapReliable;
use crate::codec::{Codec, Sender};
use crate::driver::{Doing, Driver, Opening, Unprobed, autos};
use crate::passive::Rule;
use crate::passive::coap::reliable::RULES;
use crate::run::case::{Run, Stop};
use crate::run::environment::{Environment, Names};

/// What a client that is connected answers if a case does not say.
const AUTOS: &[Auto] = &[Auto::Ping];
/// How long the target may take to send its Capabilities and Settings.
const CSM_LIMIT: std::time::Duration = std::time::Duration::from_secs(5);

/// CoAP over TCP or WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reliable(pub Framing);

impl Reliable {
    fn protocol(self) -> Protocol {
        match self.0 {
            Framing::Tcp => Protocol::CoapTcp,
            Framing::WebSocket => Protocol::CoapWs,
        }
    }

    async fn begin(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let at = step.at.unwrap_or(Stage::Session);
        let usual = if at == Stage::Session { AUTOS } else { &[] };
        let auto = autos(step.auto.as_ref(), usual);
        let link = run.connect(step.to.as_deref().unwrap_or("main"), name).await?;
        let facts = Value::Object(link.facts.clone());
        let session = Connected::new(self.0, self.protocol(), auto);
        run.start(link, name, &self, Sender::Client, Box::new(session));
        run.scope.insert(name.to_owned(), json!({}));
        if at == Stage::Transport {
            run.bind(step.bind.as_deref(), facts, Instant::now());
            return Ok(());
        }
        let bytes = encoded(&csm(), self.0).map_err(Stop::Error)?;
        let actor = run.actor(name)?;
        actor.write_for_engine(bytes).map_err(|_| run.gone(name))?;
        let inbox = actor.inbox.clone();
        let deadline = Instant::now() + run.env.stretch(CSM_LIMIT);
        let is_csm = |form: &Value| form.pointer("/coap/code") == Some(&json!("7.01"));
        let csm = run.bell.wait(deadline, || match inbox.take(|it| is_csm(&it.form)) {
            Some(arrival) => Some(Some(arrival.form)),
            None => inbox.ended().map(|_| None),
        });
        match csm.await.flatten() {
            Some(form) => {
                run.bind(step.bind.as_deref(), form, Instant::now());
                Ok(())
            }
            None => Err(Stop::Inconclusive(format!("`{name}`: no Capabilities and Settings came"))),
        }
    }
}

impl Driver for Reliable {
    fn codec(&self) -> &'static dyn Codec {
        match self.0 {
            Framing::Tcp => &CoapReliable(Framing::Tcp),
            Framing::WebSocket => &CoapReliable(Framing::WebSocket),
        }
    }

    fn opening(&self) -> Opening {
        Opening { stages: &[Stage::Transport, Stage::Session], autos: AUTOS, members: &[] }
    }

    fn open<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Open,
    ) -> Doing<'a, Result<(), Stop>> {
        Box::pin(self.begin(run, step))
    }

    fn takes<'a>(
        &'a self,
        env: &'a Environment,
        message: &'a [u8],
    ) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env, Some(self.0)).await?.takes(message).await })
    }

    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env, Some(self.0)).await?.ping().await })
    }

    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>> {
        Box::pin(probe::probe(env, Some(self.0)))
    }

    fn rules(&self) -> Vec<&'static Rule> {
        RULES.iter().collect()
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
        Box::pin(transfer::transfer(run, step, Some(self.0)))
    }
}
