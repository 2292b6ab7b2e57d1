//! The passive rules for MQTT-SN. They know one client and its gateway from the first datagram on.

pub mod client;

use std::collections::BTreeSet;

use wirecheck_codecs::mqtt_sn::{Message, QoS, ReturnCode, Topic};

use super::{Findings, Rule, UNREADABLE};
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};

rules! {
    VALID UNREADABLE [MqttSn12 "MQTTSN-5.2.1-1"] [];
    REGACK "regack-message-id" [MqttSn12 "MQTTSN-5.4.11-1"] ["regack-other-message-id"];
    PUBACK "puback-ids" [MqttSn12 "MQTTSN-5.4.13-1"]
        ["puback-other-message-id", "puback-other-topic-id"];
    QOS_2 "qos-2-message-id" [MqttSn12 "MQTTSN-5.4.14-1"] ["pubrec-other-message-id"];
    SUBACK "suback-message-id" [MqttSn12 "MQTTSN-5.4.16-1"] ["suback-other-message-id"];
    UNSUBACK "unsuback-message-id" [MqttSn12 "MQTTSN-5.4.18-1"] ["unsuback-other-message-id"];
    CODE "reserved-return-code" [MqttSn12 "MQTTSN-5.3.10-1"] ["reserved-return-code"];
    TOPIC_ID "reserved-topic-id" [MqttSn12 "MQTTSN-5.3.11-1"] ["assigns-reserved-topic-id"];
    QOS_0 "qos-0-message-id" [MqttSn12 "MQTTSN-5.4.12-2"] ["message-id-at-qos-0"];
    CTRL "reserved-control-bits" [MqttSn12 "MQTTSN-5.5-2"] ["reserved-control-bits"];
    KNOWN_ID "register-before-publish" [MqttSn12 "MQTTSN-6.5-6"] ["never-registers"];
}

/// Every rule: those for gateways, and those for clients.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(client::RULES)
}

/// What our messages were, by kind and MsgId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ours {
    Register,
    Publish([u8; 2]),
    PublishAny,
    PubRel,
    Subscribe,
    Unsubscribe,
}

/// Watches what a client, ours, and its gateway exchange; the gateway is judged.
#[derive(Debug)]
pub struct Observer {
    findings: Findings,
    sent: BTreeSet<(Ours, u16)>,
    /// Topic ids that the gateway has told the client of.
    known: BTreeSet<u16>,
    /// An earlier connection may have told of topic ids.
    remembers: bool,
    /// Once we sent what is no message, what answers it cannot be told from mistakes.
    astray: bool,
}

