//! The message layer of the CoAP server: acknowledgements, duplicates, separate responses,
//! retransmission, notifications (RFC 7252, section 4; RFC 7641, section 4).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::encode;
use wirecheck_codecs::coap::{Context, ErrorKind, Message, MessageType, decode};
use wirecheck_codecs::json::{bytes_to_json, to_hex};

use super::oscore::{Opened, Oscore};
use super::outstanding::Outstanding;
use super::proxy::Proxy;
use super::resources::{Response, TICK, path};
use super::site::{Refusal, Site};
use crate::case::Protocol;
use crate::peer::Options;
use crate::peer::datagram::{EndpointId, Machine, Output};
use crate::peer::saying::{self, Saying};

/// How long a Message ID is remembered: EXCHANGE_LIFETIME.
const EXCHANGE_LIFETIME: Duration = Duration::from_secs(247);
/// How long the resource `separate` takes.
const SEPARATE: Duration = Duration::from_secs(1);
/// How often the resource `tick` changes while somebody observes it.
const TICK_TIME: Duration = Duration::from_secs(1);
/// What is kept of exchanges and observers at most.
pub(super) const MOST: usize = 10_000;

/// A request that was answered, for its duplicates.
#[derive(Debug)]
struct Exchange {
    at: Instant,
    reply: Option<Vec<u8>>,
}

/// A message that is sent later.
#[derive(Debug)]
pub(super) struct Later {
    pub(super) due: Instant,
    pub(super) to: EndpointId,
    pub(super) bytes: Vec<u8>,
}

/// The server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) set: Options,
    pub(super) site: Site,
    exchanges: BTreeMap<(EndpointId, u16), Exchange>,
    oscore: Oscore,
    pub(super) proxy: Proxy,
    pub(super) outstanding: Vec<Outstanding>,
    pub(super) later: Vec<Later>,
    next_tick: Option<Instant>,
    /// What is sent before a Reset, to show that it is noticed.
    saying: Option<Saying>,
    pub(super) next_id: u16,
}

impl Server {
    pub(super) fn new(set: Options) -> Self {
        Self {
            saying: saying::find(&[Protocol::Coap], set.fault.as_deref()),
            site: Site::new(set.clone()),
            set,
            exchanges: BTreeMap::new(),
            oscore: Oscore::new(),
            proxy: Proxy::default(),
            outstanding: Vec::new(),
            later: Vec::new(),
            next_tick: None,
            // High, so that they soon start again at 0, and are none that cases use.
            next_id: 0xFF00,
        }
    }

    /// Changes the observable resource now.
    pub(super) fn change(&mut self, now: Instant, out: &mut Output) {
        self.site.resources.ticks += 1;
        self.tell(now, TICK, out);
        self.oscore.close(&self.set, out);
    }

    /// Tells the observers of a resource.
    fn tell(&mut self, now: Instant, path: &str, out: &mut Output) {
        if self.set.faulty("never-notifies") {
            return;
        }
        // From the end, since the last thing that an observer is told takes it out.
        for place in (0..self.site.observers.len()).rev() {
            if self.site.observers.get(place).is_some_and(|it| it.path == path) {
                self.notify(now, place, out);
            }
        }
    }

    pub(super) fn id(&mut self) -> u16 {
        if self.set.faulty("reuses-message-ids") {
            return self.next_id;
        }
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }

    /// Sends a form, at once or by a variant later; returns its bytes.
    pub(super) fn send(
        &mut self,
        now: Instant,
        to: EndpointId,
        form: &Value,
        out: &mut Output,
    ) -> Vec<u8> {
        let bytes = encode(form).unwrap_or_default();
        if self.set.varies("late") {
            let due = now + Duration::from_millis(200);
            self.later.push(Later { due, to, bytes: bytes.clone() });
        } else {
            out.push((to, bytes.clone()));
        }
        bytes
    }

    fn empty(&self, kind: &str, id: u16, token: &[u8]) -> Value {
        let other = kind == "ACK" && self.set.faulty("acknowledges-other-message-id");
        let id = if other { id.wrapping_add(1) } else { id };
        let token = match self.set.faulty("ack-with-token") && kind == "ACK" {
            true => to_hex(token),
            false => String::new(),
        };
        json!({ "coap": { "type": kind, "code": "0.00", "message_id": id, "token": token } })
    }

