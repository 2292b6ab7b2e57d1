//! The CoAP server over TCP and WebSocket: Capabilities and Settings, Ping and Pong, Release and
//! Abort, and requests that may be answered in any order (RFC 8323).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::reliable::encode;
use wirecheck_codecs::coap::reliable::{Framing, Message, decode};
use wirecheck_codecs::coap::{self, Code, Context, Limits, MessageType, OptionNumber};
use wirecheck_codecs::json::{bytes_to_json, to_hex};

use super::connected::protocol;
use super::resources::{Response, TICK, path};
use super::site::{Refusal, Site};
use crate::peer::Options;
use crate::peer::saying::{self, Saying};
use crate::peer::stream::{LinkId, Machine};

/// The largest message that is taken: what holds where a CSM says nothing else.
const MOST_BYTES: usize = 1152;
/// How long the resource `separate` takes.
const SEPARATE: Duration = Duration::from_secs(1);
/// How often the resource `tick` changes while somebody observes it.
const TICK_TIME: Duration = Duration::from_secs(1);
/// How much later everything comes under a variant.
const LATE: Duration = Duration::from_millis(200);
/// How many bytes say how long what came in a WebSocket frame is.
const FRAME: usize = 4;

/// One connection.
#[derive(Debug, Default)]
struct Connection {
    queue: VecDeque<(Instant, Vec<u8>)>,
    /// Whether the client's CSM has come.
    greeted: bool,
    /// Whether the client has sent Release.
    released: bool,
    closing: bool,
    wake: Arc<Notify>,
    moved: Arc<Notify>,
}

/// A response that takes time.
#[derive(Debug)]
struct Later {
    due: Instant,
    to: LinkId,
    bytes: Vec<u8>,
}

/// The server.
#[derive(Debug)]
pub(super) struct Server {
    site: Site,
    set: Options,
    framing: Framing,
    connections: BTreeMap<LinkId, Connection>,
    later: Vec<Later>,
    next: LinkId,
    next_tick: Option<Instant>,
    /// What is sent before a Pong, to show that it is noticed.
    saying: Option<Saying>,
}

/// The message of a WebSocket frame, with its length in front, as it travels between the frames and
/// the server: over TCP a message has its length in itself.
pub(super) fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// What is at the front of such a stream, once it is whole.
pub(super) fn unframed(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<FRAME>()?;
    rest.get(..u32::from_be_bytes(*length) as usize)
}

impl Server {
    pub(super) fn new(set: Options, framing: Framing) -> Self {
        Self {
            saying: saying::find(&[protocol(framing)], set.fault.as_deref()),
            site: Site::new(set.clone()),
            set,
            framing,
            connections: BTreeMap::new(),
            later: Vec::new(),
            next: 0,
            next_tick: None,
        }
    }

    /// Changes the observable resource now.
    pub(super) fn change(&mut self, now: Instant) {
        self.site.resources.ticks += 1;
        self.tell(now, TICK);
    }

    fn tell(&mut self, now: Instant, path: &str) {
        if self.set.faulty("never-notifies") {
            return;
        }
        // From the end, since the last thing that an observer is told takes it out.
        for place in (0..self.site.observers.len()).rev() {
            if self.site.observers.get(place).is_none_or(|it| it.path != path) {
                continue;
            }
            if let Some((to, token, response, _)) = self.site.notification(place) {
                self.queue(now, to, &form(&token, &response));
            }
        }
    }

    fn queue(&mut self, now: Instant, to: LinkId, form: &Value) {
        let bytes = self.bytes(form);
        self.queue_bytes(now, to, bytes);
    }

    fn bytes(&self, form: &Value) -> Vec<u8> {
        self.in_frame(encode(form, self.framing).unwrap_or_default())
    }

    fn in_frame(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self.framing {
            Framing::Tcp => bytes,
            Framing::WebSocket => framed(&bytes),
        }
    }

    fn queue_bytes(&mut self, now: Instant, to: LinkId, bytes: Vec<u8>) {
        let late = if self.set.varies("late") { LATE } else { Duration::ZERO };
        if let Some(connection) = self.connections.get_mut(&to) {
            connection.queue.push_back((now + late, bytes));
            connection.wake.notify_one();
        }
    }

