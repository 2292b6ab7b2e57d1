//! The message layer of the CoAP server: acknowledgements, duplicates, separate responses,
//! retransmission, notifications (RFC 7252, section 4; RFC 7641, section 4).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::encode;
use wirecheck_codecs::coap::{Context, ErrorKind, Message, MessageType, OptionNumber, decode};
use wirecheck_codecs::json::{bytes_to_json, to_hex};

use super::resources::{Resources, Response, path};
use crate::peer::Options;
use crate::peer::datagram::{EndpointId, Machine, Output};

/// How long a Message ID is remembered: EXCHANGE_LIFETIME.
const EXCHANGE_LIFETIME: Duration = Duration::from_secs(247);
/// ACK_TIMEOUT with a factor that is allowed.
const ACK_TIMEOUT: Duration = Duration::from_millis(2500);
/// MAX_RETRANSMIT.
const MAX_RETRANSMIT: u32 = 4;
/// How long the resource `separate` takes.
const SEPARATE: Duration = Duration::from_secs(1);
/// How often the resource `tick` changes while somebody observes it.
const TICK: Duration = Duration::from_secs(1);
/// What is kept of exchanges and observers at most.
const MOST: usize = 10_000;

/// A Confirmable message of ours that is not acknowledged.
#[derive(Debug)]
struct Outstanding {
    to: EndpointId,
    form: Value,
    sent: u32,
    timeout: Duration,
    due: Instant,
}

/// A request that was answered, for its duplicates.
#[derive(Debug)]
struct Exchange {
    at: Instant,
    reply: Option<Vec<u8>>,
}

/// A message that is sent later.
#[derive(Debug)]
struct Later {
    due: Instant,
    to: EndpointId,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Observing {
    to: EndpointId,
    token: String,
    number: u64,
}

/// The server.
#[derive(Debug)]
pub(super) struct Server {
    set: Options,
    resources: Resources,
    exchanges: BTreeMap<(EndpointId, u16), Exchange>,
    outstanding: Vec<Outstanding>,
    later: Vec<Later>,
    observers: Vec<Observing>,
    next_tick: Option<Instant>,
    next_id: u16,
    requests: u64,
}

impl Server {
    pub(super) fn new(set: Options) -> Self {
        Self {
            set,
            resources: Resources::new(),
            exchanges: BTreeMap::new(),
            outstanding: Vec::new(),
            later: Vec::new(),
            observers: Vec::new(),
            next_tick: None,
            // High, so that they soon start again at 0, and are none that cases use.
            next_id: 0xFF00,
            requests: 0,
        }
    }

    /// Changes the observable resource now.
    pub(super) fn change(&mut self, now: Instant, out: &mut Output) {
        self.resources.ticks += 1;
        for place in 0..self.observers.len() {
            self.notify(now, place, out);
        }
    }

    fn id(&mut self) -> u16 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }

    /// Sends a form, at once or by a variant later; returns its bytes.
    fn send(&mut self, now: Instant, to: EndpointId, form: &Value, out: &mut Output) -> Vec<u8> {
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
        if !confirmable || self.set.faulty("ignores-format-errors") && !other_version {
            return;
        }
        let answer = match self.set.faulty("answers-format-errors") && !other_version {
            true => json!({ "coap": { "type": "ACK", "code": "4.00", "message_id": id } }),
            false => self.empty("RST", id, &[]),
        };
        self.send(now, from, &answer, out);
    }

    fn message(&mut self, now: Instant, from: EndpointId, message: &Message<'_>, out: &mut Output) {
        let confirmable = message.message_type == MessageType::Confirmable;
        match message.message_type {
            MessageType::Acknowledgement | MessageType::Reset => {
                self.settled(now, from, message, out);
            }
            _ if message.code.is_request() => self.request(now, from, message, out),
            // A ping, or a response that nobody waits for.
            _ if confirmable && !(message.code.0 == 0 && self.set.faulty("no-pong")) => {
                let reset = self.empty("RST", message.message_id, &[]);
                self.send(now, from, &reset, out);
            }
            _ => {}
        }
    }

