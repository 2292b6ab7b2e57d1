//! The passive rules for MQTT-SN. They know one client and its gateway from the first datagram on.

use std::collections::BTreeSet;

use wirecheck_codecs::mqtt_sn::{DecodeError, Message, ReturnCode, Topic};

use super::{Finding, Rule, UNREADABLE};

const REGACK: Rule = Rule {
    name: "regack-message-id",
    requirement: "MQTTSN-5.4.11-1",
    bites: &["regack-other-message-id"],
};
const PUBACK: Rule = Rule {
    name: "puback-ids",
    requirement: "MQTTSN-5.4.13-1",
    bites: &["puback-other-message-id", "puback-other-topic-id"],
};
const QOS_2: Rule = Rule {
    name: "qos-2-message-id",
    requirement: "MQTTSN-5.4.14-1",
    bites: &["pubrec-other-message-id"],
};
const SUBACK: Rule = Rule {
    name: "suback-message-id",
    requirement: "MQTTSN-5.4.16-1",
    bites: &["suback-other-message-id"],
};
const UNSUBACK: Rule = Rule {
    name: "unsuback-message-id",
    requirement: "MQTTSN-5.4.18-1",
    bites: &["unsuback-other-message-id"],
};
const KNOWN_ID: Rule = Rule {
    name: "register-before-publish",
    requirement: "MQTTSN-6.5-6",
    bites: &["never-registers"],
};

/// What stands for the rule about messages that cannot be read where the codec names none.
pub const MESSAGE_FORM: &str = "MQTTSN-5.2.1-1";

/// Every rule but the one for datagrams that cannot be read, whose requirement the codec names.
pub const RULES: &[Rule] = &[REGACK, PUBACK, QOS_2, SUBACK, UNSUBACK, KNOWN_ID];

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
#[derive(Debug, Default)]
pub struct Observer {
    findings: Vec<Finding>,
    applied: BTreeSet<&'static str>,
    sent: BTreeSet<(Ours, u16)>,
    /// Topic ids that the gateway has told the client of.
    known: BTreeSet<u16>,
    /// An earlier connection may have told of topic ids.
    remembers: bool,
    /// Once we sent what is no message, what answers it cannot be told from mistakes.
    astray: bool,
}

impl Observer {
    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The names of the rules that had something to judge.
    #[must_use]
    pub fn applied(&self) -> &BTreeSet<&'static str> {
        &self.applied
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
        self.applied.insert(UNREADABLE);
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
        self.applied.insert(KNOWN_ID.name);
        if !self.known.contains(&id) {
            let words = format!("a PUBLISH with topic_id={id}, which the client was not told of");
            self.found(&KNOWN_ID, words, "publish topic_id=unknown", entry);
        }
    }

    fn matching(&mut self, rule: &Rule, ours: &[Ours], id: u16, what: &str, entry: usize) {
        if self.astray {
            return;
        }
        self.applied.insert(rule.name);
        if ours.iter().any(|ours| self.sent.contains(&(*ours, id))) {
            return;
        }
        let kind = what.to_uppercase();
        let words = format!("a {kind} with message_id={id} that matches no message of ours");
        self.found(rule, words, &format!("{what} unmatched"), entry);
    }

    /// The gateway sent what our codec rejects.
    pub fn unreadable(&mut self, error: &DecodeError, entry: usize) {
        self.applied.insert(UNREADABLE);
        self.findings.push(Finding {
            rule: UNREADABLE,
            requirement: error.requirement.unwrap_or(MESSAGE_FORM),
            text: error.to_string(),
            outcome: error.kind.name().to_owned(),
            entry,
        });
    }

    fn found(&mut self, rule: &Rule, text: String, outcome: &str, entry: usize) {
        self.findings.push(Finding {
            rule: rule.name,
            requirement: rule.requirement,
            text,
            outcome: outcome.to_owned(),
            entry,
        });
    }
}
