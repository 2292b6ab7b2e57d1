//! One MQTT connection: packets, automatic answers, PINGREQ, and the passive rules.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::to_json;
use wirecheck_codecs::mqtt::{Disconnect, Message, Properties, ReasonCode, Version, decode};

use super::answers::{encode, reaction};
use crate::case::Auto;
use crate::codec::mqtt::{Mqtt, context};
use crate::codec::{Codec, Rejection, Sender, wrong_on_purpose};
use crate::driver::inbox::End;
use crate::driver::session::{Outgoing, Port, Session};
use crate::passive::Findings;
use crate::passive::mqtt::Observer;

/// Packet Identifiers from here on belong to the engine: its fences and probes are acknowledged
/// whatever the actor's `auto` says, and never reach the inbox.
pub(super) const ENGINE_IDENTIFIERS: u16 = 60_000;
/// Payloads that begin like this are the engine's probes and never reach an inbox.
pub(super) const PROBE: &str = "wirecheck-probe-";

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct Connection {
    version: Version,
    /// What the target is: `Server`, or `Client` for a link that the target made.
    target: Sender,
    auto: HashSet<Auto>,
    /// How often PINGREQ is sent, if `auto` has it.
    ping_every: Option<Duration>,
    last_sent: Instant,
    observer: Observer,
}

impl Connection {
    /// A connection on which nothing was sent yet; Keep Alive in seconds, 0 for none.
    #[must_use]
    pub(super) fn new(
        version: Version,
        target: Sender,
        auto: HashSet<Auto>,
        keep_alive: u64,
    ) -> Self {
        let pings = keep_alive > 0 && auto.contains(&Auto::Ping);
        Self {
            version,
            target,
            auto,
            ping_every: pings.then(|| Duration::from_secs(keep_alive) / 2),
            last_sent: Instant::now(),
            observer: Observer::new(version, target),
        }
    }

    /// Judges the frames of WebSocket too.
    #[must_use]
    pub(super) fn in_frames(mut self) -> Self {
        self.observer.in_frames();
        self
    }

    /// A CONNECT that asked for no version of ours may be answered in the form of any.
    fn connack_of_another_version<'b>(
        &self,
        rest: &'b [u8],
    ) -> Option<(Message<'b>, usize, Version)> {
        let version = match self.version {
            Version::V5 => Version::V311,
            Version::V31 | Version::V311 => Version::V5,
        };
        match decode(rest, &context(version, self.target)) {
            Ok(Decoded::Complete { message: message @ Message::ConnAck(_), used })
                if self.observer.version_is_open() =>
            {
                Some((message, used, version))
            }
            _ => None,
        }
    }

    fn refuse(&mut self, rest: &[u8], error: &Rejection, port: &Port) -> End {
        let entry = port.rejected(rest, error);
        self.observer.unreadable(error, entry);
        End::Unreadable(format!("not a valid message: {error}"))
    }
}

impl Session for Connection {
    fn other_frame(&mut self, entry: usize) {
        self.observer.text_frame(entry);
    }

    fn receive(&mut self, bytes: &[u8], port: &Port) -> Result<usize, End> {
        let ctx = context(self.version, self.target);
        let mut start = 0;
        while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
            let (message, used, version) = match decode(rest, &ctx) {
                Ok(Decoded::Complete { message, used }) => (message, used, self.version),
                Ok(Decoded::Incomplete { .. }) => break,
                Err(error) => match self.connack_of_another_version(rest) {
                    Some(taken) => taken,
                    None => return Err(self.refuse(rest, &(&error).into(), port)),
                },
            };
            let packet = rest.get(..used).unwrap_or_default();
            let form = to_json(&message, version);
            let entry = port.received(packet, Mqtt(version).describe(&form));
            self.observer.received(&message, packet, entry);
            let reaction = reaction(&message, &self.auto, self.version);
            if let Some(answer) = reaction.answer {
                port.answer(answer);
            }
            if reaction.to_inbox {
                port.deliver(form, packet, entry)?;
            } else {
                port.keep(entry);
            }
            start += used;
        }
        Ok(start)
    }

    fn send(&mut self, outgoing: &Outgoing<'_>, port: &Port) -> usize {
        self.last_sent = Instant::now();
        let codec = Mqtt(self.version);
        let ctx = context(self.version, self.target.peer());
        let (mut rest, mut entry) = (outgoing.bytes, 0);
        while !rest.is_empty() {
            let decoded = decode(rest, &ctx);
            let (packet, words) = match &decoded {
                Ok(Decoded::Complete { message, used }) => {
                    let form = to_json(message, self.version);
                    (rest.get(..*used).unwrap_or(rest), codec.describe(&form))
                }
                Ok(Decoded::Incomplete { .. }) => (rest, "part of a packet".to_owned()),
                Err(error) => (rest, wrong_on_purpose(&codec, rest, &error.into())),
            };
            entry = port.sent(packet, words, outgoing);
            match &decoded {
                Ok(Decoded::Complete { message, .. }) => self.observer.sent(message),
                _ => self.observer.sent_something_else(),
            }
            rest = rest.get(packet.len()..).unwrap_or_default();
        }
        entry
    }

    fn farewell(&mut self) -> Option<Vec<u8>> {
        let disconnect =
            Disconnect { reason_code: ReasonCode::SUCCESS, properties: Properties::EMPTY };
        encode(&Message::Disconnect(disconnect), self.version)
    }

    fn due(&self) -> Option<Instant> {
        self.ping_every.map(|period| self.last_sent + period)
    }

    fn tick(&mut self, now: Instant, port: &Port) {
        // The answer goes through the queue; until then nothing else is due.
        self.last_sent = now;
        port.answer(encode(&Message::PingReq, self.version).unwrap_or_default());
    }

    fn findings(&self) -> &Findings {
        self.observer.findings()
    }
}
