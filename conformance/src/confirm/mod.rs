//! Confirms failures by sending their recorded bytes again from a sender of its own, which knows
//! nothing of cases, drivers and codecs: sockets, the time, and where a message ends.

mod all;
mod replay;
mod replayed;
mod speech;
mod websocket;
mod xmpp;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

pub use self::all::{Exchange, confirm_all};
use self::replay::replay;
use self::replayed::Replayed;
pub use self::speech::Speech;
use self::websocket::Handshake;
pub use self::xmpp::Passwords;
use crate::result::RunResult;
use crate::target::Url;
use crate::verdict::{CheckResult, Verdict};
use crate::wire_log::{ELSEWHERE, Entry, Event, SERVING};

/// Where a target is, and what is spoken there.
#[derive(Clone, Debug)]
pub struct Place {
    at: SocketAddr,
    speech: Speech,
    /// Whether the target is to ask us there.
    serving: bool,
    /// How the handshake goes, where messages travel in frames of WebSocket.
    websocket: Option<Handshake>,
}

/// The place that a URL names; `None` if nothing can be sent again there.
///
/// # Errors
/// What is no URL, and a host that has no address.
pub fn place(url: &str) -> Result<Option<Place>, String> {
    let url = Url::parse(url)?;
    let Some(speech) = Speech::of_scheme(url.scheme.name) else { return Ok(None) };
    let found = (url.host.as_str(), url.port).to_socket_addrs();
    let mut found = found.map_err(|error| format!("{}: {error}", url.host))?.filter(|at| {
        // Whether anybody takes datagrams, only an answer tells.
        speech.is_in_datagrams() || TcpStream::connect_timeout(at, Duration::from_secs(5)).is_ok()
    });
    let cannot = || format!("cannot connect to {}", url.place());
    let at = found.next().ok_or_else(cannot)?;
    let websocket = url.scheme.websocket.map(|spoken| {
        let host = if at.is_ipv6() { at.to_string() } else { format!("{}:{}", url.host, url.port) };
        Handshake { url: format!("ws://{host}{}", url.path), spoken }
    });
    Ok(Some(Place { at, speech, serving: false, websocket }))
}

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The target did the same again.
    Same,
    /// It did something else: what was recorded, and what came now.
    Other {
        /// The recorded answers.
        recorded: String,
        /// The answers of the last attempt.
        now: String,
    },
    /// The exchange cannot be repeated from what is recorded.
    Cannot(String),
}

/// The failing checks of a result, each with its exchange.
#[must_use]
pub fn failing(result: &RunResult) -> Vec<&CheckResult> {
    let fails = |check: &&CheckResult| {
        matches!(check.verdict, Verdict::Fail | Verdict::Warn | Verdict::Xfail)
    };
    result.checks.iter().filter(fails).collect()
}

/// The exchange of a check.
#[must_use]
pub fn log_of<'r>(result: &'r RunResult, check: &'r CheckResult) -> Option<&'r [Entry]> {
    if let Some(log) = &check.log {
        return Some(log);
    }
    let other = check.log_of.as_deref()?;
    result.checks.iter().find(|it| it.id == other)?.log.as_deref()
}

