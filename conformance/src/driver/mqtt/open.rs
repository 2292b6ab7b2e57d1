//! `open`: from a link to a session.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use wirecheck_codecs::mqtt::Version;

use super::Mqtt;
use super::session::{Connection, ENGINE_IDENTIFIERS, PROBE};
use crate::case::{Auto, CloseHow, Open, Stage};
use crate::codec::{Sender, mqtt as codec};
use crate::driver::{Driver, autos};
use crate::pattern::kind_of;
use crate::run::case::{Run, Stop};
use crate::run::wait::Observed;
use crate::transport::Link;
use crate::wire_log::Event;

/// Keep Alive in seconds if a case does not say.
const KEEP_ALIVE: u64 = 60;
/// How long the target may take for each message that is waited for.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// What a client that is connected answers if a case does not say.
pub(super) const AUTOS: &[Auto] = &[Auto::Ack, Auto::Ping];

impl Mqtt {
    pub(super) async fn begin(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let endpoint = step.to.as_deref().unwrap_or("main");
        let name = step.actor.as_str();
        let at = step.at.unwrap_or(Stage::Session);
        if !matches!(at, Stage::Transport | Stage::Opening | Stage::Session) {
            return Err(Stop::Error(format!("`at: {at:?}` means nothing in MQTT").to_lowercase()));
        }
        let like = step.like.as_ref().map_or(name, |like| like.as_str());
        let known = run.scope.get(like).and_then(|was| was.get("client_identifier")).cloned();
        let resumes = known.is_some() && !is_clean(step);
        let identifier = known.unwrap_or_else(|| run.names.identifier(like, run.env).into());
        let connect = self.connect_message(run, step, identifier)?;
        let keep_alive = connect.pointer("/connect/keep_alive").and_then(Value::as_u64);
        let usual = if at == Stage::Session { AUTOS } else { &[] };
        let auto = autos(step.auto.as_ref(), usual);
        if at == Stage::Session {
            self.begin_kept_session(run, step, &connect).await?;
        }
        let link = run.connect(endpoint, name).await?;
        let agreed = Value::Object(link.facts.clone());
        self.start(run, link, name, auto, keep_alive.unwrap_or(KEEP_ALIVE));
        let facts = json!({
            "client_identifier": connect.pointer("/connect/client_identifier"),
        });
        run.scope.insert(name.to_owned(), facts);
        if at == Stage::Transport {
            run.bind(step.bind.as_deref(), agreed, Instant::now());
            return Ok(());
        }
        self.note_connect(&mut run.ledger, &connect);
        let bytes = self.bytes(&connect)?;
        run.actor(name)?.write(bytes).await.map_err(|_| run.gone(name))?;
        if at == Stage::Opening {
            run.bind(step.bind.as_deref(), Value::Null, Instant::now());
            return Ok(());
        }
        let answer = self.connack(run, name).await?;
        keeps_as_asked(name, &connect, &answer)?;
        // A case that has CONNACK bound looks for itself.
        let gone = answer.pointer("/connack/session_present") == Some(&json!(false));
        if resumes && gone && step.bind.is_none() {
            return Err(Stop::Inconclusive(format!("the Session of `{name}` is gone")));
        }
        run.bind(step.bind.as_deref(), answer, Instant::now());
        if let Some(subscriptions) = &step.subscribe {
            self.subscribe(run, name, subscriptions).await?;
        }
        Ok(())
    }

