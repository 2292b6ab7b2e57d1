//! The forwarding proxy that the server is too (RFC 7252, 5.7; RFC 8768), for servers on loopback:
//! to everything else it is unwilling.

mod cache;
mod request;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::{encode, to_json};
use wirecheck_codecs::coap::{Code, Context, Message, MessageType, OptionNumber, Reason, decode};
use wirecheck_codecs::json::{bytes_to_json, to_hex};

use self::cache::Cache;
use self::request::{Onward, Wish};
use super::machine::{MOST, Server};
use super::resources::Response;
use crate::peer::datagram::{EndpointId, Output};

/// The name by which the proxy knows itself.
pub(super) const NAME: &str = "proxy.wirecheck";
/// When a request is sent to the server again, and when it is given up, from the first time on. A
/// client with the usual parameters waits longer.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(6), Duration::from_secs(9)];

/// What the proxy keeps.
#[derive(Debug, Default)]
pub(super) struct Proxy {
    open: Vec<Asked>,
    cache: Cache,
    /// What is to be sent to servers.
    outbox: Vec<(SocketAddr, Vec<u8>)>,
    tokens: u32,
}

/// A request that a server has not answered.
#[derive(Debug)]
struct Asked {
    onward: Onward,
    bytes: Vec<u8>,
    id: u16,
    token: [u8; 4],
    begun: Instant,
    /// How often it was sent.
    sent: usize,
    /// Whether the server has acknowledged it.
    heard: bool,
    client: Client,
}

/// Who waits for the response.
#[derive(Clone, Debug)]
struct Client {
    at: EndpointId,
    request: u16,
    confirmable: bool,
    token: Vec<u8>,
}

impl Asked {
    /// When something is to be done about it.
    fn due(&self) -> Instant {
        let again = AGAIN.get(self.sent.saturating_sub(1)).or(AGAIN.last());
        let last = self.begun + AGAIN[AGAIN.len() - 1];
        let again = self.begun + again.copied().unwrap_or_default();
        if self.heard { last } else { again }
    }
}

impl Proxy {
    pub(super) fn due(&self) -> Option<Instant> {
        self.open.iter().map(Asked::due).min()
    }

    pub(super) fn outbox(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        std::mem::take(&mut self.outbox)
    }
}

impl Server {
    /// Does what a client wants of a proxy, and returns what answers duplicates of its request;
    /// nothing if this is none of that.
    pub(super) fn proxied(
        &mut self,
        now: Instant,
        from: EndpointId,
        message: &Message<'_>,
        out: &mut Output,
    ) -> Option<Option<Vec<u8>>> {
        Some(match request::wish(&self.set, message) {
            Wish::Nothing => return None,
            Wish::Forward(onward) => self.forward(now, from, message, onward, out),
            Wish::Refused(code, why) => {
                let response = self.site.finish(Response::with(code, why));
                self.put_on_its_way(now, from, message, &response, out)
            }
            Wish::Own(bytes) => match decode(&bytes, &Context::default()) {
                Ok(Decoded::Complete { message, .. }) => self.reply(now, from, &message, out),
                _ => None,
            },
        })
    }

    /// Sends a request on, or answers it out of the cache; returns what answers its duplicates.
    fn forward(
        &mut self,
        now: Instant,
        from: EndpointId,
        message: &Message<'_>,
        onward: Onward,
        out: &mut Output,
    ) -> Option<Vec<u8>> {
        let confirmable = message.message_type == MessageType::Confirmable;
        let client = Client {
            at: from,
            request: message.message_id,
            confirmable,
            token: message.token.to_vec(),
        };
        let stored = self.proxy.cache.get(now, &onward.key, &self.set);
        if stored.is_none() && self.proxy.open.len() >= MOST {
            return None;
        }
        let ack = json!({ "coap": { "type": "ACK", "code": "0.00",
            "message_id": message.message_id } });
        let acknowledged = confirmable.then(|| self.send(now, from, &ack, out));
        if let Some(form) = stored {
            self.bring(now, &client, form, out);
            return acknowledged;
        }
        self.proxy.tokens = self.proxy.tokens.wrapping_add(1);
        let (id, token) = (self.id(), self.proxy.tokens.to_be_bytes());
        let bytes = onward.message(id, &token);
        self.proxy.outbox.push((onward.to, bytes.clone()));
        let asked = Asked { onward, bytes, id, token, begun: now, sent: 1, heard: false, client };
        self.proxy.open.push(asked);
        acknowledged
    }

