//! The passive rules for an MQTT-SN client, as a recording shows it from CONNECT on.

use std::collections::BTreeSet;

use wirecheck_codecs::mqtt_sn::{Message, Publish, QoS, ReturnCode, Topic};

use super::super::{Findings, Place, Rule, SECOND, hash_of};
use crate::case::Protocol;
use crate::codec::Sender;

client_rules! {
    ONE_REGISTER "one-register" [MqttSn12 "MQTTSN-6.5-5"];
    ONE_PUBLISH "one-publish" [MqttSn12 "MQTTSN-6.6-3"];
    ONE_SUBSCRIBE "one-subscribe" [MqttSn12 "MQTTSN-6.9-6"];
    ASSIGNED_ID "publishes-with-assigned-id" [MqttSn12 "MQTTSN-6.5-3"];
    REGISTERS_AGAIN "registers-again" [MqttSn12 "MQTTSN-6.6-1"];
    DUP "client-dup" [MqttSn12 "MQTTSN-5.3.4-2"];
    QOS_0 "client-qos-0-message-id" [MqttSn12 "MQTTSN-5.4.12-2"];
    QOS_2 "client-qos-2-message-id" [MqttSn12 "MQTTSN-5.4.14-1"];
    CONNECTS_AGAIN "connects-again" [MqttSn12 "MQTTSN-6.12-1"];
    ASLEEP "sends-while-asleep" [MqttSn12 "MQTTSN-6.14-10"];
    KEEP_ALIVE "client-keep-alive" [MqttSn12 "MQTTSN-6.11-1"];
}

/// The shortest Tretry that is recommended; what was sent longer ago may have been given up.
const T_RETRY: u64 = 10 * SECOND;
/// What comes again sooner is no retransmission: networks and recordings double datagrams.
const TWICE: u64 = SECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Active,
    Disconnected,
    Asleep,
}

/// A message that waits for its answer.
#[derive(Clone, Copy, Debug)]
struct Open {
    id: u16,
    hash: u64,
    time: u64,
}

/// Watches a client.
#[derive(Debug)]
pub struct Observer {
    findings: Findings,
    /// A message that cannot be read, or is in an envelope: what follows is not judged.
    astray: bool,
    state: State,
    /// What the client's DISCONNECT leads to, once it is answered.
    leaves: Option<State>,
    /// An earlier connection may have told of topic ids, or sent messages.
    remembers: bool,
    /// Seconds; 0 for no supervision.
    duration: u16,
    last_sent: u64,
    register: Option<Open>,
    publish: Option<Open>,
    subscribe: Option<Open>,
    known: BTreeSet<u16>,
    refused: BTreeSet<u16>,
    published: BTreeSet<u16>,
    delivered: BTreeSet<u16>,
}

