//! What an MQTT target can do, asked before the cases run.

use serde_json::{Value, json};
use std::time::Duration;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::{encode, to_json};
use wirecheck_codecs::mqtt::{Context, ErrorKind, Limits, Party, Version, decode};

use super::open::ANSWER_LIMIT;
use crate::capability::{Capabilities, Source};
use crate::codec::Codec;
use crate::codec::mqtt::{self as packets, Mqtt as Packets};
use crate::driver::Unprobed;
use crate::run::environment::Environment;
use crate::transport::Link;

/// How long the target may take for all of it.
const LIMIT: Duration = Duration::from_secs(15);
/// The largest packet that makes sense as an answer.
const MOST_BYTES: usize = 1 << 20;

/// Asks the target in this version.
pub(super) async fn probe(env: &Environment, version: Version) -> Result<Capabilities, Unprobed> {
    let asking = ask(env, version);
    match tokio::time::timeout(env.stretch(LIMIT), asking).await {
        Ok(result) => result,
        Err(_) => {
            Err(format!("no answer in {} within {} s", version.name(), LIMIT.as_secs()).into())
        }
    }
}

async fn ask(env: &Environment, version: Version) -> Result<Capabilities, Unprobed> {
    let link = env.connector.connect("main").await.map_err(|error| error.to_string())?;
    let mut talk = Talk { link, version, buffer: Vec::new() };
    let identifier = format!("{}p{}probe00", env.client_prefix, env.nonce);
    let mut form = json!({ "connect": { "client_identifier": identifier } });
    if let Some((user, password)) = env.account() {
        form["connect"]["user_name"] = user.into();
        form["connect"]["password"] = password.into();
    }
    talk.send(&form).await?;
    let connack = talk.receive().await?;
    let words = || format!("answered with {}", Packets(version).describe(&connack));
    match connack.pointer("/connack/reason_code") {
        Some(code) if *code == json!(0) => {}
        Some(_) => return Err(Unprobed::Refused(words())),
        None if connack.get("disconnect").is_some() => return Err(words().into()),
        // It talks MQTT, only not as it should.
        None => return Err(Unprobed::Invalid(words())),
    }
    let mut found = Capabilities::default();
    if !env.accounts.is_empty() {
        found.set("accounts", true, Source::Declared, "an account is given");
    }
    let by = "the endpoint is a TCP port";
    found.set("tcp", true, Source::Observed, by);
    advertised(&connack, version, &mut found);
    observed(env, &mut talk, &mut found).await?;
    talk.send(&json!({ "disconnect": {} })).await?;
    Ok(found)
}

/// What CONNACK says, or the specification where CONNACK says nothing.
fn advertised(connack: &Value, version: Version, found: &mut Capabilities) {
    const DEFAULTS: &[(&str, &str, u64)] = &[
        ("maximum_qos", "maximum_qos", 2),
        ("receive_maximum", "receive_maximum", 65_535),
        ("topic-alias", "topic_alias_maximum", 0),
        ("maximum_packet_size", "maximum_packet_size", 268_435_460),
        ("retain", "retain_available", 1),
        ("wildcards", "wildcard_subscription_available", 1),
        ("subscription-identifiers", "subscription_identifier_available", 1),
        ("shared-subscriptions", "shared_subscription_available", 1),
    ];
    let properties = connack.pointer("/connack/properties").and_then(Value::as_array);
    for (id, property, default) in DEFAULTS {
        let number = matches!(
            *id,
            "maximum_qos" | "receive_maximum" | "topic-alias" | "maximum_packet_size"
        );
        let form = |value: u64| if number { json!(value) } else { json!(value != 0) };
        let said = properties.into_iter().flatten().find_map(|p| p.get(*property)?.as_u64());
        match said {
            Some(value) => {
                let evidence = format!("CONNACK {property}={value}");
                found.set(id, form(value), Source::Advertised, &evidence);
            }
            None if version == Version::V5 => {
                let evidence = format!("CONNACK has no {property}");
                found.set(id, form(*default), Source::Default, &evidence);
            }
            None => {
                let evidence = format!("{} has no {property}", version.name());
                match *id {
                    "receive_maximum" | "maximum_packet_size" => {
                        found.set(id, *default, Source::Default, &evidence);
                    }
                    "topic-alias" => found.set(id, 0, Source::Default, &evidence),
                    "subscription-identifiers" | "shared-subscriptions" => {
                        found.set(id, false, Source::Default, &evidence);
                    }
                    _ => {}
                }
            }
        }
    }
    let expiry = properties.into_iter().flatten().find_map(|p| p.get("session_expiry_interval"));
    if let Some(expiry) = expiry {
        let evidence = format!("CONNACK session_expiry_interval={expiry}");
        found.set("server-session-expiry", expiry.clone(), Source::Advertised, &evidence);
    }
    let keep_alive = properties.into_iter().flatten().find_map(|p| p.get("server_keep_alive"));
    if let Some(seconds) = keep_alive {
        let evidence = format!("CONNACK server_keep_alive={seconds}");
        found.set("server_keep_alive", seconds.clone(), Source::Advertised, &evidence);
    }
}

