//! The state machine: what the broker knows, and the events that come from outside.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::{Duration, Instant};
use wirecheck_codecs::mqtt::Version;

use super::owned::{Application, Request, Will};
use super::says;
use super::session::Session;
use super::will::End;
use crate::peer::Options;
use crate::peer::saying::{self, Saying};
pub use crate::peer::stream::LinkId;
use crate::peer::stream::Machine;

/// Bounds on what is kept.
pub(super) mod limits {
    use tokio::time::Duration;

    /// Bytes of a packet from a Client.
    pub(in super::super) const PACKET: usize = 1 << 20;
    /// Bytes of a Client Identifier; 23 is what every Server takes.
    pub(in super::super) const CLIENT_IDENTIFIER: usize = 1_024;
    /// QoS 2 messages that a Client may have open at once.
    pub(in super::super) const RECEIVE_MAXIMUM: u16 = 20;
    /// Topic Aliases that a Client may use.
    pub(in super::super) const TOPIC_ALIASES: u16 = 10;
    /// Time for CONNECT, authentication included.
    pub(in super::super) const CONNECT: Duration = Duration::from_secs(10);
    /// Bytes waiting to be written to one connection.
    pub(in super::super) const OUTPUT: usize = 16 << 20;
    /// Sessions.
    pub(in super::super) const SESSIONS: usize = 10_000;
    /// Subscriptions of one Session.
    pub(in super::super) const SUBSCRIPTIONS: usize = 1_000;
    /// Retained messages.
    pub(in super::super) const RETAINED: usize = 10_000;
    /// Bytes of all retained payloads.
    pub(in super::super) const RETAINED_BYTES: usize = 64 << 20;
    /// Shares whose turn is remembered.
    pub(in super::super) const SHARES: usize = 10_000;
    /// Messages waiting for one Session.
    pub(in super::super) const QUEUE: usize = 10_000;
    /// Bytes of the payloads waiting for one Session.
    pub(in super::super) const QUEUE_BYTES: usize = 64 << 20;
    /// Messages in flight to one Session, whatever its Receive Maximum.
    pub(in super::super) const IN_FLIGHT: usize = 1_024;
}

/// How far a connection has come.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Nothing has arrived.
    New,
    /// CONNECT has arrived; an AUTH is awaited.
    Authenticating(Box<Request>),
    /// CONNACK with success was sent.
    Connected,
    /// What is queued is still written, nothing is read.
    Closing,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) phase: Phase,
    pub(super) version: Version,
    /// Client Identifier, once connected.
    pub(super) client: String,
    /// When the connection was opened.
    pub(super) opened: Instant,
    /// When the last packet arrived.
    pub(super) heard: Instant,
    /// Time without a packet after which the connection is closed.
    pub(super) patience: Option<Duration>,
    pub(super) receive_maximum: u16,
    pub(super) maximum_packet_size: u32,
    pub(super) topic_alias_maximum: u16,
    pub(super) problem_information: bool,
    pub(super) method: Option<String>,
    /// A re-authentication is going on.
    pub(super) reauthenticating: bool,
    /// Topic Aliases set by the Client.
    pub(super) aliases_in: BTreeMap<u16, String>,
    /// Topic Aliases set by us: the first has alias 1.
    pub(super) aliases_out: Vec<String>,
    /// QoS 2 identifiers that count against our Receive Maximum.
    pub(super) unreleased: BTreeSet<u16>,
    /// Acknowledgements that were not counted, or once too often, in the quota; only faults do so.
    pub(super) miscounted: usize,
    /// What is to be written, and when at the earliest.
    pub(super) output: VecDeque<(Instant, Vec<u8>)>,
    pub(super) output_bytes: usize,
    /// Wakes the writer.
    pub(super) wake: Arc<Notify>,
    /// Tells that the next deadline may have moved.
    pub(super) rescheduled: Arc<Notify>,
}

/// The broker without its sockets.
#[derive(Debug)]
pub struct State {
    pub(super) options: Options,
    pub(super) now: Instant,
    pub(super) rng: fastrand::Rng,
    pub(super) links: BTreeMap<LinkId, Link>,
    next_link: LinkId,
    /// The deadline that the shell was last told of.
    announced: Option<Instant>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) retained: BTreeMap<String, Application>,
    pub(super) retained_bytes: usize,
    /// Whose turn it is, by ShareName and Topic Filter.
    pub(super) turns: BTreeMap<(String, String), usize>,
    /// Topic Aliases kept by Client; only a fault uses them.
    pub(super) old_aliases: BTreeMap<String, BTreeMap<u16, String>>,
    /// The last Will of each Client; only a fault uses them.
    pub(super) old_wills: BTreeMap<String, Will>,
    /// Wills that a reconnection ought to have cancelled, by a fault.
    pub(super) stray_wills: Vec<(Instant, Application)>,
    pub(super) assigned: u64,
    /// Requests so far, for refusals by policy.
    pub(super) requests: u64,
    /// What is said that no Server may say; only generated faults do.
    pub(super) saying: Option<Saying>,
    /// The broker has stopped serving, by a fault.
    pub(super) dead: bool,
    /// The broker reads no more, by a fault.
    pub(super) deaf: bool,
}