    fn settled(&mut self, now: Instant, from: EndpointId, message: &Message<'_>, out: &mut Output) {
        let id = u64::from(message.message_id);
        let mine = |it: &Outstanding| it.to == from && it.form["coap"]["message_id"] == json!(id);
        let matches = self.outstanding.iter().any(mine);
        if message.message_type == MessageType::Reset && !self.set.faulty("reset-ignored") {
            let token = self.outstanding.iter().find(|it| mine(it));
            let token = token.map(|it| it.form["coap"]["token"].clone());
            self.observers.retain(|it| it.to != from || Some(&json!(it.token)) != token.as_ref());
        }
        if !self.set.faulty("ack-does-not-stop") {
            self.outstanding.retain(|it| !mine(it));
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
            if let Some(reply) = reply.clone().filter(|_| !self.set.faulty("ignores-duplicates")) {
                out.push((from, reply));
            }
            return;
        }
        self.exchanges.retain(|_, known| now < known.at + EXCHANGE_LIFETIME);
        if self.exchanges.len() >= MOST {
            return;
        }
        self.exchanges.insert(key, Exchange { at: now, reply: None });
        let reply = self.reply(now, from, message, out);
        self.exchanges.insert(key, Exchange { at: now, reply });
    }

    /// Answers a request; returns what answers its duplicates.
    fn reply(
        &mut self,
        now: Instant,
        from: EndpointId,
        message: &Message<'_>,
        out: &mut Output,
    ) -> Option<Vec<u8>> {
        let confirmable = message.message_type == MessageType::Confirmable;
        let response = match self.refused(message) {
            Some(_) if !confirmable => return None,
            Some(response) => response,
            None => {
                let mut response = self.resources.answer(&self.set, from, message);
                self.observe(now, from, message, &mut response);
                response
            }
        };
        self.requests += 1;
        let busy = self.set.varies("unavailable") && self.requests.is_multiple_of(5);
        let response = if busy { Response::new("5.03") } else { response };
        if !confirmable {
            if self.set.faulty("acknowledges-non") {
                let ack = self.empty("ACK", message.message_id, &[]);
                self.send(now, from, &ack, out);
            }
            let id = self.id();
            let form = self.form("NON", id, message.token, &response);
            return Some(self.send(now, from, &form, out));
        }
        let slow = path(message) == "separate" && !self.set.varies("piggybacks-always");
        if !slow && !self.set.varies("separate-always") {
            let other = self.set.faulty("acknowledges-other-message-id");
            let id = message.message_id.wrapping_add(u16::from(other));
            let form = self.form("ACK", id, message.token, &response);
            return Some(self.send(now, from, &form, out));
        }
        let ack = self.empty("ACK", message.message_id, message.token);
        let early = self.set.varies("response-before-ack");
        let mut acknowledged = None;
        if !early && !self.set.faulty("no-empty-ack") {
            acknowledged = Some(self.send(now, from, &ack, out));
        }
        let id = self.id();
        let form = self.form("CON", id, message.token, &response);
        let pause = match (slow, early) {
            (true, false) => SEPARATE,
            (false, false) => Duration::from_millis(100),
            (_, true) => Duration::ZERO,
        };
        self.confirmable(now + pause, from, form);
        if early {
            let due = now + Duration::from_millis(50);
            self.later.push(Later { due, to: from, bytes: encode(&ack).unwrap_or_default() });
            acknowledged = encode(&ack).ok();
        }
        acknowledged
    }

    /// Options that the server does not recognize (RFC 7252, section 5.4.1).
    fn refused(&self, message: &Message<'_>) -> Option<Response> {
        let unknown = message.unrecognized().find(|it| {
            let surplus = it.reason.name() == "repeated-option";
            let tolerated = surplus && self.set.faulty("takes-surplus-options")
                || self.set.faulty("ignores-unknown-critical");
            let critical = it.option.number.is_critical();
            critical && !tolerated || !critical && self.set.faulty("refuses-unknown-elective")
        });
        let unknown = unknown?;
        let text = format!("option {} is not known", unknown.option.number.0);
        Some(Response { code: "4.02", options: Vec::new(), payload: text.into_bytes() })
    }

    fn observe(
        &mut self,
        now: Instant,
        from: EndpointId,
        message: &Message<'_>,
        response: &mut Response,
    ) {
        let Some(asked) = message.option(OptionNumber::OBSERVE).and_then(|it| it.uint()) else {
            return;
        };
        let token = to_hex(message.token);
        if path(message) != "tick" || response.code != "2.05" {
            return;
        }
        if asked == 1 {
            if !self.set.faulty("keeps-observer") {
                self.observers.retain(|it| it.to != from || it.token != token);
            }
            if self.set.faulty("observe-in-deregistration") {
                response.options.insert(0, json!({ "observe": 1 }));
            }
            return;
        }
        if asked != 0 || self.set.varies("no-observe") || self.observers.len() >= MOST {
            return;
        }
        self.observers.retain(|it| it.to != from || it.token != token);
        self.observers.push(Observing { to: from, token, number: 2 });
        self.next_tick.get_or_insert(now + TICK);
        response.options.insert(0, json!({ "observe": 2 }));
    }

