//! The MQTT-SN gateway, driven by any clients, any broker and any clock.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};
use wirecheck::peer::Options;
use wirecheck::peer::mqtt_sn::driven::{Driven, Outcome};
use wirecheck_codecs::mqtt;
use wirecheck_codecs::mqtt_sn::generate::{Taste, form};
use wirecheck_codecs::mqtt_sn::json::encode;
use wirecheck_codecs::mqtt_sn::{Context, Party, decode};
use wirecheck_codecs::{Decoded, json::to_hex};

/// How long a session is at most.
const STEPS: usize = 48;
const CLIENTS: [&str; 3] = ["a", "b", "c"];
const NAMES: [&str; 6] = ["t/one", "t/two", "zz", "wirecheck/predefined", "t/\u{1}", "ab/c"];
const FILTERS: [&str; 6] = ["t/one", "t/+", "#", "t/#/x", "zz", "+/two"];
const SECONDS: [u64; 6] = [0, 1, 4, 9, 31, 200];

/// Whatever comes, the gateway sends messages that a gateway may send, to those who have spoken to
/// it, tells the broker nothing but packets of MQTT 3.1.1, and its own books agree.
pub fn mqtt_sn_gateway(input: &[u8]) {
    let mut u = Unstructured::new(input);
    let mut session =
        Session { gateway: Driven::new(Options::default()), heard: [false; 4], asked: Vec::new() };
    for _ in 0..STEPS {
        if u.is_empty() || session.step(&mut u).is_err() {
            return;
        }
    }
}

struct Session {
    gateway: Driven,
    /// Which endpoints have sent something.
    heard: [bool; 4],
    /// What the broker was told and has not answered.
    asked: Vec<(u64, Value)>,
}

impl Session {
    fn step(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let outcome = match u.int_in_range(0..=9u8)? {
            0..=3 => {
                let message = message(u)?;
                let message = match u.ratio(1, 8)? {
                    true => json!({ "encapsulated": { "wireless_node_id": { "hex": "0a" },
                        "message": message } }),
                    false => message,
                };
                self.datagram(u, &encode(&message).unwrap_or_default())?
            }
            4 => {
                let taste = if u.ratio(1, 2)? { Taste::Valid } else { Taste::Wild };
                let bytes = encode(&form(u, Party::Client, taste)?).unwrap_or_default();
                self.datagram(u, &bytes)?
            }
            5 | 6 => self.answer(u)?,
            7 => self.publish(u)?,
            8 => self.gateway.wait(Duration::from_secs(*u.choose(&SECONDS)?)),
            _ => {
                let connections = self.gateway.connections();
                match connections.get(u.int_in_range(0..=3usize)?) {
                    Some(connection) if u.ratio(1, 4)? => self.gateway.cut(*connection),
                    _ => return Ok(()),
                }
            }
        };
        self.judge(&outcome);
        self.asked.extend(outcome.told);
        Ok(())
    }

    fn datagram(&mut self, u: &mut Unstructured<'_>, bytes: &[u8]) -> Result<Outcome> {
        let from = u.int_in_range(0..=3u8)?;
        if let Some(heard) = self.heard.get_mut(usize::from(from)) {
            *heard = true;
        }
        Ok(self.gateway.datagram(u64::from(from), bytes))
    }

    /// The broker answers something that it was asked, in order or not.
    fn answer(&mut self, u: &mut Unstructured<'_>) -> Result<Outcome> {
        if self.asked.is_empty() {
            return Ok(Outcome::default());
        }
        let place = if u.ratio(7, 8)? { 0 } else { u.choose_index(self.asked.len())? };
        let (connection, form) = self.asked.remove(place);
        let Some((kind, body)) = form.as_object().and_then(|form| form.iter().next()) else {
            return Ok(Outcome::default());
        };
        let id = &body["packet_identifier"];
        let refuses = u.ratio(1, 16)?;
        let answer = match (kind.as_str(), body["qos"].as_u64()) {
            ("connect", _) => json!({ "connack": { "session_present": u.arbitrary::<bool>()?,
                "reason_code": if refuses { 5 } else { 0 } } }),
            ("publish", Some(1)) => json!({ "puback": { "packet_identifier": id } }),
            ("publish", Some(2)) => json!({ "pubrec": { "packet_identifier": id } }),
            ("pubrel", _) => json!({ "pubcomp": { "packet_identifier": id } }),
            ("pubrec", _) => json!({ "pubrel": { "packet_identifier": id } }),
            ("subscribe", _) => json!({ "suback": { "packet_identifier": id,
                "reason_codes": [if refuses { 128 } else { u.int_in_range(0..=2)? }] } }),
            ("unsubscribe", _) => json!({ "unsuback": { "packet_identifier": id } }),
            _ => return Ok(Outcome::default()),
        };
        Ok(self.gateway.packet(connection, &answer))
    }

