//! What comes out of a recording: messages, and what the passive rules say of them.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use wirecheck_codecs::json::to_hex;

use super::{Notes, Time};
use crate::case::Protocol;
use crate::catalogue::{Catalogue, Role};
use crate::codec::{self, Rejection, Sender, Taken};
use crate::passive::{Finding, Findings, Place};
use crate::wire_log::{Entry, Event, Mark};

/// How many messages of a flow are kept to show what went before a broken rule.
const MOST_RECENT: usize = 8;
/// How many bytes of each.
const MOST_BYTES: usize = 256;
/// How many broken rules are told in full.
const MOST_BROKEN: usize = 500;

/// What a recording tells, in its order.
#[derive(Clone, Copy, Debug)]
pub enum Told<'t> {
    /// A message with its frame, time, flow, sender and protocol, or what is none.
    Message(&'t Value),
    /// A connection is ended from one side; what it was about is said by its flow.
    End {
        /// The flow.
        flow: &'t str,
        /// Who ended it.
        from: Sender,
        /// Whether by a reset.
        reset: bool,
    },
}

/// Where all that goes, if it is asked for.
pub type Messages<'m> = Box<dyn FnMut(Told<'_>) + 'm>;

/// A rule of one protocol, and who is judged by it.
pub type Judged = (Protocol, Party, &'static str);

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A server or a gateway.
    Server,
    /// A client.
    Client,
}

impl Party {
    /// The party that sent a message.
    #[must_use]
    pub fn of(sender: Sender) -> Self {
        if sender == Sender::Client { Self::Client } else { Self::Server }
    }

    /// The name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// A broken rule, with the messages of the flow up to the one that broke it.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The protocol.
    pub protocol: Protocol,
    /// Who broke it.
    pub party: Party,
    /// The rule and what was seen; the entry is the number of the frame.
    pub finding: Finding,
    /// The flow.
    pub flow: String,
    /// The messages, the last of which broke it.
    pub log: Vec<Entry>,
}

/// What was found so far.
#[derive(Default)]
pub struct Output<'m> {
    /// Where messages go.
    pub messages: Option<Messages<'m>>,
    /// How many there were in each protocol: right, and wrong.
    pub counts: BTreeMap<&'static str, (u64, u64)>,
    /// On how many flows a rule had something to judge.
    pub applied: BTreeMap<Judged, u64>,
    /// The rules that were broken.
    pub broken: Vec<Broken>,
    /// How many more there were.
    pub more: u64,
    /// Flows that could not be judged in full, by protocol and reason.
    pub unseen: BTreeMap<(Protocol, &'static str), u64>,
    /// What is odd.
    pub notes: Notes,
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// One of the last messages of a flow.
#[derive(Debug)]
struct Recent {
    time: Time,
    from: Sender,
    spec: &'static str,
    length: usize,
    bytes: Vec<u8>,
}

/// What is known of a flow by whoever tells of its messages.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// `tcp 192.0.2.1:50000 > 192.0.2.2:1883`, the client first.
    pub(super) name: String,
    recent: VecDeque<Recent>,
}

/// A place in a flow at which messages are told.
pub(super) struct Scene<'s, 'm> {
    pub(super) frame: u64,
    pub(super) time: Time,
    /// Whether the sender is known to have had all that the other side had sent.
    pub(super) is_informed: bool,
    pub(super) story: &'s mut Story,
    pub(super) output: &'s mut Output<'m>,
}

