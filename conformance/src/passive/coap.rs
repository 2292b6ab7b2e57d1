//! The passive rules for CoAP. They know one pair of endpoints from the first datagram on.

use std::collections::{BTreeMap, BTreeSet};

use wirecheck_codecs::coap::{DecodeError, Message, MessageType};

use super::{Finding, Rule, UNREADABLE};

const MATCHING_ID: Rule = Rule {
    name: "matching-message-id",
    requirement: "RFC7252-4.2-2",
    bites: &["acknowledges-other-message-id"],
};
const PIGGYBACKED_TOKEN: Rule =
    Rule { name: "piggybacked-token", requirement: "RFC7252-5.3.2-2", bites: &["changes-token"] };
const NO_ACK_OF_NON: Rule = Rule {
    name: "no-acknowledgement-of-non",
    requirement: "RFC7252-4.3-2",
    bites: &["acknowledges-non"],
};

/// Every rule but the one for datagrams that cannot be read, whose requirement the codec names.
pub const RULES: &[Rule] = &[MATCHING_ID, PIGGYBACKED_TOKEN, NO_ACK_OF_NON];

/// Watches what two endpoints exchange; the target is judged.
#[derive(Debug)]
pub struct Observer {
    findings: Vec<Finding>,
    applied: BTreeSet<&'static str>,
    /// What we sent, by Message ID: the type and the Token.
    sent: BTreeMap<u16, (MessageType, Vec<u8>)>,
    /// Once we sent what is no message, what answers it cannot be told from mistakes.
    astray: bool,
    silent: bool,
}

impl Observer {
    /// Watches an exchange; what a client does as a requester has no rules yet.
    #[must_use]
    pub fn new(target_is_client: bool) -> Self {
        Self {
            findings: Vec::new(),
            applied: BTreeSet::new(),
            sent: BTreeMap::new(),
            astray: false,
            silent: target_is_client,
        }
    }

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
        let known = (message.message_type, message.token.to_vec());
        self.sent.insert(message.message_id, known);
    }

    /// We sent what is no message.
    pub fn sent_something_else(&mut self) {
        self.astray = true;
    }

    /// The target sent a message; `entry` is its place in the log.
    pub fn received(&mut self, message: &Message<'_>, entry: usize) {
        if self.silent {
            return;
        }
        self.applied.insert(UNREADABLE);
        if message.message_type != MessageType::Acknowledgement {
            return;
        }
        let id = message.message_id;
        match self.sent.get(&id).cloned() {
            None if self.astray => {}
            None => {
                let words = format!("an ACK with message_id={id}, which no message of ours had");
                self.found(&MATCHING_ID, words, "ack message_id=other", entry);
            }
            Some((MessageType::NonConfirmable, _)) => {
                let words = "an ACK in answer to a Non-confirmable message".to_owned();
                self.found(&NO_ACK_OF_NON, words, "ack", entry);
            }
            Some((_, token)) => {
                self.applied.insert(MATCHING_ID.name);
                if message.code.is_response() {
                    self.applied.insert(PIGGYBACKED_TOKEN.name);
                    if token != message.token {
                        let words = "a piggybacked response with another Token".to_owned();
                        self.found(&PIGGYBACKED_TOKEN, words, "ack token=other", entry);
                    }
                }
            }
        }
    }

    /// The target sent what our codec rejects.
    pub fn unreadable(&mut self, error: &DecodeError, entry: usize) {
        if self.silent {
            return;
        }
        self.applied.insert(UNREADABLE);
        self.findings.push(Finding {
            rule: UNREADABLE,
            requirement: error.requirement.unwrap_or("RFC7252-3-p1"),
            text: error.to_string(),
            outcome: error.kind.name().to_owned(),
            entry,
        });
    }

    fn found(&mut self, rule: &Rule, text: String, outcome: &str, entry: usize) {
        self.applied.insert(rule.name);
        self.findings.push(Finding {
            rule: rule.name,
            requirement: rule.requirement,
            text,
            outcome: outcome.to_owned(),
            entry,
        });
    }
}
