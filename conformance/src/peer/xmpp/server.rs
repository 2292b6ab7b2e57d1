//! The server as its links see it: streams from the header to the end.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::{Duration, Instant};
use wirecheck_codecs::xmpp::scram;
use wirecheck_codecs::xmpp::{
    Context, Document, Element, Event, Header, Start, Tokenizer, XmlWriter, namespace,
};

use super::manage::{Detached, Managed};
use super::roster::Roster;
use super::sasl::Stored;
use super::spelling;
use crate::peer::Options;
pub(super) use crate::peer::stream::LinkId;
use crate::peer::stream::Machine;

/// The names under which the server can be reached.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// What a client may leave unread before it is cut off.
const MOST_OUTPUT: usize = 10_000;

/// Time for a client to sign in.
const SIGN_IN: Duration = Duration::from_secs(60);
/// How late everything is written, under a variant.
const LATE: Duration = Duration::from_millis(150);

/// How far a stream is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The header of the client is next.
    Header,
    /// SASL is next.
    Unknown,
    /// A resource is to be bound.
    Authenticated,
    /// Stanzas are exchanged.
    Bound,
}

/// An exchange of SCRAM that has begun.
#[derive(Debug)]
pub(super) struct Scram {
    pub(super) user: String,
    pub(super) server: scram::Server,
}

/// One connection.
#[derive(Debug)]
pub(super) struct LinkState {
    tokenizer: Tokenizer,
    /// What is to be written, and when at the earliest.
    out: VecDeque<(Instant, Vec<u8>)>,
    /// When the client must have signed in.
    patience: Option<Instant>,
    wake: Arc<Notify>,
    pub(super) closing: bool,
    /// The client ended its stream in order.
    pub(super) left: bool,
    header_sent: bool,
    pub(super) stage: Stage,
    pub(super) host: String,
    pub(super) user: Option<String>,
    pub(super) resource: Option<String>,
    /// The presence of the resource while it is available.
    pub(super) presence: Option<Document>,
    /// The client has asked for the roster.
    pub(super) interested: bool,
    pub(super) scram: Option<Scram>,
    pub(super) failures: u32,
    pub(super) managed: Option<Managed>,
}

impl LinkState {
    /// The full JID, once a resource is bound.
    pub(super) fn jid(&self) -> Option<String> {
        let (user, resource) = (self.user.as_ref()?, self.resource.as_ref()?);
        Some(format!("{user}@{}/{resource}", self.host))
    }

    /// Whether the resource has sent initial presence.
    pub(super) fn is_available(&self) -> bool {
        self.presence.is_some() && self.stage == Stage::Bound && !self.closing
    }
}

/// All of the server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) options: Options,
    now: Instant,
    pub(super) links: BTreeMap<LinkId, LinkState>,
    /// Sessions whose connection is gone, by the id of their stream management.
    pub(super) detached: BTreeMap<String, Detached>,
    /// What each user knows of its contacts.
    pub(super) rosters: BTreeMap<String, Roster>,
    /// What SCRAM stores of passwords, by user.
    pub(super) stored: BTreeMap<String, Stored>,
    next: u64,
}

impl Server {
    pub(super) fn new(options: Options, now: Instant) -> Self {
        Self {
            options,
            now,
            links: BTreeMap::new(),
            detached: BTreeMap::new(),
            rosters: BTreeMap::new(),
            stored: BTreeMap::new(),
            next: 0,
        }
    }

    pub(super) fn faulty(&self, id: &str) -> bool {
        self.options.faulty(id)
    }

    pub(super) fn varies(&self, id: &str) -> bool {
        self.options.varies(id)
    }

    /// A text that nobody had before.
    pub(super) fn fresh(&mut self) -> String {
        self.next += 1;
        // FNV-1a: no secret, but not to be guessed by counting either.
        let seed = format!("{}/{}", self.options.seed, self.next);
        let hash = seed.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        format!("{hash:016x}{:x}", self.next)
    }

    pub(super) fn is_own(&self, host: &str) -> bool {
        HOSTS.contains(&host)
    }

