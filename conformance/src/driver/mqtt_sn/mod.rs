//! MQTT-SN 1.2 over datagrams: one actor is one client, at a port of its own.

mod client;
mod open;
mod probe;
mod session;

use serde_json::{Map, Value};

use self::client::Client;
use super::{Doing, Driver, Opening, Unprobed};
use crate::capability::Capabilities;
use crate::case::{Open, Stage};
use crate::codec::{self, Codec};
use crate::passive::Rule;
use crate::passive::mqtt_sn::rules;
use crate::run::case::{Run, Stop};
use crate::run::environment::{Environment, Names};

/// MQTT-SN over datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MqttSn;

impl Driver for MqttSn {
    fn codec(&self) -> &'static dyn Codec {
        &codec::MqttSn
    }

    fn opening(&self) -> Opening {
        Opening {
            stages: &[Stage::Transport, Stage::Opening, Stage::Session],
            autos: open::AUTOS,
            members: &["like", "session", "subscribe"],
        }
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
        Box::pin(async move { Client::new(env).await?.takes(env, message).await })
    }

    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>> {
        Box::pin(async move { Client::new(env).await?.serves(env).await })
    }

    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>> {
        Box::pin(probe::probe(env))
    }

    fn rules(&self) -> Vec<&'static Rule> {
        rules().collect()
    }

    /// `res`: what the target file says, a topic id as a number.
    fn values(&self, env: &Environment, _: &mut Names) -> Map<String, Value> {
        let value =
            |text: &str| text.parse::<u16>().map_or_else(|_| Value::from(text), Value::from);
        let res: Map<_, _> =
            env.resources.iter().map(|(name, text)| (name.clone(), value(text))).collect();
        Map::from_iter([("res".to_owned(), res.into())])
    }
}
