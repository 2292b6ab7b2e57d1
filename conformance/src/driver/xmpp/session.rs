//! One XML stream each way: elements, automatic answers, and the counts of stream management.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use wirecheck_codecs::xmpp::json::to_json;
use wirecheck_codecs::xmpp::{
    Context, DecodeError, Element, Event, Limits, StanzaKind, Start, Tokenizer, XmlWriter,
    namespace,
};

use crate::case::Auto;
use crate::codec::xmpp::{Xmpp, document};
use crate::codec::xmpp_framing;
use crate::codec::{Codec, Rejection, Sender, Taken, wrong_on_purpose};
use crate::driver::inbox::End;
use crate::driver::session::{Outgoing, Port, Session};
use crate::passive::Findings;
use crate::passive::xmpp::Observer;

/// How large an element of the target may be.
const MOST_BYTES: usize = 1 << 20;

/// What is known of a stream.
#[derive(Debug)]
pub(super) struct Stream {
    ours: Sender,
    auto: HashSet<Auto>,
    /// Elements travel in the frames of WebSocket.
    framed: bool,
    incoming: Tokenizer,
    /// We let a client in: a new stream is next, or the end of the old one.
    restarting: bool,
    /// The bytes of the element at hand that have arrived.
    pending: Vec<u8>,
    /// Stanzas that the target sent since it enabled stream management.
    received: Option<u32>,
    /// Stanzas that we sent since we asked for stream management.
    sent: Option<u32>,
    /// How much white space came since we asked for TLS.
    space: usize,
    /// The id in the target's last stream header.
    stream_id: Option<String>,
    observer: Observer,
}

impl Stream {
    /// A stream on which nothing was sent yet, and what we are on it.
    pub(super) fn new(ours: Sender, auto: HashSet<Auto>) -> Self {
        let limits = Limits { stanza_bytes: MOST_BYTES, ..Limits::default() };
        let incoming = Tokenizer::new(Context { limits, ..Context::new(Start::Stream) });
        Self {
            ours,
            auto,
            framed: false,
            incoming,
            restarting: false,
            pending: Vec::new(),
            received: None,
            sent: None,
            space: 0,
            stream_id: None,
            observer: Observer::new(ours.peer()),
        }
    }

    /// A stream in the frames of WebSocket, if `framed`.
    pub(super) fn in_frames(self, framed: bool) -> Self {
        Self { framed, ..self }
    }

    fn refuse(&mut self, bytes: &[u8], error: &DecodeError, port: &Port) -> End {
        let mut error = Rejection::from(error);
        // Offsets count from the start of the stream; the log has its end.
        let before = self.incoming.at().saturating_sub(bytes.len());
        error.at = error.at.saturating_sub(before).min(bytes.len());
        let entry = port.rejected(bytes, &error);
        self.observer.unreadable(&error, entry);
        End::Unreadable(format!("not a valid message: {error}"))
    }

    /// What an element is answered with without being told.
    fn reaction(&mut self, element: &Element<'_>) -> Option<Vec<u8>> {
        const SM: &str = namespace::STREAM_MANAGEMENT;
        if element.is(SM, "enabled") || element.is(SM, "resumed") {
            self.received = Some(0);
        }
        if is_stanza(element)
            && let Some(received) = &mut self.received
        {
            *received = received.wrapping_add(1);
        }
        if element.is(SM, "r") && self.auto.contains(&Auto::R) {
            let handled = self.received.unwrap_or_default().to_string();
            let answer = XmlWriter::new().start("a").attribute("xmlns", SM);
            return Some(answer.attribute("h", &handled).end().finish());
        }
        self.answer_to_iq(element)
    }

