//! What the gateway knows of one client.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::upstream::Connection;
use crate::peer::datagram::EndpointId;

/// Where a client is: behind a forwarder, an endpoint has many nodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) endpoint: EndpointId,
    pub(super) node: Option<Vec<u8>>,
}

/// The state of a client (6.14), and how far its connection has come before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Disconnected or lost.
    Disconnected,
    /// WILLTOPIC is awaited.
    WillTopic,
    /// WILLMSG is awaited.
    WillMessage,
    /// The broker is asked.
    Connecting,
    Active,
    Asleep,
    Awake,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Will {
    pub(super) topic: String,
    pub(super) qos: i8,
    pub(super) retain: bool,
    pub(super) message: Vec<u8>,
}

/// A message to the client that is not acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    /// REGISTER, PUBLISH or PUBREL.
    pub(super) form: Value,
    /// The PUBLISH of the broker that it is about.
    pub(super) message: Value,
    pub(super) sent: u32,
    pub(super) due: Instant,
}

/// A SUBSCRIBE that the broker has not answered.
#[derive(Clone, Debug)]
pub(super) struct Subscribing {
    pub(super) filter: String,
    pub(super) qos: i8,
    /// The topic id of SUBACK.
    pub(super) topic_id: u16,
    /// The topic id is that of a topic name, not a pre-defined one.
    pub(super) is_assigned: bool,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) at: Address,
    pub(super) phase: Phase,
    pub(super) connection: Option<Connection>,
    /// The broker has accepted the connection.
    pub(super) online: bool,
    pub(super) clean: bool,
    pub(super) keep_alive: Duration,
    pub(super) sleep: Duration,
    pub(super) heard: Instant,
    pub(super) will: Option<Will>,
    /// The Will topic while the Will message is awaited.
    pub(super) draft: Option<Will>,
    /// Topic names; the first has topic id 1.
    pub(super) topics: Vec<String>,
    /// Topic ids that the client knows.
    pub(super) known: BTreeSet<u16>,
    /// Topic names whose REGISTER was rejected.
    pub(super) unwanted: BTreeSet<String>,
    /// Pre-defined topic ids that the client subscribed to.
    pub(super) predefined: BTreeSet<u16>,
    pub(super) filters: BTreeMap<String, i8>,
    /// The TopicId fields of PUBLISH messages that the broker has not acknowledged, by MsgId.
    pub(super) published: BTreeMap<u16, u16>,
    pub(super) subscribing: BTreeMap<u16, Subscribing>,
    /// How many subscriptions of an earlier connection the broker has not taken yet.
    pub(super) resubscribing: usize,
    pub(super) queue: VecDeque<Value>,
    pub(super) flight: Option<Flight>,
    /// PINGRESP was sent before its time, by a fault.
    pub(super) answered_early: bool,
    /// A message was sent since the client woke.
    pub(super) flushed: bool,
    pub(super) next_id: u16,
}

impl Client {
    pub(super) fn new(at: Address, now: Instant) -> Self {
        Self {
            at,
            phase: Phase::Disconnected,
            connection: None,
            online: false,
            clean: true,
            keep_alive: Duration::ZERO,
            sleep: Duration::ZERO,
            heard: now,
            will: None,
            draft: None,
            topics: Vec::new(),
            known: BTreeSet::new(),
            unwanted: BTreeSet::new(),
            predefined: BTreeSet::new(),
            filters: BTreeMap::new(),
            published: BTreeMap::new(),
            subscribing: BTreeMap::new(),
            resubscribing: 0,
            queue: VecDeque::new(),
            flight: None,
            answered_early: false,
            flushed: false,
            next_id: 0x8000,
        }
    }

    /// Whether the client has a connection, asleep or not.
    pub(super) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Active | Phase::Asleep | Phase::Awake)
    }

    /// The topic id of a name, a new one if it has none.
    pub(super) fn topic_id(&mut self, name: &str) -> u16 {
        let place = self.topics.iter().position(|known| known == name);
        let place = place.unwrap_or_else(|| {
            self.topics.push(name.to_owned());
            self.topics.len() - 1
        });
        place as u16 + 1
    }

    /// The topic name of an id.
    pub(super) fn topic_name(&self, id: u16) -> Option<&str> {
        self.topics.get(usize::from(id).checked_sub(1)?).map(String::as_str)
    }

    /// A MsgId of the gateway's own.
    pub(super) fn message_id(&mut self) -> u16 {
        self.next_id = self.next_id.wrapping_add(1).max(0x8000);
        self.next_id
    }

    /// What is on its way goes back to the front of the queue.
    pub(super) fn put_back(&mut self) {
        if let Some(flight) = self.flight.take()
            && flight.form.get("pubrel").is_none()
        {
            self.queue.push_front(flight.message);
        }
    }

    /// The time without a message after which the client is lost (7.2).
    pub(super) fn supervised(&self) -> Option<Instant> {
        let duration = match self.phase {
            Phase::Active => self.keep_alive,
            Phase::Asleep | Phase::Awake => self.sleep,
            _ => return None,
        };
        (!duration.is_zero()).then(|| self.heard + with_tolerance(duration))
    }
}

/// Above a minute a tenth more than was said, below it half as much again.
pub(super) fn with_tolerance(duration: Duration) -> Duration {
    let percent = if duration > Duration::from_secs(60) { 110 } else { 150 };
    duration * percent / 100
}
