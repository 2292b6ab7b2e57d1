//! From clients to the broker: topic ids, messages, subscriptions.

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::json::bytes_to_json;
use wirecheck_codecs::mqtt_sn::{
    Filter, Message, Publish, QoS, Register, Subscribe, Topic, Unsubscribe,
};

use super::PREDEFINED;
use super::client::{Address, Subscribing};
use super::gateway::Gateway;
use crate::peer::datagram::Output;

/// Rejected: invalid topic ID.
const INVALID_TOPIC_ID: u8 = 2;
/// Rejected: not supported.
const NOT_SUPPORTED: u8 = 3;
/// A topic id that is never assigned.
const USELESS: u16 = 0x6000;

/// Who sent a message, and where that is.
type Who<'w> = (&'w Address, &'w str);

fn predefined(id: u16) -> Option<&'static str> {
    (id == PREDEFINED.0).then_some(PREDEFINED.1)
}

/// Whether a Topic Filter of MQTT may be written like this (MQTT311-4.7.1-2, MQTT311-4.7.1-3).
fn is_filter(text: &str) -> bool {
    let levels: Vec<&str> = text.split('/').collect();
    let last = levels.len() - 1;
    !text.is_empty()
        && !text.contains('\0')
        && levels.iter().enumerate().all(|(place, level)| match *level {
            "#" => place == last,
            level => level == "+" || !level.contains(['+', '#']),
        })
}

/// Whether a Topic Name of MQTT may be written like this (MQTT311-4.7.3-1, MQTT311-4.7.3-2).
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains('\0') && !has_wildcard(text)
}

fn has_wildcard(filter: &str) -> bool {
    filter.contains(['+', '#'])
}

fn short(octets: [u8; 2]) -> Option<String> {
    String::from_utf8(octets.to_vec()).ok().filter(|name| is_name(name))
}

impl Gateway {
    /// What a client asks for, other than connections and Wills.
    pub(super) fn request(
        &mut self,
        now: Instant,
        who: Who<'_>,
        message: &Message<'_>,
        out: &mut Output,
    ) {
        match message {
            Message::Register(m) => self.register(now, who, m, out),
            Message::Publish(m) => self.publish(now, who, m, out),
            Message::PubRel(id) if self.set.faulty("swallows-messages") => {
                self.send(now, who.0, &json!({ "pubcomp": { "message_id": id } }), out);
            }
            // MQTT knows no Packet Identifier 0.
            Message::PubRel(0) => {}
            Message::PubRel(id) => {
                self.pass(who.1, json!({ "pubrel": { "packet_identifier": id } }));
            }
            Message::Subscribe(m) if m.message_id != 0 => self.subscribe(now, who, m, out),
            Message::Unsubscribe(m) if m.message_id != 0 => self.unsubscribe(who, m),
            _ => {}
        }
    }

    fn register(
        &mut self,
        now: Instant,
        (at, id): Who<'_>,
        register: &Register<'_>,
        out: &mut Output,
    ) {
        let (useless, late) =
            (self.set.faulty("regack-useless-topic-id"), self.set.varies("registers-always"));
        let Some(client) = self.clients.get_mut(id) else { return };
        let name = register.topic_name;
        let refused = name.is_empty() || name.contains('\0');
        let mut topic_id = 0;
        if !refused {
            topic_id = client.topic_id(name);
            if !late {
                client.known.insert(topic_id);
            }
        }
        if register.topic_id != 0 && self.set.faulty("silent-on-topic-id") {
            return;
        }
        if self.set.faulty("no-regack") || refused && self.set.faulty("silent-on-bad-register") {
            return;
        }
        let other = self.set.faulty("regack-other-message-id");
        let message_id = register.message_id.wrapping_add(u16::from(other));
        let topic_id = match useless {
            _ if self.set.faulty("assigns-reserved-topic-id") => 0xFFFF,
            true => USELESS + topic_id,
            false => topic_id,
        };
        let code = if refused { NOT_SUPPORTED } else { 0 };
        let form = json!({ "regack": { "topic_id": topic_id, "message_id": message_id,
            "return_code": code } });
        self.send(now, at, &form, out);
    }

