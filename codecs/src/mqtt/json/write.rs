//! Packets to JSON forms.

use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use crate::json::bytes_to_json;
use crate::mqtt::connect::clean_name;
use crate::mqtt::{
    Acknowledgement, Connect, Item, List, Message, PacketIdentifier, Properties, Property, Publish,
    ReasonCode, Subscription, Version,
};

/// The JSON form of a packet, with every field of its kind.
pub fn to_json(message: &Message<'_>, version: Version) -> Value {
    let mut form = Form { object: Map::new(), version };
    match message {
        Message::Connect(connect) => form.connect(connect),
        Message::ConnAck(connack) => {
            form.set("session_present", connack.session_present);
            form.set("reason_code", connack.reason_code.0);
            form.properties(&connack.properties);
        }
        Message::Publish(publish) => form.publish(publish),
        Message::PubAck(ack)
        | Message::PubRec(ack)
        | Message::PubRel(ack)
        | Message::PubComp(ack) => form.acknowledgement(ack),
        Message::Subscribe(subscribe) => {
            form.identifier(subscribe.packet_identifier);
            form.properties(&subscribe.properties);
            form.list("subscriptions", &subscribe.subscriptions, |item| {
                subscription(&item, version)
            });
        }
        Message::SubAck(suback) => {
            form.identifier(suback.packet_identifier);
            form.properties(&suback.properties);
            form.list("reason_codes", &suback.reason_codes, |code| code.0.into());
        }
        Message::Unsubscribe(unsubscribe) => {
            form.identifier(unsubscribe.packet_identifier);
            form.properties(&unsubscribe.properties);
            form.list("topic_filters", &unsubscribe.topic_filters, |filter| {
                bytes_to_json(filter.as_bytes())
            });
        }
        Message::UnsubAck(unsuback) => {
            form.identifier(unsuback.packet_identifier);
            form.properties(&unsuback.properties);
            if version == Version::V5 {
                form.list("reason_codes", &unsuback.reason_codes, |code| code.0.into());
            }
        }
        Message::PingReq | Message::PingResp => {}
        Message::Disconnect(disconnect) => {
            form.reason(disconnect.reason_code, &disconnect.properties);
        }
        Message::Auth(auth) => form.reason(auth.reason_code, &auth.properties),
    }
    json!({ message.packet_type().key(): form.object })
}

struct Form {
    object: Map<alloc::string::String, Value>,
    version: Version,
}

impl Form {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.object.insert(key.into(), value.into());
    }

    fn identifier(&mut self, packet_identifier: PacketIdentifier) {
        self.set("packet_identifier", packet_identifier.get());
    }

    fn properties(&mut self, properties: &Properties<'_>) {
        if self.version == Version::V5 {
            self.list("properties", properties, |property| property_to_json(&property));
        }
    }

    fn list<'a, T: Item<'a>>(&mut self, key: &str, list: &List<'a, T>, f: impl Fn(T) -> Value) {
        self.set(key, list.iter().map(f).collect::<Vec<_>>());
    }

    fn reason(&mut self, reason_code: ReasonCode, properties: &Properties<'_>) {
        if self.version == Version::V5 {
            self.set("reason_code", reason_code.0);
            self.properties(properties);
        }
    }

    fn acknowledgement(&mut self, ack: &Acknowledgement<'_>) {
        self.identifier(ack.packet_identifier);
        self.reason(ack.reason_code, &ack.properties);
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        self.set("protocol_name", self.version.protocol_name());
        self.set("protocol_version", self.version.level());
        self.set(clean_name(self.version), connect.clean_start);
        self.set("keep_alive", connect.keep_alive);
        self.properties(&connect.properties);
        self.set("client_identifier", bytes_to_json(connect.client_identifier.as_bytes()));
        if let Some(will) = &connect.will {
            let mut form = Form { object: Map::new(), version: self.version };
            form.set("retain", will.retain);
            form.set("qos", will.qos.level());
            form.properties(&will.properties);
            form.set("topic", bytes_to_json(will.topic.as_bytes()));
            form.set("payload", bytes_to_json(will.payload));
            self.set("will", form.object);
        }
        if let Some(user_name) = connect.user_name {
            self.set("user_name", bytes_to_json(user_name.as_bytes()));
        }
        if let Some(password) = connect.password {
            self.set("password", bytes_to_json(password));
        }
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        self.set("dup", publish.delivery.dup());
        self.set("qos", publish.delivery.qos().level());
        self.set("retain", publish.retain);
        self.set("topic_name", bytes_to_json(publish.topic_name.as_bytes()));
        if let Some(packet_identifier) = publish.delivery.packet_identifier() {
            self.identifier(packet_identifier);
        }
        self.properties(&publish.properties);
        self.set("payload", bytes_to_json(publish.payload));
    }
}

fn subscription(item: &Subscription<'_>, version: Version) -> Value {
    let topic_filter = bytes_to_json(item.topic_filter.as_bytes());
    let maximum_qos = item.maximum_qos.level();
    if version != Version::V5 {
        return json!({ "topic_filter": topic_filter, "maximum_qos": maximum_qos });
    }
    json!({
        "topic_filter": topic_filter,
        "maximum_qos": maximum_qos,
        "no_local": item.no_local,
        "retain_as_published": item.retain_as_published,
        "retain_handling": item.retain_handling,
    })
}

/// A property as an object with its name as the only key.
pub fn property_to_json(property: &Property<'_>) -> Value {
    use Property as P;
    let text = |text: &str| bytes_to_json(text.as_bytes());
    let value: Value = match *property {
        P::PayloadFormatIndicator(v)
        | P::RequestProblemInformation(v)
        | P::RequestResponseInformation(v)
        | P::MaximumQoS(v)
        | P::RetainAvailable(v)
        | P::WildcardSubscriptionAvailable(v)
        | P::SubscriptionIdentifierAvailable(v)
        | P::SharedSubscriptionAvailable(v) => v.into(),
        P::ServerKeepAlive(v)
        | P::ReceiveMaximum(v)
        | P::TopicAliasMaximum(v)
        | P::TopicAlias(v) => v.into(),
        P::MessageExpiryInterval(v)
        | P::SubscriptionIdentifier(v)
        | P::SessionExpiryInterval(v)
        | P::WillDelayInterval(v)
        | P::MaximumPacketSize(v) => v.into(),
        P::ContentType(v)
        | P::ResponseTopic(v)
        | P::AssignedClientIdentifier(v)
        | P::AuthenticationMethod(v)
        | P::ResponseInformation(v)
        | P::ServerReference(v)
        | P::ReasonString(v) => text(v),
        P::CorrelationData(v) | P::AuthenticationData(v) => bytes_to_json(v),
        P::UserProperty((name, value)) => json!([text(name), text(value)]),
    };
    json!({ property.name(): value })
}
