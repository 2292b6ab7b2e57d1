//! CoAP over TCP and over WebSocket: one actor is one connection.

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::coap::reliable::Framing;

use super::Coap;
use super::connected::Connected;
use super::connection::{csm, encoded};
use crate::case::{Auto, Open, Stage};
use crate::codec::Sender;
use crate::driver::autos;
use crate::run::case::{Run, Stop};

/// What a client that is connected answers if a case does not say.
pub(super) const AUTOS: &[Auto] = &[Auto::Ping];
/// How long the target may take to send its Capabilities and Settings.
const CSM_LIMIT: std::time::Duration = std::time::Duration::from_secs(5);

impl Coap {
    /// Connects, and waits for the Capabilities and Settings of the target.
    pub(super) async fn join(
        self,
        framing: Framing,
        run: &mut Run<'_>,
        step: &Open,
    ) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let at = step.at.unwrap_or(Stage::Session);
        let usual = if at == Stage::Session { AUTOS } else { &[] };
        let auto = autos(step.auto.as_ref(), usual);
        let link = run.connect(step.to.as_deref().unwrap_or("main"), name).await?;
        let facts = Value::Object(link.facts.clone());
        let session = Connected::new(framing, self.protocol(), auto);
        run.start(link, name, &self, Sender::Client, Box::new(session));
        run.scope.insert(name.to_owned(), json!({}));
        if at == Stage::Transport {
            run.bind(step.bind.as_deref(), facts, Instant::now());
            return Ok(());
        }
        let bytes = encoded(&csm(), framing).map_err(Stop::Error)?;
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