    /// What is no message is rejected (RFC 7252, section 4.2 and 4.3).
    fn malformed(
        &mut self,
        now: Instant,
        from: EndpointId,
        bytes: &[u8],
        kind: ErrorKind,
        out: &mut Output,
    ) {
        let [first, _, high, low, ..] = *bytes else { return };
        let id = u16::from_be_bytes([high, low]);
        let other_version = kind == ErrorKind::UnknownVersion;
        if other_version && !self.set.faulty("answers-unknown-version") {
            return;
        }
        let confirmable = first >> 4 & 3 == 0;
        if first >> 4 & 3 == 1 && !other_version {
            self.malformed_non(now, from, id, out);
            return;
        }
        if !confirmable || self.set.faulty("ignores-format-errors") && !other_version {
            return;
        }
        let wordy = self.set.faulty("answers-malformed-at-length");
        let payload = "A".repeat(if wordy { 100 } else { 0 });
        let answers = self.set.faulty("answers-format-errors") || wordy;
        let answer = match answers && !other_version {
            true => json!({ "coap": { "type": "ACK", "code": "4.00", "message_id": id,
                "payload": payload } }),
            false => self.empty("RST", id, &[]),
        };
        self.send(now, from, &answer, out);
    }

    /// A Non-confirmable message that is rejected: by a Reset, or silently.
    fn malformed_non(&mut self, now: Instant, from: EndpointId, id: u16, out: &mut Output) {
        let code = match &self.set {
            set if set.faulty("answers-malformed-non") => "4.00",
            set if set.faulty("processes-malformed-non") => "2.05",
            set if set.varies("resets-non") => {
                let reset = self.empty("RST", id, &[]);
                self.send(now, from, &reset, out);
                return;
            }
            _ => return,
        };
        let id = self.id();
        let form = json!({ "coap": { "type": "NON", "code": code, "message_id": id } });
        self.send(now, from, &form, out);
    }

    fn message(&mut self, now: Instant, from: EndpointId, message: &Message<'_>, out: &mut Output) {
        let confirmable = message.message_type == MessageType::Confirmable;
        match message.message_type {
            MessageType::Acknowledgement | MessageType::Reset => {
                self.settled(now, from, message, out);
            }
            _ if message.code.is_request() => self.request(now, from, message, out),
            _ if message.code.0 == 0 && confirmable && self.set.faulty("no-pong") => {}
            _ if message.code.0 != 0 && self.set.faulty("ignores-unexpected-responses") => {}
            // A ping, or a response that nobody waits for.
            _ if confirmable => {
                out.extend(self.saying.iter().map(|saying| (from, saying.bytes.clone())));
                let zero = self.set.faulty("reset-with-message-id-0");
                let id = if zero { 0 } else { message.message_id };
                let reset = self.empty("RST", id, &[]);
                self.send(now, from, &reset, out);
            }
            _ => self.malformed_non(now, from, message.message_id, out),
        }
    }

    fn settled(&mut self, now: Instant, from: EndpointId, message: &Message<'_>, out: &mut Output) {
        let id = u64::from(message.message_id);
        let anybody = self.set.faulty("acknowledged-by-anybody");
        let mine = |it: &Outstanding| {
            (it.to == from || anybody) && it.form["coap"]["message_id"] == json!(id)
        };
        let matches = self.outstanding.iter().any(mine);
        let settled = self.outstanding.iter().find(|it| mine(it));
        let request = settled.and_then(|it| it.request);
        let token = settled.map(|it| it.form["coap"]["token"].clone());
        if message.message_type == MessageType::Reset && !self.set.faulty("reset-ignored") {
            let observers = &mut self.site.observers;
            observers.retain(|it| it.to != from || Some(&json!(it.token)) != token.as_ref());
        }
        if !self.set.faulty("ack-does-not-stop") {
            self.outstanding.retain(|it| !mine(it));
        }
        if self.set.faulty("forgets-acknowledged-requests")
            && let Some(request) = request
        {
            self.exchanges.insert((from, request), Exchange { at: now, reply: None });
        }
        // What changed meanwhile is told now.
        let behind = self.site.observers.iter().position(|it| it.to == from && it.behind);
        if let Some(place) = behind.filter(|_| matches) {
            self.notify(now, place, out);
        }
        if !matches && self.set.faulty("resets-acknowledgements") {
            let reset = self.empty("RST", message.message_id, &[]);
            self.send(now, from, &reset, out);
        }
    }