    fn answer_to_iq(&self, element: &Element<'_>) -> Option<Vec<u8>> {
        let asks = matches!(element.attribute("type"), Some("get" | "set"));
        if !element.is(namespace::CLIENT, "iq") || !asks {
            return None;
        }
        let push = element.child("jabber:iq:roster", "query").is_some();
        let wanted = if push { Auto::Roster } else { Auto::Iq };
        if !self.auto.contains(&wanted) {
            return None;
        }
        let known = push || element.child("urn:xmpp:ping", "ping").is_some();
        let kind = if known { "result" } else { "error" };
        let mut answer = XmlWriter::new().start("iq").attribute("type", kind);
        if let Some(id) = element.attribute("id") {
            answer = answer.attribute("id", id);
        }
        if let Some(from) = element.attribute("from") {
            answer = answer.attribute("to", from);
        }
        if !known {
            answer = answer.start("error").attribute("type", "cancel");
            answer = answer.start("service-unavailable");
            answer = answer.attribute("xmlns", namespace::STANZA_CONDITIONS).end().end();
        }
        Some(answer.end().finish())
    }

    /// Counts what we send, and remembers what changes the stream.
    fn note_sent(&mut self, form: &Value) {
        let Some(document) = document(form) else { return };
        let element = document.element();
        if element.is(namespace::SASL, "auth") {
            self.observer.authenticates();
        }
        if element.is(namespace::STREAM_MANAGEMENT, "enable") {
            self.sent = Some(0);
        } else if element.is(namespace::TLS, "starttls") {
            self.space = 0;
        } else if self.ours == Sender::Server && element.is(namespace::SASL, "success") {
            self.restarting = true;
        } else if is_stanza(&element)
            && let Some(sent) = &mut self.sent
        {
            *sent = sent.wrapping_add(1);
        }
    }

    /// Takes what has arrived as a whole.
    fn arrived(&mut self, form: Value, unit: &[u8], port: &Port) -> Result<usize, End> {
        if let Some(header) = form.get("stream") {
            self.observer.header();
            self.stream_id = header.get("id").and_then(Value::as_str).map(str::to_owned);
        }
        let entry = match without_secret(&form) {
            Some(text) => port.received(text.as_bytes(), text.clone()),
            None => port.received(unit, Xmpp.describe(&form)),
        };
        if let Some(document) = document(&form) {
            let element = document.element();
            self.observer.element(&element, entry);
            if let (true, Some(sent), Some(handled)) =
                (element.is(namespace::STREAM_MANAGEMENT, "a"), self.sent, handled(&element))
            {
                self.observer.acknowledged(&element, handled, sent, entry);
            }
            if let Some(answer) = self.reaction(&element) {
                port.answer(answer);
            }
            if element.is(namespace::TLS, "proceed") {
                // Nothing may come before TLS; what comes all the same may be another stream.
                self.incoming.restart(Start::Either);
            }
            if self.ours == Sender::Client && element.is(namespace::SASL, "success") {
                // The next thing of the target is the header of a new stream (6.4.6).
                self.incoming.restart(Start::Stream);
            }
        }
        if form.get("space").is_some() {
            self.observer.space(entry);
            port.keep(entry);
        } else {
            port.deliver(form, unit, entry)?;
        }
        Ok(entry)
    }

    /// Takes one frame of WebSocket.
    fn receive_frame(&mut self, bytes: &[u8], port: &Port) -> Result<usize, End> {
        match xmpp_framing::read(bytes) {
            Ok((forms, flaws)) => {
                for form in forms {
                    let entry = self.arrived(form, bytes, port)?;
                    self.observer.frame(&flaws, entry);
                }
                Ok(bytes.len())
            }
            Err(error) => {
                let entry = port.rejected(bytes, &error);
                self.observer.unreadable(&error, entry);
                Err(End::Unreadable(format!("not a valid message: {error}")))
            }
        }
    }
}

/// How many stanzas an element of stream management acknowledges.
fn handled(element: &Element<'_>) -> Option<u32> {
    element.attribute("h")?.parse().ok()
}

fn is_stanza(element: &Element<'_>) -> bool {
    element.namespace() == namespace::CLIENT
        && StanzaKind::ALL.iter().any(|kind| kind.name() == element.name())
}