impl State {
    /// A broker that holds nothing but its own `$SYS` topic.
    pub fn new(options: Options, now: Instant) -> Self {
        let seed = options.seed;
        let saying = saying::find(says::PROTOCOLS, options.fault.as_deref());
        let mut state = Self {
            options,
            now,
            rng: fastrand::Rng::with_seed(seed),
            links: BTreeMap::new(),
            next_link: 1,
            announced: None,
            sessions: BTreeMap::new(),
            retained: BTreeMap::new(),
            retained_bytes: 0,
            turns: BTreeMap::new(),
            old_aliases: BTreeMap::new(),
            old_wills: BTreeMap::new(),
            stray_wills: Vec::new(),
            assigned: 0,
            requests: 0,
            saying,
            dead: false,
            deaf: false,
        };
        state.store_version();
        state
    }

    /// True if the broker shows this fault; a test finds ids that are not in the table.
    pub(super) fn faulty(&self, id: &str) -> bool {
        self.options.faulty(id)
    }

    /// True if the broker shows this variant; a test finds ids that are not in the table.
    pub(super) fn varies(&self, id: &str) -> bool {
        self.options.varies(id)
    }

    /// The version spoken on a connection.
    pub(super) fn version(&self, id: LinkId) -> Version {
        self.links.get(&id).map_or(Version::V5, |link| link.version)
    }

    /// Wakes those who sleep until the next deadline, if it has come nearer.
    fn reschedule(&mut self) {
        let next = self.deadline_of_all();
        let nearer = match (next, self.announced) {
            (Some(next), Some(announced)) => next < announced,
            (next, None) => next.is_some(),
            (None, Some(_)) => false,
        };
        self.announced = next;
        if nearer {
            for link in self.links.values() {
                link.rescheduled.notify_one();
            }
        }
    }
}

impl Machine for State {
    fn open(&mut self, now: Instant) -> LinkId {
        self.tick(now);
        let id = self.next_link;
        self.next_link += 1;
        let link = Link {
            phase: if self.dead { Phase::Closing } else { Phase::New },
            version: Version::V5,
            client: String::new(),
            opened: now,
            heard: now,
            patience: None,
            receive_maximum: u16::MAX,
            maximum_packet_size: u32::MAX,
            topic_alias_maximum: 0,
            problem_information: true,
            method: None,
            reauthenticating: false,
            aliases_in: BTreeMap::new(),
            aliases_out: Vec::new(),
            unreleased: BTreeSet::new(),
            miscounted: 0,
            output: VecDeque::new(),
            output_bytes: 0,
            wake: Arc::new(Notify::new()),
            rescheduled: Arc::new(Notify::new()),
        };
        self.links.insert(id, link);
        self.reschedule();
        id
    }

    fn input(&mut self, now: Instant, id: LinkId, bytes: &[u8]) -> usize {
        self.tick(now);
        let used = self.incoming(id, bytes);
        self.reschedule();
        used
    }

    fn ended(&mut self, now: Instant, id: LinkId) {
        self.tick(now);
        self.leave(id, End::Lost);
        self.shut(id);
        self.reschedule();
    }

    fn closed(&mut self, now: Instant, id: LinkId) {
        self.ended(now, id);
        self.links.remove(&id);
    }

    fn elapsed(&mut self, now: Instant) {
        self.tick(now);
        self.reschedule();
    }

    fn output(&mut self, id: LinkId) -> Option<Vec<u8>> {
        let link = self.links.get_mut(&id)?;
        let (_, bytes) = link.output.pop_front()?;
        link.output_bytes = link.output_bytes.saturating_sub(bytes.len());
        Some(bytes)
    }

    fn output_due(&self, id: LinkId) -> Option<Instant> {
        self.links.get(&id)?.output.front().map(|(due, _)| *due)
    }

    fn closing(&self, id: LinkId) -> bool {
        self.links.get(&id).is_none_or(|link| matches!(link.phase, Phase::Closing))
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.deadline_of_all()
    }

    fn wake(&self, id: LinkId) -> Option<Arc<Notify>> {
        self.links.get(&id).map(|link| link.wake.clone())
    }

    fn rescheduled(&self, id: LinkId) -> Option<Arc<Notify>> {
        self.links.get(&id).map(|link| link.rescheduled.clone())
    }

    fn varies(&self, id: &str) -> bool {
        self.options.varies(id)
    }

    fn is_dead(&self) -> bool {
        self.dead
    }
}
