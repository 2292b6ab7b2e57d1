//! One CoAP endpoint as it sees another: messages, acknowledgements, retransmission (RFC 7252,
//! section 4.2), and the passive rules.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::to_json;
use wirecheck_codecs::coap::{Context, Message, MessageType, decode};

use crate::case::Auto;
use crate::codec::coap::Coap;
use crate::codec::{Codec, Rejection, Sender, wrong_on_purpose};
use crate::driver::inbox::End;
use crate::driver::session::{Outgoing, Port, Session};
use crate::passive::Findings;
use crate::passive::coap::Observer;

/// The first timeout of a confirmable message: ACK_TIMEOUT.
const ACK_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a message is sent again: MAX_RETRANSMIT.
const MAX_RETRANSMIT: u32 = 4;

/// A confirmable message of ours that is not acknowledged.
#[derive(Debug)]
struct Unacknowledged {
    bytes: Vec<u8>,
    token: Vec<u8>,
    sent: u32,
    due: Instant,
}

/// What is known of the exchange with the target.
#[derive(Debug)]
pub(super) struct Exchange {
    auto: HashSet<Auto>,
    unacknowledged: BTreeMap<u16, Unacknowledged>,
    observer: Observer,
}

impl Exchange {
    /// An exchange with a target that is a client or a server.
    pub(super) fn new(auto: HashSet<Auto>, target: Sender) -> Self {
        Self { auto, unacknowledged: BTreeMap::new(), observer: Observer::new(target) }
    }

    /// A message may end the retransmission of one of ours: by its Message ID, or a response by its
    /// Token.
    fn settle(&mut self, message: &Message<'_>) {
        match message.message_type {
            MessageType::Acknowledgement | MessageType::Reset => {
                self.unacknowledged.remove(&message.message_id);
            }
            _ if message.code.is_response() => {
                self.unacknowledged.retain(|_, ours| ours.token != message.token);
            }
            _ => {}
        }
    }

    fn refuse(&mut self, bytes: &[u8], error: &Rejection, port: &Port) {
        let entry = port.rejected(bytes, error);
        self.observer.unreadable(error, entry);
    }
}

impl Session for Exchange {
    fn receive(&mut self, bytes: &[u8], port: &Port) -> Result<usize, End> {
        let message = match decode(bytes, &Context::default()) {
            Ok(Decoded::Complete { message, .. }) => message,
            // The next datagram may be better; this one is the business of the passive rules.
            Ok(Decoded::Incomplete { .. }) => return Ok(bytes.len()),
            Err(error) => {
                self.refuse(bytes, &(&error).into(), port);
                return Ok(bytes.len());
            }
        };
        let form = to_json(&message);
        let entry = port.received(bytes, Coap.describe(&form));
        self.observer.received(&message, bytes.len(), entry);
        self.settle(&message);
        if message.message_type == MessageType::Confirmable && self.auto.contains(&Auto::Ack) {
            port.answer(encoded(&Message::acknowledgement(message.message_id)));
        }
        port.deliver(form, bytes, entry)?;
        port.wake();
        Ok(bytes.len())
    }

    fn send(&mut self, outgoing: &Outgoing<'_>, port: &Port) -> usize {
        let bytes = outgoing.bytes;
        let message = match decode(bytes, &Context::default()) {
            Ok(Decoded::Complete { message, .. }) => message,
            Ok(Decoded::Incomplete { .. }) => {
                self.observer.sent_something_else();
                return port.sent(bytes, "part of a message".to_owned(), outgoing);
            }
            Err(error) => {
                self.observer.sent_something_else();
                let words = wrong_on_purpose(&Coap, bytes, &(&error).into());
                return port.sent(bytes, words, outgoing);
            }
        };
        let entry = port.sent(bytes, Coap.describe(&to_json(&message)), outgoing);
        self.observer.sent(&message);
        // An Empty message is a ping, which nobody has to be patient with.
        if message.message_type == MessageType::Confirmable && message.code.0 != 0 {
            let now = Instant::now();
            let ours = self.unacknowledged.entry(message.message_id).or_insert(Unacknowledged {
                bytes: bytes.to_vec(),
                token: message.token.to_vec(),
                sent: 0,
                due: now,
            });
            ours.due = now + ACK_TIMEOUT * 2u32.pow(ours.sent);
            ours.sent += 1;
        }
        entry
    }

    fn due(&self) -> Option<Instant> {
        self.unacknowledged.values().map(|ours| ours.due).min()
    }

    fn tick(&mut self, now: Instant, port: &Port) {
        self.unacknowledged.retain(|_, ours| ours.due > now || ours.sent <= MAX_RETRANSMIT);
        for ours in self.unacknowledged.values_mut().filter(|ours| ours.due <= now) {
            // Until the queue has taken it, nothing else is due.
            ours.due = now + ACK_TIMEOUT;
            port.answer(ours.bytes.clone());
        }
    }

    fn findings(&self) -> &Findings {
        self.observer.findings()
    }
}

/// The bytes of a message of ours.
pub(super) fn encoded(message: &Message<'_>) -> Vec<u8> {
    let ctx = Context::default();
    let mut bytes = vec![0; message.encoded_len(&ctx).unwrap_or_default()];
    let length = message.encode(&mut bytes, &ctx).unwrap_or_default();
    bytes.truncate(length);
    bytes
}