    /// The CONNECT of an `open`: defaults, then `session`, then `with`.
    fn connect_message(self, run: &Run<'_>, step: &Open, identifier: Value) -> Result<Value, Stop> {
        let mut connect = Map::new();
        let clean = if self.0 == Version::V5 { "clean_start" } else { "clean_session" };
        connect.insert(clean.into(), true.into());
        connect.insert("keep_alive".into(), KEEP_ALIVE.into());
        connect.insert("client_identifier".into(), identifier);
        if let Some((user, password)) = run.env.account() {
            connect.insert("user_name".into(), user.into());
            connect.insert("password".into(), password.into());
        }
        if let Some(session) = &step.session {
            let wish = session.clean.as_ref().map(|clean| run.expand(&clean.to_value()));
            let wish = wish.transpose()?.is_none_or(|value| value == Value::Bool(true));
            let keep = session.keep.as_ref().map(|keep| run.number(&keep.to_value()));
            let keep = keep.transpose()?.unwrap_or(0);
            if self.0 == Version::V5 {
                connect.insert(clean.into(), wish.into());
                let expiry = json!([{ "session_expiry_interval": keep }]);
                connect.insert("properties".into(), if keep > 0 { expiry } else { json!([]) });
            } else {
                // 3.1.1 keeps a Session only of a connection that did not ask for a clean one.
                connect.insert(clean.into(), (wish && keep == 0).into());
            }
        }
        let with = run.expand_map(step.with.as_ref())?;
        if let Some(Value::Object(overrides)) = with.get("connect") {
            connect.extend(overrides.clone());
        }
        Ok(json!({ "connect": connect }))
    }

    /// In 3.1.1 a Session that is new and kept takes two connections: one that clears what there
    /// was, and the one that keeps.
    async fn begin_kept_session(
        self,
        run: &mut Run<'_>,
        step: &Open,
        connect: &Value,
    ) -> Result<(), Stop> {
        let Some(session) = &step.session else { return Ok(()) };
        let keeps = session.keep.is_some();
        if self.0 == Version::V5 || !keeps || !is_clean(step) {
            return Ok(());
        }
        let mut first = json!({ "connect": { "clean_session": true } });
        for key in ["client_identifier", "user_name", "password"] {
            if let Some(value) = connect["connect"].get(key) {
                first["connect"][key] = value.clone();
            }
        }
        let name = format!("{}-clears", step.actor);
        let link = run.connect(step.to.as_deref().unwrap_or("main"), &name).await?;
        self.start(run, link, &name, HashSet::new(), KEEP_ALIVE);
        let bytes = self.bytes(&first)?;
        run.actor(&name)?.write(bytes).await.map_err(|_| run.gone(&name))?;
        self.connack(run, &name).await?;
        if let Some(actor) = run.actors.remove(&name) {
            actor.close(CloseHow::Clean).await;
        }
        Ok(())
    }

    fn start(
        self,
        run: &mut Run<'_>,
        link: Link,
        name: &str,
        auto: HashSet<Auto>,
        keep_alive: u64,
    ) {
        let mut session = Connection::new(self.0, Sender::Server, auto, keep_alive);
        if link.facts.contains_key("websocket") {
            session = session.in_frames();
        }
        run.start(link, name, &self, Sender::Client, Box::new(session));
    }

