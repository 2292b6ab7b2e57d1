//! From the broker to clients: answers, and messages one after the other (6.10, 6.14).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::mqtt_sn::json::encode;
use wirecheck_codecs::mqtt_sn::{Message, ReturnCode};

use super::PREDEFINED;
use super::client::{Client, Flight, Phase};
use super::gateway::Gateway;
use super::publish::subscription;
use super::upstream::Connection;
use crate::pattern::kind_of;
use crate::peer::datagram::Output;

/// How long an acknowledgement may take.
const TRETRY: Duration = Duration::from_secs(10);
/// How often a message is sent again before the client counts as lost.
const NRETRY: u32 = 4;
/// Packet Identifiers of the gateway's own SUBSCRIBE packets.
const RESUBSCRIPTIONS: u16 = 0xFE00;
/// How many messages wait for a client.
const QUEUE: usize = 10_000;

/// How a topic stands in a PUBLISH.
enum Place {
    Known(Value),
    /// The client has to be told of this topic id first.
    New(u16),
}

impl Gateway {
    /// A packet of the broker.
    pub(super) fn packet(
        &mut self,
        now: Instant,
        connection: Connection,
        form: &Value,
        out: &mut Output,
    ) {
        let Some(kind) = kind_of(form) else { return };
        let body = &form[kind];
        if self.own.connection == Some(connection) {
            return self.own_packet(connection, kind, body);
        }
        let Some(id) = self.client_of(connection) else { return };
        let number = body["packet_identifier"].as_u64().unwrap_or_default() as u16;
        let Some(client) = self.clients.get_mut(&id) else { return };
        let at = client.at.clone();
        match kind {
            "connack" => self.connected(now, &id, body, out),
            "publish" => {
                if client.queue.len() < QUEUE {
                    client.queue.push_back(body.clone());
                }
                self.pump(now, &id, out);
            }
            "puback" if self.set.faulty("no-puback") => {}
            "puback" => {
                let topic_id = client.published.remove(&number).unwrap_or_default();
                self.puback(now, &at, (topic_id, number, 0), out);
            }
            "pubrec" => {
                let other = self.set.faulty("pubrec-other-message-id");
                let number = number.wrapping_add(u16::from(other));
                self.send(now, &at, &json!({ "pubrec": { "message_id": number } }), out);
            }
            // The client has its own PUBREL already.
            "pubrel" => self.pass(&id, json!({ "pubcomp": { "packet_identifier": number } })),
            "pubcomp" if !self.set.faulty("no-pubcomp") => {
                self.send(now, &at, &json!({ "pubcomp": { "message_id": number } }), out);
            }
            "suback" => self.subscribed(now, &id, number, &body["reason_codes"][0], out),
            "unsuback" if !self.set.faulty("no-unsuback") => {
                let other = self.set.faulty("unsuback-other-message-id");
                let number = number.wrapping_add(u16::from(other));
                self.send(now, &at, &json!({ "unsuback": { "message_id": number } }), out);
            }
            _ => {}
        }
    }

    /// The broker has answered CONNECT. What it has forgotten is subscribed to again.
    fn connected(&mut self, now: Instant, id: &str, body: &Value, out: &mut Output) {
        let keeps = self.set.faulty("clean-session-keeps-subscriptions");
        let Some(client) = self.clients.get_mut(id) else { return };
        if body["reason_code"] != 0 {
            client.phase = Phase::Disconnected;
            let at = client.at.clone();
            return self.send(now, &at, &json!({ "connack": { "return_code": 3 } }), out);
        }
        client.online = true;
        let forgotten = body["session_present"] != true && (!client.clean || keeps);
        if !forgotten || client.filters.is_empty() {
            return self.accepted(now, id, out);
        }
        let filters: Vec<_> = client.filters.clone().into_iter().take(0x100).collect();
        client.resubscribing = filters.len();
        for (place, (filter, qos)) in filters.iter().enumerate() {
            self.pass(id, subscription(RESUBSCRIPTIONS + place as u16, filter, *qos));
        }
    }

    fn subscribed(&mut self, now: Instant, id: &str, number: u16, code: &Value, out: &mut Output) {
        let set = self.set.clone();
        let Some(client) = self.clients.get_mut(id) else { return };
        if client.resubscribing > 0 && number >= RESUBSCRIPTIONS {
            client.resubscribing -= 1;
            if client.resubscribing == 0 {
                self.accepted(now, id, out);
            }
            return;
        }
        let Some(asked) = client.subscribing.remove(&number) else { return };
        let granted = code.as_u64().unwrap_or(0x80);
        let refused = granted >= 0x80;
        if !refused {
            client.filters.insert(asked.filter.clone(), asked.qos);
            let told = asked.is_assigned && asked.topic_id != 0;
            if told && !set.varies("registers-always") {
                client.known.insert(asked.topic_id);
            }
        }
        if set.faulty("no-suback") {
            return;
        }
        let at = client.at.clone();
        let told = match granted {
            _ if set.faulty("suback-lower-qos") => 0,
            _ if set.faulty("suback-higher-qos") => 2,
            granted => granted,
        };
        let number = number.wrapping_add(u16::from(set.faulty("suback-other-message-id")));
        let form = match refused {
            true => json!({ "suback": { "message_id": number, "return_code": 3 } }),
            false => json!({ "suback": { "qos": told, "topic_id": asked.topic_id,
                "message_id": number, "return_code": 0 } }),
        };
        self.send(now, &at, &form, out);
    }

