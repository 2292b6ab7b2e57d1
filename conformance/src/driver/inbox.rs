//! What an actor has received, in order of arrival. Steps take messages out by what they are
//! looking for and leave the others.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

/// How many messages an inbox keeps; a target that floods it is cut off.
const MOST_MESSAGES: usize = 10_000;

/// One message of the target.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The actor that received it.
    pub actor: String,
    /// When.
    pub at: Instant,
    /// Place among the messages of the actor; the inbox counts.
    pub order: u64,
    /// Its JSON form.
    pub form: Value,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Position in the log.
    pub entry: usize,
}

/// How a link ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The target closed it, or writing to it failed.
    Closed,
    /// The target reset it.
    Reset,
    /// We closed it.
    Ours,
    /// We could not read on: what the target sent is no message.
    Unreadable(String),
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Arrival>,
    came: u64,
    ended: Option<(End, Instant)>,
}

/// Counts changes of all inboxes of a case, and wakes who waits for one.
#[derive(Clone, Debug)]
pub struct Bell(Arc<watch::Sender<u64>>);

impl Bell {
    /// A bell that has not rung.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Wakes everybody.
    pub fn ring(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Tries `look` after every ring until it gives something or `deadline` has passed.
    pub async fn wait<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        let mut rings = self.0.subscribe();
        loop {
            rings.borrow_and_update();
            if let Some(found) = look() {
                return Some(found);
            }
            if tokio::time::timeout_at(deadline, rings.changed()).await.is_err() {
                // Something may have arrived together with the end of the wait.
                return look();
            }
        }
    }
}

impl Default for Bell {
    fn default() -> Self {
        Self::new()
    }
}

/// The inbox of one actor.
#[derive(Clone, Debug)]
pub struct Inbox {
    state: Arc<Mutex<State>>,
    bell: Bell,
}

impl Inbox {
    /// An empty inbox that rings `bell`.
    #[must_use]
    pub fn new(bell: Bell) -> Self {
        Self { state: Arc::default(), bell }
    }

    /// Adds a message; false once the inbox is full.
    pub fn push(&self, mut arrival: Arrival) -> bool {
        let mut state = self.lock();
        if state.waiting.len() >= MOST_MESSAGES {
            return false;
        }
        state.came += 1;
        arrival.order = state.came;
        state.waiting.push(arrival);
        drop(state);
        self.bell.ring();
        true
    }

    /// Records the end of the link, the first time.
    pub fn end(&self, end: End) {
        self.lock().ended.get_or_insert((end, Instant::now()));
        self.bell.ring();
    }

    /// How and when the link ended.
    #[must_use]
    pub fn ended(&self) -> Option<(End, Instant)> {
        self.lock().ended.clone()
    }

    /// Takes the first message that `fits`.
    pub fn take(&self, mut fits: impl FnMut(&Arrival) -> bool) -> Option<Arrival> {
        let mut state = self.lock();
        let place = state.waiting.iter().position(&mut fits)?;
        Some(state.waiting.remove(place))
    }

    /// What nobody took.
    #[must_use]
    pub fn left_over(&self) -> Vec<Arrival> {
        self.lock().waiting.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
