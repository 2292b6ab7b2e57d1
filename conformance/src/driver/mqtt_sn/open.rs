//! `open`: from a port to a client that is connected.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::MqttSn;
use super::session::{Exchange, PROBE};
use crate::case::{Auto, Open, Stage};
use crate::codec::Sender;
use crate::driver::{Driver, autos};
use crate::pattern::kind_of;
use crate::run::case::{Run, Stop};
use crate::run::wait::Observed;
use crate::wire_log::{Entry, Event};

/// Keep Alive in seconds if a case does not say.
const DURATION: u64 = 120;
/// How long the target may take for each answer: once it may be asked again.
const ANSWER_LIMIT: Duration = Duration::from_secs(12);
/// How long a subscription may take to be live, and how often that is tried.
const LIVE_LIMIT: Duration = Duration::from_secs(3);
const LIVE_AGAIN: Duration = Duration::from_millis(200);
/// The MsgIds of the driver's own SUBSCRIBE messages begin here.
const FIRST_MESSAGE_ID: usize = 0xF000;
/// What a client that is connected answers if a case does not say.
pub(super) const AUTOS: &[Auto] = &[Auto::Ack, Auto::Register, Auto::Ping];

impl MqttSn {
    pub(super) async fn begin(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let at = step.at.unwrap_or(Stage::Session);
        if !matches!(at, Stage::Transport | Stage::Opening | Stage::Session) {
            let why = format!("`at: {at:?}` means nothing in MQTT-SN").to_lowercase();
            return Err(Stop::Error(why));
        }
        let like = step.like.as_ref().map_or(name, |like| like.as_str());
        let identifier = match run.scope.get(like).and_then(|was| was.get("client_id")) {
            Some(known) => known.clone(),
            None => run.names.identifier(like, run.env).into(),
        };
        let with = run.expand_map(step.with.as_ref())?;
        let connect = connect_message(run, step, &with, identifier)?;
        let usual = if at == Stage::Session { AUTOS } else { &[] };
        let auto = autos(step.auto.as_ref(), usual);
        let link = run.connect(step.to.as_deref().unwrap_or("main"), name).await?;
        run.start(link, name, &self, Sender::Client, Box::new(Exchange::new(auto)));
        let facts = json!({ "client_id": connect["connect"]["client_id"] });
        run.scope.insert(name.to_owned(), facts);
        if at == Stage::Transport {
            run.bind(step.bind.as_deref(), Value::Null, Instant::now());
            return Ok(());
        }
        self.tell(run, name, &connect).await?;
        if at == Stage::Opening {
            run.bind(step.bind.as_deref(), Value::Null, Instant::now());
            return Ok(());
        }
        if connect["connect"]["will"] == json!(true) {
            self.give_will(run, name, &with).await?;
        }
        let answer = self.answer(run, name, "connack").await?;
        if answer.pointer("/connack/return_code") != Some(&json!(0)) {
            let words = self.codec().describe(&answer);
            return Err(Stop::Inconclusive(format!("`{name}` is not let in: {words}")));
        }
        run.bind(step.bind.as_deref(), answer, Instant::now());
        for (place, subscription) in step.subscribe.iter().flatten().enumerate() {
            self.subscribe(run, name, subscription, FIRST_MESSAGE_ID + place).await?;
        }
        Ok(())
    }

    /// Answers the prompts for a Will: `with` has `willtopic` and `willmsg` in their JSON forms.
    async fn give_will(
        self,
        run: &Run<'_>,
        name: &str,
        with: &Map<String, Value>,
    ) -> Result<(), Stop> {
        for (prompt, kind) in [("willtopicreq", "willtopic"), ("willmsgreq", "willmsg")] {
            self.answer(run, name, prompt).await?;
            let body = with.get(kind).cloned().unwrap_or_else(|| json!({}));
            self.tell(run, name, &json!({ kind: body })).await?;
        }
        Ok(())
    }

    /// Subscribes, and wants what was asked for.
    async fn subscribe(
        self,
        run: &Run<'_>,
        name: &str,
        subscription: &Map<String, Value>,
        id: usize,
    ) -> Result<(), Stop> {
        let mut body = run.expand(&json!(subscription))?;
        body["message_id"] = id.into();
        self.tell(run, name, &json!({ "subscribe": body })).await?;
        let answer = self.answer(run, name, "suback").await?;
        match answer.pointer("/suback/return_code") {
            Some(code) if *code == json!(0) => {
                match probe_of(&body, answer["suback"]["topic_id"].as_u64().unwrap_or_default()) {
                    Some(probe) => self.probe(run, name, &probe).await,
                    None => Ok(()),
                }
            }
            _ => {
                let words = self.codec().describe(&answer);
                Err(Stop::Inconclusive(format!("`{name}` subscribes and gets {words}")))
            }
        }
    }

