//! `open` and `accept`: from a link to a session.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use wirecheck_codecs::mqtt::json::encode;
use wirecheck_codecs::mqtt::{Party, Version};

use super::case::{Run, Stop};
use super::wait::Observed;
use crate::case::{Accept, Auto, CloseHow, Open, Stage};
use crate::driver::mqtt::{Actor, ENGINE_IDENTIFIERS, PROBE, Settings, policy_refusal, text};
use crate::passive::mqtt::Observer;
use crate::pattern::kind_of;
use crate::transport::Link;
use crate::wire_log::Event;

/// Keep Alive in seconds if a case does not say.
const KEEP_ALIVE: u64 = 60;
/// How long the target may take to answer CONNECT, to be found serving, or to call.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

impl Run<'_> {
    pub(super) async fn open(&mut self, step: &Open) -> Result<(), Stop> {
        let endpoint = step.to.as_deref().unwrap_or("main");
        let name = step.actor.as_str();
        let at = step.at.unwrap_or(Stage::Session);
        if !matches!(at, Stage::Transport | Stage::Opening | Stage::Session) {
            return Err(Stop::Error(format!("`at: {at:?}` means nothing in MQTT").to_lowercase()));
        }
        let like = step.like.as_ref().map_or(name, |like| like.as_str());
        let identifier = match self.scope.get(like).and_then(|was| was.get("client_identifier")) {
            Some(known) => known.clone(),
            None => self.names.identifier(like, self.env).into(),
        };
        let connect = self.connect_message(step, identifier)?;
        let keep_alive = connect.pointer("/connect/keep_alive").and_then(Value::as_u64);
        let auto = match &step.auto {
            Some(auto) => auto.iter().copied().collect(),
            None if at == Stage::Session => HashSet::from([Auto::Ack, Auto::Ping]),
            None => HashSet::new(),
        };
        if at == Stage::Session {
            self.begin_kept_session(step, &connect).await?;
        }
        let link = self.connect(endpoint, name).await?;
        self.start(link, name, Party::Server, auto, keep_alive.unwrap_or(KEEP_ALIVE));
        let facts = json!({
            "client_identifier": connect.pointer("/connect/client_identifier"),
        });
        self.scope.insert(name.to_owned(), facts);
        if at == Stage::Transport {
            self.bind(step.bind.as_deref(), Value::Null, Instant::now());
            return Ok(());
        }
        self.ledger.note_connect(&connect, self.version);
        let bytes = self.encode(&connect)?;
        self.actor(name)?.write(bytes).await.map_err(|_| self.gone(name))?;
        if at == Stage::Opening {
            self.bind(step.bind.as_deref(), Value::Null, Instant::now());
            return Ok(());
        }
        let answer = self.connack(name).await?;
        self.bind(step.bind.as_deref(), answer, Instant::now());
        if let Some(subscriptions) = &step.subscribe {
            self.subscribe(name, subscriptions).await?;
        }
        Ok(())
    }

    /// The CONNECT of an `open`: defaults, then `session`, then `with`.
    fn connect_message(&self, step: &Open, identifier: Value) -> Result<Value, Stop> {
        let mut connect = Map::new();
        let clean = if self.version == Version::V5 { "clean_start" } else { "clean_session" };
        connect.insert(clean.into(), true.into());
        connect.insert("keep_alive".into(), KEEP_ALIVE.into());
        connect.insert("client_identifier".into(), identifier);
        if let Some((user, password)) = &self.env.account {
            connect.insert("user_name".into(), user.clone().into());
            connect.insert("password".into(), password.clone().into());
        }
        if let Some(session) = &step.session {
            let wish = session.clean.as_ref().map(|clean| self.expand(&clean.to_value()));
            let wish = wish.transpose()?.is_none_or(|value| value == Value::Bool(true));
            let keep = session.keep.as_ref().map(|keep| self.number(&keep.to_value()));
            let keep = keep.transpose()?.unwrap_or(0);
            if self.version == Version::V5 {
                connect.insert(clean.into(), wish.into());
                let expiry = json!([{ "session_expiry_interval": keep }]);
                connect.insert("properties".into(), if keep > 0 { expiry } else { json!([]) });
            } else {
                // 3.1.1 keeps a Session only of a connection that did not ask for a clean one.
                connect.insert(clean.into(), (wish && keep == 0).into());
            }
        }
        let with = self.expand_map(step.with.as_ref())?;
        if let Some(Value::Object(overrides)) = with.get("connect") {
            connect.extend(overrides.clone());
        }
        Ok(json!({ "connect": connect }))
    }

    /// In 3.1.1 a Session that is new and kept takes two connections: one that clears what there
    /// was, and the one that keeps.
    async fn begin_kept_session(&mut self, step: &Open, connect: &Value) -> Result<(), Stop> {
        let Some(session) = &step.session else { return Ok(()) };
        let keeps = session.keep.is_some();
        let clean = session.clean.as_ref().is_none_or(|clean| clean.to_value() == json!(true));
        if self.version == Version::V5 || !keeps || !clean {
            return Ok(());
        }
        let mut first = json!({ "connect": { "clean_session": true } });
        for key in ["client_identifier", "user_name", "password"] {
            if let Some(value) = connect["connect"].get(key) {
                first["connect"][key] = value.clone();
            }
        }
        let name = format!("{}-clears", step.actor);
        let link = self.connect(step.to.as_deref().unwrap_or("main"), &name).await?;
        self.start(link, &name, Party::Server, HashSet::new(), KEEP_ALIVE);
        let bytes = self.encode(&first)?;
        self.actor(&name)?.write(bytes).await.map_err(|_| self.gone(&name))?;
        self.connack(&name).await?;
        if let Some(actor) = self.actors.remove(&name) {
            actor.close(CloseHow::Clean).await;
        }
        Ok(())
    }

    /// Connects to an endpoint of the target.
    pub(super) async fn connect(&self, endpoint: &str, actor: &str) -> Result<Link, Stop> {
        match self.env.connector.connect(endpoint).await {
            Ok(link) => {
                self.log.add(actor, Event::Open, None, "connected".to_owned());
                Ok(link)
            }
            Err(error) => {
                let words = format!("cannot connect to the target: {error}");
                self.log.add(actor, Event::Note, None, words.clone());
                Err(Stop::Inconclusive(words))
            }
        }
    }

    /// Makes an actor of a link.
    pub(super) fn start(
        &mut self,
        link: Link,
        name: &str,
        target: Party,
        auto: HashSet<Auto>,
        keep_alive: u64,
    ) {
        let observer = Arc::new(Mutex::new(Observer::new(self.version)));
        if target == Party::Server {
            self.observers.push(observer.clone());
        }
        let settings = Settings {
            name: name.to_owned(),
            version: self.version,
            target,
            auto,
            ping_every: (keep_alive > 0).then(|| Duration::from_secs(keep_alive) / 2),
            log: self.log.clone(),
            bell: self.bell.clone(),
            observer,
        };
        self.actors.insert(name.to_owned(), Actor::start(link, settings));
    }

    /// Waits for CONNACK and takes anything but success as the end of the case.
    async fn connack(&self, name: &str) -> Result<Value, Stop> {
        let deadline = Instant::now() + self.env.stretch(ANSWER_LIMIT);
        let inbox = &self.actor(name)?.inbox;
        let kind = |form: &Value| matches!(kind_of(form), Some("connack" | "disconnect" | "auth"));
        match self.observe(inbox, deadline, |arrival| kind(&arrival.form)).await {
            Observed::Message(arrival) => {
                if arrival.form.pointer("/connack/reason_code") == Some(&json!(0)) {
                    return Ok(arrival.form);
                }
                let refusal = policy_refusal(&arrival.form, self.version)
                    .unwrap_or_else(|| text::describe(&arrival.form, self.version));
                Err(Stop::Inconclusive(format!("`{name}` is not let in: {refusal}")))
            }
            Observed::Ended(..) => {
                Err(Stop::Inconclusive(format!("`{name}` is not let in: the link was closed")))
            }
            Observed::Nothing => {
                Err(Stop::Inconclusive(format!("`{name}` got no CONNACK within 5 s")))
            }
        }
    }

    /// Subscribes, wants every filter granted as asked, and waits until a message comes through:
    /// some brokers answer before they act.
    async fn subscribe(
        &mut self,
        name: &str,
        subscriptions: &[Map<String, Value>],
    ) -> Result<(), Stop> {
        let subscriptions = self.expand(&json!(subscriptions))?;
        let items: Vec<Value> = subscriptions.as_array().cloned().unwrap_or_default();
        let identifier = ENGINE_IDENTIFIERS + 1;
        let form = json!({ "subscribe": {
            "packet_identifier": identifier, "subscriptions": subscriptions,
        }});
        let bytes = self.encode(&form)?;
        self.actor(name)?.write(bytes).await.map_err(|_| self.gone(name))?;
        let deadline = Instant::now() + self.env.stretch(ANSWER_LIMIT);
        let inbox = &self.actor(name)?.inbox;
        let answer =
            |form: &Value| form.pointer("/suback/packet_identifier") == Some(&json!(identifier));
        let codes = match self.observe(inbox, deadline, |arrival| answer(&arrival.form)).await {
            Observed::Message(arrival) => arrival.form["suback"]["reason_codes"].clone(),
            _ => return Err(Stop::Inconclusive(format!("`{name}` subscribes and gets no SUBACK"))),
        };
        for (item, code) in items.iter().zip(codes.as_array().into_iter().flatten()) {
            if item.get("maximum_qos").unwrap_or(&json!(0)) != code {
                let code = text::code(code.as_u64().unwrap_or_default(), "suback", self.version);
                let why = format!("`{name}` asks for {item} and is granted {code}");
                return Err(Stop::Inconclusive(why));
            }
        }
        let probes: Vec<_> = items.iter().filter_map(probe_topic).collect();
        for (place, topic) in probes.iter().enumerate() {
            self.probe(name, topic, place, deadline).await?;
        }
        Ok(())
    }

    /// Publishes to `topic` until that comes back to `name`.
    async fn probe(
        &self,
        name: &str,
        topic: &str,
        place: usize,
        deadline: Instant,
    ) -> Result<(), Stop> {
        let marker = format!("{PROBE}{name}-{place}-");
        // The driver keeps probes out of the inbox; the log has them.
        let came = || {
            self.log.entries().iter().any(|entry| {
                entry.actor == name
                    && entry.event == Event::Recv
                    && entry.text.as_deref().is_some_and(|text| text.contains(&marker))
            })
        };
        for turn in 0.. {
            let payload = format!("{marker}{turn}");
            let form = json!({ "publish": { "topic_name": topic, "payload": payload } });
            let bytes = self.encode(&form)?;
            self.actor(name)?.write_for_engine(bytes).map_err(|_| self.gone(name))?;
            let soon = Instant::now() + Duration::from_millis(200);
            let seen = || came().then_some(());
            if self.bell.wait(soon, seen).await.is_some() {
                return Ok(());
            }
            if Instant::now() >= deadline || self.actor(name)?.is_gone() {
                break;
            }
        }
        Err(Stop::Inconclusive(format!("`{name}` subscribes, but no message comes through")))
    }

    pub(super) async fn accept(&mut self, step: &Accept) -> Result<(), Stop> {
        let Some(incoming) = &self.env.incoming else {
            return Err(Stop::Inconclusive("nothing is listening for the target".to_owned()));
        };
        let within = step.within.as_ref().map_or(Ok(ANSWER_LIMIT), |time| self.time(time))?;
        let waiting = async { incoming.lock().await.recv().await };
        let link = tokio::time::timeout(self.env.stretch(within), waiting).await;
        let Ok(Some(link)) = link else {
            return Err(Stop::Inconclusive("the target did not connect".to_owned()));
        };
        let name = step.actor.as_str();
        let auto = step.auto.iter().flatten().copied().collect();
        self.start(link, name, Party::Client, auto, 0);
        self.scope.insert(name.to_owned(), json!({}));
        if step.at != Some(Stage::Session) {
            self.bind(step.bind.as_deref(), Value::Null, Instant::now());
            return Ok(());
        }
        let deadline = Instant::now() + self.env.stretch(ANSWER_LIMIT);
        let inbox = &self.actor(name)?.inbox;
        let connect = match self.observe(inbox, deadline, |_| true).await {
            Observed::Message(arrival) if kind_of(&arrival.form) == Some("connect") => arrival.form,
            other => {
                return Err(Stop::Inconclusive(format!("the target sent no CONNECT: {other:?}")));
            }
        };
        let mut connack = Map::from_iter([("reason_code".to_owned(), json!(0))]);
        if let Some(Value::Object(with)) = self.expand_map(step.with.as_ref())?.get("connack") {
            connack.extend(with.clone());
        }
        let bytes = self.encode(&json!({ "connack": connack }))?;
        self.actor(name)?.write(bytes).await.map_err(|_| self.gone(name))?;
        self.bind(step.bind.as_deref(), connect, Instant::now());
        Ok(())
    }

    /// The bytes of a message in its JSON form.
    pub(super) fn encode(&self, form: &Value) -> Result<Vec<u8>, Stop> {
        encode(form, self.version).map_err(|error| Stop::Error(error.to_string()))
    }

    pub(super) fn gone(&self, actor: &str) -> Stop {
        Stop::Inconclusive(format!("the link of `{actor}` is gone"))
    }
}

/// A topic that the filter matches, to try a subscription; `None` where we would not get our own
/// message, or not surely.
fn probe_topic(subscription: &Value) -> Option<String> {
    let filter = subscription.get("topic_filter")?.as_str()?;
    let no_local = subscription.get("no_local") == Some(&json!(true));
    if no_local || filter.starts_with(['$', '#', '+']) {
        return None;
    }
    let levels = filter.split('/').map(|level| match level {
        "+" | "#" => "probe",
        other => other,
    });
    Some(levels.collect::<Vec<_>>().join("/"))
}