/// What SUBACK grants.
async fn observed(
    env: &Environment,
    talk: &mut Talk,
    found: &mut Capabilities,
) -> Result<(), Unprobed> {
    let topic = format!("{}p{}", env.topic_prefix, env.nonce);
    let asks: &[(&str, String)] = &[
        ("granted_qos", format!("{topic}/q")),
        ("wildcards", format!("{topic}/+/w")),
        ("shared-subscriptions", format!("$share/{}g/{topic}/s", env.nonce)),
    ];
    for (place, (id, filter)) in asks.iter().enumerate() {
        if talk.version != Version::V5 && *id == "shared-subscriptions" {
            continue;
        }
        // What CONNACK denies is not asked for: that would be a Protocol Error.
        if found.get(id).is_some_and(|known| known.value == json!(false)) {
            continue;
        }
        let form = json!({ "subscribe": {
            "packet_identifier": place + 1,
            "subscriptions": [{ "topic_filter": filter, "maximum_qos": 2 }],
        }});
        talk.send(&form).await?;
        let Ok(answer) = tokio::time::timeout(env.stretch(ANSWER_LIMIT), talk.receive()).await
        else {
            // The cases tell more of a target that answers no SUBSCRIBE.
            return Ok(());
        };
        let answer = answer?;
        let code = answer.pointer("/suback/reason_codes/0").and_then(Value::as_u64);
        let Some(code) = code else {
            let words = Packets(talk.version).describe(&answer);
            return Err(format!("answered SUBSCRIBE {filter} with {words}").into());
        };
        let evidence = format!("SUBACK {} for {id}", packets::code(code, "suback", talk.version));
        match *id {
            "granted_qos" if code <= 2 => {
                found.set(id, code, Source::Observed, &evidence);
                if talk.version != Version::V5 {
                    found.set("maximum_qos", code, Source::Observed, &evidence);
                    found.set("retain", true, Source::Default, "3.1.1 has no way to deny it");
                }
            }
            // A refusal by policy says nothing about what the target could do.
            _ if matches!(code, 0x87 | 0x97) => {}
            _ => found.set(id, code <= 2, Source::Observed, &evidence),
        }
    }
    Ok(())
}

struct Talk {
    link: Link,
    version: Version,
    buffer: Vec<u8>,
}

impl Talk {
    async fn send(&mut self, form: &Value) -> Result<(), String> {
        let bytes = encode(form, self.version).map_err(|error| error.to_string())?;
        self.link.writer.write(&bytes).await.map_err(|error| link_error(&error))
    }

    /// The next message of the target.
    async fn receive(&mut self) -> Result<Value, Unprobed> {
        let ctx = Context {
            limits: Limits { maximum_packet_size: MOST_BYTES },
            ..Context::new(self.version, Party::Server)
        };
        loop {
            // To what is no handshake a server with TLS says that it is none.
            if self.buffer.starts_with(&[0x15, 3]) {
                return Err("sent a TLS alert, which is no MQTT".to_owned().into());
            }
            if !self.buffer.is_empty() {
                match decode(&self.buffer, &ctx) {
                    Ok(Decoded::Complete { message, used }) => {
                        let form = to_json(&message, self.version);
                        self.buffer.drain(..used);
                        return Ok(form);
                    }
                    // Waiting for the rest of what is no packet would only look like silence.
                    Ok(Decoded::Incomplete { .. }) if !begins_a_packet(&self.buffer) => {
                        let head = self.buffer.get(..8).unwrap_or(&self.buffer);
                        let head = String::from_utf8_lossy(head);
                        return Err(format!("sent what is no MQTT; it begins with {head:?}").into());
                    }
                    Ok(Decoded::Incomplete { .. }) => {}
                    Err(_) if self.buffer.starts_with(&[0x20, 2, 0, 1]) => {
                        let why = "answered with the CONNACK 0x01 of 3.1.1: another version";
                        return Err(why.to_owned().into());
                    }
                    Err(error) if self.buffer[0] >> 4 == 2 && error.kind != ErrorKind::TooLarge => {
                        let why = format!("answered with a packet that is not valid: {error}");
                        return Err(Unprobed::Invalid(why));
                    }
                    Err(error) => return Err(format!("sent what is no MQTT: {error}").into()),
                }
            }
            match self.link.reader.receive(&mut self.buffer).await {
                Ok(0) => return Err("closed the connection".to_owned().into()),
                Ok(_) => {}
                Err(error) => return Err(link_error(&error).into()),
            }
        }
    }
}

/// Whether the flags of the first byte are those of a packet that a server sends.
fn begins_a_packet(bytes: &[u8]) -> bool {
    let first = bytes.first().copied().unwrap_or_default();
    match first >> 4 {
        3 => true,
        6 => first & 0x0F == 2,
        _ => first & 0x0F == 0,
    }
}

/// How a link ended is not always told in the same way: a target that closes may as well reset.
fn link_error(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "closed the connection".to_owned()
        }
        _ => error.to_string(),
    }
}
