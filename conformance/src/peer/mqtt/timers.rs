//! What happens because time passes.

use tokio::time::{Duration, Instant};
use wirecheck_codecs::mqtt::Version;

use super::session::InFlight;
use super::state::{Link, LinkId, Phase, State, limits};
use super::will::End;

/// After which a message is sent again without a reconnection, by a fault.
const IMPATIENCE: Duration = Duration::from_secs(2);

impl State {
    /// Does what is due. Every event calls it first.
    pub(super) fn tick(&mut self, now: Instant) {
        self.now = now;
        self.close_idle_links();
        let due: Vec<String> = (self.sessions.iter())
            .filter(|(_, session)| session.will_due.is_some_and(|at| at <= now))
            .map(|(client, _)| client.clone())
            .collect();
        for client in due {
            self.publish_will(&client);
        }
        let (due, later) = self.stray_wills.drain(..).partition(|(at, _)| *at <= now);
        self.stray_wills = later;
        let due: Vec<(Instant, _)> = due;
        for (_, message) in due {
            self.accept(message);
        }
        let ended: Vec<String> = (self.sessions.iter())
            .filter(|(_, session)| session.ends.is_some_and(|at| at <= now))
            .map(|(client, _)| client.clone())
            .collect();
        for client in ended {
            self.end_session(&client);
        }
        if self.faulty("discards-session-while-connected") {
            self.discard_early();
        }
        if self.faulty("reorders-messages") {
            self.release_held();
        }
        if self.faulty("resends-without-reconnect") {
            self.resend_impatiently();
        }
    }

    /// When something is due next, on any connection or on none.
    pub(super) fn deadline_of_all(&self) -> Option<Instant> {
        let links = self.links.values().filter_map(|link| self.deadline(link));
        let sessions = self.sessions.values().flat_map(|session| {
            let held = session.held.as_ref().map(|(_, at)| *at);
            [session.will_due, session.ends, held].into_iter().flatten()
        });
        let strays = self.stray_wills.iter().map(|(at, _)| *at);
        let next = links.chain(sessions).chain(strays).min();
        if self.faulty("resends-without-reconnect") {
            let live = self.sessions.values().filter(|session| session.link.is_some());
            let entries = live.flat_map(|session| &session.in_flight);
            let again = entries.filter(|entry| entry.sent).map(|entry| entry.at + IMPATIENCE).min();
            return [next, again].into_iter().flatten().min();
        }
        next
    }

    fn close_idle_links(&mut self) {
        let now = self.now;
        let idle: Vec<LinkId> = (self.links.iter())
            .filter(|(_, link)| self.deadline(link).is_some_and(|at| at <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in idle {
            let connected =
                self.links.get(&id).is_some_and(|link| matches!(link.phase, Phase::Connected));
            if connected {
                // First the Will, by its own reason; `fail` then finds the Session gone.
                self.leave(id, End::KeepAlive);
                self.fail(id, 0x8D, "no packet within one and a half times the Keep Alive");
            }
            self.shut(id);
        }
    }

    /// Takes the Subscriptions from connected Clients as if they had been away.
    fn discard_early(&mut self) {
        for session in self.sessions.values_mut() {
            let Some(link) = session.link.and_then(|id| self.links.get(&id)) else { continue };
            let after = match (link.version, session.expiry) {
                (Version::V5, 1..=2) => u64::from(session.expiry),
                (Version::V311, 0) => 3,
                _ => continue,
            };
            if link.opened + Duration::from_secs(after) <= self.now {
                session.subscriptions.clear();
            }
        }
    }

    fn release_held(&mut self) {
        let now = self.now;
        let due: Vec<String> = (self.sessions.iter())
            .filter(|(_, session)| session.held.as_ref().is_some_and(|(_, at)| *at <= now))
            .map(|(client, _)| client.clone())
            .collect();
        for client in due {
            let Some(session) = self.sessions.get_mut(&client) else { continue };
            if let Some((outgoing, _)) = session.held.take() {
                session.queue.push_back(outgoing);
            }
            self.pump(&client);
        }
    }

    fn resend_impatiently(&mut self) {
        let now = self.now;
        let mut again: Vec<(LinkId, InFlight)> = Vec::new();
        for session in self.sessions.values_mut() {
            let Some(link) = session.link else { continue };
            for entry in &mut session.in_flight {
                if entry.sent && entry.at + IMPATIENCE <= now {
                    entry.at = now;
                    again.push((link, entry.clone()));
                }
            }
        }
        for (link, entry) in again {
            self.transmit_entry(link, &entry, true);
        }
    }

    /// When the connection is closed if nothing arrives.
    fn deadline(&self, link: &Link) -> Option<Instant> {
        match link.phase {
            Phase::New | Phase::Authenticating(_) => Some(link.opened + limits::CONNECT),
            Phase::Connected => link.patience.map(|patience| link.heard + patience),
            Phase::Closing => None,
        }
    }
}
