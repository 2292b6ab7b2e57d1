//! The passive rules for MQTT-SN. They know one client and its gateway from the first datagram on.

use std::collections::BTreeSet;

use wirecheck_codecs::mqtt_sn::{Message, ReturnCode, Topic};

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
    KNOWN_ID "register-before-publish" [MqttSn12 "MQTTSN-6.5-6"] ["never-registers"];
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
            let text = format!("a {kind} with message_id={id} that matches no message of ours");
            (text, format!("{what} unmatched"))
        });
    }

    /// The gateway sent what our codec rejects.
    pub fn unreadable(&mut self, error: &Rejection, entry: usize) {
        self.findings.unreadable(&VALID, error, entry);
    }
}