    /// Nothing more is taken, and the connection is closed behind what is queued.
    pub(super) fn shut(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.closing = true;
            link.wake.notify_one();
        }
    }

    pub(super) fn send(&mut self, id: LinkId, bytes: impl Into<Vec<u8>>) {
        let mut bytes = bytes.into();
        let respelled = match self.options.variant.as_deref() {
            Some("other-spelling") => Some(spelling::other_way_round as fn(&str) -> String),
            Some("prefixes") => Some(spelling::prefixed as fn(&str) -> String),
            _ => None,
        };
        if let (Some(respelled), Ok(text)) = (respelled, std::str::from_utf8(&bytes)) {
            bytes = respelled(text).into_bytes();
        }
        let due = if self.varies("late") { self.now + LATE } else { self.now };
        let Some(link) = self.links.get_mut(&id) else { return };
        if link.out.len() >= MOST_OUTPUT {
            link.closing = true;
        } else if !link.closing {
            link.out.push_back((due, bytes));
        }
        link.wake.notify_one();
    }

    fn take(&mut self, id: LinkId, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(link) = self.links.get_mut(&id) else { return };
            if link.closing {
                return;
            }
            // The tokenizer lends what it has read; what is needed is taken out of it first.
            let mut tokenizer =
                std::mem::replace(&mut link.tokenizer, Tokenizer::new(Context::default()));
            let restarts = match tokenizer.feed(&mut rest) {
                Ok(None | Some(Event::Space(_))) => false,
                Ok(Some(Event::Header(header))) => {
                    self.header(id, &header);
                    false
                }
                Ok(Some(Event::Element(element))) => {
                    let document = Document::from(element);
                    self.element(id, &document.element())
                }
                Ok(Some(Event::End)) => {
                    self.end(id);
                    false
                }
                Err(error) => {
                    if !self.faulty("ignores-xml-errors") {
                        self.fail_stream(id, error.kind.condition().name(), "");
                    }
                    return;
                }
            };
            if restarts {
                tokenizer.restart(Start::Stream);
            }
            if let Some(link) = self.links.get_mut(&id) {
                link.tokenizer = tokenizer;
            }
        }
    }

    fn header(&mut self, id: LinkId, header: &Header<'_>) {
        let to = header.to().unwrap_or_default().to_owned();
        let known = self.is_own(&to);
        let Some(link) = self.links.get_mut(&id) else { return };
        if known {
            link.host = to;
        }
        link.header_sent = true;
        let (host, authenticated) = (link.host.clone(), link.user.is_some());
        let first = !authenticated;
        let stream_id =
            if self.faulty("repeats-stream-id") { "same".to_owned() } else { self.fresh() };
        let mut xml = XmlWriter::new().start("stream:stream");
        xml = xml.attribute("xmlns", namespace::CLIENT);
        xml = xml.attribute("xmlns:stream", namespace::STREAMS);
        if !self.faulty("header-without-from") {
            xml = xml.attribute("from", &host);
        }
        if !self.faulty("header-without-id") {
            xml = xml.attribute("id", &stream_id);
        }
        if let Some(from) = header.from() {
            if !self.faulty("header-without-to") {
                xml = xml.attribute("to", from.split('/').next().unwrap_or_default());
            }
        } else if self.faulty("header-with-to") {
            xml = xml.attribute("to", "somebody@localhost");
        }
        if !self.faulty("header-without-lang") {
            xml = xml.attribute("xml:lang", "en");
        }
        let version = if self.faulty("header-version-too-high") { "1.1" } else { "1.0" };
        xml = xml.attribute("version", version);
        let mut bytes = b"<?xml version='1.0'?>".to_vec();
        bytes.extend(xml.finish());
        // A start tag without its end.
        if !bytes.ends_with(b">") {
            bytes.push(b'>');
        }
        self.send(id, bytes);
        if !known {
            self.fail_stream(id, "host-unknown", "");
            return;
        }
        let stage = if authenticated { Stage::Authenticated } else { Stage::Unknown };
        if let Some(link) = self.links.get_mut(&id) {
            link.stage = stage;
        }
        if !self.faulty("no-features") {
            let features = self.features(first);
            self.send(id, features);
        }
    }

    fn features(&self, first: bool) -> Vec<u8> {
        let mut xml = XmlWriter::new().start("stream:features");
        if self.faulty("comments-in-features") {
            xml = xml.raw(b"<!-- welcome -->");
        }
        if self.varies("extra-features") {
            xml = xml.start("c").attribute("xmlns", "http://jabber.org/protocol/caps");
            xml = xml.attribute("hash", "sha-1").attribute("ver", "x").end();
            xml = xml.start("x").attribute("xmlns", "urn:example:extra").start("y").end().end();
        }
        let manages =
            |xml: XmlWriter| xml.start("sm").attribute("xmlns", namespace::STREAM_MANAGEMENT).end();
        let turned = self.varies("features-reversed");
        if first {
            xml = xml.start("mechanisms").attribute("xmlns", namespace::SASL);
            let offered = match self.options.variant.as_deref() {
                Some("scram-only") => ["SCRAM-SHA-1"].as_slice(),
                Some("features-reversed") => &["PLAIN", "SCRAM-SHA-1"],
                _ => &["SCRAM-SHA-1", "PLAIN"],
            };
            for mechanism in offered {
                xml = xml.start("mechanism").text(mechanism).end();
            }
            xml = xml.end();
        } else if turned {
            xml = manages(xml);
        }
        let binds = if first { self.faulty("bind-before-sasl") } else { !self.faulty("no-bind") };
        if binds {
            xml = xml.start("bind").attribute("xmlns", namespace::BIND).end();
        }
        if !first && !turned {
            xml = manages(xml);
        }
        xml.end().finish()
    }

    /// Handles a first-level element; true if the stream starts over behind it.
    fn element(&mut self, id: LinkId, element: &Element<'_>) -> bool {
        let Some(stage) = self.links.get(&id).map(|link| link.stage.clone()) else { return false };
        match (element.namespace(), stage) {
            (namespace::SASL, Stage::Unknown) => return self.sasl(id, element),
            (namespace::STREAM_MANAGEMENT, Stage::Authenticated | Stage::Bound) => {
                self.manage(id, element);
            }
            (namespace::CLIENT, Stage::Bound) => self.stanza(id, element),
            (namespace::CLIENT, Stage::Authenticated) if self.bind(id, element) => {}
            (namespace::CLIENT, Stage::Unknown) if self.faulty("stanzas-before-sasl") => {}
            (namespace::CLIENT, Stage::Authenticated) if self.faulty("stanzas-before-bind") => {}
            (namespace::CLIENT, Stage::Unknown | Stage::Authenticated) => {
                self.fail_stream(id, "not-authorized", "");
            }
            _ if self.varies("ignores-unknown-elements") => {}
            _ => self.fail_stream(id, "unsupported-stanza-type", ""),
        }
        false
    }

    /// Says what is wrong, ends the stream and closes the connection (4.9.1.1).
    pub(super) fn fail_stream(&mut self, id: LinkId, condition: &str, more: &str) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let mut xml = String::new();
        if !std::mem::replace(&mut link.header_sent, true) {
            let stream_id = self.fresh();
            xml.push_str(&format!(
                "<?xml version='1.0'?><stream:stream xmlns='{}' xmlns:stream='{}' \
                 from='{}' id='{stream_id}' xml:lang='en' version='1.0'>",
                namespace::CLIENT,
                namespace::STREAMS,
                HOSTS.first().copied().unwrap_or_default(),
            ));
        }
        let condition = match condition {
            "not-well-formed" | "restricted-xml" if self.faulty("other-xml-condition") => {
                "internal-server-error"
            }
            other => other,
        };
        if !self.faulty("closes-without-error") {
            xml.push_str(&format!(
                "<stream:error><{condition} xmlns='{}'/>{more}</stream:error>",
                namespace::STREAM_CONDITIONS
            ));
        }
        if !self.faulty("no-closing-tag") {
            xml.push_str("</stream:stream>");
        }
        self.send(id, xml);
        if !self.faulty("stays-open-after-error") {
            self.shut(id);
        }
    }

    fn end(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.left = true;
        }
        if self.faulty("ignores-end-of-stream") {
            return;
        }
        if !self.faulty("no-closing-tag") {
            self.send(id, "</stream:stream>");
        }
        self.shut(id);
    }
}

