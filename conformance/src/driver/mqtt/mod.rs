//! The MQTT driver: one actor is one connection, with an inbox, a log, automatic answers and the
//! passive rules.

mod answers;
mod read;
pub mod text;
mod write;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use wirecheck_codecs::mqtt::{Party, Version};

use super::inbox::{Bell, End, Inbox};
use crate::case::{Auto, CloseHow};
use crate::passive::mqtt::Observer;
use crate::transport::Link;
use crate::wire_log::WireLog;

/// Packet Identifiers from here on belong to the engine: its fences and probes are acknowledged
/// whatever the actor's `auto` says, and never reach the inbox.
pub const ENGINE_IDENTIFIERS: u16 = 60_000;
/// Payloads that begin like this are the engine's probes and never reach an inbox.
pub const PROBE: &str = "wirecheck-probe-";

/// What an actor is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The actor's name in the case.
    pub name: String,
    /// The version it speaks.
    pub version: Version,
    /// What the target is: `Server`, or `Client` for a link that the target made.
    pub target: Party,
    /// What is answered automatically.
    pub auto: HashSet<Auto>,
    /// How often PINGREQ is sent, if `auto` has it.
    pub ping_every: Option<Duration>,
    /// The log of the case.
    pub log: WireLog,
    /// The bell of the case.
    pub bell: Bell,
    /// The passive rules of this link.
    pub observer: Arc<Mutex<Observer>>,
}

/// The link is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// One connection to the target.
#[derive(Debug)]
pub struct Actor {
    /// What it was started with.
    pub settings: Settings,
    /// What it received.
    pub inbox: Inbox,
    commands: mpsc::UnboundedSender<Command>,
    tasks: [tokio::task::JoinHandle<()>; 2],
}

/// What the writing task is told.
enum Command {
    /// Write these pieces, with a pause between two.
    Write {
        pieces: Vec<Vec<u8>>,
        pause: Duration,
        auto: bool,
        done: Option<oneshot::Sender<Result<usize, Gone>>>,
    },
    /// End the connection; answered once nothing more is done with it.
    Close { how: CloseHow, done: oneshot::Sender<()> },
}

impl Actor {
    /// Takes over a link.
    #[must_use]
    pub fn start(link: Link, settings: Settings) -> Self {
        let inbox = Inbox::new(settings.bell.clone());
        let (commands, queue) = mpsc::unbounded_channel();
        let reading = read::run(link.reader, settings.clone(), inbox.clone(), commands.clone());
        let reading = tokio::spawn(reading);
        let stop_reading = reading.abort_handle();
        let writing = write::run(link.writer, settings.clone(), inbox.clone(), queue, stop_reading);
        Self { settings, inbox, commands, tasks: [reading, tokio::spawn(writing)] }
    }

    /// Writes one message or several in one write. Returns the position in the log.
    pub async fn write(&self, bytes: Vec<u8>) -> Result<usize, Gone> {
        self.write_pieces(vec![bytes], Duration::ZERO).await
    }

    /// Writes pieces one after the other, with a pause between two.
    pub async fn write_pieces(&self, pieces: Vec<Vec<u8>>, pause: Duration) -> Result<usize, Gone> {
        let (done, answer) = oneshot::channel();
        let command = Command::Write { pieces, pause, auto: false, done: Some(done) };
        self.commands.send(command).map_err(|_| Gone)?;
        answer.await.unwrap_or(Err(Gone))
    }

    /// Writes what the engine needs for itself.
    pub fn write_for_engine(&self, bytes: Vec<u8>) -> Result<(), Gone> {
        let pieces = vec![bytes];
        let command = Command::Write { pieces, pause: Duration::ZERO, auto: true, done: None };
        self.commands.send(command).map_err(|_| Gone)
    }

    /// Ends the connection.
    pub async fn close(&self, how: CloseHow) {
        let (done, answer) = oneshot::channel();
        if self.commands.send(Command::Close { how, done }).is_ok() {
            let _ = answer.await;
        }
        if how != CloseHow::Vanish {
            self.inbox.end(End::Ours);
        }
    }

    /// Whether the link has ended, from either side.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.inbox.ended().is_some()
    }

    fn observe(observer: &Mutex<Observer>, look: impl FnOnce(&mut Observer)) {
        look(&mut observer.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Why a message means that the target refuses by policy or load, not because of what was sent;
/// `None` for every other message.
#[must_use]
pub fn policy_refusal(form: &Value, version: Version) -> Option<String> {
    let (kind, body) = form.as_object()?.iter().next()?;
    let policy = |code: u64| match (version, kind.as_str()) {
        (Version::V5, _) => matches!(code, 0x87..=0x89 | 0x96 | 0x97 | 0x9C | 0x9D | 0x9F),
        (_, "connack") => matches!(code, 3 | 5),
        _ => false,
    };
    let own = body.get("reason_code").and_then(Value::as_u64);
    let listed = body.get("reason_codes").and_then(Value::as_array).into_iter().flatten();
    let code =
        own.into_iter().chain(listed.filter_map(Value::as_u64)).find(|code| policy(*code))?;
    Some(format!("the target refuses by policy or load: {}", text::code(code, kind, version)))
}
