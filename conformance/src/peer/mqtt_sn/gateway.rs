//! The gateway as a state machine: who is there, connections, sleep, and time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::json::bytes_to_json;
use wirecheck_codecs::mqtt_sn::json::encode;
use wirecheck_codecs::mqtt_sn::{Connect, Context, Encapsulated, Message, Party, Profile, decode};

use super::client::{Address, Client, Phase, with_tolerance};
use super::upstream::{Connection, Told};
use super::wills::Own;
use crate::case::Protocol;
use crate::peer::Options;
use crate::peer::datagram::{EndpointId, Machine, Output};
use crate::peer::saying::{self, Saying};

/// How many clients are known.
const MOST: usize = 10_000;
/// The gateway's id.
const GATEWAY_ID: u8 = 1;

/// A datagram that a variant sends later.
#[derive(Debug)]
struct Later {
    due: Instant,
    to: EndpointId,
    bytes: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) set: Options,
    account: Option<(String, String)>,
    told: mpsc::UnboundedSender<Told>,
    pub(super) clients: BTreeMap<String, Client>,
    /// Who is at an address.
    pub(super) at: BTreeMap<Address, String>,
    /// Addresses that are not answered any more, by a fault.
    pub(super) deaf: BTreeSet<Address>,
    later: Vec<Later>,
    /// What is said that no gateway may say; only generated faults do.
    saying: Option<Saying>,
    next_connection: Connection,
    pub(super) own: Own,
}

impl Gateway {
    pub(super) fn new(
        set: Options,
        account: Option<(String, String)>,
        told: mpsc::UnboundedSender<Told>,
    ) -> Self {
        let saying = saying::find(&[Protocol::MqttSn12], set.fault.as_deref());
        Self {
            set,
            account,
            told,
            clients: BTreeMap::new(),
            at: BTreeMap::new(),
            deaf: BTreeSet::new(),
            later: Vec::new(),
            saying,
            next_connection: 0,
            own: Own::default(),
        }
    }

    /// Tells the broker something.
    pub(super) fn tell(&self, told: Told) {
        // A gateway without connections to a broker is about to end.
        let _ = self.told.send(told);
    }

    /// Tells the broker something for a client.
    pub(super) fn pass(&self, id: &str, form: Value) {
        let connection = self.clients.get(id).and_then(|client| client.connection);
        if let Some(connection) = connection {
            self.tell(Told::Send(connection, form));
        }
    }

    pub(super) fn connection(&mut self) -> Connection {
        self.next_connection += 1;
        self.next_connection
    }

    /// Opens a connection to the broker.
    pub(super) fn open(&self, connection: Connection, identifier: &str, clean: bool) {
        let mut form = json!({ "connect": { "clean_session": clean, "keep_alive": 0,
            "client_identifier": identifier } });
        if let Some((user, password)) = &self.account {
            form["connect"]["user_name"] = user.as_str().into();
            form["connect"]["password"] = password.as_str().into();
        }
        self.tell(Told::Open(connection));
        self.tell(Told::Send(connection, form));
    }

    /// Sends a message to where a client is.
    pub(super) fn send(&mut self, now: Instant, to: &Address, form: &Value, out: &mut Output) {
        let bare = self.set.faulty("forwards-bare") && form.get("gwinfo").is_none();
        let bytes = match to.node.as_ref().filter(|_| !bare) {
            Some(node) => {
                let reserved = u8::from(self.set.faulty("reserved-control-bits"));
                let known = self.at.keys().find(|at| at.endpoint == to.endpoint);
                let first = known.and_then(|at| at.node.as_ref());
                let node = first.filter(|_| self.set.faulty("mixes-nodes")).unwrap_or(node);
                encode(&json!({ "encapsulated": { "reserved": reserved,
                    "wireless_node_id": bytes_to_json(node), "message": form } }))
            }
            None => encode(form),
        };
        let Ok(bytes) = bytes else { return };
        if self.set.varies("late") {
            let due = now + Duration::from_millis(200);
            self.later.push(Later { due, to: to.endpoint, bytes });
        } else {
            out.push((to.endpoint, bytes));
        }
    }

