//! One MQTT-SN client as it sees its gateway: messages, acknowledgements, retransmission (6.13),
//! and the passive rules.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt_sn::json::{encode, to_json};
use wirecheck_codecs::mqtt_sn::{Message, QoS, decode};

use crate::case::Auto;
use crate::codec::mqtt_sn::{MqttSn, context};
use crate::codec::{Codec, Rejection, Sender, wrong_on_purpose};
use crate::driver::inbox::End;
use crate::driver::session::{Outgoing, Port, Session};
use crate::passive::Findings;
use crate::passive::mqtt_sn::Observer;
use crate::pattern::kind_of;

/// How long the client waits for an answer: Tretry.
const TRETRY: Duration = Duration::from_secs(10);
/// How often it sends a message again: Nretry.
const NRETRY: u32 = 4;

/// What a message says that shows whether a subscription is live: that is nothing for a case, and
/// nothing for one that watches the broker.
pub(super) const PROBE: &str = "wirecheck-probe-live";

/// A request of ours that is not answered.
#[derive(Debug)]
struct Unanswered {
    /// Its JSON form.
    form: Value,
    sent: u32,
    due: Instant,
}

/// What is known of the exchange with the gateway.
#[derive(Debug)]
pub(super) struct Exchange {
    auto: HashSet<Auto>,
    unanswered: Vec<Unanswered>,
    observer: Observer,
}

impl Exchange {
    pub(super) fn new(auto: HashSet<Auto>) -> Self {
        Self { auto, unanswered: Vec::new(), observer: Observer::new(Sender::Server) }
    }

    /// What the client answers without being told.
    fn reaction(&self, message: &Message<'_>) -> Option<Value> {
        let acknowledges = self.auto.contains(&Auto::Ack);
        match message {
            Message::Publish(m) if acknowledges => {
                let id = m.message_id;
                let topic_id = u16::from_be_bytes(m.topic.octets());
                match m.qos {
                    QoS::AtLeastOnce => {
                        Some(json!({ "puback": { "topic_id": topic_id, "message_id": id } }))
                    }
                    QoS::ExactlyOnce => Some(json!({ "pubrec": { "message_id": id } })),
                    QoS::AtMostOnce | QoS::MinusOne => None,
                }
            }
            Message::PubRec(id) if acknowledges => Some(json!({ "pubrel": { "message_id": id } })),
            Message::PubRel(id) if acknowledges => Some(json!({ "pubcomp": { "message_id": id } })),
            Message::Register(m) if self.auto.contains(&Auto::Register) => {
                let (topic_id, id) = (m.topic_id, m.message_id);
                Some(json!({ "regack": { "topic_id": topic_id, "message_id": id } }))
            }
            Message::PingReq(_) if self.auto.contains(&Auto::Ping) => {
                Some(json!({ "pingresp": {} }))
            }
            _ => None,
        }
    }

    fn refuse(&mut self, bytes: &[u8], error: &Rejection, port: &Port) -> usize {
        let entry = port.rejected(bytes, error);
        self.observer.unreadable(error, entry);
        entry
    }

    /// A message of the gateway ends the wait for what it answers.
    fn answered_by(&mut self, form: &Value) {
        let now = Instant::now();
        self.unanswered.retain_mut(|ours| {
            // While messages for a client that is awake come, PINGRESP is not overdue (6.14).
            if kind_of(&ours.form) == Some("pingreq") {
                ours.due = now + TRETRY;
            }
            !answers(&ours.form, form)
        });
    }
}

impl Session for Exchange {
    fn receive(&mut self, bytes: &[u8], port: &Port) -> Result<usize, End> {
        let message = match decode(bytes, &context(Sender::Server)) {
            Ok(Decoded::Complete { message, .. }) => message,
            // The next datagram may be better.
            Ok(Decoded::Incomplete { .. }) => return Ok(bytes.len()),
            Err(error) => {
                let entry = self.refuse(bytes, &(&error).into(), port);
                // What a gateway may not send is an answer all the same.
                if let Ok(Decoded::Complete { message, .. }) =
                    decode(bytes, &context(Sender::Either))
                {
                    let form = to_json(&message);
                    self.answered_by(&form);
                    port.deliver(form, bytes, entry)?;
                    port.wake();
                }
                return Ok(bytes.len());
            }
        };
        let form = to_json(&message);
        let entry = port.received(bytes, MqttSn.describe(&form));
        self.observer.received(&message, entry);
        self.answered_by(&form);
        if let Some(answer) = self.reaction(&message) {
            port.answer(bytes_of(&answer));
        }
        let probe = matches!(&message, Message::Publish(m) if m.data == PROBE.as_bytes());
        if !probe {
            port.deliver(form, bytes, entry)?;
        }
        port.wake();
        Ok(bytes.len())
    }