impl Observer {
    /// Watches an exchange with a target that is a client or a gateway.
    #[must_use]
    pub fn new(target: Sender) -> Self {
        Self {
            findings: Findings::new(Protocol::MqttSn12, target),
            sent: BTreeSet::new(),
            known: BTreeSet::new(),
            remembers: false,
            astray: false,
        }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// We sent a message.
    pub fn sent(&mut self, message: &Message<'_>) {
        let (ours, id) = match message {
            Message::Register(m) => (Ours::Register, m.message_id),
            Message::Publish(m) => {
                self.sent.insert((Ours::PublishAny, m.message_id));
                (Ours::Publish(m.topic.octets()), m.message_id)
            }
            Message::PubRel(id) => (Ours::PubRel, *id),
            Message::Subscribe(m) => (Ours::Subscribe, m.message_id),
            Message::Unsubscribe(m) => (Ours::Unsubscribe, m.message_id),
            Message::Connect(m) => {
                self.remembers |= !m.clean_session;
                return;
            }
            Message::PingReq(Some(_)) => {
                // A client may come awake at another place than it went to sleep.
                self.remembers |= self.sent.is_empty();
                return;
            }
            Message::Encapsulated(_) => {
                self.astray = true;
                return;
            }
            _ => return,
        };
        self.sent.insert((ours, id));
    }

    /// We sent what is no message.
    pub fn sent_something_else(&mut self) {
        self.astray = true;
    }

    /// The gateway sent a message; `entry` is its place in the log.
    pub fn received(&mut self, message: &Message<'_>, entry: usize) {
        self.findings.kept(&VALID);
        self.values(message, entry);
        match message {
            Message::RegAck(m) => {
                self.matching(&REGACK, &[Ours::Register], m.message_id, "regack", entry);
                if m.return_code == ReturnCode::ACCEPTED {
                    self.known.insert(m.topic_id);
                }
            }
            Message::PubAck(m) => {
                let ours = Ours::Publish(m.topic_id.to_be_bytes());
                self.matching(&PUBACK, &[ours], m.message_id, "puback", entry);
            }
            Message::PubRec(id) => {
                self.matching(&QOS_2, &[Ours::PublishAny], *id, "pubrec", entry);
            }
            Message::PubComp(id) => {
                self.matching(&QOS_2, &[Ours::PubRel], *id, "pubcomp", entry);
            }
            Message::SubAck(m) => {
                self.matching(&SUBACK, &[Ours::Subscribe], m.message_id, "suback", entry);
                self.known.insert(m.topic_id);
            }
            Message::UnsubAck(id) => {
                self.matching(&UNSUBACK, &[Ours::Unsubscribe], *id, "unsuback", entry);
            }
            Message::Register(m) => {
                self.known.insert(m.topic_id);
            }
            Message::Publish(m) => {
                if let Topic::Id(id) = m.topic {
                    self.published(id, entry);
                }
            }
            _ => {}
        }
    }

    /// Values that are reserved or of no use.
    fn values(&mut self, message: &Message<'_>, entry: usize) {
        let (code, topic_id) = match message {
            Message::ConnAck(code) | Message::WillTopicResp(code) | Message::WillMsgResp(code) => {
                (Some(*code), None)
            }
            Message::RegAck(m) => {
                let accepted = m.return_code == ReturnCode::ACCEPTED;
                (Some(m.return_code), accepted.then_some(m.topic_id))
            }
            Message::PubAck(m) => (Some(m.return_code), None),
            Message::SubAck(m) => {
                // 0 is what a wildcard gets (6.9).
                let told = m.return_code == ReturnCode::ACCEPTED && m.topic_id != 0;
                (Some(m.return_code), told.then_some(m.topic_id))
            }
            Message::Register(m) => (None, Some(m.topic_id)),
            Message::Publish(m) => {
                if m.qos == QoS::AtMostOnce {
                    let id = m.message_id;
                    self.findings.judge(&QOS_0, entry, id != 0, || {
                        let text = format!("a PUBLISH of QoS 0 with message_id={id}");
                        (text, "publish qos=0 message_id".into())
                    });
                }
                let of_topic = matches!(m.topic, Topic::Id(_));
                (None, of_topic.then(|| u16::from_be_bytes(m.topic.octets())))
            }
            Message::Encapsulated(m) => {
                let bits = m.reserved();
                self.findings.judge(&CTRL, entry, bits != 0, || {
                    let text = format!("an encapsulated message with reserved bits {bits} in Ctrl");
                    (text, "encapsulated reserved".into())
                });
                (None, None)
            }
            _ => (None, None),
        };
        if let Some(code) = code {
            self.findings.judge(&CODE, entry, code.is_reserved(), || {
                let text = format!("a message with return_code={}, which is reserved", code.0);
                (text, "reserved return_code".into())
            });
        }
        if let Some(id) = topic_id {
            self.findings.judge(&TOPIC_ID, entry, matches!(id, 0 | 0xFFFF), || {
                let text = format!("a message with topic_id={id}, which is reserved");
                (text, "reserved topic_id".into())
            });
        }
    }

    /// A PUBLISH to the client may only have a topic id that the client was told of.
    fn published(&mut self, id: u16, entry: usize) {
        if self.remembers || self.astray {
            return;
        }
        let unknown = !self.known.contains(&id);
        self.findings.judge(&KNOWN_ID, entry, unknown, || {
            let text = format!("a PUBLISH with topic_id={id}, which the client was not told of");
            (text, "publish topic_id=unknown".into())
        });
    }

    fn matching(&mut self, rule: &Rule, ours: &[Ours], id: u16, what: &str, entry: usize) {
        if self.astray {
            return;
        }
        let matches = ours.iter().any(|ours| self.sent.contains(&(*ours, id)));
        self.findings.judge(rule, entry, !matches, || {
            let kind = what.to_uppercase();
            let text = match ours {
                [Ours::Publish(topic)] => {
                    let topic = u16::from_be_bytes(*topic);
                    format!(
                        "a {kind} with topic_id={topic} and message_id={id}, which no PUBLISH of \
                         ours has"
                    )
                }
                _ => format!("a {kind} with message_id={id} that matches no message of ours"),
            };
            (text, format!("{what} unmatched"))
        });
    }

    /// The gateway sent what our codec rejects.
    pub fn unreadable(&mut self, error: &Rejection, entry: usize) {
        self.findings.unreadable(&VALID, error, entry);
    }
}
