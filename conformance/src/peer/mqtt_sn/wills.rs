//! Wills (6.2 to 6.4), and the gateway's own connection to its broker.

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::json::bytes_to_json;
use wirecheck_codecs::mqtt_sn::WillTopic;

use super::client::{Address, Phase, Will};
use super::gateway::Gateway;
use super::publish::is_name;
use super::upstream::{Connection, Told};
use crate::peer::datagram::Output;

/// Messages that wait for the gateway's own connection.
const WAITING: usize = 1000;

/// The connection for Wills and for messages of QoS -1.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) connection: Option<Connection>,
    ready: bool,
    waiting: Vec<Value>,
    next_id: u16,
}

fn will(topic: &WillTopic<'_>) -> Will {
    Will {
        topic: topic.will_topic.to_owned(),
        qos: topic.qos.level(),
        retain: topic.retain,
        message: Vec::new(),
    }
}

/// Whether nothing could be published to a Will topic. An empty one is no Will.
fn is_wrong(topic: &WillTopic<'_>) -> bool {
    !topic.will_topic.is_empty() && !is_name(topic.will_topic)
}

impl Gateway {
    /// The answer to WILLTOPICREQ.
    pub(super) fn will_topic(
        &mut self,
        now: Instant,
        id: &str,
        topic: Option<&WillTopic<'_>>,
        out: &mut Output,
    ) {
        let keeps = self.set.faulty("empty-will-topic-ignored");
        let hasty = self.set.faulty("no-prompt-for-will-message");
        let Some(client) = self.clients.get_mut(id) else { return };
        if !matches!(client.phase, Phase::WillTopic | Phase::WillMessage) {
            return;
        }
        if topic.is_some_and(is_wrong) {
            let at = client.at.clone();
            self.leave(id);
            return self.send(now, &at, &json!({ "connack": { "return_code": 3 } }), out);
        }
        let Some(topic) = topic else {
            if !keeps {
                client.will = None;
            }
            self.enter(now, id, out);
            return;
        };
        client.draft = Some(will(topic));
        client.phase = Phase::WillMessage;
        let at = client.at.clone();
        if hasty {
            client.will = client.draft.take();
            self.enter(now, id, out);
            return;
        }
        self.send(now, &at, &json!({ "willmsgreq": {} }), out);
    }

    /// The answer to WILLMSGREQ.
    pub(super) fn will_message(&mut self, now: Instant, id: &str, bytes: &[u8], out: &mut Output) {
        let keeps = self.set.faulty("keeps-old-will");
        let Some(client) = self.clients.get_mut(id) else { return };
        if client.phase != Phase::WillMessage {
            return;
        }
        if keeps && client.will.is_some() {
            return self.enter(now, id, out);
        }
        client.will = client.draft.take().map(|draft| Will { message: bytes.to_vec(), ..draft });
        self.enter(now, id, out);
    }

    pub(super) fn update_will_topic(
        &mut self,
        now: Instant,
        (at, id): (&Address, &str),
        topic: Option<&WillTopic<'_>>,
        out: &mut Output,
    ) {
        let ignores = self.set.faulty("will-update-ignored");
        let keeps = self.set.faulty("empty-update-keeps-will");
        let Some(client) = self.clients.get_mut(id) else { return };
        if topic.is_some_and(is_wrong) {
            return self.send(now, at, &json!({ "willtopicresp": { "return_code": 3 } }), out);
        }
        match topic {
            None if keeps => {}
            None => client.will = None,
            Some(_) if ignores => {}
            Some(topic) => {
                let message = client.will.take().map(|old| old.message).unwrap_or_default();
                client.will = Some(Will { message, ..will(topic) });
            }
        }
        if !self.set.faulty("no-willtopicresp") {
            self.send(now, at, &json!({ "willtopicresp": { "return_code": 0 } }), out);
        }
    }

    pub(super) fn update_will_message(
        &mut self,
        now: Instant,
        (at, id): (&Address, &str),
        message: &[u8],
        out: &mut Output,
    ) {
        let ignores = self.set.faulty("will-update-ignored");
        let Some(client) = self.clients.get_mut(id) else { return };
        // Without a Will topic there is nothing that the message could be published to.
        if let Some(will) = client.will.as_mut().filter(|_| !ignores) {
            will.message = message.to_vec();
        }
        if !self.set.faulty("no-willmsgresp") {
            self.send(now, at, &json!({ "willmsgresp": { "return_code": 0 } }), out);
        }
    }

    /// A client is lost: its Will is published, and its connection ends.
    pub(super) fn lost(&mut self, id: &str) {
        let Some(client) = self.clients.get_mut(id) else { return };
        let will = client.will.clone().filter(|will| !will.topic.is_empty());
        if let Some(will) = will.filter(|_| !self.set.faulty("will-lost")) {
            self.publish_own(json!({ "topic_name": will.topic, "qos": will.qos,
                "retain": will.retain, "payload": bytes_to_json(&will.message) }));
        }
        self.leave(id);
    }

    /// Publishes by the gateway's own connection.
    pub(super) fn publish_own(&mut self, mut publish: Value) {
        if publish["qos"] != 0 {
            self.own.next_id = self.own.next_id.wrapping_add(1).max(1);
            publish["packet_identifier"] = self.own.next_id.into();
        }
        let form = json!({ "publish": publish });
        match self.own.connection {
            Some(connection) if self.own.ready => self.tell(Told::Send(connection, form)),
            Some(_) => {
                if self.own.waiting.len() < WAITING {
                    self.own.waiting.push(form);
                }
            }
            None => {
                self.own.waiting.push(form);
                let connection = self.connection();
                self.own.connection = Some(connection);
                let identifier = format!("wirecheck-gateway-{connection}");
                self.open(connection, &identifier, true);
            }
        }
    }

    /// A packet on the gateway's own connection.
    pub(super) fn own_packet(&mut self, connection: Connection, kind: &str, body: &Value) {
        match kind {
            "connack" if body["reason_code"] == 0 => {
                self.own.ready = true;
                for form in std::mem::take(&mut self.own.waiting) {
                    self.tell(Told::Send(connection, form));
                }
            }
            "pubrec" => {
                let id = &body["packet_identifier"];
                let form = json!({ "pubrel": { "packet_identifier": id } });
                self.tell(Told::Send(connection, form));
            }
            _ => {}
        }
    }

    pub(super) fn own_cut(&mut self) {
        (self.own.connection, self.own.ready) = (None, false);
    }
}