    fn send(&mut self, outgoing: &Outgoing<'_>, port: &Port) -> usize {
        let bytes = outgoing.bytes;
        let message = match decode(bytes, &context(Sender::Client)) {
            Ok(Decoded::Complete { message, .. }) => message,
            Ok(Decoded::Incomplete { .. }) => {
                self.observer.sent_something_else();
                return port.sent(bytes, "part of a message".to_owned(), outgoing);
            }
            Err(error) => {
                self.observer.sent_something_else();
                let words = wrong_on_purpose(&MqttSn, bytes, &(&error).into());
                return port.sent(bytes, words, outgoing);
            }
        };
        let form = to_json(&message);
        let entry = port.sent(bytes, MqttSn.describe(&form), outgoing);
        self.observer.sent(&message);
        if expects_answer(&form) {
            let due = Instant::now() + TRETRY;
            match self.unanswered.iter_mut().find(|ours| is_again(&ours.form, &form)) {
                Some(ours) => (ours.sent, ours.due) = (ours.sent + 1, due),
                None => self.unanswered.push(Unanswered { form, sent: 1, due }),
            }
        }
        entry
    }

    fn farewell(&mut self) -> Option<Vec<u8>> {
        Some(bytes_of(&json!({ "disconnect": {} })))
    }

    fn due(&self) -> Option<Instant> {
        self.unanswered.iter().map(|ours| ours.due).min()
    }

    fn tick(&mut self, now: Instant, port: &Port) {
        self.unanswered.retain(|ours| ours.due > now || ours.sent <= NRETRY);
        for ours in self.unanswered.iter_mut().filter(|ours| ours.due <= now) {
            // Until the queue has taken it, nothing else is due.
            ours.due = now + TRETRY;
            port.answer(bytes_of(&with_dup(&ours.form)));
        }
    }

    fn findings(&self) -> &Findings {
        self.observer.findings()
    }
}

/// The bytes of a message of ours.
pub(super) fn bytes_of(form: &Value) -> Vec<u8> {
    encode(form).unwrap_or_default()
}

fn member<'v>(form: &'v Value, name: &str) -> Option<&'v Value> {
    form.get(kind_of(form)?)?.get(name)
}

/// A PUBLISH that is sent again says so, and so may a SUBSCRIBE.
fn with_dup(form: &Value) -> Value {
    let mut again = form.clone();
    if let Some(kind @ ("publish" | "subscribe")) = kind_of(form) {
        again[kind]["dup"] = true.into();
    }
    again
}

fn is_again(before: &Value, now: &Value) -> bool {
    with_dup(before) == with_dup(now)
}

/// Whether a gateway has to answer.
fn expects_answer(form: &Value) -> bool {
    match kind_of(form) {
        Some("publish") => member(form, "qos").and_then(Value::as_i64).is_some_and(|qos| qos > 0),
        Some(kind) => !answers_to(kind).is_empty(),
        None => false,
    }
}

/// What ends the wait for an answer to a message of ours.
fn answers_to(kind: &str) -> &'static [&'static str] {
    match kind {
        "connect" => &["connack", "willtopicreq"],
        "willtopic" => &["willmsgreq", "connack"],
        "willmsg" => &["connack"],
        "register" => &["regack"],
        "publish" => &["puback", "pubrec"],
        "pubrel" => &["pubcomp"],
        "subscribe" => &["suback"],
        "unsubscribe" => &["unsuback"],
        "pingreq" => &["pingresp"],
        "disconnect" => &["disconnect"],
        "willtopicupd" => &["willtopicresp"],
        "willmsgupd" => &["willmsgresp"],
        _ => &[],
    }
}

/// Whether a message of the gateway ends the wait for an answer to one of ours. A DISCONNECT ends
/// every wait: the gateway does not know the client.
fn answers(ours: &Value, theirs: &Value) -> bool {
    let (Some(asked), Some(answer)) = (kind_of(ours), kind_of(theirs)) else { return false };
    if answer == "disconnect" {
        return true;
    }
    let same = match member(theirs, "message_id") {
        Some(id) => member(ours, "message_id") == Some(id),
        None => true,
    };
    answers_to(asked).contains(&answer) && same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_by_kind_and_message_id() {
        let publish = json!({ "publish": { "qos": 1, "message_id": 7 } });
        assert!(expects_answer(&publish));
        assert!(!expects_answer(&json!({ "publish": { "qos": -1, "message_id": 0 } })));
        assert!(answers(&publish, &json!({ "puback": { "message_id": 7 } })));
        assert!(!answers(&publish, &json!({ "puback": { "message_id": 8 } })));
        assert!(!answers(&publish, &json!({ "pingresp": {} })));
        assert!(answers(&publish, &json!({ "disconnect": {} })));
        assert!(is_again(&publish, &with_dup(&publish)));
    }
}
