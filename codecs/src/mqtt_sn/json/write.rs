//! Messages to JSON forms.

use alloc::string::String;

use serde_json::{Map, Value, json};

use crate::Decoded;
use crate::json::{bytes_to_json, to_hex};
use crate::mqtt_sn::connect::PROTOCOL_ID;
use crate::mqtt_sn::{
    Acknowledgement, Context, Encapsulated, Filter, Limits, Message, Party, Publish, Topic,
    WillTopic, decode,
};

/// The JSON form of a message, with every field of its kind.
pub fn to_json(message: &Message<'_>) -> Value {
    let mut form = Form(Map::new());
    match message {
        Message::Advertise(advertise) => {
            form.set("gateway_id", advertise.gateway_id);
            form.set("duration", advertise.duration);
        }
        Message::SearchGw(radius) => form.set("radius", *radius),
        Message::GwInfo(info) => {
            form.set("gateway_id", info.gateway_id);
            if let Some(address) = info.gateway_address {
                form.set("gateway_address", bytes_to_json(address));
            }
        }
        Message::Connect(connect) => {
            form.set("will", connect.will);
            form.set("clean_session", connect.clean_session);
            form.set("protocol_id", PROTOCOL_ID);
            form.set("duration", connect.duration);
            form.text("client_id", connect.client_id);
        }
        Message::ConnAck(code) | Message::WillTopicResp(code) | Message::WillMsgResp(code) => {
            form.set("return_code", code.0);
        }
        Message::WillTopicReq
        | Message::WillMsgReq
        | Message::PingResp
        | Message::WillTopic(None)
        | Message::WillTopicUpd(None)
        | Message::PingReq(None)
        | Message::Disconnect(None) => {}
        Message::WillTopic(Some(will)) | Message::WillTopicUpd(Some(will)) => form.will(will),
        Message::WillMsg(message) | Message::WillMsgUpd(message) => {
            form.set("will_message", bytes_to_json(message));
        }
        Message::Register(register) => {
            form.set("topic_id", register.topic_id);
            form.set("message_id", register.message_id);
            form.text("topic_name", register.topic_name);
        }
        Message::RegAck(ack) | Message::PubAck(ack) => form.acknowledgement(ack),
        Message::Publish(publish) => form.publish(publish),
        Message::PubComp(id)
        | Message::PubRec(id)
        | Message::PubRel(id)
        | Message::UnsubAck(id) => form.set("message_id", *id),
        Message::Subscribe(subscribe) => {
            form.set("dup", subscribe.dup);
            form.set("qos", subscribe.qos.level());
            form.filter(&subscribe.filter, subscribe.message_id);
        }
        Message::SubAck(suback) => {
            form.set("qos", suback.qos.level());
            form.set("topic_id", suback.topic_id);
            form.set("message_id", suback.message_id);
            form.set("return_code", suback.return_code.0);
        }
        Message::Unsubscribe(unsubscribe) => {
            form.filter(&unsubscribe.filter, unsubscribe.message_id);
        }
        Message::PingReq(Some(client_id)) => form.text("client_id", client_id),
        Message::Disconnect(Some(duration)) => form.set("duration", *duration),
        Message::Encapsulated(encapsulated) => form.encapsulated(encapsulated),
    }
    json!({ message.message_type().key(): form.0 })
}

struct Form(Map<String, Value>);

impl Form {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    fn text(&mut self, key: &str, text: &str) {
        self.set(key, bytes_to_json(text.as_bytes()));
    }

    fn will(&mut self, will: &WillTopic<'_>) {
        self.set("qos", will.qos.level());
        self.set("retain", will.retain);
        self.text("will_topic", will.will_topic);
    }

    fn acknowledgement(&mut self, ack: &Acknowledgement) {
        self.set("topic_id", ack.topic_id);
        self.set("message_id", ack.message_id);
        self.set("return_code", ack.return_code.0);
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        self.set("dup", publish.dup);
        self.set("qos", publish.qos.level());
        self.set("retain", publish.retain);
        self.set("topic_id_type", publish.topic.topic_id_type());
        match publish.topic {
            Topic::Id(id) | Topic::Predefined(id) => self.set("topic_id", id),
            Topic::Short(name) => self.set("topic_name", bytes_to_json(&name.octets())),
        }
        self.set("message_id", publish.message_id);
        self.set("data", bytes_to_json(publish.data));
    }

    fn filter(&mut self, filter: &Filter<'_>, message_id: u16) {
        self.set("topic_id_type", filter.topic_id_type());
        self.set("message_id", message_id);
        match filter {
            Filter::Name(name) => self.text("topic_name", name),
            Filter::Predefined(id) => self.set("topic_id", *id),
            Filter::Short(name) => self.set("topic_name", bytes_to_json(&name.octets())),
        }
    }

    fn encapsulated(&mut self, encapsulated: &Encapsulated<'_>) {
        self.set("radius", encapsulated.radius());
        if encapsulated.reserved() != 0 {
            self.set("reserved", encapsulated.reserved());
        }
        self.set("wireless_node_id", bytes_to_json(encapsulated.wireless_node_id));
        // Whoever made the value has seen that this decodes, within limits of their own.
        let limits = Limits { maximum_message_size: usize::MAX, maximum_encapsulations: u8::MAX };
        let ctx = Context { limits, ..Context::new(Party::Either) };
        let message = match decode(encapsulated.message, &ctx) {
            Ok(Decoded::Complete { message, used }) if used == encapsulated.message.len() => {
                to_json(&message)
            }
            _ => json!({ "raw": { "hex": to_hex(encapsulated.message) } }),
        };
        self.set("message", message);
    }
}
