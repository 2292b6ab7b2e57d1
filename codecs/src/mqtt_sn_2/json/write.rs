//! Packets to JSON forms.

use alloc::string::String;

use serde_json::{Map, Value, json};

use crate::Decoded;
use crate::json::{bytes_to_json, to_hex};
use crate::mqtt_sn_2::connect::PROTOCOL_VERSION;
use crate::mqtt_sn_2::{
    Acknowledgement, Authentication, ConnAck, Connect, Context, Limits, Packet, Party,
    ProtectionEncapsulation, Publish, ReasonCode, Subscribe, Topic, TopicAcknowledgement, decode,
};

/// The JSON form of a packet, with every field of its kind.
pub fn to_json(packet: &Packet<'_>) -> Value {
    let mut form = Form(Map::new());
    match packet {
        Packet::Connect(connect) => form.connect(connect),
        Packet::ConnAck(connack) => form.connack(connack),
        Packet::Publish(publish) => form.publish(publish),
        Packet::PubAck(ack)
        | Packet::PubRec(ack)
        | Packet::PubRel(ack)
        | Packet::PubComp(ack)
        | Packet::UnsubAck(ack) => form.acknowledgement(ack),
        Packet::Subscribe(subscribe) => form.subscribe(subscribe),
        Packet::SubAck(ack) | Packet::RegAck(ack) => form.topic_acknowledgement(ack),
        Packet::Unsubscribe(unsubscribe) => {
            form.set("topic_type", unsubscribe.topic.topic_type());
            form.set("packet_identifier", unsubscribe.packet_identifier);
            form.topic(&unsubscribe.topic, "topic_alias", "topic_filter");
        }
        Packet::PingReq(packet_identifier) => form.set("packet_identifier", *packet_identifier),
        Packet::PingResp(pingresp) => {
            form.set("packet_identifier", pingresp.packet_identifier);
            let remaining = pingresp.application_messages_remaining;
            form.maybe("application_messages_remaining", remaining);
        }
        Packet::Disconnect(disconnect) => {
            form.maybe("packet_identifier", disconnect.packet_identifier);
            form.reason(disconnect.reason_code);
            form.maybe("session_expiry_interval", disconnect.session_expiry_interval);
            form.unless_empty("reason_string", disconnect.reason_string.as_bytes());
        }
        Packet::Auth(auth) => {
            form.set("packet_identifier", auth.packet_identifier);
            form.set("reason_code", auth.reason_code.0);
            form.authentication(&auth.authentication);
        }
        Packet::Register(register) => {
            form.set("packet_identifier", register.packet_identifier);
            form.maybe("topic_alias", register.topic_alias);
            form.bytes("topic_name", register.topic_name.as_bytes());
        }
        Packet::PubWos(pubwos) => {
            form.set("retain", pubwos.retain);
            form.set("topic_type", pubwos.topic.topic_type());
            form.topic(&pubwos.topic, "topic_alias", "topic_name");
            form.bytes("payload", pubwos.payload);
        }
        Packet::SleepReq(sleepreq) => {
            form.set("retain_topic_aliases", sleepreq.retain_topic_aliases);
            form.set("packet_identifier", sleepreq.packet_identifier);
            form.set("sleep_duration", sleepreq.sleep_duration);
        }
        Packet::SleepResp(sleepresp) => {
            form.set("packet_identifier", sleepresp.packet_identifier);
            form.maybe("sleep_duration", sleepresp.sleep_duration);
            form.reason(sleepresp.reason_code);
        }
        Packet::WakeUp => {}
        Packet::Advertise(advertise) => {
            form.set("gateway_identifier", advertise.gateway_identifier);
            form.set("duration", advertise.duration);
        }
        Packet::SearchGw(information) => {
            form.unless_empty("additional_network_information", information);
        }
        Packet::GwInfo(gwinfo) => {
            form.set("gateway_identifier", gwinfo.gateway_identifier);
            form.unless_empty("gateway_address", gwinfo.gateway_address);
        }
        Packet::ConnectionEncapsulation(connection) => {
            form.bytes("client_identifier", connection.client_identifier.as_bytes());
            form.packet(connection.packet);
        }
        Packet::ForwarderEncapsulation(forwarder) => {
            let information = forwarder.client_addressing_information;
            form.bytes("client_addressing_information", information);
            form.packet(forwarder.packet);
        }
        Packet::ProtectionEncapsulation(protection) => form.protection(protection),
    }
    json!({ packet.packet_type().key(): form.0 })
}

struct Form(Map<String, Value>);

impl Form {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    fn maybe(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    fn bytes(&mut self, key: &str, bytes: &[u8]) {
        self.set(key, bytes_to_json(bytes));
    }

    fn unless_empty(&mut self, key: &str, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.bytes(key, bytes);
        }
    }

