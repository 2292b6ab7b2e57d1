//! Session State (4.1).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;
use wirecheck_codecs::mqtt::{PacketIdentifier, QoS};

use super::owned::{Application, Will};
use super::state::LinkId;

/// What is kept for a Client Identifier.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The connection that uses it.
    pub(super) link: Option<LinkId>,
    /// Session Expiry Interval; `u32::MAX` never ends.
    pub(super) expiry: u32,
    /// When it ends, while nobody is connected.
    pub(super) ends: Option<Instant>,
    /// By Topic Filter as it was asked for, shared ones with their `$share`.
    pub(super) subscriptions: BTreeMap<String, Held>,
    /// Not sent yet.
    pub(super) queue: VecDeque<Outgoing>,
    pub(super) queue_bytes: usize,
    /// Sent and not acknowledged to the end, in the order of sending.
    pub(super) in_flight: Vec<InFlight>,
    /// QoS 2 messages received and not released, with what is still to be passed on.
    pub(super) received: BTreeMap<u16, Option<Application>>,
    /// QoS identifiers that were completed; only faults look at them.
    pub(super) completed: BTreeSet<u16>,
    pub(super) last_identifier: u16,
    pub(super) will: Option<Will>,
    /// When the Will is to be published, after a connection was lost.
    pub(super) will_due: Option<Instant>,
    /// A message held back, by a fault, and until when.
    pub(super) held: Option<(Outgoing, Instant)>,
}

/// A Subscription.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) qos: QoS,
    pub(super) no_local: bool,
    pub(super) retain_as_published: bool,
    pub(super) identifier: Option<u32>,
    /// How many copies it brings; more than one only by a fault.
    pub(super) copies: usize,
    /// ShareName and Topic Filter of a shared Subscription.
    pub(super) share: Option<(String, String)>,
}

/// A message on its way to one Session.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) message: Arc<Application>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) identifiers: Vec<u32>,
    /// Topic Filter and ShareName that it was taken by.
    pub(super) share: Option<(String, String)>,
}

/// A message that was sent.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    pub(super) identifier: PacketIdentifier,
    pub(super) outgoing: Outgoing,
    /// PUBREC has arrived; PUBREL was sent.
    pub(super) released: bool,
    /// Sent on the connection of now.
    pub(super) sent: bool,
    /// When it was sent last; only a fault looks at it.
    pub(super) at: Instant,
    /// Finished, and kept by a fault.
    pub(super) finished: bool,
}

impl Session {
    /// An identifier that is not in use (MQTT5-2.2.1-4).
    pub(super) fn unused_identifier(&mut self) -> PacketIdentifier {
        loop {
            self.last_identifier = self.last_identifier.wrapping_add(1);
            let Some(identifier) = PacketIdentifier::new(self.last_identifier) else { continue };
            if self.in_flight.iter().all(|entry| entry.identifier != identifier) {
                return identifier;
            }
        }
    }

    /// How many messages take up the quota of this connection.
    pub(super) fn occupied(&self) -> usize {
        self.in_flight.iter().filter(|entry| entry.sent && !entry.finished).count()
    }
}
