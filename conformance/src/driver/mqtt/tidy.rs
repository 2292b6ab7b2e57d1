//! What a case leaves on the target: kept sessions and retained messages, and their removal.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::{encode, to_json};
use wirecheck_codecs::mqtt::{Context, Message, Party, Version, decode};

use super::Mqtt;
use crate::run::environment::Environment;
use crate::run::ledger::Ledger;
use crate::transport::Link;

/// Entries of the ledger: Client Identifiers of Sessions that are kept.
const SESSION: &str = "session";
/// Entries of the ledger: topics of retained messages.
const RETAINED: &str = "retained";
/// How long tidying up may take before it is given up.
const LIMIT: Duration = Duration::from_secs(5);

impl Mqtt {
    /// Notes what our bytes leave behind.
    pub(super) fn note_bytes(self, ledger: &mut Ledger, bytes: &[u8]) {
        let ctx = Context::new(self.0, Party::Client);
        let mut rest = bytes;
        while let Ok(Decoded::Complete { message, used }) = decode(rest, &ctx) {
            match message {
                Message::Connect(_) => self.note_connect(ledger, &to_json(&message, self.0)),
                Message::Publish(publish) if publish.retain && !publish.payload.is_empty() => {
                    ledger.add(RETAINED, publish.topic_name);
                }
                _ => {}
            }
            rest = rest.get(used..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
        }
    }

    /// Notes the session and the will of a CONNECT.
    pub(super) fn note_connect(self, ledger: &mut Ledger, form: &Value) {
        let connect = &form["connect"];
        let keeps = match self.0 {
            Version::V5 => connect["properties"].as_array().is_some_and(|properties| {
                properties.iter().any(|p| {
                    p.get("session_expiry_interval").and_then(Value::as_u64).unwrap_or(0) > 0
                })
            }),
            Version::V31 | Version::V311 => connect["clean_session"] == json!(false),
        };
        if let (true, Some(identifier)) = (keeps, connect["client_identifier"].as_str()) {
            ledger.add(SESSION, identifier);
        }
        if let (Some(topic), Some(true)) =
            (connect["will"]["topic"].as_str(), connect["will"]["retain"].as_bool())
        {
            ledger.add(RETAINED, topic);
        }
    }

    /// Ends the sessions and clears the retained messages, as far as the target lets us.
    pub(super) async fn tidy(self, env: &Environment, ledger: Ledger) {
        let work = async {
            for identifier in ledger.all(SESSION) {
                let _ = visit(env, self.0, identifier, &[]).await;
            }
            let clear = |topic: &str| json!({ "publish": { "topic_name": topic, "retain": true } });
            let messages: Vec<_> = ledger.all(RETAINED).map(clear).collect();
            if !messages.is_empty() {
                let _ = visit(env, self.0, &tidy_identifier(env), &messages).await;
            }
        };
        let _ = timeout(env.stretch(LIMIT), work).await;
    }

    /// Removes what an earlier run may have left under the same names: sessions, and what is
    /// retained at and below the topic.
    pub(super) async fn forget(self, env: &Environment, topic: &str, identifiers: &[String]) {
        let subscribe = json!({ "subscribe": {
            "packet_identifier": 1, "subscriptions": [{ "topic_filter": format!("{topic}/#") }],
        }});
        let identifier = tidy_identifier(env);
        let messages = [subscribe];
        let asking = visit(env, self.0, &identifier, &messages);
        let found = timeout(env.stretch(LIMIT), asking).await;
        let found = found.map(Result::unwrap_or_default).unwrap_or_default();
        let mut ledger = Ledger::default();
        for identifier in identifiers {
            ledger.add(SESSION, identifier);
        }
        for topic in retained(&found, self.0) {
            ledger.add(RETAINED, &topic);
        }
        self.tidy(env, ledger).await;
    }
}

/// The topics of the retained messages among what a target sent.
fn retained(bytes: &[u8], version: Version) -> BTreeSet<String> {
    let ctx = Context::new(version, Party::Server);
    let (mut rest, mut topics) = (bytes, BTreeSet::new());
    while let Ok(Decoded::Complete { message, used }) = decode(rest, &ctx) {
        if let Message::Publish(publish) = message
            && publish.retain
        {
            topics.insert(publish.topic_name.to_owned());
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    topics
}

fn tidy_identifier(env: &Environment) -> String {
    format!("{}t{}tidyup", env.client_prefix, env.nonce)
}

/// Connects with a clean session, sends messages, waits until they are read, and leaves. Returns
/// what the target sent.
async fn visit(
    env: &Environment,
    version: Version,
    identifier: &str,
    messages: &[Value],
) -> std::io::Result<Vec<u8>> {
    let Link { mut reader, mut writer, .. } = env.connector.connect("main").await?;
    let mut form = json!({ "connect": { "client_identifier": identifier } });
    if let Some((user, password)) = env.account() {
        form["connect"]["user_name"] = user.into();
        form["connect"]["password"] = password.into();
    }
    let mut bytes = encode(&form, version).unwrap_or_default();
    for message in messages {
        bytes.extend(encode(message, version).unwrap_or_default());
    }
    // CONNACK must have come before anything else counts, PINGREQ shows that the rest is read.
    bytes.extend([0xC0, 0]);
    writer.write(&bytes).await?;
    let mut got = Vec::new();
    while !got.ends_with(&[0xD0, 0]) {
        if reader.receive(&mut got).await? == 0 || got.len() > 65_536 {
            return Ok(got);
        }
    }
    writer.write(&[0xE0, 0]).await?;
    writer.finish().await?;
    while reader.receive(&mut got).await? > 0 {}
    Ok(got)
}
