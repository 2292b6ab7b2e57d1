//! The passive rules for CoAP. They know one pair of endpoints from the first datagram on.

mod contents;
pub mod reliable;
pub mod sequence;

use std::collections::BTreeMap;

use wirecheck_codecs::coap::{Message, MessageType};

use super::{Findings, Rule, UNREADABLE};
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};

rules! {
    VALID UNREADABLE [Coap "RFC7252-3-p1"] [];
    MATCHING_ID "matching-message-id" [Coap "RFC7252-4.2-2"] ["acknowledges-other-message-id"];
    PIGGYBACKED_TOKEN "piggybacked-token" [Coap "RFC7252-5.3.2-2"] ["changes-token"];
    NO_ACK_OF_NON "no-acknowledgement-of-non" [Coap "RFC7252-4.3-2"] ["acknowledges-non"];
    MATCHING_RESET "matching-reset" [Coap "RFC7252-4.2-3"] ["reset-with-message-id-0"];
    VALID_HAS_ETAG "valid-has-etag" [Coap "RFC7252-5.9.1.3-1"]
        ["valid-without-etag", "valid-with-payload"];
    UTF_8 "diagnostics-in-utf-8" [Coap "RFC7252-5.5.2-1"] ["latin-1-diagnostics"];
    ONE_ETAG "one-etag" [Coap "RFC7252-5.10.6.1-1"] ["two-etags"];
    ONCE "options-once" [Coap "RFC7252-5.4.5-2"] ["two-content-formats"];
    ONE_BLOCK "block-options-once" [Coap "RFC7959-2.1-2"] ["two-block2"];
    ONE_SIZE "size-options-once" [Coap "RFC7959-4-3"] ["two-size2"];
    LOCATION "location-path-without-dots" [Coap "RFC7252-5.10.7-2"] ["location-of-dots"];
    OF_REQUESTS "no-options-of-requests" [Coap "RFC7252-5.4-1"] ["uri-path-in-response"];
    ONE_DIRECTION "continue-without-block2" [Coap "RFC7959-2.3-4"] ["block2-in-continue"];
    ONE_PACKET "message-size" [Coap "RFC7252-4.6-2"] ["never-in-blocks-unasked"];
}

/// Every rule: those that hold on every link, and those for recordings.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(sequence::RULES)
}

/// The largest message that needs no knowledge of the path (RFC 7252, 4.6).
const MOST_BYTES: usize = 1152;

/// Watches what two endpoints exchange; the target is judged.
#[derive(Debug)]
pub struct Observer {
    findings: Findings,
    /// What we sent, by Message ID: the type and the Token.
    sent: BTreeMap<u16, (MessageType, Vec<u8>)>,
    /// Once we sent what is no message, what answers it cannot be told from mistakes.
    astray: bool,
}

impl Observer {
    /// Watches an exchange with a target that is a client or a server.
    #[must_use]
    pub fn new(target: Sender) -> Self {
        let findings = Findings::new(Protocol::Coap, target);
        Self { findings, sent: BTreeMap::new(), astray: false }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
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

    /// The target sent a message of `length` bytes; `entry` is its place in the log.
    pub fn received(&mut self, message: &Message<'_>, length: usize, entry: usize) {
        self.findings.kept(&VALID);
        self.findings.judge(&ONE_PACKET, entry, length > MOST_BYTES, || {
            let text = format!("a message of {length} bytes, where 1152 are sure to get through");
            (text, "message too large".into())
        });
        if message.message_type == MessageType::Reset {
            let known = self.sent.contains_key(&message.message_id) || self.astray;
            self.findings.judge(&MATCHING_RESET, entry, !known, || {
                ("a Reset of no message of ours".into(), "rst message_id=other".into())
            });
        }
        if message.code.is_response() {
            contents::judge(&mut self.findings, message, entry);
        }
        if message.message_type != MessageType::Acknowledgement {
            return;
        }
        let id = message.message_id;
        match self.sent.get(&id) {
            None if self.astray => {}
            None => self.findings.judge(&MATCHING_ID, entry, true, || {
                let text = format!("an ACK with message_id={id}, which no message of ours had");
                (text, "ack message_id=other".into())
            }),
            Some((MessageType::NonConfirmable, _)) => {
                self.findings.judge(&NO_ACK_OF_NON, entry, true, || {
                    ("an ACK in answer to a Non-confirmable message".into(), "ack".into())
                });
            }
            Some((_, token)) => {
                self.findings.kept(&MATCHING_ID);
                if message.code.is_response() {
                    let other = token != message.token;
                    self.findings.judge(&PIGGYBACKED_TOKEN, entry, other, || {
                        let text = "a piggybacked response with another Token";
                        (text.into(), "ack token=other".into())
                    });
                }
            }
        }
    }

    /// The target sent what our codec rejects.
    pub fn unreadable(&mut self, error: &Rejection, entry: usize) {
        self.findings.unreadable(&VALID, error, entry);
    }
}
