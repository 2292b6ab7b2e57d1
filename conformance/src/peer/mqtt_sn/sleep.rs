//! Clients that sleep, and wake for their messages (6.14).

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::client::{Address, Phase};
use super::gateway::Gateway;
use crate::peer::datagram::Output;

impl Gateway {
    /// DISCONNECT of a client that leaves, or goes to sleep.
    pub(super) fn disconnect(
        &mut self,
        now: Instant,
        (at, id): (&Address, &str),
        duration: Option<u16>,
        out: &mut Output,
    ) {
        let Some(client) = self.clients.get_mut(id) else { return };
        let mut form = json!({ "disconnect": {} });
        match duration {
            Some(seconds) => {
                #[cfg(planted_bug)]
                assert!(
                    client.phase != Phase::Asleep
                        || client.topics.len() < 2
                        || !wirecheck_codecs::planted("mqtt-sn-gateway"),
                    "a client that sleeps may change its mind"
                );
                let changes = client.phase != Phase::Active;
                client.phase = Phase::Asleep;
                if !changes || !self.set.faulty("keeps-first-sleep-duration") {
                    client.sleep = Duration::from_secs(seconds.into());
                }
                client.put_back();
                if self.set.faulty("disconnect-echoes-duration") {
                    form["disconnect"]["duration"] = seconds.into();
                }
            }
            None if client.phase != Phase::Active
                && self.set.faulty("sleeps-through-disconnect") => {}
            None => self.leave(id),
        }
        if !self.set.faulty("no-disconnect") {
            self.send(now, at, &form, out);
        }
    }

    /// Whether the client sleeps, or is awake for a while.
    pub(super) fn wakes(&self, id: &str) -> bool {
        let phase = self.clients.get(id).map(|client| client.phase);
        matches!(phase, Some(Phase::Asleep | Phase::Awake))
    }

    /// PINGREQ of a client that sleeps (6.14).
    pub(super) fn wake(&mut self, now: Instant, at: &Address, id: &str, out: &mut Output) {
        let set = self.set.clone();
        let Some(client) = self.clients.get_mut(id) else { return };
        client.heard = now;
        if client.phase == Phase::Awake {
            // Asked again while its messages are on their way.
            return;
        }
        client.phase = Phase::Awake;
        (client.answered_early, client.flushed) = (false, false);
        if set.varies("registers-after-wake") || set.faulty("publish-before-regack") {
            client.known.clear();
        }
        if set.faulty("flush-out-of-order") {
            client.queue.make_contiguous().reverse();
        }
        if set.faulty("flush-loses-one") {
            client.queue.pop_front();
        }
        if set.faulty("flushes-twice") {
            let twice = client.queue.drain(..).flat_map(|message| {
                let mut copy = message.clone();
                copy["extra"] = true.into();
                let number = message["packet_identifier"].as_u64().unwrap_or_default();
                copy["packet_identifier"] = (number + 0x4000).into();
                [message, copy]
            });
            client.queue = twice.collect();
        }
        client.at = at.clone();
        self.move_in(at, id);
        let empty = self.clients.get(id).is_some_and(|client| client.queue.is_empty());
        if empty && set.faulty("no-pingresp-without-messages") {
            if let Some(client) = self.clients.get_mut(id) {
                client.phase = Phase::Asleep;
            }
            return;
        }
        self.pump(now, id, out);
    }
}