impl Machine for Server {
    fn open(&mut self, now: Instant) -> LinkId {
        self.now = now;
        self.next += 1;
        let link = LinkState {
            tokenizer: Tokenizer::new(Context::new(Start::Stream)),
            out: VecDeque::new(),
            patience: Some(now + SIGN_IN),
            wake: Arc::new(Notify::new()),
            closing: false,
            left: false,
            header_sent: false,
            stage: Stage::Header,
            host: HOSTS.first().copied().unwrap_or_default().to_owned(),
            user: None,
            resource: None,
            presence: None,
            interested: false,
            scram: None,
            failures: 0,
            managed: None,
        };
        self.links.insert(self.next, link);
        self.next
    }

    fn input(&mut self, now: Instant, id: LinkId, bytes: &[u8]) -> usize {
        self.now = now;
        self.take(id, bytes);
        bytes.len()
    }

    fn output_due(&self, id: LinkId) -> Option<Instant> {
        self.links.get(&id)?.out.front().map(|(due, _)| *due)
    }

    fn output(&mut self, id: LinkId) -> Option<Vec<u8>> {
        self.links.get_mut(&id)?.out.pop_front().map(|(_, bytes)| bytes)
    }

    fn closing(&self, id: LinkId) -> bool {
        self.links.get(&id).is_none_or(|link| link.closing)
    }

    fn ended(&mut self, now: Instant, id: LinkId) {
        self.now = now;
        self.shut(id);
    }

    fn closed(&mut self, now: Instant, id: LinkId) {
        self.now = now;
        let Some(link) = self.links.remove(&id) else { return };
        if link.left || !self.detach(&link) {
            self.vanished(&link);
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let unknown = self.links.values().filter(|link| link.user.is_none());
        unknown.filter_map(|link| link.patience).min()
    }

    /// Ends the streams of clients that have not signed in in time.
    fn elapsed(&mut self, now: Instant) {
        self.now = now;
        let mut late = Vec::new();
        for (id, link) in self.links.iter_mut().filter(|(_, link)| link.user.is_none()) {
            if link.patience.take_if(|by| *by <= now).is_some() {
                late.push(*id);
            }
        }
        for id in late {
            self.fail_stream(id, "policy-violation", "");
        }
    }

    fn wake(&self, id: LinkId) -> Option<Arc<Notify>> {
        self.links.get(&id).map(|link| link.wake.clone())
    }

    fn varies(&self, id: &str) -> bool {
        self.options.varies(id)
    }
}