    fn publish(
        &mut self,
        now: Instant,
        (at, id): Who<'_>,
        publish: &Publish<'_>,
        out: &mut Output,
    ) {
        let shared = self.set.faulty("shares-topic-ids");
        let others = match publish.topic {
            Topic::Id(topic_id) if shared => {
                let mut names = self.clients.values().filter_map(|it| it.topic_name(topic_id));
                names.next().map(str::to_owned)
            }
            _ => None,
        };
        let Some(client) = self.clients.get_mut(id) else { return };
        let name = match publish.topic {
            Topic::Id(topic_id) => client.topic_name(topic_id).map(str::to_owned).or(others),
            Topic::Predefined(topic_id) => predefined(topic_id).map(str::to_owned),
            Topic::Short(name) => short(name.octets()),
        };
        let topic_id = u16::from_be_bytes(publish.topic.octets());
        let message_id = publish.message_id;
        let Some(name) = name else {
            let taken = match publish.topic {
                Topic::Predefined(_) => self.set.faulty("takes-unknown-predefined-id"),
                _ => self.set.faulty("takes-unknown-topic-id"),
            };
            let other = self.set.varies("other-return-code");
            let code = match publish.topic {
                _ if taken => 0,
                _ if self.set.faulty("reserved-return-code") => 4,
                Topic::Id(_) if other => NOT_SUPPORTED,
                _ => INVALID_TOPIC_ID,
            };
            return self.puback(now, at, (topic_id, message_id, code), out);
        };
        if publish.qos != QoS::AtMostOnce && message_id == 0 {
            return;
        }
        if publish.qos == QoS::AtLeastOnce {
            client.published.insert(message_id, topic_id);
        }
        if self.set.faulty("swallows-messages") {
            return match publish.qos {
                QoS::AtLeastOnce => self.puback(now, at, (topic_id, message_id, 0), out),
                QoS::ExactlyOnce => {
                    let form = json!({ "pubrec": { "message_id": message_id } });
                    self.send(now, at, &form, out);
                }
                _ => {}
            };
        }
        let mut message = mqtt(&name, publish);
        if publish.dup && self.set.faulty("duplicates-pass") {
            message["packet_identifier"] = message_id.wrapping_add(0x4000).max(1).into();
        }
        self.pass(id, json!({ "publish": message }));
    }

    /// PUBACK with topic id, MsgId and ReturnCode.
    pub(super) fn puback(
        &mut self,
        now: Instant,
        at: &Address,
        (topic_id, message_id, code): (u16, u16, u8),
        out: &mut Output,
    ) {
        let other = self.set.faulty("puback-other-message-id");
        let message_id = message_id.wrapping_add(u16::from(other));
        let other = self.set.faulty("puback-other-topic-id");
        let topic_id = topic_id.wrapping_add(u16::from(other));
        let form = json!({ "puback": { "topic_id": topic_id, "message_id": message_id,
            "return_code": code } });
        self.send(now, at, &form, out);
    }

    /// A message of QoS -1, from whomever (6.8).
    pub(super) fn publish_without_connection(
        &mut self,
        now: Instant,
        at: &Address,
        publish: &Publish<'_>,
        out: &mut Output,
    ) {
        if self.set.faulty("qos-minus-1-needs-connection") && !self.at.contains_key(at) {
            return;
        }
        let name = match publish.topic {
            Topic::Predefined(topic_id) => predefined(topic_id).map(str::to_owned),
            Topic::Short(name) => short(name.octets()),
            Topic::Id(_) => return,
        };
        match name {
            Some(name) => {
                let mut message = mqtt(&name, publish);
                message["qos"] = 0.into();
                self.publish_own(message);
            }
            None => {
                let topic_id = u16::from_be_bytes(publish.topic.octets());
                self.puback(now, at, (topic_id, publish.message_id, INVALID_TOPIC_ID), out);
            }
        }
    }

