//! What one endpoint of CoAP sends, one message after the other, as a recording shows it; and what
//! a request may not have. A live run has cases of its own for all this.

use std::collections::BTreeMap;

use wirecheck_codecs::coap::{Message, MessageType, OptionNumber};

use super::super::{Findings, Place, Rule, SECOND, hash_of};
use crate::case::Protocol;
use crate::codec::Sender;

macro_rules! recorded {
    ($($constant:ident $name:literal $requirement:literal;)*) => {
        $(const $constant: Rule = Rule {
            of_clients: true,
            ..Rule::new($name, &[(Protocol::Coap, $requirement)], &[])
        };)*
        /// Every rule that is named here.
        pub(crate) const RULES: &[Rule] = &[$($constant),*];
    };
}

recorded! {
    MESSAGE_ID "message-id-anew" "RFC7252-4.4-2";
    BACK_OFF "retransmissions-back-off" "RFC7252-4.2-5";
    OBSERVE "observe-grows" "RFC7641-4.4-3";
    OF_RESPONSES "no-options-of-responses" "RFC7252-5.4-1";
    PATH "uri-path-without-dots" "RFC7252-5.10.1-1";
    MORE "block2-of-request-without-more" "RFC7959-2.4-1";
    SIZE2 "size2-of-request-is-0" "RFC7959-4-1";
}

/// EXCHANGE_LIFETIME and NON_LIFETIME depend on the transmission parameters, and are never shorter
/// than MAX_LATENCY.
const MAX_LATENCY: u64 = 100 * SECOND;
/// What comes again sooner is no retransmission: networks and recordings double datagrams.
const TWICE: u64 = SECOND / 10;
/// How many messages and notifications are remembered.
const MOST: usize = 4096;

/// A message that was sent.
#[derive(Debug)]
struct Sent {
    hash: u64,
    first: u64,
    last: u64,
    /// How long it was between the last two times.
    gap: u64,
    /// How many times in a row it was not longer than before.
    steady: u32,
}

/// Watches one endpoint.
#[derive(Debug)]
pub struct Observer {
    findings: Findings,
    sent: BTreeMap<u16, Sent>,
    /// The last number, Message ID and time of the notifications with a Token.
    notified: BTreeMap<Vec<u8>, (u32, u16, u64)>,
}

impl Observer {
    /// Watches an endpoint that asks or answers.
    #[must_use]
    pub fn new(target: Sender) -> Self {
        let findings = Findings::new(Protocol::Coap, target);
        Self { findings, sent: BTreeMap::new(), notified: BTreeMap::new() }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The other endpoint sent a message. A new registration begins to count anew.
    pub fn received(&mut self, message: &Message<'_>) {
        if message.code.is_request() {
            self.notified.remove(message.token);
        }
    }

    /// The endpoint sent a message, which is `bytes`.
    pub fn sent(&mut self, message: &Message<'_>, bytes: &[u8], place: Place) {
        let own = [MessageType::Confirmable, MessageType::NonConfirmable];
        // A notification that is sent again has the number of that time (RFC 7641, 4.4).
        let changes = message.code.is_response() && message.option(OptionNumber::OBSERVE).is_some();
        if own.contains(&message.message_type) && !changes {
            self.numbered(message, bytes, place);
        }
        if message.code.is_request() {
            self.request(message, place.entry);
        } else {
            self.notification(message, place);
        }
    }

    fn numbered(&mut self, message: &Message<'_>, bytes: &[u8], place: Place) {
        let (id, hash, now) = (message.message_id, hash_of(bytes), place.time);
        if self.sent.len() >= MOST {
            self.sent.clear();
        }
        let new = Sent { hash, first: now, last: now, gap: 0, steady: 0 };
        let known = self.sent.entry(id).or_insert(new);
        let other = known.hash != hash;
        let soon = place.since(known.first) < MAX_LATENCY;
        self.findings.judge(&MESSAGE_ID, place.entry, other && soon, || {
            let text = format!("another message has message_id={id} again");
            (text, "message_id again".into())
        });
        if other {
            *known = Sent { hash, first: now, last: now, gap: 0, steady: 0 };
            return;
        }
        let gap = place.since(known.last);
        if message.message_type != MessageType::Confirmable || gap < TWICE {
            return;
        }
        // Times that were doubled stay longer than before even where a frame is missing. Two in a
        // row that did not grow are no accident of the network.
        let steady = known.gap > 0 && gap <= known.gap + known.gap / 20;
        known.steady = if steady { known.steady + 1 } else { 0 };
        (known.last, known.gap) = (now, gap);
        let broken = known.steady > 1;
        self.findings.judge(&BACK_OFF, place.entry, broken, || {
            let text = format!("message_id={id} is sent again at times that do not grow");
            (text, "retransmissions steady".into())
        });
    }

    fn request(&mut self, request: &Message<'_>, entry: usize) {
        let location = [OptionNumber::LOCATION_PATH, OptionNumber::LOCATION_QUERY];
        let foreign = request.options.iter().find(|it| location.contains(&it.number));
        self.findings.judge(&OF_RESPONSES, entry, foreign.is_some(), || {
            let number = foreign.map_or(0, |it| it.number.0);
            let text = format!("a request with option {number}, which is for responses");
            (text, format!("coap option={number}"))
        });
        let mut path = request.options.iter().filter(|it| it.number == OptionNumber::URI_PATH);
        let dots = path.any(|it| matches!(it.value, b"." | b".."));
        self.findings.judge(&PATH, entry, dots, || {
            ("a Uri-Path of dots".into(), "coap uri_path=dots".into())
        });
        if let Some(block) = request.option(OptionNumber::BLOCK2).and_then(|it| it.block()) {
            self.findings.judge(&MORE, entry, block.more, || {
                ("a request with more=true in Block2".into(), "coap block2 more".into())
            });
        }
        if let Some(size) = request.option(OptionNumber::SIZE2).and_then(|it| it.uint()) {
            self.findings.judge(&SIZE2, entry, size != 0, || {
                (format!("a request with Size2 {size}"), "coap size2".into())
            });
        }
    }

    fn notification(&mut self, message: &Message<'_>, place: Place) {
        let number = message.option(OptionNumber::OBSERVE).and_then(|it| it.uint());
        let Some(number) = number.filter(|_| message.code.is_response()) else { return };
        if self.notified.len() >= MOST {
            self.notified.clear();
        }
        let (id, now) = (message.message_id, place.time);
        let before = self.notified.insert(message.token.to_vec(), (number, id, now));
        // Datagrams may arrive in another order, so only a number that stands still proves anything.
        if let Some((last, last_id, time)) = before
            && last_id != id
        {
            let still = last == number && place.since(time) < MAX_LATENCY;
            self.findings.judge(&OBSERVE, place.entry, still, || {
                let text = format!("two notifications with the number {number}");
                (text, "observe=same".into())
            });
        }
    }
}