    /// Sends what waits for a client, until something has to be acknowledged.
    pub(super) fn pump(&mut self, now: Instant, id: &str, out: &mut Output) {
        loop {
            let set = self.set.clone();
            let Some(client) = self.clients.get_mut(id) else { return };
            let listens = match client.phase {
                Phase::Active | Phase::Awake => true,
                Phase::Asleep => set.faulty("sends-to-asleep-client"),
                _ => false,
            };
            if !listens || client.flight.is_some() {
                return;
            }
            let awake = client.phase == Phase::Awake;
            let early = set.faulty("pingresp-before-last-message") && client.queue.len() == 1;
            if awake && early && !client.answered_early {
                client.answered_early = true;
                let at = client.at.clone();
                self.send(now, &at, &json!({ "pingresp": {} }), out);
                continue;
            }
            match client.queue.pop_front() {
                Some(message) => self.deliver(now, id, message, out),
                None if awake => return self.asleep_again(now, id, out),
                None => return,
            }
        }
    }

    /// All messages for a client that was awake are sent.
    fn asleep_again(&mut self, now: Instant, id: &str, out: &mut Output) {
        let (silent, stays) =
            (self.set.faulty("no-pingresp-after-flush"), self.set.faulty("awake-after-pingresp"));
        let Some(client) = self.clients.get_mut(id) else { return };
        client.phase = if stays { Phase::Active } else { Phase::Asleep };
        client.heard = now;
        if client.answered_early || silent && client.flushed {
            return;
        }
        let at = client.at.clone();
        self.send(now, &at, &json!({ "pingresp": {} }), out);
    }

    fn deliver(&mut self, now: Instant, id: &str, message: Value, out: &mut Output) {
        let set = self.set.clone();
        let Some(client) = self.clients.get_mut(id) else { return };
        client.flushed = true;
        let at = client.at.clone();
        let name = message["topic_name"].as_str().unwrap_or_default().to_owned();
        if client.unwanted.contains(&name) {
            return self.settle(id, &message);
        }
        let place = match place(client, &name, set.faulty("publishes-with-other-topic-id")) {
            Place::New(topic_id) if set.faulty("never-registers") => id_form(topic_id),
            Place::New(topic_id) => {
                let number = client.message_id();
                let form = json!({ "register": { "topic_id": topic_id, "message_id": number,
                    "topic_name": name } });
                let hasty = set.faulty("publish-before-regack");
                if hasty {
                    client.known.insert(topic_id);
                    client.queue.push_front(message);
                } else if encode(&form).is_ok() {
                    let due = now + TRETRY;
                    let form = form.clone();
                    client.flight = Some(Flight { form, message, sent: 1, due });
                } else {
                    return self.settle(id, &message);
                }
                self.send(now, &at, &form, out);
                if set.varies("retransmits") {
                    self.send(now, &at, &form, out);
                }
                return;
            }
            Place::Known(place) => place,
        };
        let qos = message["qos"].as_u64().unwrap_or_default();
        let mut publish = place;
        if publish["topic_id_type"] != 0 && set.faulty("drops-for-other-topic-types") {
            return self.settle(id, &message);
        }
        publish["qos"] = qos.into();
        let retain = if set.faulty("flags-misplaced") { "dup" } else { "retain" };
        let lost = set.faulty("retain-lost");
        publish[retain] = if lost { false.into() } else { message["retain"].clone() };
        publish["data"] = message["payload"].clone();
        if qos > 0 {
            publish["message_id"] = message["packet_identifier"].clone();
            if set.faulty("dup-at-once") {
                publish["dup"] = true.into();
            }
        } else if set.faulty("message-id-at-qos-0") {
            publish["message_id"] = 7.into();
        }
        let mut form = json!({ "publish": publish });
        if encode(&form).is_err() {
            // Too long for MQTT-SN: nobody is told (6.10).
            if set.faulty("disconnects-for-long-messages") {
                self.send(now, &at, &json!({ "disconnect": {} }), out);
            }
            if set.faulty("cuts-long-messages") {
                let beginning: String =
                    message["payload"].as_str().unwrap_or_default().chars().take(100).collect();
                form["publish"]["data"] = beginning.into();
                self.send(now, &at, &form, out);
            }
            return self.settle(id, &message);
        }
        self.send(now, &at, &form, out);
        if qos > 0 {
            let due = now + TRETRY;
            if let Some(client) = self.clients.get_mut(id) {
                client.flight = Some(Flight { form: form.clone(), message, sent: 1, due });
            }
            if set.varies("retransmits") {
                form["publish"]["dup"] = true.into();
                self.send(now, &at, &form, out);
            }
        }
    }