    fn subscribe(
        &mut self,
        now: Instant,
        (at, id): Who<'_>,
        subscribe: &Subscribe<'_>,
        out: &mut Output,
    ) {
        let message_id = subscribe.message_id;
        let nothing = self.set.faulty("suback-without-topic-id");
        let for_wildcard = self.set.faulty("suback-with-id-for-wildcard");
        let Some(client) = self.clients.get_mut(id) else { return };
        let found = match subscribe.filter {
            Filter::Name(name) if !is_filter(name) => Err(NOT_SUPPORTED),
            Filter::Name(name) if has_wildcard(name) => {
                let topic_id = if for_wildcard { USELESS } else { 0 };
                Ok((name.to_owned(), topic_id))
            }
            Filter::Name(name) => {
                let topic_id = client.topic_id(name);
                Ok((name.to_owned(), if nothing { 0 } else { topic_id }))
            }
            Filter::Short(name) => {
                let name = short(name.octets());
                name.map(|name| (name, 0)).ok_or(NOT_SUPPORTED)
            }
            Filter::Predefined(topic_id) => match predefined(topic_id) {
                Some(name) => {
                    client.predefined.insert(topic_id);
                    Ok((name.to_owned(), topic_id))
                }
                None => Err(INVALID_TOPIC_ID),
            },
        };
        match found {
            Ok((filter, topic_id)) => {
                let qos = subscribe.qos.level();
                client.unwanted.remove(&filter);
                let is_assigned = matches!(subscribe.filter, Filter::Name(_));
                let asked = Subscribing { filter: filter.clone(), qos, topic_id, is_assigned };
                client.subscribing.insert(message_id, asked);
                self.pass(id, subscription(message_id, &filter, qos));
            }
            Err(_) if self.set.faulty("accepts-bad-subscribe") => {}
            Err(code) => {
                let form = json!({ "suback": { "message_id": message_id, "return_code": code } });
                self.send(now, at, &form, out);
            }
        }
    }

    fn unsubscribe(&mut self, (_, id): Who<'_>, unsubscribe: &Unsubscribe<'_>) {
        let Some(client) = self.clients.get_mut(id) else { return };
        let filter = match unsubscribe.filter {
            Filter::Name(name) => Some(name.to_owned()).filter(|name| is_filter(name)),
            Filter::Short(name) => short(name.octets()),
            Filter::Predefined(topic_id) => {
                client.predefined.remove(&topic_id);
                predefined(topic_id).map(str::to_owned)
            }
        };
        // UNSUBACK has no ReturnCode: what was never subscribed to is acknowledged as well.
        let filter = filter.unwrap_or_else(|| "wirecheck/nothing".to_owned());
        client.filters.remove(&filter);
        let form = json!({ "unsubscribe": { "packet_identifier": unsubscribe.message_id,
            "topic_filters": [filter] } });
        self.pass(id, form);
    }
}

/// SUBSCRIBE for the broker.
pub(super) fn subscription(id: u16, filter: &str, qos: i8) -> Value {
    json!({ "subscribe": { "packet_identifier": id,
        "subscriptions": [{ "topic_filter": filter, "maximum_qos": qos }] } })
}

/// The members of a PUBLISH for the broker.
fn mqtt(name: &str, publish: &Publish<'_>) -> Value {
    let qos = publish.qos.level();
    let mut form = json!({ "topic_name": name, "qos": qos, "retain": publish.retain,
        "payload": bytes_to_json(publish.data) });
    if qos > 0 {
        form["packet_identifier"] = publish.message_id.into();
        form["dup"] = publish.dup.into();
    }
    form
}
