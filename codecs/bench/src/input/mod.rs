//! The packets of each case: the same on every run.

mod coap;
mod mqtt;
mod mqtt_sn;
mod xmpp;

use serde_json::Value;
use wirecheck_codecs::mqtt::Version;
use wirecheck_codecs::mqtt::json::encode as mqtt_packet;
use wirecheck_codecs::mqtt_sn::NAME as MQTT_SN;
use wirecheck_codecs::mqtt_sn::json::encode as mqtt_sn_message;

pub use xmpp::HEADER;

/// How many packets a case has, if they are not very long.
pub const COUNT: usize = 512;

/// What packets are of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    Mqtt(Version),
    MqttSn,
    Coap,
    Xmpp,
}

impl Traffic {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Mqtt(Version::V311), Self::Mqtt(Version::V5), Self::MqttSn, Self::Coap, Self::Xmpp];

    /// The specification, by its name in `judge.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mqtt(version) => version.name(),
            Self::MqttSn => MQTT_SN,
            Self::Coap => "coap",
            Self::Xmpp => "xmpp",
        }
    }
}

/// Packets of one kind of traffic.
pub struct Case {
    /// What the command line calls it.
    pub name: &'static str,
    /// What every packet is.
    pub traffic: Traffic,
    /// Whether the packets are also encoded.
    pub encode: bool,
    /// One packet each.
    pub packets: Vec<Vec<u8>>,
}

impl Case {
    /// All packets, one after the other, as a connection delivers them; of XMPP with the header
    /// before them.
    pub fn stream(&self) -> Vec<u8> {
        let header = if self.traffic == Traffic::Xmpp { HEADER } else { "" };
        [header.as_bytes(), &self.packets.concat()].concat()
    }
}

/// Every case.
pub fn cases() -> Vec<Case> {
    vec![
        of_mqtt("mix-3.1.1", Version::V311, |index| mqtt::mixed(index, Version::V311)),
        of_mqtt("publish-16-3.1.1", Version::V311, |index| mqtt::publish(index, 16)).decoded(),
        of_mqtt("publish-256-3.1.1", Version::V311, |index| mqtt::publish(index, 256)).decoded(),
        of_mqtt("mix-5.0", Version::V5, |index| mqtt::mixed(index, Version::V5)),
        of_mqtt("publish-properties-5.0", Version::V5, mqtt::with_properties),
        of_mqtt_sn("mix-sn-1.2", mqtt_sn::mixed),
        of_mqtt_sn("publish-16-sn-1.2", |index| mqtt_sn::publish(index, 16)).decoded(),
        of_mqtt_sn("publish-128-sn-1.2", |index| mqtt_sn::publish(index, 128)).decoded(),
        of_coap("mix-coap", coap::mixed),
        of_xmpp("mix-xmpp", COUNT, xmpp::mixed),
        of_xmpp("message-xmpp", COUNT, xmpp::message).decoded(),
        of_xmpp("presence-xmpp", COUNT, xmpp::presence).decoded(),
        of_xmpp("roster-64-xmpp", 32, xmpp::roster).decoded(),
        of_xmpp("pubsub-xmpp", COUNT, xmpp::pubsub).decoded(),
        of_xmpp("disco-xmpp", COUNT, xmpp::disco).decoded(),
    ]
}

impl Case {
    fn new(
        name: &'static str,
        traffic: Traffic,
        count: usize,
        packet: impl Fn(usize) -> Vec<u8>,
    ) -> Self {
        Self { name, traffic, encode: true, packets: (0..count).map(packet).collect() }
    }

    /// The same, not to be encoded.
    fn decoded(self) -> Self {
        Self { encode: false, ..self }
    }
}

const RIGHT: &str = "the forms are right";

fn of_mqtt(name: &'static str, version: Version, form: impl Fn(usize) -> Value) -> Case {
    let packet = |index| mqtt_packet(&form(index), version).expect(RIGHT);
    Case::new(name, Traffic::Mqtt(version), COUNT, packet)
}

fn of_mqtt_sn(name: &'static str, form: impl Fn(usize) -> Value) -> Case {
    Case::new(name, Traffic::MqttSn, COUNT, |index| mqtt_sn_message(&form(index)).expect(RIGHT))
}

fn of_coap(name: &'static str, form: impl Fn(usize) -> Value) -> Case {
    let message = |index| wirecheck_codecs::coap::json::encode(&form(index)).expect(RIGHT);
    Case::new(name, Traffic::Coap, COUNT, message)
}

fn of_xmpp(name: &'static str, count: usize, stanza: impl Fn(usize) -> String) -> Case {
    Case::new(name, Traffic::Xmpp, count, |index| stanza(index).into_bytes())
}