    fn request(&mut self, now: Instant, from: EndpointId, message: &Message<'_>, out: &mut Output) {
        let key = (from, message.message_id);
        if let Some(Exchange { reply, .. }) = self.exchanges.get(&key)
            && !self.set.faulty("processes-duplicates")
        {
            let reply = reply.clone();
            self.again(now, key, message, reply, out);
            return;
        }
        self.exchanges.retain(|_, known| now < known.at + EXCHANGE_LIFETIME);
        if self.exchanges.len() >= MOST {
            return;
        }
        self.exchanges.insert(key, Exchange { at: now, reply: None });
        let reply = match self.oscore.open(&self.set, from, message) {
            Opened::Plain => self.reply(now, from, message, out),
            Opened::Inner(bytes) => match decode(&bytes, &Context::default()) {
                Ok(Decoded::Complete { message, .. }) => self.reply(now, from, &message, out),
                _ => None,
            },
            Opened::Refused(code, why) => {
                let response = Response::with(code, why);
                self.put_on_its_way(now, from, message, &response, out)
            }
        };
        self.exchanges.insert(key, Exchange { at: now, reply });
    }

    /// A request comes once more.
    fn again(
        &mut self,
        now: Instant,
        (from, id): (EndpointId, u16),
        message: &Message<'_>,
        reply: Option<Vec<u8>>,
        out: &mut Output,
    ) {
        let confirmable = message.message_type == MessageType::Confirmable;
        // What was answered by something else than an acknowledgement is a NON (4.5).
        if !confirmable && !self.set.faulty("answers-duplicate-non")
            || confirmable && self.set.faulty("ignores-duplicates")
        {
            return;
        }
        let waiting = |it: &&Outstanding| it.to == from && it.request == Some(id);
        if self.set.faulty("piggybacks-on-a-copy")
            && let Some(pending) = self.outstanding.iter().find(waiting)
        {
            let mut form = pending.form.clone();
            form["coap"]["type"] = "ACK".into();
            form["coap"]["message_id"] = id.into();
            self.send(now, from, &form, out);
            return;
        }
        if let Some(reply) = reply {
            out.push((from, reply));
        }
    }

    /// Answers a request; returns what answers its duplicates.
    pub(super) fn reply(
        &mut self,
        now: Instant,
        from: EndpointId,
        message: &Message<'_>,
        out: &mut Output,
    ) -> Option<Vec<u8>> {
        if let Some(acknowledged) = self.proxied(now, from, message, out) {
            return acknowledged;
        }
        let confirmable = message.message_type == MessageType::Confirmable;
        let takes = !confirmable && self.set.faulty("processes-non-with-unknown-critical");
        let response = match self.site.refused(message) {
            Some(Refusal::Rejected(_)) if takes => self.site.answer(from, message),
            Some(Refusal::Rejected(response)) => {
                if !confirmable && !self.set.faulty("answers-non-with-unknown-critical") {
                    if self.set.varies("resets-non") {
                        let reset = self.empty("RST", message.message_id, &[]);
                        self.send(now, from, &reset, out);
                    }
                    return None;
                }
                self.site.finish(response)
            }
            Some(Refusal::Answered(response)) => self.site.finish(response),
            None => self.site.answer(from, message),
        };
        if self.site.observers.iter().any(|it| it.path == TICK) {
            self.next_tick.get_or_insert(now + TICK_TIME);
        }
        let changed = self.site.changed(message, &response);
        let acknowledged = self.put_on_its_way(now, from, message, &response, out);
        if let Some(path) = changed {
            self.tell(now, &path, out);
        }
        acknowledged
    }

    /// Sends a response, piggybacked or separate; returns what answers duplicates of the request.
    pub(super) fn put_on_its_way(
        &mut self,
        now: Instant,
        from: EndpointId,
        message: &Message<'_>,
        response: &Response,
        out: &mut Output,
    ) -> Option<Vec<u8>> {
        let confirmable = message.message_type == MessageType::Confirmable;
        if self.site.suppressed(message, response) {
            let ack = self.empty("ACK", message.message_id, message.token);
            return confirmable.then(|| self.send(now, from, &ack, out));
        }
        if !confirmable {
            if self.set.faulty("acknowledges-non") {
                let ack = self.empty("ACK", message.message_id, &[]);
                self.send(now, from, &ack, out);
            }
            if self.set.faulty("answers-non-from-elsewhere") {
                return None;
            }
            let id = self.id();
            if self.set.faulty("con-response-to-non") {
                let form = self.form("CON", id, message.token, response);
                self.confirmable(now, from, form, Some(message.message_id));
                return None;
            }
            let form = self.form("NON", id, message.token, response);
            return Some(self.send(now, from, &form, out));
        }
        let slow = path(message) == "separate" && !self.set.varies("piggybacks-always");
        if !slow && !self.set.varies("separate-always") {
            let other = self.set.faulty("acknowledges-other-message-id");
            let id = message.message_id.wrapping_add(u16::from(other));
            let form = self.form("ACK", id, message.token, response);
            return Some(self.send(now, from, &form, out));
        }
        let ack = self.empty("ACK", message.message_id, message.token);
        let early = self.set.varies("response-before-ack");
        let mut acknowledged = None;
        if !early && !self.set.faulty("no-empty-ack") {
            acknowledged = Some(self.send(now, from, &ack, out));
        }
        let id = self.id();
        let form = self.form("CON", id, message.token, response);
        let pause = match (slow, early) {
            (true, false) => SEPARATE,
            (false, false) => Duration::from_millis(100),
            (_, true) => Duration::ZERO,
        };
        self.confirmable(now + pause, from, form, Some(message.message_id));
        if early {
            let due = now + Duration::from_millis(50);
            self.later.push(Later { due, to: from, bytes: encode(&ack).unwrap_or_default() });
            acknowledged = encode(&ack).ok();
        }
        acknowledged
    }