/// What an element of SASL is in the log: passwords stay out of reports.
fn without_secret(form: &Value) -> Option<String> {
    let document = document(form)?;
    let element = document.element();
    if !element.is(namespace::SASL, "auth") || element.attribute("mechanism") != Some("PLAIN") {
        return None;
    }
    let writer = XmlWriter::new().start("auth").attribute("xmlns", namespace::SASL);
    let writer = writer.attribute("mechanism", "PLAIN").text("...").end();
    String::from_utf8(writer.finish()).ok()
}

impl Session for Stream {
    fn receive(&mut self, bytes: &[u8], port: &Port) -> Result<usize, End> {
        if self.framed {
            return self.receive_frame(bytes, port);
        }
        self.observer.received();
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.restarting {
                match rest {
                    b"<" => return Ok(bytes.len() - rest.len()),
                    // A client that does not trust us after all leaves.
                    [b'<', b'/', ..] => {}
                    // Otherwise the header of a new stream is next (6.4.6).
                    _ => self.incoming.restart(Start::Stream),
                }
                self.restarting = false;
            }
            let before = rest;
            let event = match self.incoming.feed(&mut rest) {
                Ok(event) => event,
                Err(error) => {
                    let mut seen = std::mem::take(&mut self.pending);
                    seen.extend_from_slice(before);
                    return Err(self.refuse(&seen, &error, port));
                }
            };
            let used = before.len() - rest.len();
            self.pending.extend_from_slice(before.get(..used).unwrap_or_default());
            let Some(event) = event else { break };
            if let Event::Space(bytes) = &event {
                self.space += bytes;
            }
            let form = to_json(&event);
            let unit = std::mem::take(&mut self.pending);
            self.arrived(form, &unit, port)?;
        }
        Ok(bytes.len())
    }

    fn send(&mut self, outgoing: &Outgoing<'_>, port: &Port) -> usize {
        let (mut rest, mut entry) = (outgoing.bytes, 0);
        while !rest.is_empty() {
            let taken = Xmpp.take(rest, self.ours);
            let (used, words) = match &taken {
                Taken::Message { form, used } => {
                    self.note_sent(form);
                    (*used, Xmpp.describe(form))
                }
                Taken::Incomplete { .. } => (rest.len(), "part of an element".to_owned()),
                Taken::Rejected(error) => (rest.len(), wrong_on_purpose(&Xmpp, rest, error)),
            };
            let (unit, behind) = rest.split_at(used.min(rest.len()));
            let hidden = match &taken {
                Taken::Message { form, .. } => without_secret(form),
                _ => None,
            };
            entry = match hidden {
                Some(text) => port.sent(text.as_bytes(), text.clone(), outgoing),
                None => port.sent(unit, words, outgoing),
            };
            rest = behind;
        }
        entry
    }

    fn other_frame(&mut self, entry: usize) {
        self.observer.binary_frame(entry);
    }

    fn frames(&self, pieces: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
        self.framed.then(|| pieces.iter().flat_map(|piece| xmpp_framing::frames(piece)).collect())
    }

    fn secured(&mut self) {
        self.pending.clear();
        self.incoming.restart(Start::Stream);
    }

    fn farewell(&mut self) -> Option<Vec<u8>> {
        Some(b"</stream:stream>".to_vec())
    }

    fn findings(&self) -> &Findings {
        self.observer.findings()
    }

    /// `sm.received`, `sm.sent` and `sm.sent_by_target` by XEP-0198, `space`, and
    /// `stream_id`.
    fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        let received = self.received.unwrap_or_default();
        let counts = json!({
            "received": received,
            "sent_by_target": received,
            "sent": self.sent.unwrap_or_default(),
        });
        facts.insert("sm".to_owned(), counts);
        facts.insert("space".to_owned(), self.space.into());
        if let Some(id) = &self.stream_id {
            facts.insert("stream_id".to_owned(), id.as_str().into());
        }
        facts
    }
}