impl Observer {
    /// Watches a client from its CONNECT on.
    #[must_use]
    pub fn new() -> Self {
        Self {
            findings: Findings::new(Protocol::MqttSn12, Sender::Client),
            astray: false,
            state: State::Disconnected,
            leaves: None,
            remembers: false,
            duration: 0,
            last_sent: 0,
            register: None,
            publish: None,
            subscribe: None,
            known: BTreeSet::new(),
            refused: BTreeSet::new(),
            published: BTreeSet::new(),
            delivered: BTreeSet::new(),
        }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// One of the two sent what is no message.
    pub fn something_else(&mut self) {
        self.astray = true;
    }

    /// The gateway sent a message.
    pub fn received(&mut self, message: &Message<'_>, place: Place) {
        if self.astray {
            return;
        }
        self.silence(place);
        let answers = |open: &Option<Open>, id: u16| open.is_some_and(|open| open.id == id);
        match message {
            Message::ConnAck(ReturnCode::ACCEPTED) => self.state = State::Active,
            Message::RegAck(m) => {
                if answers(&self.register, m.message_id) {
                    self.register = None;
                }
                if m.return_code == ReturnCode::ACCEPTED {
                    self.tell(m.topic_id);
                }
            }
            Message::SubAck(m) => {
                if answers(&self.subscribe, m.message_id) {
                    self.subscribe = None;
                }
                self.tell(m.topic_id);
            }
            Message::UnsubAck(id) if answers(&self.subscribe, *id) => self.subscribe = None,
            Message::Register(m) => self.tell(m.topic_id),
            Message::PubAck(m) => {
                if answers(&self.publish, m.message_id) {
                    self.publish = None;
                }
                if m.return_code == ReturnCode::INVALID_TOPIC_ID && m.message_id != 0 {
                    self.refused.insert(m.topic_id);
                }
            }
            Message::PubComp(id) if answers(&self.publish, *id) => self.publish = None,
            Message::Publish(m) => {
                self.delivered.insert(m.message_id);
            }
            Message::Disconnect(_) => {
                if let Some(state) = self.leaves.take() {
                    self.state = state;
                }
            }
            _ => {}
        }
    }

    /// The client sent a message, which is `bytes`.
    pub fn sent(&mut self, message: &Message<'_>, bytes: &[u8], place: Place) {
        if self.astray {
            return;
        }
        self.silence(place);
        self.last_sent = place.time;
        let open = |id| Open { id, hash: hash_of(bytes), time: place.time };
        match message {
            Message::Connect(connect) => {
                self.remembers |= !connect.clean_session;
                self.duration = connect.duration;
                (self.register, self.publish, self.subscribe) = (None, None, None);
                self.state = State::Active;
                self.leaves = None;
            }
            Message::Disconnect(duration) => {
                let asleep = duration.is_some_and(|duration| duration > 0);
                self.leaves = Some(if asleep { State::Asleep } else { State::Disconnected });
            }
            Message::Register(m) => {
                self.active("REGISTER", place);
                let one = Self::one(self.register.replace(open(m.message_id)), m.message_id, place);
                self.outstanding(&ONE_REGISTER, one, "REGISTER", place);
            }
            Message::Subscribe(m) => self.subscribes(open(m.message_id), "SUBSCRIBE", place),
            Message::Unsubscribe(m) => self.subscribes(open(m.message_id), "UNSUBSCRIBE", place),
            Message::Publish(m) => self.publishes(m, open(m.message_id), place),
            Message::PubRec(id) | Message::PubComp(id) => {
                self.answers(self.delivered.contains(id), *id, place)
            }
            Message::PubRel(id) => self.answers(self.published.contains(id), *id, place),
            Message::Encapsulated(_) => self.astray = true,
            _ => {}
        }
    }

    fn tell(&mut self, topic_id: u16) {
        self.known.insert(topic_id);
        self.refused.remove(&topic_id);
    }

    /// Whether another message waits for its answer that is not likely to have been given up.
    fn one(before: Option<Open>, id: u16, place: Place) -> Option<u16> {
        let recent = |open: &Open| open.id != id && place.since(open.time) < T_RETRY;
        before.filter(recent).map(|open| open.id)
    }

    fn outstanding(&mut self, rule: &Rule, other: Option<u16>, what: &str, place: Place) {
        self.findings.judge(rule, place.entry, other.is_some(), || {
            let other = other.unwrap_or_default();
            let text = format!("a {what} while the one with message_id={other} is not answered");
            (text, format!("{} outstanding", what.to_lowercase()))
        });
    }

    fn subscribes(&mut self, open: Open, what: &str, place: Place) {
        self.active(what, place);
        let other = Self::one(self.subscribe.replace(open), open.id, place);
        self.outstanding(&ONE_SUBSCRIBE, other, what, place);
    }

    fn publishes(&mut self, publish: &Publish<'_>, open: Open, place: Place) {
        let id = publish.message_id;
        if publish.qos == QoS::MinusOne {
            return;
        }
        self.active("PUBLISH", place);
        let again = self.publish.filter(|before| before.id == id);
        if publish.qos == QoS::AtMostOnce {
            self.findings.judge(&QOS_0, place.entry, id != 0, || {
                let text = format!("a PUBLISH of QoS 0 with message_id={id}");
                (text, "publish qos=0 message_id".into())
            });
        } else {
            let other = Self::one(self.publish.replace(open), id, place);
            self.outstanding(&ONE_PUBLISH, other, "PUBLISH", place);
            let first = publish.dup && !self.published.contains(&id) && !self.remembers;
            let same = |before: &Open| before.hash == open.hash && place.since(before.time) > TWICE;
            let unmarked = !publish.dup && again.as_ref().is_some_and(same);
            self.findings.judge(&DUP, place.entry, first || unmarked, || match first {
                true => ("DUP is set on the first transmission".into(), "dup=true".into()),
                false => ("a PUBLISH comes again without DUP".into(), "dup=false".into()),
            });
            self.published.insert(id);
        }
        // What is reserved has a rule of its own.
        let Topic::Id(topic @ 1..=0xFFFE) = publish.topic else { return };
        if self.refused.contains(&topic) && publish.qos != QoS::AtMostOnce && again.is_none() {
            self.findings.judge(&REGISTERS_AGAIN, place.entry, true, || {
                let text =
                    format!("a PUBLISH with topic_id={topic}, which the gateway has refused");
                (text, "publish topic_id=refused".into())
            });
        }
        if !self.remembers {
            let unknown = !self.known.contains(&topic);
            self.findings.judge(&ASSIGNED_ID, place.entry, unknown, || {
                let text = format!("a PUBLISH with topic_id={topic}, which was not assigned");
                (text, "publish topic_id=unknown".into())
            });
        }
    }

    /// The client sends what only an active one sends.
    fn active(&mut self, what: &str, place: Place) {
        self.findings.judge(
            &CONNECTS_AGAIN,
            place.entry,
            self.state == State::Disconnected,
            || {
                let text = format!("a {what} after DISCONNECT, without CONNECT");
                (text, format!("{} disconnected", what.to_lowercase()))
            },
        );
        self.findings.judge(&ASLEEP, place.entry, self.state == State::Asleep, || {
            let text = format!("a {what} of a client that is asleep, without CONNECT");
            (text, format!("{} asleep", what.to_lowercase()))
        });
    }

    fn answers(&mut self, known: bool, id: u16, place: Place) {
        self.findings.judge(&QOS_2, place.entry, !known && !self.remembers, || {
            let text = format!("message_id={id} belongs to no PUBLISH");
            (text, "message_id unmatched".into())
        });
    }

    /// Judges how long the client has been silent.
    fn silence(&mut self, place: Place) {
        if self.duration == 0 || self.state != State::Active {
            return;
        }
        let (allowed, last) = (self.duration, self.last_sent);
        self.findings.judge(&KEEP_ALIVE, place.entry, place.is_overdue(last, allowed), || {
            let silent = place.since(last) / SECOND;
            let text = format!("nothing of the client for {silent} s; its Duration is {allowed} s");
            (text, "silence".into())
        });
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self::new()
    }
}