    fn reason(&mut self, reason_code: Option<ReasonCode>) {
        self.maybe("reason_code", reason_code.map(|code| code.0));
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        self.set("clean_start", connect.clean_start);
        self.set("allow_network_address_changes", connect.allow_network_address_changes);
        self.set("allow_server_suggested_values", connect.allow_server_suggested_values);
        self.set("packet_identifier", connect.packet_identifier);
        self.set("protocol_version", PROTOCOL_VERSION);
        self.set("keep_alive", connect.keep_alive);
        self.set("maximum_packet_size", connect.maximum_packet_size);
        self.maybe("default_awake_messages", connect.default_awake_messages);
        self.maybe("session_expiry_interval", connect.session_expiry_interval);
        if let Some(will) = &connect.will {
            self.set("will_topic_type", will.topic.topic_type());
            self.set("will_qos", will.qos.level());
            self.set("will_retain", will.retain);
            self.topic(&will.topic, "will_topic_alias", "will_topic_name");
            self.bytes("will_payload", will.payload);
        }
        if let Some(authentication) = &connect.authentication {
            self.authentication(authentication);
        }
        self.bytes("client_identifier", connect.client_identifier.as_bytes());
    }

    fn connack(&mut self, connack: &ConnAck<'_>) {
        self.set("session_present", connack.session_present);
        self.set("packet_identifier", connack.packet_identifier);
        self.set("reason_code", connack.reason_code.0);
        self.maybe("session_expiry_interval", connack.session_expiry_interval);
        self.maybe("server_keep_alive", connack.server_keep_alive);
        if let Some(authentication) = &connack.authentication {
            self.authentication(authentication);
        }
        let assigned = connack.assigned_client_identifier.as_bytes();
        self.unless_empty("assigned_client_identifier", assigned);
    }

    fn authentication(&mut self, authentication: &Authentication<'_>) {
        self.bytes("authentication_method", authentication.method.as_bytes());
        self.bytes("authentication_data", authentication.data);
    }

    fn acknowledgement(&mut self, ack: &Acknowledgement) {
        self.set("packet_identifier", ack.packet_identifier);
        self.reason(ack.reason_code);
    }

    fn topic_acknowledgement(&mut self, ack: &TopicAcknowledgement) {
        self.set("topic_type", u8::from(ack.predefined));
        self.set("packet_identifier", ack.packet_identifier);
        self.maybe("topic_alias", ack.topic_alias);
        self.reason(ack.reason_code);
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        self.set("dup", publish.dup);
        self.set("qos", publish.qos.level());
        self.set("retain", publish.retain);
        self.set("topic_type", publish.topic.topic_type());
        self.maybe("packet_identifier", publish.packet_identifier);
        self.topic(&publish.topic, "topic_alias", "topic_name");
        self.bytes("payload", publish.payload);
    }

    fn subscribe(&mut self, subscribe: &Subscribe<'_>) {
        self.set("no_local", subscribe.no_local);
        self.set("qos", subscribe.qos.level());
        self.set("retain_as_published", subscribe.retain_as_published);
        self.set("retain_handling", subscribe.retain_handling);
        self.set("topic_type", subscribe.topic.topic_type());
        self.set("packet_identifier", subscribe.packet_identifier);
        self.topic(&subscribe.topic, "topic_alias", "topic_filter");
    }

    fn topic(&mut self, topic: &Topic<'_>, alias: &str, name: &str) {
        match topic {
            Topic::SessionAlias(number) | Topic::PredefinedAlias(number) => {
                self.set(alias, *number);
            }
            Topic::Name(text) => self.bytes(name, text.as_bytes()),
        }
    }

    fn protection(&mut self, protection: &ProtectionEncapsulation<'_>) {
        self.set("authentication_tag_length", protection.authentication_tag_length);
        self.set("protection_scheme", protection.scheme.0);
        self.bytes("sender_identifier", &protection.sender_identifier);
        self.bytes("random", &protection.random);
        self.unless_empty("cryptographic_material", protection.cryptographic_material);
        self.unless_empty("monotonic_counter", protection.monotonic_counter);
        if protection.scheme.is_authentication_only() {
            self.packet(protection.packet);
        } else {
            self.set("packet", raw(protection.packet));
        }
        self.unless_empty("authentication_tag", protection.authentication_tag);
    }

    fn packet(&mut self, bytes: &[u8]) {
        // Whoever made the value has seen that this decodes, within limits of their own.
        let limits = Limits { maximum_message_size: usize::MAX, maximum_encapsulations: u8::MAX };
        let ctx = Context { limits, ..Context::new(Party::Either) };
        let form = match decode(bytes, &ctx) {
            Ok(Decoded::Complete { message, used }) if used == bytes.len() => to_json(&message),
            _ => raw(bytes),
        };
        self.set("packet", form);
    }
}

fn raw(bytes: &[u8]) -> Value {
    json!({ "raw": { "hex": to_hex(bytes) } })
}
