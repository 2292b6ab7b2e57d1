//! What went over the links of a case, in order, by actor.

use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wirecheck_codecs::json::to_hex;

/// How many bytes of one message a log keeps.
const MOST_BYTES: usize = 4096;
/// How many entries a log keeps; what comes later is counted.
const MOST_ENTRIES: usize = 4000;

/// How the words of an [`Event::Open`] begin where the link goes to another endpoint than the main
/// one; its URL follows.
pub const ELSEWHERE: &str = "connected to ";
/// How the words of an [`Event::Open`] begin where the target is to ask us; the URL follows.
pub const SERVING: &str = "serving at ";

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// A link to the target was made.
    Open,
    /// We sent a message.
    Send,
    /// The target sent a message.
    Recv,
    /// A link ended.
    Close,
    /// A link was reset.
    Reset,
    /// Something did not come in time.
    Timeout,
    /// A TLS handshake.
    Tls,
    /// Anything worth saying.
    Note,
}

/// One entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Milliseconds since the case began.
    pub ms: u64,
    /// The actor.
    pub actor: String,
    /// What happened.
    pub event: Event,
    /// The bytes, cut at 4 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// How many bytes there were, where they are cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// The message or the event in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// True for what the driver did by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
    /// The bytes that matter, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// Bytes of an entry that matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The first byte.
    pub at: usize,
    /// How many bytes.
    pub length: usize,
    /// What is the matter with them.
    pub text: String,
}

/// A log that the actors of one case write to.
#[derive(Clone, Debug)]
pub struct WireLog {
    start: Instant,
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl WireLog {
    /// An empty log; times count from now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now(), entries: Arc::default() }
    }

    /// Adds an entry and returns its position.
    pub fn add(&self, actor: &str, event: Event, bytes: Option<&[u8]>, text: String) -> usize {
        let hex = bytes.map(|bytes| to_hex(bytes.get(..MOST_BYTES).unwrap_or(bytes)));
        let length = bytes.map(<[u8]>::len).filter(|length| *length > MOST_BYTES);
        let ms = self.start.elapsed().as_millis() as u64;
        let (actor, text) = (actor.to_owned(), (!text.is_empty()).then_some(text));
        let mut entries = self.lock();
        if entries.len() < MOST_ENTRIES {
            let (auto, mark) = (false, None);
            entries.push(Entry { ms, actor, event, hex, length, text, auto, mark });
        }
        entries.len().saturating_sub(1)
    }

    /// Says that the entry at `position` was the driver's own doing.
    pub fn set_auto(&self, position: usize) {
        if let Some(entry) = self.lock().get_mut(position) {
            entry.auto = true;
        }
    }

    /// Marks bytes of the entry at `position`.
    pub fn set_mark(&self, position: usize, mark: Mark) {
        if let Some(entry) = self.lock().get_mut(position) {
            entry.mark.get_or_insert(mark);
        }
    }

    /// The entries so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for WireLog {
    fn default() -> Self {
        Self::new()
    }
}
