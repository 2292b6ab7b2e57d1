//! The server as its links see it: streams from the header to the end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::{Duration, Instant};
use wirecheck_codecs::xmpp::scram;
use wirecheck_codecs::xmpp::{
    Context, Document, Element, ErrorKind, Event, Limits, Start, StreamCondition, Tokenizer,
    namespace, stream_error,
};

use super::manage::{Detached, Managed};
use super::roster::{Changes, Roster};
use super::sasl::Stored;
use super::secure::Security;
use super::spelling;
use crate::peer::Options;
pub(super) use crate::peer::stream::LinkId;
use crate::peer::stream::{Layering, Machine};

/// The names under which the server can be reached.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How large an element may be; at least 10,000 bytes (13.12).
const MOST_BYTES: usize = 256 * 1024;
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
    /// The identity that the client asks for.
    pub(super) authzid: Option<String>,
    pub(super) server: scram::Server,
    /// The data of the channel, if the exchange is bound to it.
    pub(super) binding: Vec<u8>,
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
    pub(super) header_sent: bool,
    pub(super) stage: Stage,
    pub(super) host: String,
    pub(super) user: Option<String>,
    /// The client named its identity when it signed in.
    pub(super) named: bool,
    /// The client signed in by PLAIN.
    pub(super) plain: bool,
    pub(super) resource: Option<String>,
    /// The presence of the resource while it is available.
    pub(super) presence: Option<Document>,
    /// Whom the client has sent presence in person.
    pub(super) directed: BTreeSet<String>,
    /// The client has asked for the roster.
    pub(super) interested: bool,
    /// The language that the client named in its stream header.
    pub(super) lang: Option<String>,
    /// What is held back, under a fault.
    pub(super) later: Vec<Vec<u8>>,
    pub(super) scram: Option<Scram>,
    /// PLAIN has begun without an initial response.
    pub(super) asked: bool,
    pub(super) failures: u32,
    pub(super) managed: Option<Managed>,
    pub(super) tls: Security,
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
    /// When each item of the rosters changed last, by user.
    pub(super) changes: BTreeMap<String, Changes>,
    /// What SCRAM stores of passwords, by user.
    pub(super) stored: BTreeMap<String, Stored>,
    /// Messages for who has no resource for them, under a variant.
    pub(super) stored_offline: BTreeMap<String, Vec<Vec<u8>>>,
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
            changes: BTreeMap::new(),
            stored: BTreeMap::new(),
            stored_offline: BTreeMap::new(),
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

    pub(super) fn take(&mut self, id: LinkId, bytes: &[u8]) {
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
                    if !self.tolerates(id, error.kind) {
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
            if self.leaves_alone(id, rest) {
                return;
            }
        }
    }

    /// Whether a fault keeps the server from saying that something is no XML of a stream.
    fn tolerates(&self, id: LinkId, kind: ErrorKind) -> bool {
        let before = self.links.get(&id).is_some_and(|link| !link.header_sent);
        let of_names = kind.requirement() == Some("RFC6120-11.3-3");
        let of_encoding = kind.condition() == StreamCondition::UnsupportedEncoding;
        self.faulty("ignores-xml-errors")
            || before && self.faulty("ignores-header-errors")
            || of_names && self.faulty("ignores-namespace-errors")
            || of_encoding && self.faulty("ignores-encoding-errors")
            || kind == ErrorKind::UnboundPrefix && self.faulty("keeps-earlier-namespaces")
    }

    /// Handles a first-level element; true if the stream starts over behind it.
    fn element(&mut self, id: LinkId, element: &Element<'_>) -> bool {
        let Some(stage) = self.links.get(&id).map(|link| link.stage.clone()) else { return false };
        match (element.namespace(), stage) {
            (namespace::SASL, Stage::Unknown) => return self.sasl(id, element),
            (namespace::TLS, _) => return self.start_tls(id, element),
            // Who reports an error of the stream has ended it (4.9.1.1).
            (namespace::STREAMS, _) if element.name() == "error" => {
                let known = stream_error(element).is_some_and(|error| error.condition.is_some());
                let ignored = self.faulty("ignores-stream-errors")
                    || !known && self.faulty("ignores-unknown-stream-conditions");
                if !ignored {
                    self.end(id);
                }
            }
            (namespace::STREAM_MANAGEMENT, Stage::Authenticated | Stage::Bound) => {
                self.manage(id, element);
            }
            (namespace::STREAM_MANAGEMENT, Stage::Unknown)
                if self.faulty("resumes-before-sasl") && element.name() == "resume" =>
            {
                self.manage(id, element);
            }
            (namespace::CLIENT, Stage::Bound) => self.stanza(id, element),
            (namespace::CLIENT, Stage::Authenticated) if self.bind(id, element) => {}
            (namespace::CLIENT, Stage::Unknown)
                if self.faulty("binds-strangers") && self.bind(id, element) => {}
            (namespace::CLIENT, Stage::Unknown) if self.faulty("stanzas-before-sasl") => {}
            (namespace::CLIENT, Stage::Authenticated) if self.faulty("stanzas-before-bind") => {}
            (namespace::CLIENT, Stage::Unknown | Stage::Authenticated) => {
                self.fail_stream(id, "not-authorized", "");
            }
            (namespace, _) if namespace != namespace::STREAMS && self.passes_on(id, element) => {}
            _ if self.faulty("answers-unknown-elements") => {
                self.send(id, "<message type='error' from='localhost'/>");
            }
            _ if self.varies("ignores-unknown-elements") => {}
            _ => self.fail_stream(id, "unsupported-stanza-type", ""),
        }
        false
    }

    /// What must not be: data that is no stanza goes to who it names (4.8.4).
    fn passes_on(&mut self, id: LinkId, element: &Element<'_>) -> bool {
        let to = element.attribute("to").filter(|_| self.faulty("routes-any-data"));
        let link =
            to.and_then(|to| self.links.iter().find(|(_, link)| link.jid().as_deref() == Some(to)));
        let Some(other) = link.map(|(other, _)| *other) else { return false };
        let data = Document::from(*element);
        self.send(other, String::from(&data));
        let _ = id;
        true
    }

    /// Says what is wrong, ends the stream and closes the connection (4.9.1.1).
    pub(super) fn fail_stream(&mut self, id: LinkId, condition: &str, more: &str) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let mut xml = String::new();
        let unopened = !std::mem::replace(&mut link.header_sent, true);
        if unopened && !self.faulty("error-without-header") {
            let stream_id = self.fresh();
            let alone = self.faulty("standalone-declaration");
            let alone = if alone { " standalone='yes'" } else { "" };
            xml.push_str(&format!(
                "<?xml version='1.0'{alone}?><stream:stream xmlns='{}' xmlns:stream='{}' \
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
        let condition = match self.options.fault.as_deref() {
            Some("stream-conditions-of-its-own") => "something-is-wrong",
            _ => condition,
        };
        let conditions = match self.options.fault.as_deref() {
            Some("stream-conditions-in-other-namespace") => "urn:example:conditions",
            _ => namespace::STREAM_CONDITIONS,
        };
        if !self.faulty("closes-without-error") {
            xml.push_str(&format!(
                "<stream:error><{condition} xmlns='{conditions}'/>{more}</stream:error>"
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

    /// What must not be: a stream begins anew after a resource is bound (7.3.2).
    fn restart_if_faulty(&mut self, id: LinkId, bytes: &[u8]) {
        let faulty = self.faulty("restarts-after-binding");
        let header =
            [b"<?xml".as_slice(), b"<stream:stream"].iter().any(|of| bytes.starts_with(of));
        let link = self.links.get_mut(&id).filter(|link| link.stage == Stage::Bound);
        if let Some(link) = link.filter(|_| faulty && header) {
            link.tokenizer.restart(Start::Stream);
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
        let most = if self.faulty("small-stanzas") { 9_000 } else { MOST_BYTES };
        let limits = Limits { stanza_bytes: most, ..Limits::default() };
        let link = LinkState {
            tokenizer: Tokenizer::new(Context { limits, ..Context::new(Start::Stream) }),
            out: VecDeque::new(),
            patience: Some(now + SIGN_IN),
            wake: Arc::new(Notify::new()),
            closing: false,
            left: false,
            header_sent: false,
            stage: Stage::Header,
            host: HOSTS.first().copied().unwrap_or_default().to_owned(),
            user: None,
            named: false,
            plain: false,
            resource: None,
            presence: None,
            directed: BTreeSet::new(),
            interested: false,
            lang: None,
            later: Vec::new(),
            scram: None,
            asked: false,
            failures: 0,
            managed: None,
            tls: Security::default(),
        };
        self.links.insert(self.next, link);
        self.next
    }

    fn input(&mut self, now: Instant, id: LinkId, bytes: &[u8]) -> usize {
        self.now = now;
        if self.faulty("takes-prefixed-content") {
            let text = String::from_utf8_lossy(bytes).replace("<c:", "<").replace("</c:", "</");
            self.take(id, text.as_bytes());
        } else {
            self.restart_if_faulty(id, bytes);
            self.take(id, bytes);
        }
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
            self.bounce(&link);
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

    fn layer(&mut self, id: LinkId) -> Option<Layering> {
        let link = self.links.get_mut(&id)?;
        if link.out.is_empty() { link.tls.begin(&self.options) } else { None }
    }

    fn layered(&mut self, now: Instant, id: LinkId) {
        self.now = now;
        self.secured(id);
    }

    fn varies(&self, id: &str) -> bool {
        self.options.varies(id)
    }
}