    fn notify(&mut self, now: Instant, place: usize, out: &mut Output) {
        let Some(observer) = self.site.observers.get_mut(place) else { return };
        let to = observer.to;
        // NSTART: one notification at a time; the next one has the latest state.
        let mut notified = self.outstanding.iter().filter(|it| it.to == to);
        let busy = notified.any(|it| it.request.is_none());
        if busy && !self.set.faulty("many-notifications-at-a-time") {
            observer.behind = true;
            return;
        }
        let Some((to, token, response, number)) = self.site.notification(place) else { return };
        let mostly_non = self.set.varies("non-notifications");
        let kind = if mostly_non && !number.is_multiple_of(4) { "NON" } else { "CON" };
        let other = self.set.faulty("changes-notification-token");
        let token = if other { format!("{token}00") } else { token };
        let id = self.id();
        let form = json!({ "coap": { "type": kind, "code": response.code, "message_id": id,
            "token": token, "options": response.options,
            "payload": bytes_to_json(&response.payload) } });
        match kind {
            "CON" => self.confirmable(now, to, form, None),
            _ => {
                self.send(now, to, &form, out);
            }
        }
    }

    pub(super) fn form(&self, kind: &str, id: u16, token: &[u8], response: &Response) -> Value {
        let mut token = token.to_vec();
        if self.set.faulty("changes-token")
            && let Some(last) = token.last_mut()
        {
            *last ^= 1;
        }
        if self.set.faulty("strips-zeros-from-tokens") {
            let zeros = token.iter().take_while(|byte| **byte == 0).count();
            token.drain(..zeros);
        }
        json!({ "coap": { "type": kind, "code": response.code, "message_id": id,
            "token": to_hex(&token), "options": response.options,
            "payload": bytes_to_json(&response.payload) } })
    }
}

impl Machine for Server {
    fn datagram(&mut self, now: Instant, from: EndpointId, bytes: &[u8], out: &mut Output) {
        match decode(bytes, &Context::default()) {
            Ok(Decoded::Complete { message, .. }) => self.message(now, from, &message, out),
            Ok(Decoded::Incomplete { .. }) => {}
            Err(error) => self.malformed(now, from, bytes, error.kind, out),
        }
        self.transmit(now, out);
        self.oscore.close(&self.set, out);
    }

    fn group_datagram(&mut self, now: Instant, from: EndpointId, bytes: &[u8], out: &mut Output) {
        self.in_group(now, from, bytes, out);
    }

    fn asked(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        self.proxy.outbox()
    }

    fn answered(&mut self, now: Instant, from: SocketAddr, bytes: &[u8], out: &mut Output) {
        self.take_answer(now, from, bytes, out);
        self.transmit(now, out);
        self.oscore.close(&self.set, out);
    }

    fn due(&self) -> Option<Instant> {
        let later = self.later.iter().map(|later| later.due);
        later
            .chain(self.outstanding.iter().map(|it| it.due))
            .chain(self.next_tick)
            .chain(self.proxy.due())
            .min()
    }

    fn tick(&mut self, now: Instant, out: &mut Output) {
        for later in self.later.extract_if(.., |later| later.due <= now) {
            out.push((later.to, later.bytes));
        }
        if self.next_tick.is_some_and(|at| at <= now) {
            self.change(now, out);
            let observed = self.site.observers.iter().any(|it| it.path == TICK);
            self.next_tick = observed.then_some(now + TICK_TIME);
        }
        self.ask_again(now, out);
        self.transmit(now, out);
        self.oscore.close(&self.set, out);
    }
}