/// Sends what a log says and compares the answers, more than once if they differ. Results do not have
/// the passwords.
fn confirm(log: &[Entry], main: &Place, secrets: &Passwords, attempts: usize) -> Confirmation {
    let of_xmpp = || xmpp::unrepeatable(log).filter(|_| main.speech == Speech::Xmpp);
    if let Some(why) = unrepeatable(log).or_else(of_xmpp) {
        return Confirmation::Cannot(why);
    }
    let places = match places(log, main) {
        Ok(places) => places,
        Err(why) => return Confirmation::Cannot(why),
    };
    let recorded = recorded(log, &places);
    // A case that found what it must not find stops there, and what came later is not recorded.
    let waited = log.iter().any(|entry| entry.event == Event::Timeout);
    let same = |now: &BTreeMap<String, Replayed>| {
        let like = |(actor, then)| now.get(actor).is_some_and(|now| now.is_like(then, waited));
        now.len() == recorded.len() && recorded.iter().all(like)
    };
    let mut now = None;
    for _ in 0..attempts {
        match replay(log, &places, secrets) {
            Ok(answers) if same(&answers) => return Confirmation::Same,
            Ok(answers) => now = Some(answers),
            Err(error) => return Confirmation::Cannot(format!("cannot connect: {error}")),
        }
    }
    let words = |answers: &BTreeMap<String, Replayed>| {
        let one = |(actor, answers): (&String, &Replayed)| format!("{actor}: {answers}");
        answers.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let now = now.as_ref().map(words).unwrap_or_default();
    Confirmation::Other { recorded: words(&recorded), now }
}

fn unrepeatable(log: &[Entry]) -> Option<String> {
    let cut = |entry: &Entry| {
        let hex = entry.hex.as_ref().map_or(0, String::len);
        entry.event == Event::Send && (hex == 0 || hex >= 2 * 4096)
    };
    let left_out = |entry: &Entry| {
        entry.actor.is_empty()
            && entry.text.as_deref().is_some_and(|text| text.contains("left out"))
    };
    if log.is_empty() {
        return Some("no exchange is recorded".to_owned());
    }
    if log.iter().any(|entry| entry.event == Event::Tls) {
        return Some("a message was sent under TLS or DTLS".to_owned());
    }
    if log.iter().any(cut) {
        return Some("a message is not recorded as a whole".to_owned());
    }
    log.iter().any(left_out).then(|| "the middle of the exchange is not recorded".to_owned())
}

/// Where each actor was connected: the log says it where that is not the main endpoint.
fn places<'l>(log: &'l [Entry], main: &Place) -> Result<BTreeMap<&'l str, Place>, String> {
    let mut found = BTreeMap::new();
    for entry in log.iter().filter(|entry| entry.event == Event::Open) {
        let text = entry.text.as_deref().unwrap_or_default();
        let elsewhere =
            |url: &str| place(url)?.ok_or_else(|| format!("nothing can be sent again to {url}"));
        let there = if let Some(url) = text.strip_prefix(SERVING) {
            Place { serving: true, ..elsewhere(url)? }
        } else if let Some(url) = text.strip_prefix(ELSEWHERE) {
            elsewhere(url)?
        } else {
            main.clone()
        };
        found.insert(entry.actor.as_str(), there);
    }
    Ok(found)
}

/// What the target answered, by actor.
fn recorded(log: &[Entry], places: &BTreeMap<&str, Place>) -> BTreeMap<String, Replayed> {
    let mut found: BTreeMap<String, Replayed> = BTreeMap::new();
    let speaks_xmpp = |entry: &Entry| {
        places.get(entry.actor.as_str()).is_some_and(|there| there.speech == Speech::Xmpp)
    };
    // Whom we have left: what still comes there in XMPP counts for nothing.
    let mut left: BTreeSet<&str> = BTreeSet::new();
    for entry in log.iter().filter(|entry| !entry.actor.is_empty()) {
        let answers = found.entry(entry.actor.clone()).or_default();
        match entry.event {
            Event::Recv if left.contains(entry.actor.as_str()) => {}
            Event::Recv => {
                let bytes = entry.hex.as_deref().map(replay::bytes_of).unwrap_or_default();
                let head = places.get(entry.actor.as_str()).map(|there| there.speech.head(&bytes));
                answers.heads.extend(head.filter(|head| !head.is_empty()));
            }
            Event::Close | Event::Reset if is_theirs(entry) => answers.ended = true,
            Event::Close | Event::Reset if speaks_xmpp(entry) => {
                left.insert(entry.actor.as_str());
            }
            Event::Open => {
                left.remove(entry.actor.as_str());
            }
            _ => {}
        }
    }
    found.values_mut().for_each(Replayed::sort);
    found
}

/// Whether an end was the target's doing.
fn is_theirs(entry: &Entry) -> bool {
    entry.text.as_deref().is_some_and(|text| text.contains("by the target"))
}