    fn notify(&mut self, now: Instant, place: usize, out: &mut Output) {
        let payload = self.resources.ticks.to_string();
        let repeats = self.set.faulty("observe-number-repeats");
        let mostly_non = self.set.varies("non-notifications");
        let Some(observer) = self.observers.get_mut(place) else { return };
        let (to, token) = (observer.to, observer.token.clone());
        // NSTART: one notification at a time; the next one has the latest state.
        if self.outstanding.iter().any(|it| it.to == to && it.form["coap"]["token"] == token) {
            return;
        }
        observer.number += u64::from(!repeats);
        let number = observer.number & 0xFF_FFFF;
        let kind = if mostly_non && !number.is_multiple_of(4) { "NON" } else { "CON" };
        let id = self.id();
        let form = json!({ "coap": { "type": kind, "code": "2.05", "message_id": id,
            "token": token, "options": [{ "observe": number }, { "content_format": 0 }],
            "payload": payload } });
        match kind {
            "CON" => self.confirmable(now, to, form),
            _ => {
                self.send(now, to, &form, out);
            }
        }
    }

    /// Puts a Confirmable message on its way.
    fn confirmable(&mut self, due: Instant, to: EndpointId, form: Value) {
        if self.outstanding.len() < MOST {
            self.outstanding.push(Outstanding { to, form, sent: 0, timeout: ACK_TIMEOUT, due });
        }
    }

    fn form(&self, kind: &str, id: u16, token: &[u8], response: &Response) -> Value {
        let mut token = token.to_vec();
        if self.set.faulty("changes-token")
            && let Some(last) = token.last_mut()
        {
            *last ^= 1;
        }
        json!({ "coap": { "type": kind, "code": response.code, "message_id": id,
            "token": to_hex(&token), "options": response.options,
            "payload": bytes_to_json(&response.payload) } })
    }

    /// Sends what is due of what is not acknowledged.
    fn transmit(&mut self, now: Instant, out: &mut Output) {
        let limit = if self.set.faulty("never-retransmits") { 0 } else { MAX_RETRANSMIT };
        let endless = self.set.faulty("retransmits-for-ever");
        let mut given_up = Vec::new();
        let mut forms = Vec::new();
        let renew = self.set.faulty("retransmits-with-new-message-id");
        let mut next_id = self.next_id;
        for it in self.outstanding.iter_mut().filter(|it| it.due <= now) {
            if it.sent > limit && !endless {
                given_up.push(it.form["coap"]["token"].clone());
                it.sent = u32::MAX;
                continue;
            }
            if it.sent > 0 && renew {
                next_id = next_id.wrapping_add(1);
                it.form["coap"]["message_id"] = next_id.into();
            }
            let first = it.sent == 0;
            let doubles = !first && !self.set.faulty("linear-back-off");
            if doubles && it.sent < limit {
                it.timeout *= 2;
            }
            let early = first && self.set.faulty("first-retransmission-too-early");
            it.due = now + if early { Duration::from_millis(500) } else { it.timeout };
            it.sent += 1;
            forms.push((it.to, it.form.clone()));
        }
        self.next_id = next_id;
        self.outstanding.retain(|it| it.sent != u32::MAX);
        self.observers.retain(|it| !given_up.contains(&json!(it.token)));
        for (to, form) in forms {
            self.send(now, to, &form, out);
        }
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
    }

    fn due(&self) -> Option<Instant> {
        let later = self.later.iter().map(|later| later.due);
        later.chain(self.outstanding.iter().map(|it| it.due)).chain(self.next_tick).min()
    }

    fn tick(&mut self, now: Instant, out: &mut Output) {
        for later in self.later.extract_if(.., |later| later.due <= now) {
            out.push((later.to, later.bytes));
        }
        if self.next_tick.is_some_and(|at| at <= now) {
            self.change(now, out);
            self.next_tick = (!self.observers.is_empty()).then_some(now + TICK);
        }
        self.transmit(now, out);
    }
}