    /// The broker gets the acknowledgement of a message that is over for the client.
    fn settle(&mut self, id: &str, message: &Value) {
        if message["extra"] == true {
            return;
        }
        let number = &message["packet_identifier"];
        match message["qos"].as_u64() {
            Some(1) => self.pass(id, json!({ "puback": { "packet_identifier": number } })),
            Some(2) => self.pass(id, json!({ "pubrec": { "packet_identifier": number } })),
            _ => {}
        }
    }

    /// An acknowledgement of a client.
    pub(super) fn acknowledged(
        &mut self,
        now: Instant,
        id: &str,
        message: &Message<'_>,
        out: &mut Output,
    ) {
        let ignores = self.set.faulty("regack-rejection-ignored");
        let Some(client) = self.clients.get_mut(id) else { return };
        if let Message::PubAck(m) = message
            && m.return_code == ReturnCode::INVALID_TOPIC_ID
        {
            client.known.remove(&m.topic_id);
        }
        let (wanted, number) = match message {
            Message::RegAck(m) => ("register", m.message_id),
            Message::PubAck(m) => ("publish", m.message_id),
            Message::PubRec(number) => ("publish", *number),
            Message::PubComp(number) => ("pubrel", *number),
            _ => return,
        };
        let fits = |flight: &Flight| flight.form[wanted]["message_id"] == number;
        let Some(flight) = client.flight.take_if(|flight| fits(flight)) else { return };
        match message {
            Message::RegAck(m) if m.return_code == ReturnCode::ACCEPTED || ignores => {
                client.known.insert(m.topic_id);
                client.queue.push_front(flight.message);
            }
            Message::RegAck(_) => {
                let name = flight.message["topic_name"].as_str().unwrap_or_default();
                client.unwanted.insert(name.to_owned());
                self.settle(id, &flight.message);
            }
            Message::PubRec(number) => {
                let form = json!({ "pubrel": { "message_id": number } });
                let (at, due) = (client.at.clone(), now + TRETRY);
                client.flight = Some(Flight { form: form.clone(), sent: 1, due, ..flight });
                if let Some(message) = client.flight.as_ref().map(|flight| flight.message.clone()) {
                    self.settle(id, &message);
                }
                self.send(now, &at, &form, out);
            }
            Message::PubAck(_) => self.settle(id, &flight.message),
            _ => {}
        }
        self.pump(now, id, out);
    }

    /// Sends again what is not acknowledged in time; gives a client up that acknowledges nothing.
    pub(super) fn retransmit(&mut self, now: Instant, out: &mut Output) {
        let resends_as_first = self.set.faulty("resends-without-dup");
        let ids: Vec<String> = self.clients.keys().cloned().collect();
        for id in ids {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            let at = client.at.clone();
            let Some(flight) = client.flight.as_mut().filter(|flight| flight.due <= now) else {
                continue;
            };
            if flight.sent > NRETRY {
                self.lost(&id);
                continue;
            }
            (flight.sent, flight.due) = (flight.sent + 1, now + TRETRY);
            let mut form = flight.form.clone();
            if form.get("publish").is_some() {
                form["publish"]["dup"] = (!resends_as_first).into();
            }
            self.send(now, &at, &form, out);
        }
    }
}

fn id_form(topic_id: u16) -> Value {
    json!({ "topic_id_type": 0, "topic_id": topic_id })
}

/// How the client knows a topic name.
fn place(client: &mut Client, name: &str, other: bool) -> Place {
    if name == PREDEFINED.1 && client.predefined.contains(&PREDEFINED.0) {
        return Place::Known(json!({ "topic_id_type": 1, "topic_id": PREDEFINED.0 }));
    }
    let assigned = client.topics.iter().any(|known| known == name);
    if name.len() == 2 && !assigned {
        return Place::Known(json!({ "topic_id_type": 2, "topic_name": name }));
    }
    if other && client.topics.iter().filter(|known| *known == name).count() == 1 {
        client.topics.push(name.to_owned());
    }
    let topic_id = match other {
        true => client.topics.iter().rposition(|known| known == name).unwrap_or(0) as u16 + 1,
        false => client.topic_id(name),
    };
    match client.known.contains(&topic_id) {
        true => Place::Known(id_form(topic_id)),
        false => Place::New(topic_id),
    }
}