    fn greet(&mut self, now: Instant, id: LinkId) {
        if self.set.faulty("no-csm") {
            return;
        }
        let mut options = vec![json!({ "block_wise_transfer": "" })];
        if self.set.faulty("extended-token-length-7") {
            options.push(json!({ "extended_token_length": 7 }));
        }
        let csm = json!({ "coap": { "code": "7.01", "options": options } });
        self.queue(now, id, &csm);
    }

    /// Sends Abort, and ends the connection.
    fn abort(&mut self, now: Instant, id: LinkId, why: &str) {
        if !self.set.varies("closes-without-abort") {
            let why = if self.set.faulty("aborts-without-words") { "" } else { why };
            let abort = json!({ "coap": { "code": "7.05", "payload": why } });
            self.queue(now, id, &abort);
        }
        self.close(id);
    }

    fn close(&mut self, id: LinkId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.closing = true;
            connection.wake.notify_one();
        }
    }

    fn message(&mut self, now: Instant, id: LinkId, message: &Message<'_>) {
        let faulty = |fault: &str| self.set.faulty(fault);
        let greeted = self.connections.get(&id).is_some_and(|it| it.greeted);
        if message.code.class() == 7 {
            let mut unknown = message.unrecognized();
            let critical = unknown.any(|it| it.option.number.is_critical());
            if critical && !faulty("takes-unknown-critical-signalling") {
                return self.abort(now, id, "a critical option is not known");
            }
            if message.unrecognized().next().is_some()
                && faulty("aborts-on-unknown-elective-signalling")
            {
                return self.abort(now, id, "an option is not known");
            }
        }
        if !greeted && message.code != Code::CSM && !faulty("takes-messages-before-csm") {
            return self.abort(now, id, "the first message is no CSM");
        }
        match message.code {
            Code::CSM if faulty("aborts-on-token-lengths") && token_length(message).is_some() => {
                self.abort(now, id, "a Token length out of range");
            }
            Code::CSM => {
                if !greeted && self.set.varies("waits-for-csm") {
                    self.greet(now, id);
                }
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.greeted = true;
                }
            }
            Code::PING if faulty("never-pongs") => {}
            Code::PING => {
                let token = match faulty("pongs-without-token") {
                    true => String::new(),
                    false => to_hex(message.token),
                };
                if let Some(bytes) = self.saying.as_ref().map(|saying| saying.bytes.clone()) {
                    let bytes = self.in_frame(bytes);
                    self.queue_bytes(now, id, bytes);
                }
                self.queue(now, id, &json!({ "coap": { "code": "7.03", "token": token } }));
            }
            Code::RELEASE => self.release(id),
            Code::ABORT => self.close(id),
            Code::EMPTY if faulty("closes-on-empty") => self.close(id),
            code if code.is_request() => self.request(now, id, message),
            _ => {}
        }
    }

    /// The client wants to end: what it has asked for is answered first.
    fn release(&mut self, id: LinkId) {
        if self.set.faulty("closes-at-once-on-release") {
            self.later.retain(|it| it.to != id);
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.released = true;
        }
        self.end_if_released(id);
    }

    fn end_if_released(&mut self, id: LinkId) {
        let released = self.connections.get(&id).is_some_and(|it| it.released);
        if released && !self.later.iter().any(|it| it.to == id) {
            self.close(id);
        }
    }

    fn request(&mut self, now: Instant, id: LinkId, message: &Message<'_>) {
        // Nothing behind the message layer asks for type and Message ID.
        let request = coap::Message {
            token: message.token,
            options: message.options,
            payload: message.payload,
            ..coap::Message::new(MessageType::Confirmable, message.code, 0)
        };
        let response = match self.site.refused(&request) {
            Some(Refusal::Rejected(response) | Refusal::Answered(response)) => {
                self.site.finish(response)
            }
            None => self.site.answer(id, &request),
        };
        let observed = self.site.observers.iter().any(|it| it.path == TICK);
        if observed && self.next_tick.is_none() {
            self.next_tick = Some(now + TICK_TIME);
            self.reschedule();
        }
        let changed = self.site.changed(&request, &response);
        let elsewhere = self.set.faulty("answers-on-another-connection");
        if !self.site.suppressed(&request, &response) && !elsewhere {
            let mut token = message.token.to_vec();
            if self.set.faulty("changes-token")
                && let Some(last) = token.last_mut()
            {
                *last ^= 1;
            }
            let form = form(&to_hex(&token), &response);
            if path(&request) == "separate" {
                let bytes = self.bytes(&form);
                self.later.push(Later { due: now + SEPARATE, to: id, bytes });
                self.reschedule();
            } else {
                self.queue(now, id, &form);
            }
        }
        if let Some(path) = changed {
            self.tell(now, &path);
        }
    }

    /// A deadline may have come nearer.
    fn reschedule(&self) {
        for connection in self.connections.values() {
            connection.moved.notify_one();
        }
    }
}