    /// Publishes to what was subscribed to until that comes back, for some time: a gateway may answer
    /// before its broker does. What never comes back is for the case to judge.
    async fn probe(self, run: &Run<'_>, name: &str, probe: &Value) -> Result<(), Stop> {
        let deadline = Instant::now() + run.env.stretch(LIVE_LIMIT);
        // The driver keeps probes out of the inbox; the log has them.
        let came = || {
            let brought = |entry: &Entry| {
                let text = entry.text.as_deref().unwrap_or_default();
                entry.actor == name && entry.event == Event::Recv && text.contains(PROBE)
            };
            run.log.entries().iter().any(brought).then_some(())
        };
        while Instant::now() < deadline {
            let bytes = self.codec().encode(probe).map_err(Stop::Error)?;
            run.actor(name)?.write_for_engine(bytes).map_err(|_| run.gone(name))?;
            let soon = Instant::now() + LIVE_AGAIN;
            if run.bell.wait(soon, came).await.is_some() {
                break;
            }
        }
        Ok(())
    }

    async fn tell(self, run: &Run<'_>, name: &str, form: &Value) -> Result<(), Stop> {
        let bytes = self.codec().encode(form).map_err(Stop::Error)?;
        run.actor(name)?.write(bytes).await.map(|_| ()).map_err(|_| run.gone(name))
    }

    /// The next message of a kind; one that ends the attempt to connect counts as well.
    async fn answer(self, run: &Run<'_>, name: &str, kind: &str) -> Result<Value, Stop> {
        let deadline = Instant::now() + run.env.stretch(ANSWER_LIMIT);
        let inbox = &run.actor(name)?.inbox;
        let wanted = |form: &Value| {
            kind_of(form).is_some_and(|it| it == kind || matches!(it, "connack" | "disconnect"))
        };
        match run.observe(inbox, deadline, |arrival| wanted(&arrival.form)).await {
            Observed::Message(arrival) if kind_of(&arrival.form) == Some(kind) => Ok(arrival.form),
            Observed::Message(arrival) => {
                let words = self.codec().describe(&arrival.form);
                let kind = kind.to_uppercase();
                Err(Stop::Inconclusive(format!("`{name}` waits for {kind} and gets {words}")))
            }
            _ => {
                let (kind, limit) = (kind.to_uppercase(), ANSWER_LIMIT.as_secs());
                Err(Stop::Inconclusive(format!("`{name}` got no {kind} within {limit} s")))
            }
        }
    }
}

/// The message that shows whether a subscription is live; none where that would have to be registered
/// first.
fn probe_of(subscribe: &Value, topic_id: u64) -> Option<Value> {
    let mut publish = json!({ "qos": 0, "message_id": 0, "data": PROBE });
    match subscribe["topic_id_type"].as_u64().unwrap_or_default() {
        0 if topic_id == 0 => return None,
        0 => publish["topic_id"] = topic_id.into(),
        kind => {
            publish["topic_id_type"] = kind.into();
            let topic = if kind == 1 { "topic_id" } else { "topic_name" };
            publish[topic] = subscribe[topic].clone();
        }
    }
    Some(json!({ "publish": publish }))
}

/// The CONNECT of an `open`: defaults, then `session`, then `with`.
fn connect_message(
    run: &Run<'_>,
    step: &Open,
    with: &Map<String, Value>,
    identifier: Value,
) -> Result<Value, Stop> {
    let mut connect = Map::new();
    connect.insert("will".into(), with.contains_key("willtopic").into());
    connect.insert("clean_session".into(), true.into());
    connect.insert("duration".into(), DURATION.into());
    connect.insert("client_id".into(), identifier);
    if let Some(clean) = step.session.as_ref().and_then(|session| session.clean.as_ref()) {
        connect.insert("clean_session".into(), run.expand(&clean.to_value())?);
    }
    if let Some(Value::Object(overrides)) = with.get("connect") {
        connect.extend(overrides.clone());
    }
    Ok(json!({ "connect": connect }))
}