    fn message(&mut self, now: Instant, at: &Address, message: &Message<'_>, out: &mut Output) {
        match message {
            Message::SearchGw(_) if !self.set.faulty("no-gwinfo") => {
                let mut form = json!({ "gwinfo": { "gateway_id": GATEWAY_ID } });
                if self.set.faulty("gwinfo-with-address") && at.node.is_none() {
                    form["gwinfo"]["gateway_address"] = json!({ "hex": "7f000001" });
                }
                return self.send(now, at, &form, out);
            }
            Message::Encapsulated(inner) => return self.forwarded(now, at, inner, out),
            Message::Connect(connect) => return self.connect(now, at, connect, out),
            Message::PingReq(Some(id)) if self.wakes(id) => {
                let elsewhere = self.clients.get(*id).is_some_and(|client| client.at != *at);
                if elsewhere && self.set.faulty("wakes-at-one-address-only") {
                    return;
                }
                return self.wake(now, at, id, out);
            }
            Message::Publish(publish) if publish.qos.level() < 0 => {
                return self.publish_without_connection(now, at, publish, out);
            }
            // Nobody answers an answer, or what only a gateway sends.
            Message::SearchGw(_)
            | Message::Advertise(_)
            | Message::GwInfo(_)
            | Message::PingResp => return,
            _ => {}
        }
        let id = self.at.get(at).cloned();
        let Some((id, client)) = id.and_then(|id| Some((id.clone(), self.clients.get_mut(&id)?)))
        else {
            return self.send(now, at, &json!({ "disconnect": {} }), out);
        };
        client.heard = now;
        match message {
            Message::WillTopic(topic) => return self.will_topic(now, &id, topic.as_ref(), out),
            Message::WillMsg(bytes) => return self.will_message(now, &id, bytes, out),
            _ if client.is_connected() => {}
            Message::Disconnect(_) => return self.send(now, at, &json!({ "disconnect": {} }), out),
            // The broker has not said yet whether it takes the client.
            _ if client.phase != Phase::Disconnected => return,
            _ => return self.send(now, at, &json!({ "disconnect": {} }), out),
        }
        match message {
            Message::WillTopicUpd(topic) => {
                self.update_will_topic(now, (at, &id), topic.as_ref(), out);
            }
            Message::WillMsgUpd(bytes) => self.update_will_message(now, (at, &id), bytes, out),
            Message::PingReq(_) => {
                let form = match self.set.faulty("disconnect-instead-of-pingresp") {
                    true => json!({ "disconnect": {} }),
                    false => json!({ "pingresp": {} }),
                };
                self.send(now, at, &form, out);
            }
            Message::Disconnect(duration) => self.disconnect(now, (at, &id), *duration, out),
            Message::Register(_)
            | Message::Publish(_)
            | Message::PubRel(_)
            | Message::Subscribe(_)
            | Message::Unsubscribe(_) => self.request(now, (at, &id), message, out),
            _ => self.acknowledged(now, &id, message, out),
        }
    }

    fn forwarded(&mut self, now: Instant, at: &Address, it: &Encapsulated<'_>, out: &mut Output) {
        let node = Some(it.wireless_node_id.to_vec());
        let at = Address { endpoint: at.endpoint, node };
        if let Ok(Decoded::Complete { message, .. }) = decode(it.message, &context())
            && !matches!(message, Message::Encapsulated(_))
        {
            self.message(now, &at, &message, out);
        }
    }