/// The Extended-Token-Length of a CSM, if it is out of range (RFC 8974, 2.2.1).
fn token_length(csm: &Message<'_>) -> Option<u32> {
    let said = csm.option(OptionNumber(6))?.uint()?;
    (!(8..=65_804).contains(&said)).then_some(said)
}

fn form(token: &str, response: &Response) -> Value {
    json!({ "coap": { "code": response.code, "token": token, "options": response.options,
        "payload": bytes_to_json(&response.payload) } })
}

impl Machine for Server {
    fn open(&mut self, now: Instant) -> LinkId {
        self.next += 1;
        self.connections.insert(self.next, Connection::default());
        if !self.set.varies("waits-for-csm") {
            self.greet(now, self.next);
        }
        self.next
    }

    fn input(&mut self, now: Instant, id: LinkId, bytes: &[u8]) -> usize {
        if self.closing(id) {
            return bytes.len();
        }
        let limits = Limits { maximum_message_size: MOST_BYTES, ..Limits::default() };
        let ctx = Context { limits, ..Context::default() };
        let (front, ahead) = match self.framing {
            Framing::Tcp => (bytes, 0),
            Framing::WebSocket => match unframed(bytes) {
                Some(message) => (message, FRAME),
                None => return 0,
            },
        };
        match decode(front, self.framing, &ctx) {
            Ok(Decoded::Complete { message, used }) => {
                self.message(now, id, &message);
                ahead + used
            }
            Ok(Decoded::Incomplete { .. }) if self.set.faulty("wants-whole-messages") => {
                self.abort(now, id, "part of a message");
                bytes.len()
            }
            Ok(Decoded::Incomplete { .. }) => 0,
            Err(_) if self.set.faulty("goes-on-after-format-errors") => bytes.len(),
            Err(error) => {
                self.abort(now, id, error.kind.text());
                bytes.len()
            }
        }
    }

    fn output_due(&self, id: LinkId) -> Option<Instant> {
        self.connections.get(&id)?.queue.front().map(|(due, _)| *due)
    }

    fn output(&mut self, id: LinkId) -> Option<Vec<u8>> {
        self.connections.get_mut(&id)?.queue.pop_front().map(|(_, bytes)| bytes)
    }

    fn closing(&self, id: LinkId) -> bool {
        self.connections.get(&id).is_none_or(|it| it.closing)
    }

    fn ended(&mut self, _: Instant, _: LinkId) {}

    fn closed(&mut self, _: Instant, id: LinkId) {
        self.connections.remove(&id);
        self.later.retain(|it| it.to != id);
        // RFC8323-7.4-2
        self.site.observers.retain(|it| it.to != id);
        self.reschedule();
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.later.iter().map(|it| it.due).chain(self.next_tick).min()
    }

    fn elapsed(&mut self, now: Instant) {
        let due: Vec<Later> = self.later.extract_if(.., |it| it.due <= now).collect();
        for Later { to, bytes, .. } in due {
            self.queue_bytes(now, to, bytes);
            self.end_if_released(to);
        }
        if self.next_tick.is_some_and(|at| at <= now) {
            self.change(now);
            let observed = self.site.observers.iter().any(|it| it.path == TICK);
            self.next_tick = observed.then_some(now + TICK_TIME);
        }
    }

    fn wake(&self, id: LinkId) -> Option<Arc<Notify>> {
        self.connections.get(&id).map(|it| it.wake.clone())
    }

    fn rescheduled(&self, id: LinkId) -> Option<Arc<Notify>> {
        self.connections.get(&id).map(|it| it.moved.clone())
    }

    fn varies(&self, id: &str) -> bool {
        self.set.varies(id)
    }
}