    /// The broker has a message.
    fn publish(&mut self, u: &mut Unstructured<'_>) -> Result<Outcome> {
        let connections = self.gateway.connections();
        let Some(connection) = connections.get(u.int_in_range(0..=3usize)?) else {
            return Ok(Outcome::default());
        };
        let (qos, long) = (u.int_in_range(0..=2u8)?, u.ratio(1, 16)?);
        let payload = if long { "x".repeat(70_000) } else { "x".to_owned() };
        let mut body = json!({ "topic_name": u.choose(&NAMES)?, "qos": qos,
            "retain": u.arbitrary::<bool>()?, "dup": false, "payload": payload });
        if qos > 0 {
            body["packet_identifier"] = u.int_in_range(1..=9u16)?.into();
        }
        Ok(self.gateway.packet(*connection, &json!({ "publish": body })))
    }

    fn judge(&self, outcome: &Outcome) {
        let mut ctx = Context::new(Party::Gateway);
        ctx.profile.datagram = true;
        for (to, bytes) in &outcome.datagrams {
            let known = usize::try_from(*to).ok().and_then(|to| self.heard.get(to));
            assert_eq!(known, Some(&true), "sent to {to}, who said nothing");
            let whole = matches!(decode(bytes, &ctx),
                Ok(Decoded::Complete { used, .. }) if used == bytes.len());
            assert!(whole, "no gateway sends {}", to_hex(bytes));
        }
        for (_, form) in &outcome.told {
            let bytes = mqtt::json::encode(form, mqtt::Version::V311);
            let bytes = bytes.unwrap_or_else(|error| panic!("no packet: {form}: {error}"));
            let ctx = mqtt::Context::new(mqtt::Version::V311, mqtt::Party::Client);
            let decoded = mqtt::decode(&bytes, &ctx);
            assert!(matches!(decoded, Ok(Decoded::Complete { .. })), "{form}: {decoded:?}");
        }
    }
}

/// A message of a client that has to do with those before it.
fn message(u: &mut Unstructured<'_>) -> Result<Value> {
    let id = u.int_in_range(0..=5u16)?;
    let topic_id = u.int_in_range(0..=3u16)?;
    Ok(match u.int_in_range(0..=18u8)? {
        0..=2 => json!({ "connect": { "client_id": u.choose(&CLIENTS)?, "will": u.ratio(1, 3)?,
            "clean_session": u.arbitrary::<bool>()?, "duration": u.choose(&[0, 4, 60])? } }),
        3 => match u.ratio(1, 4)? {
            true => json!({ "willtopic": {} }),
            false => json!({ "willtopic": { "will_topic": u.choose(&NAMES)?,
                "qos": u.int_in_range(0..=2)?, "retain": u.arbitrary::<bool>()? } }),
        },
        4 => json!({ "willmsg": { "will_message": "gone" } }),
        5 => json!({ "register": { "topic_id": 0, "message_id": id,
            "topic_name": u.choose(&NAMES)? } }),
        6 | 7 => {
            let (kind, qos) = (u.int_in_range(0..=2u8)?, u.int_in_range(-1..=2i8)?);
            let mut body = json!({ "qos": qos, "dup": u.ratio(1, 4)?, "message_id": id,
                "retain": false, "topic_id_type": kind, "data": "x" });
            match kind {
                2 => body["topic_name"] = "zz".into(),
                _ => body["topic_id"] = topic_id.into(),
            }
            json!({ "publish": body })
        }
        8 => json!({ "pubrel": { "message_id": id } }),
        9 | 10 => json!({ "subscribe": { "message_id": id, "qos": u.int_in_range(0..=2)?,
            "topic_id_type": 0, "topic_name": u.choose(&FILTERS)? } }),
        11 => json!({ "subscribe": { "message_id": id, "qos": 1, "topic_id_type": 1,
            "topic_id": topic_id } }),
        12 => json!({ "unsubscribe": { "message_id": id, "topic_id_type": 0,
            "topic_name": u.choose(&FILTERS)? } }),
        13 => match u.arbitrary()? {
            true => json!({ "pingreq": { "client_id": u.choose(&CLIENTS)? } }),
            false => json!({ "pingreq": {} }),
        },
        14 => match u.arbitrary()? {
            true => json!({ "disconnect": { "duration": u.choose(&[4, 60])? } }),
            false => json!({ "disconnect": {} }),
        },
        15 => json!({ "regack": { "topic_id": topic_id, "message_id": 0x8000 + id,
            "return_code": u.int_in_range(0..=3)? } }),
        16 => json!({ "puback": { "topic_id": topic_id, "message_id": id,
            "return_code": u.int_in_range(0..=2)? } }),
        17 => match u.arbitrary()? {
            true => json!({ "pubrec": { "message_id": id } }),
            false => json!({ "pubcomp": { "message_id": id } }),
        },
        _ => match u.ratio(1, 4)? {
            true => json!({ "willtopicupd": {} }),
            false => json!({ "willtopicupd": { "will_topic": u.choose(&NAMES)?,
                "qos": u.int_in_range(0..=2)? } }),
        },
    })
}