    fn connect(&mut self, now: Instant, at: &Address, connect: &Connect<'_>, out: &mut Output) {
        let id = connect.client_id;
        if id.contains('\0') {
            // No broker would take it.
            return self.send(now, at, &json!({ "connack": { "return_code": 3 } }), out);
        }
        let refusal = ["refuses-longest-client-id", "does-not-support-longest-client-id"]
            .into_iter()
            .position(|fault| id.len() == 23 && self.set.faulty(fault));
        if let Some(place) = refusal {
            return self.send(now, at, &json!({ "connack": { "return_code": 2 + place } }), out);
        }
        if !self.clients.contains_key(id) && !self.has_room() {
            return self.send(now, at, &json!({ "connack": { "return_code": 1 } }), out);
        }
        if self.set.faulty("sleeps-through-connect") && !connect.clean_session && self.wakes(id) {
            return self.send(now, at, &json!({ "connack": { "return_code": 0 } }), out);
        }
        let known = self.clients.remove(id);
        let mut client = known.unwrap_or_else(|| Client::new(at.clone(), now));
        if connect.clean_session {
            if let Some(connection) = client.connection {
                self.tell(Told::Send(connection, json!({ "disconnect": {} })));
                self.tell(Told::Close(connection));
            }
            let keeps = self.set.faulty("clean-session-keeps-will");
            let will = client.will.take().filter(|_| keeps);
            let filters = std::mem::take(&mut client.filters);
            client = Client { will, ..Client::new(at.clone(), now) };
            if self.set.faulty("clean-session-keeps-subscriptions") {
                client.filters = filters;
            }
        }
        let forgets = self.set.faulty("forgets-subscriptions");
        if forgets {
            client.filters.clear();
            client.online = false;
            if let Some(connection) = client.connection.take() {
                self.tell(Told::Close(connection));
            }
        }
        if self.set.faulty("will-lost-on-reconnection") {
            client.will = None;
        }
        client.put_back();
        client.known.clear();
        client.at = at.clone();
        self.move_in(at, id);
        client.heard = now;
        client.clean = connect.clean_session || forgets;
        client.keep_alive = Duration::from_secs(connect.duration.into());
        let prompts = connect.will && !self.set.faulty("connack-before-will")
            || self.set.faulty("prompts-without-will");
        if prompts {
            client.phase = Phase::WillTopic;
        }
        self.clients.insert(id.to_owned(), client);
        match prompts {
            true => self.send(now, at, &json!({ "willtopicreq": {} }), out),
            false => self.enter(now, id, out),
        }
    }

    /// A client is at an address now; whoever was there has left.
    pub(super) fn move_in(&mut self, at: &Address, id: &str) {
        if let Some(other) = self.at.remove(at).filter(|other| other != id) {
            self.leave(&other);
        }
        self.at.retain(|_, known| known != id);
        self.at.insert(at.clone(), id.to_owned());
    }

    /// Whether another client can be known; for its sake one that has left is forgotten.
    fn has_room(&mut self) -> bool {
        if self.clients.len() < MOST {
            return true;
        }
        let left = |client: &Client| client.phase == Phase::Disconnected;
        let gone = self.clients.iter().find(|(_, client)| left(client));
        let Some(gone) = gone.map(|(id, _)| id.clone()) else { return false };
        self.at.retain(|_, id| *id != gone);
        self.clients.remove(&gone).is_some()
    }

    /// All that the client had to say is said: the broker is asked.
    pub(super) fn enter(&mut self, now: Instant, id: &str, out: &mut Output) {
        let Some(client) = self.clients.get_mut(id) else { return };
        client.phase = Phase::Connecting;
        if client.connection.is_some() && client.online {
            return self.accepted(now, id, out);
        }
        let clean = client.clean;
        if client.connection.is_some() {
            return;
        }
        let connection = self.connection();
        if let Some(client) = self.clients.get_mut(id) {
            client.connection = Some(connection);
        }
        self.open(connection, id, clean);
    }

    pub(super) fn accepted(&mut self, now: Instant, id: &str, out: &mut Output) {
        let Some(client) = self.clients.get_mut(id) else { return };
        client.phase = Phase::Active;
        client.heard = now;
        let at = client.at.clone();
        self.send(now, &at, &json!({ "connack": { "return_code": 0 } }), out);
        out.extend(self.saying.iter().map(|saying| (at.endpoint, saying.bytes.clone())));
        self.pump(now, id, out);
    }

    /// The connection to the broker ends in order.
    pub(super) fn leave(&mut self, id: &str) {
        let Some(client) = self.clients.get_mut(id) else { return };
        client.phase = Phase::Disconnected;
        client.online = false;
        client.flight = None;
        client.queue.clear();
        if let Some(connection) = client.connection.take() {
            self.tell(Told::Send(connection, json!({ "disconnect": {} })));
            self.tell(Told::Close(connection));
        }
    }

