//! Many exchanges: side by side where they do not share a client, and what then differs once more,
//! alone.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::xmpp::hides_password;
use super::{Confirmation, Passwords, Place, Speech, confirm};
use crate::wire_log::{Entry, Event};

/// How many exchanges are repeated at the same time.
const SIDE_BY_SIDE: usize = 8;
/// How often an exchange is repeated alone before it counts as another one: the network has its
/// moods.
const ATTEMPTS: usize = 3;

/// One exchange, and where it is to be repeated.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'r> {
    /// The case that it comes from.
    pub case: &'r str,
    /// What was recorded.
    pub log: &'r [Entry],
    /// Where the target is, and what is spoken there.
    pub at: &'r Place,
}

/// Repeats exchanges and tells what came of each, by case.
#[must_use]
pub fn confirm_all<'r>(
    exchanges: &[Exchange<'r>],
    secrets: &Passwords,
) -> BTreeMap<&'r str, Confirmation> {
    let state = Mutex::new(State { waiting: exchanges.to_vec(), ..State::default() });
    let free = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| work(&state, &free, secrets));
        }
    });
    let mut found = state.into_inner().unwrap_or_else(PoisonError::into_inner).found;
    // Beside others a target may be slow, or send what belongs to them.
    for Exchange { case, log, at } in exchanges {
        if !matches!(found.get(case), Some(Confirmation::Same)) {
            found.insert(case, one(case, log, at, secrets, ATTEMPTS));
        }
    }
    found
}

/// Repeats one exchange. What a case of SASL is about may be lost with the password.
fn one(
    case: &str,
    log: &[Entry],
    at: &Place,
    secrets: &Passwords,
    attempts: usize,
) -> Confirmation {
    if at.speech == Speech::Xmpp && case.contains("/sasl/") && hides_password(log) {
        return Confirmation::Cannot("the password is not recorded".to_owned());
    }
    confirm(log, at, secrets, attempts)
}

#[derive(Default)]
struct State<'r> {
    waiting: Vec<Exchange<'r>>,
    /// The clients of the exchanges that are being repeated.
    held: HashSet<String>,
    found: BTreeMap<&'r str, Confirmation>,
}

fn work(state: &Mutex<State<'_>>, free: &Condvar, secrets: &Passwords) {
    let mut now = lock(state);
    loop {
        let held = &now.held;
        let next = now.waiting.iter().position(|it| clients(it.log).is_disjoint(held));
        let Some(place) = next else {
            if now.waiting.is_empty() {
                return;
            }
            now = free.wait(now).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let Exchange { case, log, at } = now.waiting.remove(place);
        let mine = clients(log);
        now.held.extend(mine.iter().cloned());
        drop(now);
        let confirmation = one(case, log, at, secrets, 1);
        now = lock(state);
        now.found.insert(case, confirmation);
        now.held.retain(|client| !mine.contains(client));
        free.notify_all();
    }
}

fn lock<'s, 'r>(state: &'s Mutex<State<'r>>) -> MutexGuard<'s, State<'r>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What tells the clients of an exchange from others: their identifiers, or the first bytes that
/// they send.
fn clients(log: &[Entry]) -> HashSet<String> {
    let mut opened = HashSet::new();
    let mut clients = HashSet::new();
    for entry in log {
        match entry.event {
            Event::Open => {
                opened.insert(entry.actor.as_str());
            }
            Event::Send if opened.remove(entry.actor.as_str()) => {
                let text = entry.text.as_deref().unwrap_or_default();
                let said = IDENTIFIERS.iter().find_map(|before| text.split_once(before));
                let named = said.and_then(|(_, rest)| rest.split('"').next());
                clients.extend(named.or(entry.hex.as_deref()).map(str::to_owned));
            }
            _ => {}
        }
    }
    clients
}

/// What stands before the identifier of a client in the words of a log.
const IDENTIFIERS: [&str; 2] = ["client_identifier=\"", "client_id=\""];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanges_of_one_client_are_told() {
        let entry = |event, actor: &str, text: &str| Entry {
            ms: 0,
            event,
            actor: actor.to_owned(),
            text: Some(text.to_owned()),
            hex: Some("10 00".to_owned()),
            length: None,
            auto: false,
            mark: None,
        };
        let log = [
            entry(Event::Open, "a", "connected"),
            entry(Event::Send, "a", "CONNECT mqtt-5.0 client_identifier=\"one\""),
            entry(Event::Send, "a", "CONNECT mqtt-5.0 client_identifier=\"two\""),
            entry(Event::Open, "b", "connected"),
            entry(Event::Send, "b", "CONNECT, wrong on purpose"),
        ];
        assert_eq!(clients(&log), HashSet::from(["one".to_owned(), "10 00".to_owned()]));
    }
}
