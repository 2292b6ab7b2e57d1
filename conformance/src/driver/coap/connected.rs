//! One connection over TCP or WebSocket as it sees the target: messages, Pongs, and the passive
//! rules.

use std::collections::HashSet;

use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::Code;
use wirecheck_codecs::coap::json::reliable::to_json;
use wirecheck_codecs::coap::reliable::{Framing, decode};

use super::connection::{CONTEXT, encoded, pong};
use crate::case::{Auto, Protocol};
use crate::codec::coap_reliable::CoapReliable;
use crate::codec::{Codec, Rejection, Sender, Taken, wrong_on_purpose};
use crate::driver::inbox::End;
use crate::driver::session::{Outgoing, Port, Session};
use crate::passive::Findings;
use crate::passive::coap::reliable::Observer;

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct Connected {
    framing: Framing,
    auto: HashSet<Auto>,
    observer: Observer,
}

impl Connected {
    /// A connection on which nothing was exchanged yet.
    pub(super) fn new(framing: Framing, protocol: Protocol, auto: HashSet<Auto>) -> Self {
        Self { framing, auto, observer: Observer::new(protocol) }
    }
}

impl Session for Connected {
    fn receive(&mut self, bytes: &[u8], port: &Port) -> Result<usize, End> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (message, used) = match decode(rest, self.framing, &CONTEXT) {
                Ok(Decoded::Complete { message, used }) => (message, used),
                Ok(Decoded::Incomplete { .. }) => break,
                Err(error) => {
                    let error = Rejection::from(&error);
                    let entry = port.rejected(rest, &error);
                    self.observer.unreadable(&error, entry);
                    return Err(End::Unreadable(format!("not a valid message: {error}")));
                }
            };
            let (unit, behind) = rest.split_at(used.min(rest.len()));
            let form = to_json(&message);
            let entry = port.received(unit, CoapReliable(self.framing).describe(&form));
            self.observer.received(&message, entry);
            if message.code == Code::PING
                && self.auto.contains(&Auto::Ping)
                && let Ok(answer) = encoded(&pong(&message), self.framing)
            {
                port.answer(answer);
            }
            port.deliver(form, unit, entry)?;
            rest = behind;
        }
        Ok(bytes.len() - rest.len())
    }

    fn send(&mut self, outgoing: &Outgoing<'_>, port: &Port) -> usize {
        let codec = CoapReliable(self.framing);
        let (mut rest, mut entry) = (outgoing.bytes, 0);
        while !rest.is_empty() {
            let (used, words) = match codec.take(rest, Sender::Client) {
                Taken::Message { form, used } => (used, codec.describe(&form)),
                Taken::Incomplete { .. } => (rest.len(), "part of a message".to_owned()),
                Taken::Rejected(error) => (rest.len(), wrong_on_purpose(&codec, rest, &error)),
            };
            let (unit, behind) = rest.split_at(used.clamp(1, rest.len()));
            entry = port.sent(unit, words, outgoing);
            rest = behind;
        }
        entry
    }

    fn farewell(&mut self) -> Option<Vec<u8>> {
        let release = serde_json::json!({ "coap": { "code": "7.04" } });
        encoded(&release, self.framing).ok()
    }

    fn findings(&self) -> &Findings {
        self.observer.findings()
    }
}