    /// A connection to the broker has ended.
    pub(super) fn cut(&mut self, now: Instant, connection: Connection, out: &mut Output) {
        if self.own.connection == Some(connection) {
            return self.own_cut();
        }
        let Some(id) = self.client_of(connection) else { return };
        let Some(client) = self.clients.get_mut(&id) else { return };
        (client.connection, client.online) = (None, false);
        let (at, phase) = (client.at.clone(), client.phase);
        client.phase = Phase::Disconnected;
        // The broker has what was not acknowledged.
        client.flight = None;
        client.queue.clear();
        if phase == Phase::Disconnected {
            return;
        }
        let form = match phase {
            Phase::Connecting => json!({ "connack": { "return_code": 1 } }),
            _ => json!({ "disconnect": {} }),
        };
        self.send(now, &at, &form, out);
    }

    pub(super) fn client_of(&self, connection: Connection) -> Option<String> {
        let mut all = self.clients.iter();
        all.find(|(_, client)| client.connection == Some(connection)).map(|(id, _)| id.clone())
    }

    /// Who is lost at this time.
    fn supervise(&mut self, now: Instant) {
        let lost = |client: &Client| self.deadline(client).is_some_and(|at| at <= now);
        let ids = self.clients.iter().filter(|(_, client)| lost(client));
        for id in ids.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.lost(&id);
            if let Some(client) = self.clients.get_mut(&id) {
                client.keep_alive = Duration::ZERO;
            }
        }
    }

    fn deadline(&self, client: &Client) -> Option<Instant> {
        match client.phase {
            Phase::Active if self.set.faulty("keep-alive-not-supervised") => None,
            Phase::Asleep | Phase::Awake if self.set.faulty("sleep-not-supervised") => None,
            Phase::Disconnected if self.set.faulty("will-after-disconnect") => {
                let supervised = !client.keep_alive.is_zero() && client.will.is_some();
                supervised.then(|| client.heard + client.keep_alive * 3 / 2)
            }
            Phase::Asleep if self.set.faulty("sleep-supervised-by-keep-alive") => {
                Some(client.heard + with_tolerance(client.keep_alive))
            }
            Phase::Active if self.set.faulty("no-tolerance") => {
                (!client.keep_alive.is_zero()).then(|| client.heard + client.keep_alive)
            }
            _ => client.supervised(),
        }
    }
}

/// How the gateway takes messages.
fn context() -> Context {
    Context { profile: Profile { datagram: true }, ..Context::new(Party::Client) }
}

impl Machine for Gateway {
    fn datagram(&mut self, now: Instant, from: EndpointId, bytes: &[u8], out: &mut Output) {
        let at = Address { endpoint: from, node: None };
        if self.deaf.contains(&at) || self.is_length_unknown(bytes) {
            return;
        }
        match decode(bytes, &context()) {
            Ok(Decoded::Complete { message, .. }) => self.message(now, &at, &message, out),
            Ok(Decoded::Incomplete { .. }) => {}
            Err(error) => self.malformed(now, &at, bytes, error.kind, out),
        }
    }

    /// In a group gateways are looked for, and nothing else is done (6.1).
    fn group_datagram(&mut self, now: Instant, from: EndpointId, bytes: &[u8], out: &mut Output) {
        if let Ok(Decoded::Complete { message: Message::SearchGw(_), .. }) =
            decode(bytes, &context())
        {
            self.datagram(now, from, bytes, out);
        }
    }

    fn due(&self) -> Option<Instant> {
        let later = self.later.iter().map(|later| later.due);
        let lost = self.clients.values().filter_map(|client| self.deadline(client));
        let flights = self.clients.values().filter_map(|client| client.flight.as_ref());
        later.chain(lost).chain(flights.map(|flight| flight.due)).min()
    }

    fn tick(&mut self, now: Instant, out: &mut Output) {
        for later in self.later.extract_if(.., |later| later.due <= now) {
            out.push((later.to, later.bytes));
        }
        self.retransmit(now, out);
        self.supervise(now);
    }
}
