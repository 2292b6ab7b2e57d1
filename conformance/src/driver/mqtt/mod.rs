//! MQTT: one actor is one connection.

mod accept;
mod alive;
mod answers;
mod open;
mod probe;
mod session;
mod tidy;

use serde_json::{Value, json};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::{Context, Message, Party, Version, decode};

use self::session::ENGINE_IDENTIFIERS;
use super::{Doing, Driver, Opening, Unprobed};
use crate::capability::Capabilities;
use crate::case::{Accept, Fence, Open, Stage};
use crate::codec::{self, Codec};
use crate::passive::Rule;
use crate::passive::mqtt::rules;
use crate::run::case::{Run, Stop};
use crate::run::environment::Environment;
use crate::run::ledger::Ledger;
use crate::transport::Link;

/// MQTT in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mqtt(pub Version);

impl Mqtt {
    /// The bytes of a message in its JSON form.
    fn bytes(self, form: &Value) -> Result<Vec<u8>, Stop> {
        self.codec().encode(form).map_err(Stop::Error)
    }

    /// A PUBLISH with a payload that nobody else uses.
    async fn publish_fence(self, run: &mut Run<'_>, fence: &Fence) -> Result<Value, Stop> {
        run.fences += 1;
        let payload = format!("wirecheck-fence-{}", run.fences);
        let topic = fence.topic.as_deref().unwrap_or("${topic}/fence");
        let topic = run.expand(&json!(topic))?;
        let qos = fence.qos.as_ref().map_or(Ok(0), |qos| run.number(&qos.to_value()))?;
        let mut publish = json!({ "topic_name": topic, "qos": qos, "payload": payload });
        if qos > 0 {
            publish["packet_identifier"] = (ENGINE_IDENTIFIERS as usize + 10 + run.fences).into();
        }
        let bytes = self.bytes(&json!({ "publish": publish }))?;
        let sent = run.actor(&fence.from)?.write_for_engine(bytes);
        sent.map_err(|_| run.gone(&fence.from))?;
        Ok(json!({ "publish": { "payload": payload } }))
    }
}

impl Driver for Mqtt {
    fn codec(&self) -> &'static dyn Codec {
        match self.0 {
            Version::V31 => &codec::Mqtt(Version::V31),
            Version::V311 => &codec::Mqtt(Version::V311),
            Version::V5 => &codec::Mqtt(Version::V5),
        }
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

    fn accept<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        link: Link,
        step: &'a Accept,
    ) -> Doing<'a, Result<(), Stop>> {
        Box::pin(self.take_call(run, link, step))
    }

    fn fence<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        fence: &'a Fence,
        _: &'a [&'a str],
    ) -> Doing<'a, Result<Value, Stop>> {
        Box::pin(self.publish_fence(run, fence))
    }

    fn takes<'a>(
        &'a self,
        env: &'a Environment,
        message: &'a [u8],
    ) -> Doing<'a, Result<(), String>> {
        let connects = matches!(
            decode(message, &Context::new(self.0, Party::Client)),
            Ok(Decoded::Complete { message: Message::Connect(_), .. })
        );
        Box::pin(alive::takes(env, self.0, message, connects))
    }

    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>> {
        Box::pin(alive::serves(env, self.0))
    }

    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>> {
        Box::pin(probe::probe(env, self.0))
    }

    fn note(&self, ledger: &mut Ledger, bytes: &[u8]) {
        self.note_bytes(ledger, bytes);
    }

    fn undo<'a>(&'a self, env: &'a Environment, ledger: Ledger) -> Doing<'a, ()> {
        Box::pin(self.tidy(env, ledger))
    }

    fn clear<'a>(
        &'a self,
        env: &'a Environment,
        topic: String,
        identifiers: Vec<String>,
    ) -> Doing<'a, ()> {
        Box::pin(async move { self.forget(env, &topic, &identifiers).await })
    }

    fn rules(&self) -> Vec<&'static Rule> {
        rules().collect()
    }
}