    /// Takes what a server sends.
    pub(super) fn take_answer(
        &mut self,
        now: Instant,
        from: SocketAddr,
        bytes: &[u8],
        out: &mut Output,
    ) {
        let Ok(Decoded::Complete { message, .. }) = decode(bytes, &Context::default()) else {
            return;
        };
        let open = &mut self.proxy.open;
        let by_id = |it: &Asked| it.onward.to == from && it.id == message.message_id;
        let place = match message.message_type {
            MessageType::Reset => open.iter().position(by_id),
            _ if message.code.0 == 0 => {
                open.iter_mut().filter(|it| by_id(it)).for_each(|it| it.heard = true);
                return;
            }
            _ => open.iter().position(|it| it.onward.to == from && it.token == message.token),
        };
        if message.message_type == MessageType::Confirmable {
            let kind = if place.is_some() { "ACK" } else { "RST" };
            let form = json!({ "coap": { "type": kind, "code": "0.00",
                "message_id": message.message_id } });
            self.proxy.outbox.push((from, encode(&form).unwrap_or_default()));
        }
        let Some(place) = place else { return };
        let Asked { onward, client, .. } = self.proxy.open.remove(place);
        let form = match self.unusable(&message) {
            Some(why) => plain(&Response::with("5.02", why)),
            None => self.passed_on(now, &onward, &message),
        };
        self.bring(now, &client, form, out);
    }

    /// Why a response cannot be passed on.
    fn unusable(&self, message: &Message<'_>) -> Option<&'static str> {
        if message.message_type == MessageType::Reset {
            return Some("the server rejects the request");
        }
        let tolerates = |id| self.set.faulty(id);
        let unknown = message.unrecognized().filter(|it| it.reason == Reason::Unknown);
        let unusable = |number: OptionNumber| {
            number.is_unsafe()
                && !match number.is_critical() {
                    true => tolerates("proxy-passes-critical-options-back"),
                    false => tolerates("proxy-passes-unsafe-options-back"),
                }
        };
        let found = unknown.map(|it| it.option.number).any(unusable);
        found.then_some("the response has an option that is unsafe to forward")
    }

    /// The response as the client gets it; it is kept where it may be.
    fn passed_on(&mut self, now: Instant, onward: &Onward, message: &Message<'_>) -> Value {
        let mut form = to_json(message)["coap"].clone();
        if self.set.faulty("proxy-drops-safe-options-of-responses")
            && let Some(options) = form["options"].as_array_mut()
        {
            options.retain(|it| it.get("65000").is_none());
        }
        if onward.code == Code::GET && message.code == Code::CONTENT {
            self.proxy.cache.put(now, &onward.key, message, &form, &self.set);
        }
        form
    }

    /// Sends a response to who waits for it.
    fn bring(&mut self, now: Instant, client: &Client, mut form: Value, out: &mut Output) {
        form["type"] = if client.confirmable { "CON" } else { "NON" }.into();
        form["message_id"] = self.id().into();
        form["token"] = to_hex(&client.token).into();
        let form = json!({ "coap": form });
        if client.confirmable {
            self.confirmable(now, client.at, form, Some(client.request));
        } else {
            self.send(now, client.at, &form, out);
        }
    }

    /// Asks servers again, and gives up those that do not answer.
    pub(super) fn ask_again(&mut self, now: Instant, out: &mut Output) {
        let mut given_up = Vec::new();
        self.proxy.open.retain_mut(|it| {
            if it.due() > now {
                return true;
            }
            if it.heard || it.sent >= AGAIN.len() {
                given_up.push(it.client.clone());
                return false;
            }
            it.sent += 1;
            self.proxy.outbox.push((it.onward.to, it.bytes.clone()));
            true
        });
        let bad = self.set.faulty("proxy-timeout-is-a-bad-gateway");
        let code = if bad { "5.02" } else { "5.04" };
        for client in given_up {
            let form = plain(&Response::with(code, "the server does not answer"));
            self.bring(now, &client, form, out);
        }
    }
}

/// The members of a response of our own.
fn plain(response: &Response) -> Value {
    let payload = bytes_to_json(&response.payload);
    json!({ "code": response.code, "options": response.options, "payload": payload })
}
