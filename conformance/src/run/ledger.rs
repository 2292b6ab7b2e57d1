//! What a case leaves on the target: kept sessions and retained messages, and their removal.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::{encode, to_json};
use wirecheck_codecs::mqtt::{Context, Message, Party, Version, decode};

use super::environment::Environment;
use crate::transport::Link;

/// How long tidying up may take before it is given up.
const LIMIT: Duration = Duration::from_secs(5);

/// What a case has left on the target.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    sessions: BTreeSet<String>,
    retained: BTreeSet<String>,
}

impl Ledger {
    /// Notes what our bytes leave behind.
    pub(super) fn note_bytes(&mut self, bytes: &[u8], version: Version) {
        let ctx = Context::new(version, Party::Client);
        let mut rest = bytes;
        while let Ok(Decoded::Complete { message, used }) = decode(rest, &ctx) {
            match message {
                Message::Connect(_) => self.note_connect(&to_json(&message, version), version),
                Message::Publish(publish) if publish.retain && !publish.payload.is_empty() => {
                    self.retained.insert(publish.topic_name.to_owned());
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
    pub(super) fn note_connect(&mut self, form: &Value, version: Version) {
        let connect = &form["connect"];
        let keeps = match version {
            Version::V5 => connect["properties"].as_array().is_some_and(|properties| {
                properties.iter().any(|p| {
                    p.get("session_expiry_interval").and_then(Value::as_u64).unwrap_or(0) > 0
                })
            }),
            Version::V31 | Version::V311 => connect["clean_session"] == json!(false),
        };
        if let (true, Some(identifier)) = (keeps, connect["client_identifier"].as_str()) {
            self.sessions.insert(identifier.to_owned());
        }
        if let (Some(topic), Some(true)) =
            (connect["will"]["topic"].as_str(), connect["will"]["retain"].as_bool())
        {
            self.retained.insert(topic.to_owned());
        }
    }

    /// Ends the sessions and clears the retained messages, as far as the target lets us.
    pub(super) async fn undo(&mut self, env: &Environment, version: Version) {
        let work = async {
            for identifier in std::mem::take(&mut self.sessions) {
                let _ = visit(env, version, &identifier, &[]).await;
            }
            if !self.retained.is_empty() {
                let topics = std::mem::take(&mut self.retained).into_iter();
                let clear =
                    |topic: String| json!({ "publish": { "topic_name": topic, "retain": true } });
                let messages: Vec<_> = topics.map(clear).collect();
                let _ = visit(env, version, &tidy_identifier(env), &messages).await;
            }
        };
        let _ = timeout(env.stretch(LIMIT), work).await;
    }
}

/// Removes what an earlier run may have left under the same names: sessions, and what is retained
/// at and below the topic.
pub(super) async fn clear(
    env: &Environment,
    version: Version,
    topic: &str,
    identifiers: Vec<String>,
) {
    let subscribe = json!({ "subscribe": {
        "packet_identifier": 1, "subscriptions": [{ "topic_filter": format!("{topic}/#") }],
    }});
    let identifier = tidy_identifier(env);
    let found = timeout(env.stretch(LIMIT), visit(env, version, &identifier, &[subscribe])).await;
    let found = found.map(Result::unwrap_or_default).unwrap_or_default();
    let mut ledger = Ledger::default();
    ledger.sessions.extend(identifiers);
    ledger.retained.extend(retained(&found, version));
    ledger.undo(env, version).await;
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
    use tokio::io::AsyncReadExt;
    let Link { mut reader, mut writer } = env.connector.connect("main").await?;
    let mut form = json!({ "connect": { "client_identifier": identifier } });
    if let Some((user, password)) = &env.account {
        form["connect"]["user_name"] = user.clone().into();
        form["connect"]["password"] = password.clone().into();
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
        if reader.read_buf(&mut got).await? == 0 || got.len() > 65_536 {
            return Ok(got);
        }
    }
    writer.write(&[0xE0, 0]).await?;
    writer.finish().await?;
    while reader.read_buf(&mut got).await? > 0 {}
    Ok(got)
}