    /// Waits for CONNACK and takes anything but success as the end of the case.
    async fn connack(self, run: &Run<'_>, name: &str) -> Result<Value, Stop> {
        let deadline = Instant::now() + run.env.stretch(ANSWER_LIMIT);
        let inbox = &run.actor(name)?.inbox;
        let kind = |form: &Value| matches!(kind_of(form), Some("connack" | "disconnect" | "auth"));
        match run.observe(inbox, deadline, |arrival| kind(&arrival.form)).await {
            Observed::Message(arrival) => {
                if arrival.form.pointer("/connack/reason_code") == Some(&json!(0)) {
                    return Ok(arrival.form);
                }
                let codec = self.codec();
                let refusal =
                    codec.refusal(&arrival.form).unwrap_or_else(|| codec.describe(&arrival.form));
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
        self,
        run: &mut Run<'_>,
        name: &str,
        subscriptions: &[Map<String, Value>],
    ) -> Result<(), Stop> {
        let subscriptions = run.expand(&json!(subscriptions))?;
        let items: Vec<Value> = subscriptions.as_array().cloned().unwrap_or_default();
        let identifier = ENGINE_IDENTIFIERS + 1;
        let form = json!({ "subscribe": {
            "packet_identifier": identifier, "subscriptions": subscriptions,
        }});
        let bytes = self.bytes(&form)?;
        run.actor(name)?.write(bytes).await.map_err(|_| run.gone(name))?;
        let deadline = Instant::now() + run.env.stretch(ANSWER_LIMIT);
        let inbox = &run.actor(name)?.inbox;
        let answer =
            |form: &Value| form.pointer("/suback/packet_identifier") == Some(&json!(identifier));
        let codes = match run.observe(inbox, deadline, |arrival| answer(&arrival.form)).await {
            Observed::Message(arrival) => arrival.form["suback"]["reason_codes"].clone(),
            _ => return Err(Stop::Inconclusive(format!("`{name}` subscribes and gets no SUBACK"))),
        };
        for (item, code) in items.iter().zip(codes.as_array().into_iter().flatten()) {
            if item.get("maximum_qos").unwrap_or(&json!(0)) != code {
                let code = codec::code(code.as_u64().unwrap_or_default(), "suback", self.0);
                let why = format!("`{name}` asks for {item} and is granted {code}");
                return Err(Stop::Inconclusive(why));
            }
        }
        let probes: Vec<_> = items.iter().filter_map(probe_topic).collect();
        for (place, topic) in probes.iter().enumerate() {
            self.probe(run, name, topic, place, deadline).await?;
        }
        Ok(())
    }

    /// Publishes to `topic` until that comes back to `name`.
    async fn probe(
        self,
        run: &Run<'_>,
        name: &str,
        topic: &str,
        place: usize,
        deadline: Instant,
    ) -> Result<(), Stop> {
        let marker = format!("{PROBE}{name}-{place}-");
        // The driver keeps probes out of the inbox; the log has them.
        let came = || {
            run.log.entries().iter().any(|entry| {
                entry.actor == name
                    && entry.event == Event::Recv
                    && entry.text.as_deref().is_some_and(|text| text.contains(&marker))
            })
        };
        for turn in 0.. {
            let payload = format!("{marker}{turn}");
            let form = json!({ "publish": { "topic_name": topic, "payload": payload } });
            let bytes = self.bytes(&form)?;
            run.actor(name)?.write_for_engine(bytes).map_err(|_| run.gone(name))?;
            let soon = Instant::now() + Duration::from_millis(200);
            let seen = || came().then_some(());
            if run.bell.wait(soon, seen).await.is_some() {
                return Ok(());
            }
            if Instant::now() >= deadline || run.actor(name)?.is_gone() {
                break;
            }
        }
        Err(Stop::Inconclusive(format!("`{name}` subscribes, but no message comes through")))
    }
}

/// Whether a new Session is asked for.
fn is_clean(step: &Open) -> bool {
    let clean = step.session.as_ref().and_then(|session| session.clean.as_ref());
    clean.is_none_or(|clean| clean.to_value() == json!(true))
}

/// A Session that a case leaves is resumed within this time, in seconds.
const RESUMED: u64 = 30;

/// The server may keep a Session for a shorter time than it is asked for (section 3.2.2.3.2): then
/// a case that asks for one cannot tell anything.
fn keeps_as_asked(name: &str, connect: &Value, answer: &Value) -> Result<(), Stop> {
    let expiry = |properties: Option<&Value>| {
        let listed = properties.and_then(Value::as_array).into_iter().flatten();
        let mut said = listed.filter_map(|property| property.get("session_expiry_interval"));
        said.next().and_then(Value::as_u64)
    };
    let asked = expiry(connect.pointer("/connect/properties")).unwrap_or(0);
    match expiry(answer.pointer("/connack/properties")) {
        Some(granted) if granted < asked.min(RESUMED) => Err(Stop::Inconclusive(format!(
            "`{name}` asks for a Session of {asked} s and is granted one of {granted} s"
        ))),
        _ => Ok(()),
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