impl Scene<'_, '_> {
    /// A message, or what is none: its protocol, and whether it was taken. `form` has its envelope.
    pub(super) fn message(
        &mut self,
        spec: &'static str,
        from: Sender,
        bytes: &[u8],
        is_right: bool,
        envelope: impl FnOnce() -> Value,
    ) {
        let (right, wrong) = self.output.counts.entry(spec).or_default();
        *if is_right { right } else { wrong } += 1;
        let recent = &mut self.story.recent;
        let mut kept = match recent.len() < MOST_RECENT {
            true => Vec::new(),
            false => recent.pop_front().map(|old| old.bytes).unwrap_or_default(),
        };
        kept.clear();
        kept.extend(bytes.get(..MOST_BYTES).unwrap_or(bytes));
        let (time, length) = (self.time, bytes.len());
        recent.push_back(Recent { time, from, spec, length, bytes: kept });
        let Some(messages) = &mut self.output.messages else { return };
        let Value::Object(envelope) = envelope() else { return };
        let mut line = json!({
            "frame": self.frame,
            "time": format!("{}.{:09}", time / super::SECOND, time % super::SECOND),
            "flow": self.story.name,
            "from": Party::of(from).name(),
            "protocol": spec,
        });
        if let Value::Object(line) = &mut line {
            line.extend(envelope);
        }
        messages(Told::Message(&line));
    }

    /// The place as passive rules know it.
    pub(super) fn place(&self) -> Place {
        Place { entry: self.frame as usize, time: self.time, is_informed: self.is_informed }
    }

    /// A side has ended the connection.
    pub(super) fn ended(&mut self, from: Sender, reset: bool) {
        if let Some(messages) = &mut self.output.messages {
            messages(Told::End { flow: &self.story.name, from, reset });
        }
    }

    /// Takes over what is new in the findings; `known` says how many were told.
    pub(super) fn judge(
        &mut self,
        protocol: Protocol,
        party: Party,
        findings: &Findings,
        known: &mut usize,
    ) {
        for finding in findings.broken().iter().skip(*known) {
            if self.output.broken.len() >= MOST_BROKEN {
                self.output.more += 1;
                continue;
            }
            let (flow, finding) = (self.story.name.clone(), finding.clone());
            let log = self.story.log(party);
            self.output.broken.push(Broken { protocol, party, finding, flow, log });
        }
        *known = findings.broken().len();
    }

    /// The rules that had something to judge on the flow, which is over.
    pub(super) fn applied(&mut self, protocol: Protocol, party: Party, findings: &Findings) {
        for rule in findings.applied() {
            *self.output.applied.entry((protocol, party, rule)).or_default() += 1;
        }
    }

    /// The flow cannot be judged, or not from here on.
    pub(super) fn unseen(&mut self, protocol: Protocol, why: &'static str) {
        *self.output.unseen.entry((protocol, why)).or_default() += 1;
    }
}

impl Story {
    fn log(&self, party: Party) -> Vec<Entry> {
        let first = self.recent.front().map_or(0, |recent| recent.time);
        let entries = self.recent.iter().map(|recent| {
            let event = if Party::of(recent.from) == party { Event::Recv } else { Event::Send };
            let (text, mark) = recent.words();
            Entry {
                ms: recent.time.saturating_sub(first) / 1_000_000,
                actor: Party::of(recent.from).name().to_owned(),
                event,
                hex: Some(to_hex(&recent.bytes)),
                length: (recent.length > recent.bytes.len()).then_some(recent.length),
                text,
                auto: false,
                mark,
            }
        });
        entries.collect()
    }
}

impl Recent {
    fn words(&self) -> (Option<String>, Option<Mark>) {
        let Some(codec) = codec::of(self.spec) else { return (None, None) };
        if self.length > self.bytes.len() {
            return (Some(format!("{} of {} bytes", codec.name(&self.bytes), self.length)), None);
        }
        match codec.take(&self.bytes, self.from) {
            Taken::Message { form, .. } => (Some(codec.describe(&form)), None),
            Taken::Incomplete { .. } => (Some("part of a message".to_owned()), None),
            Taken::Rejected(error) => {
                let words = format!("not a valid message: {error}");
                let mark = Mark { at: error.at, length: 1, text: error.to_string() };
                (Some(words), Some(mark).filter(|mark| mark.at < self.bytes.len()))
            }
        }
    }
}

/// A rejection without a requirement that binds somebody else.
pub(super) fn fair(mut error: Rejection, sender: Sender) -> Rejection {
    let role = if sender == Sender::Client { Role::Client } else { Role::Server };
    let binds = |id: &&str| Catalogue::embedded().get(id).is_some_and(|known| known.binds(role));
    error.requirement = error.requirement.filter(|id| binds(id));
    error
}
