//! Reason Strings and User Properties that make a packet larger than the Client takes. Each kind of
//! packet has a sentence of its own for each of the two.

use wirecheck_codecs::mqtt::{Message, PacketType, Properties, Property};

use super::{Observer, Rule};
use crate::case::Protocol;

/// What puts a Reason String where it makes the packet too large.
const REASON_STRING: [&str; 1] = ["keeps-reason-string-when-too-large"];
/// What does the same with a User Property.
const USER_PROPERTY: [&str; 1] = ["keeps-user-property-when-too-large"];

macro_rules! explanations {
    ($($packet:ident $reason_name:literal $reason:literal $user_name:literal $user:literal;)*) => {
        /// The rules of each kind of packet: for its Reason String, and for its User Properties.
        const RULES: &[(PacketType, [Rule; 2])] = &[$((PacketType::$packet, [
            Rule::new($reason_name, &[(Protocol::Mqtt50, $reason)], &REASON_STRING),
            Rule::new($user_name, &[(Protocol::Mqtt50, $user)], &USER_PROPERTY),
        ])),*];
    };
}

explanations! {
    CONNACK "connack-reason-string" "MQTT5-3.2.2-19" "connack-user-property" "MQTT5-3.2.2-20";
    PUBACK "puback-reason-string" "MQTT5-3.4.2-2" "puback-user-property" "MQTT5-3.4.2-3";
    PUBREC "pubrec-reason-string" "MQTT5-3.5.2-2" "pubrec-user-property" "MQTT5-3.5.2-3";
    PUBREL "pubrel-reason-string" "MQTT5-3.6.2-2" "pubrel-user-property" "MQTT5-3.6.2-3";
    PUBCOMP "pubcomp-reason-string" "MQTT5-3.7.2-2" "pubcomp-user-property" "MQTT5-3.7.2-3";
    SUBACK "suback-reason-string" "MQTT5-3.9.2-1" "suback-user-property" "MQTT5-3.9.2-2";
    UNSUBACK "unsuback-reason-string" "MQTT5-3.11.2-1" "unsuback-user-property" "MQTT5-3.11.2-2";
    DISCONNECT "disconnect-reason-string" "MQTT5-3.14.2-3" "disconnect-user-property" "MQTT5-3.14.2-4";
    AUTH "auth-reason-string" "MQTT5-3.15.2-2" "auth-user-property" "MQTT5-3.15.2-3";
}

/// All of them.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|(_, rules)| rules)
}

impl Observer {
    /// Judges a packet of `size` bytes to a Client that takes `most`.
    pub(super) fn explanations(
        &mut self,
        message: &Message<'_>,
        size: usize,
        most: usize,
        entry: usize,
    ) {
        let packet = message.packet_type();
        let Some(properties) = properties(message) else { return };
        let Some((_, [reason_string, user_property])) = RULES.iter().find(|(of, _)| *of == packet)
        else {
            return;
        };
        let has = |wanted: fn(&Property<'_>) -> bool| properties.iter().any(|it| wanted(&it));
        let reasons = has(|property| matches!(property, Property::ReasonString(_)));
        let users = has(|property| matches!(property, Property::UserProperty(_)));
        for (rule, there, what) in
            [(reason_string, reasons, "Reason String"), (user_property, users, "User Property")]
        {
            if there {
                self.findings.judge(rule, entry, size > most, || {
                    let name = packet.name();
                    let text =
                        format!("{name} of {size} bytes with a {what}; the Client takes {most}");
                    (text, format!("{} too large", packet.key()))
                });
            }
        }
    }
}

fn properties<'a>(message: &Message<'a>) -> Option<Properties<'a>> {
    match message {
        Message::ConnAck(packet) => Some(packet.properties),
        Message::PubAck(packet)
        | Message::PubRec(packet)
        | Message::PubRel(packet)
        | Message::PubComp(packet) => Some(packet.properties),
        Message::SubAck(packet) => Some(packet.properties),
        Message::UnsubAck(packet) => Some(packet.properties),
        Message::Disconnect(packet) => Some(packet.properties),
        Message::Auth(packet) => Some(packet.properties),
        _ => None,
    }
}
