//! What a case finds around it: the target, its capabilities, names, time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::capability::{Capabilities, Source};
use crate::case::Protocol;
use crate::driver::Connector;
use crate::oscore::Oscore;
use crate::transport::Link;

/// Runs the verbs of a target: `restart`, or what a client is told.
pub trait Verbs: Send + Sync {
    /// Runs `verb`; gives `{stdout, stderr, code}`, or says why it cannot.
    fn run<'a>(
        &'a self,
        verb: &'a str,
        with: &'a Map<String, Value>,
    ) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>>;

    /// Whether the target has the verb.
    fn has(&self, verb: &str) -> bool;

    /// Whether a target that has stopped serving can be started again.
    fn can_revive(&self) -> bool {
        self.has(RESTART)
    }

    /// Starts a target again that has stopped serving.
    fn revive<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async {
            let ended = self.run(RESTART, &Map::new()).await?;
            match ended.get("code").and_then(Value::as_i64) {
                Some(0) => Ok(()),
                _ => Err(format!("`{RESTART}` failed: {ended}")),
            }
        })
    }
}

/// The verb that starts a target again, without losing its state if it has any.
const RESTART: &str = "restart";

/// A target without verbs.
#[derive(Debug)]
pub struct NoVerbs;

impl Verbs for NoVerbs {
    fn run<'a>(
        &'a self,
        verb: &'a str,
        _: &'a Map<String, Value>,
    ) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>> {
        Box::pin(async move { Err(format!("the target has no verb `{verb}`")) })
    }

    fn has(&self, _: &str) -> bool {
        false
    }
}

/// Breaks a run off: what is running tidies up, and nothing new begins.
#[derive(Clone, Debug)]
pub struct Halt(Arc<watch::Sender<bool>>);

impl Halt {
    /// Asks everything that runs to end.
    pub fn raise(&self) {
        self.0.send_replace(true);
    }

    /// Whether that was asked.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked.
    pub async fn raised(&self) {
        // The sender lives as long as `self`, so there is no other way for this to end.
        let _ = self.0.subscribe().wait_for(|raised| *raised).await;
    }
}

impl Default for Halt {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

/// Links that the target makes to us, for cases in which it is the client.
pub type Incoming = tokio::sync::Mutex<tokio::sync::mpsc::Receiver<Link>>;

/// What a case finds around it.
pub struct Environment {
    /// Makes links to the target.
    pub connector: Arc<dyn Connector>,
    /// Runs its verbs.
    pub verbs: Arc<dyn Verbs>,
    /// Links that the target makes.
    pub incoming: Option<Incoming>,
    /// What it can do, by protocol.
    pub capabilities: Vec<(Protocol, Capabilities)>,
    /// Makes names differ from run to run: six characters of `[0-9a-z]`.
    pub nonce: String,
    /// True if the nonce was given: an earlier run may have left things under the same names.
    pub names_used_before: bool,
    /// What is spoken at the endpoints beside the main one.
    pub endpoints: BTreeMap<String, Protocol>,
    /// What topics begin with.
    pub topic_prefix: String,
    /// What client identifiers begin with.
    pub client_prefix: String,
    /// User names and passwords; the first one is used where a case does not choose.
    pub accounts: Vec<(String, String)>,
    /// The OSCORE context that the target shares with us.
    pub oscore: Option<Arc<Oscore>>,
    /// Paths of the resources that cases ask for by name.
    pub resources: BTreeMap<String, String>,
    /// What is known of the target without asking.
    pub declared: BTreeMap<String, String>,
    /// Factor for upper limits, in percent.
    pub patience: u32,
    /// The command that runs against the same target: `wirecheck run mqtt://…`.
    pub again: String,
    /// Breaks the run off.
    pub halt: Halt,
}

impl Environment {
    /// An upper limit, stretched by the patience.
    #[must_use]
    pub fn stretch(&self, limit: Duration) -> Duration {
        limit.saturating_mul(self.patience) / 100
    }

    /// User name and password of a client that a case does not choose.
    #[must_use]
    pub fn account(&self) -> Option<(&str, &str)> {
        self.accounts.first().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// What the target can do in a protocol.
    #[must_use]
    pub fn capabilities(&self, protocol: Protocol) -> Option<&Capabilities> {
        self.capabilities.iter().find(|(of, _)| *of == protocol).map(|(_, found)| found)
    }

    /// Takes down what the target can do in a protocol, with what the target file says of
    /// endpoints and resources.
    pub fn learn(&mut self, protocol: Protocol, mut found: Capabilities) {
        for (name, value) in &self.resources {
            let id = format!("resource:{name}");
            found.set(&id, value.as_str(), Source::Declared, "the target file names it");
        }
        for (id, value) in &self.declared {
            found.set(id, value.as_str(), Source::Declared, "the peer is told so");
        }
        for name in self.endpoints.keys() {
            let id = format!("endpoint:{name}");
            found.set(&id, true, Source::Declared, "the target has the endpoint");
        }
        self.capabilities.push((protocol, found));
    }

    /// The names of the instance with this number: topic and identifiers, of equal length in
    /// every run.
    #[must_use]
    pub fn names(&self, number: usize) -> Names {
        Names { stem: format!("{}{}", self.nonce, base36(number, 3)), given: Vec::new() }
    }
}

/// Names that no other instance and no other run uses.
#[derive(Clone, Debug)]
pub struct Names {
    stem: String,
    given: Vec<String>,
}

impl Names {
    /// The instance's topic.
    #[must_use]
    pub fn topic(&self, environment: &Environment) -> String {
        format!("{}w{}", environment.topic_prefix, self.stem)
    }

    /// A number that differs from instance to instance and from run to run.
    #[must_use]
    pub fn number(&self) -> u64 {
        // FNV-1a: short, and spread widely enough for names.
        self.stem.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        })
    }

    /// The identifier for `key`, always the same one.
    pub fn identifier(&mut self, key: &str, environment: &Environment) -> String {
        let place = self.given.iter().position(|name| name == key).unwrap_or_else(|| {
            self.given.push(key.to_owned());
            self.given.len() - 1
        });
        format!("{}c{}{}", environment.client_prefix, self.stem, base36(place, 2))
    }
}

/// A number in base 36, padded with zeros.
pub(crate) fn base36(mut number: usize, width: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 || digits.len() < width {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
    }
    digits.iter().rev().collect()
}
