//! What a protocol knows of one link: how bytes become messages, and what is answered or repeated
//! without being told. A session reads no socket and no clock of its own, so it can be tested alone.

use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::actor::Command;
use super::inbox::{Arrival, Bell, End, Inbox};
use crate::codec::Rejection;
use crate::passive::Findings;
use crate::wire_log::{Event, Mark, WireLog};

/// What is about to be written.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'b> {
    /// All of it.
    pub bytes: &'b [u8],
    /// In how many writes.
    pub pieces: usize,
    /// Whether it is sent without being told.
    pub auto: bool,
}

/// One link as its protocol sees it.
pub trait Session: Send {
    /// Takes the messages at the front of what has arrived; returns how many bytes they have. What
    /// is left of a stream comes again with more behind it.
    ///
    /// # Errors
    /// The end of the link, as far as we are concerned: what arrived cannot be read.
    fn receive(&mut self, bytes: &[u8], port: &Port) -> Result<usize, End>;

    /// Writes what is about to be sent to the log, one entry for each message, and remembers what
    /// matters. Returns the last entry.
    fn send(&mut self, outgoing: &Outgoing<'_>, port: &Port) -> usize;

    /// The target sent a frame of WebSocket of the kind that this protocol does not use, text or
    /// binary; it is position `entry` of the log.
    fn other_frame(&mut self, _entry: usize) {}

    /// What is written in place of `pieces`, where messages travel in frames of their own.
    fn frames(&self, _pieces: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
        None
    }

    /// TLS has begun, and what came before it counts for nothing.
    fn secured(&mut self) {}

    /// What is sent before an orderly end.
    fn farewell(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// When something is to be done without being told.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// Does what is due.
    fn tick(&mut self, _now: Instant, _port: &Port) {}

    /// What the passive rules say of this link.
    fn findings(&self) -> &Findings;

    /// What `${actor.…}` gives, beside what the engine adds.
    fn facts(&self) -> Map<String, Value> {
        Map::new()
    }
}

/// The way from a session to the rest of its actor.
#[derive(Clone, Debug)]
pub struct Port {
    pub(super) name: String,
    pub(super) log: WireLog,
    pub(super) bell: Bell,
    pub(super) inbox: Inbox,
    pub(super) commands: mpsc::UnboundedSender<Command>,
}

impl Port {
    /// Logs a message of the target.
    pub fn received(&self, bytes: &[u8], words: String) -> usize {
        self.log.add(&self.name, Event::Recv, Some(bytes), words)
    }

    /// Logs what the target sent although it is no message, with a caret under what is wrong.
    pub fn rejected(&self, bytes: &[u8], error: &Rejection) -> usize {
        let entry = self.received(bytes, format!("not a valid message: {error}"));
        let text = format!("{}: {}", error.field, error.text);
        self.mark(entry, Mark { at: error.at, length: 1, text });
        entry
    }

    /// Logs a message of ours.
    pub fn sent(&self, bytes: &[u8], words: String, outgoing: &Outgoing<'_>) -> usize {
        let words = match outgoing.pieces {
            0 | 1 => words,
            pieces => format!("{words}   (in {pieces} writes)"),
        };
        let entry = self.log.add(&self.name, Event::Send, Some(bytes), words);
        if outgoing.auto {
            self.log.set_auto(entry);
        }
        entry
    }

    /// Puts a caret under bytes of an entry.
    pub fn mark(&self, entry: usize, mark: Mark) {
        self.log.set_mark(entry, mark);
    }

    /// Puts a message into the inbox.
    ///
    /// # Errors
    /// The inbox is full: the target floods us.
    pub fn deliver(&self, form: Value, bytes: &[u8], entry: usize) -> Result<(), End> {
        let (actor, at) = (self.name.clone(), Instant::now());
        let arrival = Arrival { actor, at, order: 0, form, bytes: bytes.into(), entry };
        match self.inbox.push(arrival) {
            true => Ok(()),
            false => Err(End::Unreadable("the target floods the connection".to_owned())),
        }
    }

    /// Keeps a message out of the inbox: it is the engine's own affair.
    pub fn keep(&self, entry: usize) {
        self.log.set_auto(entry);
        self.bell.ring();
    }

    /// Sends something without being told.
    pub fn answer(&self, bytes: Vec<u8>) {
        let command = Command::Write { pieces: bytes.into(), auto: true, done: None };
        // A writer that is gone has nobody to answer.
        let _ = self.commands.send(command);
    }

    /// Has [`Session::due`] looked at again.
    pub fn wake(&self) {
        let _ = self.commands.send(Command::Wake);
    }
}
