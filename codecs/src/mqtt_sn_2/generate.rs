//! Generators: JSON forms of packets from a source of bytes, right or deliberately wrong. Fuzz
//! targets and property tests use the same ones.

use alloc::string::String;

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

pub use crate::mqtt_sn::generate::Taste;

use super::json::encode;
use super::{Context, PacketType, Party, ProtectionScheme, ReasonCode, decode};
use crate::json::to_hex;

/// A packet that `from` may send.
pub fn form(u: &mut Unstructured<'_>, from: Party, taste: Taste) -> Result<Value> {
    nested(u, from, taste, 0)
}

/// Forms as a proptest strategy: the bytes shrink, and with them the form.
#[cfg(feature = "proptest")]
pub fn strategy(from: Party, taste: Taste) -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::strategy::Strategy;
    proptest::collection::vec(proptest::num::u8::ANY, 0..512).prop_map(move |bytes| {
        form(&mut Unstructured::new(&bytes), from, taste)
            .unwrap_or_else(|_| json!({ "disconnect": {} }))
    })
}

fn nested(u: &mut Unstructured<'_>, from: Party, taste: Taste, depth: u8) -> Result<Value> {
    let mut packet_type = *u.choose(PacketType::ALL)?;
    if taste == Taste::Valid && !packet_type.is_sent_by(from) {
        packet_type = PacketType::PUBLISH;
    }
    if packet_type.0 >= PacketType::FORWARDER_ENCAPSULATION.0 && depth >= 3 {
        packet_type = PacketType::PUBACK;
    }
    let mut g = Generator { u, from, taste, object: Map::new() };
    g.packet(packet_type, depth)?;
    // What is empty is absent.
    g.object.retain(|key, value| !OPTIONAL.contains(&key.as_str()) || !is_empty(value));
    Ok(json!({ packet_type.key(): g.object }))
}

/// The fields that are left out if they have no bytes.
const OPTIONAL: [&str; 7] = [
    "additional_network_information",
    "assigned_client_identifier",
    "authentication_tag",
    "cryptographic_material",
    "gateway_address",
    "monotonic_counter",
    "reason_string",
];

fn is_empty(value: &Value) -> bool {
    value.as_str() == Some("") || value.get("hex").and_then(Value::as_str) == Some("")
}

struct Generator<'u, 'd> {
    u: &'u mut Unstructured<'d>,
    from: Party,
    taste: Taste,
    object: Map<String, Value>,
}

const NAME: &[&str] = &["a", "b", "/", "é", " ", "$"];

impl Generator<'_, '_> {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.object.insert(key.into(), value.into());
    }

    fn wild(&mut self) -> Result<bool> {
        Ok(self.taste == Taste::Wild && self.u.ratio(1, 6)?)
    }

    fn one(&mut self, key: &str) -> Result<()> {
        let value: u8 = self.u.arbitrary()?;
        self.set(key, value);
        Ok(())
    }

    fn two(&mut self, key: &str) -> Result<()> {
        let value: u16 = self.u.arbitrary()?;
        self.set(key, value);
        Ok(())
    }

    fn four(&mut self, key: &str) -> Result<()> {
        let value: u32 = self.u.arbitrary()?;
        self.set(key, value);
        Ok(())
    }

    /// A number that is not to be less than `least`.
    fn at_least(&mut self, key: &str, least: u32, most: u32) -> Result<()> {
        let least = if self.wild()? { 0 } else { least };
        let value = self.u.int_in_range(least..=most)?;
        self.set(key, value);
        Ok(())
    }

    fn identifier(&mut self) -> Result<()> {
        self.at_least("packet_identifier", 1, 0xFFFF)
    }

    fn flag(&mut self, key: &str) -> Result<()> {
        let value: bool = self.u.arbitrary()?;
        self.set(key, value);
        Ok(())
    }

    fn reserved(&mut self) -> Result<()> {
        if self.wild()? { self.one("reserved") } else { Ok(()) }
    }

    fn qos(&mut self, key: &str) -> Result<u8> {
        let most = if self.wild()? { 3 } else { 2 };
        let qos = self.u.int_in_range(0..=most)?;
        self.set(key, qos);
        Ok(qos)
    }

    /// Up to `most` characters of `alphabet`.
    fn text(&mut self, key: &str, alphabet: &[&str], least: usize, most: usize) -> Result<()> {
        if self.wild()? {
            return self.octets(key, 0, 40);
        }
        let length = self.u.int_in_range(least..=most)?;
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(self.u.choose(alphabet)?);
        }
        self.set(key, text);
        Ok(())
    }

    fn octets(&mut self, key: &str, least: usize, most: usize) -> Result<()> {
        let length = self.u.int_in_range(least..=most)?;
        let bytes = self.u.bytes(length.min(self.u.len()))?;
        // What has no bytes left gets some all the same, where they are needed.
        let hex = if bytes.len() < least { "00".repeat(least) } else { to_hex(bytes) };
        self.set(key, json!({ "hex": hex }));
        Ok(())
    }

    fn reason(&mut self, packet_type: PacketType) -> Result<()> {
        if self.wild()? {
            return self.one("reason_code");
        }
        let code = *self.u.choose(ReasonCode::ALL)?;
        let code = if code.is_for(packet_type, self.from) { code } else { ReasonCode(0xE6) };
        self.set("reason_code", code.0);
        Ok(())
    }

    fn maybe_reason(&mut self, packet_type: PacketType) -> Result<()> {
        if self.u.arbitrary()? { self.reason(packet_type) } else { Ok(()) }
    }

    fn topic(&mut self, [kind, alias, name]: [&str; 3], session: bool) -> Result<()> {
        match self.u.int_in_range(u8::from(!session)..=2)? {
            0 => self.two(alias)?,
            1 => {
                self.set(kind, 1);
                self.two(alias)?;
            }
            _ => self.text(name, NAME, 1, 20)?,
        }
        self.any_type(kind)
    }

    fn any_type(&mut self, kind: &str) -> Result<()> {
        if self.wild()? {
            let value = self.u.int_in_range(0..=3)?;
            self.set(kind, value);
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<()> {
        self.identifier()?;
        match self.u.int_in_range(0..=2)? {
            0 => self.two("topic_alias")?,
            1 => {
                self.set("topic_type", 1);
                self.two("topic_alias")?;
            }
            _ if self.wild()? => self.text("topic_filter", &["a", "/", "+", "#"], 0, 8)?,
            _ => {
                let filters = ["#", "+", "a", "a/#", "+/é", "a/+/b", "/", "$share/g/+"];
                let filter = *self.u.choose(&filters)?;
                self.set("topic_filter", filter);
            }
        }
        self.any_type("topic_type")
    }

    fn authentication(&mut self) -> Result<()> {
        self.text("authentication_method", &["S", "C", "-", "1"], 0, 12)?;
        self.octets("authentication_data", 0, 40)
    }

    fn connect(&mut self) -> Result<()> {
        self.reserved()?;
        self.flag("clean_start")?;
        self.flag("allow_network_address_changes")?;
        self.flag("allow_server_suggested_values")?;
        self.identifier()?;
        if self.wild()? {
            self.one("protocol_version")?;
        }
        self.at_least("keep_alive", 1, 0xFFFF)?;
        self.at_least("maximum_packet_size", 10, 0xFFFF)?;
        if self.u.arbitrary()? {
            self.one("default_awake_messages")?;
        }
        if self.u.arbitrary()? {
            self.four("session_expiry_interval")?;
        }
        if self.u.arbitrary()? {
            self.qos("will_qos")?;
            self.flag("will_retain")?;
            self.topic(["will_topic_type", "will_topic_alias", "will_topic_name"], true)?;
            self.octets("will_payload", 0, 20)?;
        }
        if self.u.arbitrary()? {
            self.authentication()?;
        }
        self.text("client_identifier", &["a", "B", "7", "-", "é", "漢", "😀"], 0, 30)
    }

    fn connack(&mut self) -> Result<()> {
        self.reserved()?;
        self.identifier()?;
        if self.u.arbitrary()? {
            self.flag("session_present")?;
        } else {
            self.reason(PacketType::CONNACK)?;
        }
        if self.wild()? {
            self.reason(PacketType::CONNACK)?;
        }
        if self.u.arbitrary()? {
            self.four("session_expiry_interval")?;
        }
        if self.u.arbitrary()? {
            self.two("server_keep_alive")?;
        }
        if self.u.arbitrary()? {
            self.authentication()?;
        }
        self.text("assigned_client_identifier", &["a", "B", "7", "-"], 0, 36)
    }

    fn publish(&mut self) -> Result<()> {
        self.reserved()?;
        let qos = self.qos("qos")?;
        if qos == 2 || self.wild()? {
            self.flag("dup")?;
        }
        self.flag("retain")?;
        if qos > 0 || self.wild()? {
            self.identifier()?;
        }
        self.topic(["topic_type", "topic_alias", "topic_name"], true)?;
        self.payload()
    }

    fn payload(&mut self) -> Result<()> {
        // Beyond 248 bytes the Length has the longer form.
        let most = if self.u.ratio(1, 8)? { 400 } else { 40 };
        self.octets("payload", 0, most)
    }

    fn topic_acknowledgement(&mut self, packet_type: PacketType) -> Result<()> {
        self.reserved()?;
        self.identifier()?;
        let client = packet_type == PacketType::REGACK && self.from == Party::Client;
        let alias = self.u.arbitrary()? && !client || self.wild()?;
        if alias {
            self.two("topic_alias")?;
        }
        let least = u8::from(packet_type == PacketType::SUBACK && !alias);
        let topic_type = self.u.int_in_range(least..=1)?;
        self.set("topic_type", topic_type);
        self.any_type("topic_type")?;
        self.maybe_reason(packet_type)
    }

    fn inner(&mut self, depth: u8) -> Result<Value> {
        nested(self.u, self.from, self.taste, depth.wrapping_add(1))
    }

    fn protection(&mut self, depth: u8) -> Result<()> {
        let schemes = [0, 1, 2, 3, 4, 0x3C, 0x3F, 0x40, 0x42, 0x43, 0x49, 0xF0, 0xFF];
        let scheme = ProtectionScheme(*self.u.choose(&schemes)?);
        self.set("protection_scheme", scheme.0);
        self.octets("sender_identifier", 8, 8)?;
        self.octets("random", 4, 4)?;
        let size = *self.u.choose(&[0, 2, 4, 12])?;
        self.octets("cryptographic_material", size, size)?;
        let size = *self.u.choose(&[0, 2, 4])?;
        self.octets("monotonic_counter", size, size)?;
        let nominal = scheme.nominal_tag_size();
        let (mut length, mut size) = (1_u8, nominal.unwrap_or(5));
        if scheme.is_authentication_only() && self.u.arbitrary()? {
            length = self.u.int_in_range(3..=8)?;
            size = usize::from(length).wrapping_mul(2);
            if length == 3 {
                // The provider's own length.
                (length, size) = (0, 5);
            }
        }
        self.set("authentication_tag_length", length);
        if self.wild()? {
            let value = self.u.int_in_range(0..=15)?;
            self.set("authentication_tag_length", value);
        }
        if scheme.is_authentication_only() {
            let mut packet = self.inner(depth)?;
            if self.taste == Taste::Valid && packet.get("forwarder_encapsulation").is_some() {
                packet = json!({ "puback": { "packet_identifier": 1 } });
            }
            self.set("packet", packet);
            self.octets("authentication_tag", size, size)
        } else {
            self.octets("packet", 2, 40)?;
            let sealed = self.object.remove("packet").unwrap_or_default();
            self.set("packet", json!({ "raw": sealed }));
            let size = if nominal.is_none() { 0 } else { size };
            self.octets("authentication_tag", size, size)
        }
    }

    fn connection(&mut self, depth: u8) -> Result<()> {
        self.text("client_identifier", &["a", "B", "7", "é"], 0, 30)?;
        let mut packet = self.inner(depth)?;
        if self.taste == Taste::Valid {
            // Most packets may not stand here.
            let whole = json!({ "connection_encapsulation": { "packet": packet.clone() } });
            let bytes = encode(&whole).unwrap_or_default();
            if decode(&bytes, &Context::new(self.from)).is_err() {
                packet = json!({ "pingreq": { "packet_identifier": 1 } });
            }
        }
        self.set("packet", packet);
        Ok(())
    }

    fn packet(&mut self, packet_type: PacketType, depth: u8) -> Result<()> {
        match packet_type {
            PacketType::CONNECT => self.connect(),
            PacketType::CONNACK => self.connack(),
            PacketType::PUBLISH => self.publish(),
            PacketType::PUBWOS => {
                self.reserved()?;
                self.flag("retain")?;
                let session = self.wild()?;
                self.topic(["topic_type", "topic_alias", "topic_name"], session)?;
                self.payload()
            }
            PacketType::PUBACK
            | PacketType::PUBREC
            | PacketType::PUBREL
            | PacketType::PUBCOMP
            | PacketType::UNSUBACK => {
                self.identifier()?;
                self.maybe_reason(packet_type)
            }
            PacketType::SUBSCRIBE => {
                self.reserved()?;
                self.flag("no_local")?;
                self.qos("qos")?;
                self.flag("retain_as_published")?;
                self.qos("retain_handling")?;
                self.filter()
            }
            PacketType::UNSUBSCRIBE => {
                self.reserved()?;
                self.filter()
            }
            PacketType::SUBACK | PacketType::REGACK => self.topic_acknowledgement(packet_type),
            PacketType::PINGREQ => self.identifier(),
            PacketType::PINGRESP => {
                self.identifier()?;
                if self.u.arbitrary()? {
                    self.one("application_messages_remaining")
                } else {
                    Ok(())
                }
            }
            PacketType::DISCONNECT => {
                self.reserved()?;
                if self.u.arbitrary()? {
                    self.two("packet_identifier")?;
                }
                self.maybe_reason(packet_type)?;
                if self.from != Party::Server && self.u.arbitrary()? || self.wild()? {
                    self.four("session_expiry_interval")?;
                }
                self.text("reason_string", NAME, 0, 20)
            }
            PacketType::AUTH => {
                self.identifier()?;
                self.reason(packet_type)?;
                self.authentication()
            }
            PacketType::REGISTER => {
                self.reserved()?;
                self.identifier()?;
                let alias = match self.from {
                    Party::Client => false,
                    Party::Server => true,
                    Party::Either => self.u.arbitrary()?,
                };
                if alias != self.wild()? {
                    self.two("topic_alias")?;
                }
                self.text("topic_name", NAME, 1, 20)
            }
            PacketType::SLEEPREQ => {
                self.reserved()?;
                self.flag("retain_topic_aliases")?;
                self.identifier()?;
                self.at_least("sleep_duration", 1, u32::MAX)
            }
            PacketType::SLEEPRESP => {
                self.reserved()?;
                self.identifier()?;
                if self.u.arbitrary()? {
                    self.four("sleep_duration")?;
                }
                self.maybe_reason(packet_type)
            }
            PacketType::ADVERTISE => {
                self.one("gateway_identifier")?;
                self.two("duration")
            }
            PacketType::SEARCHGW => self.octets("additional_network_information", 0, 8),
            PacketType::GWINFO => {
                self.one("gateway_identifier")?;
                let address = match self.from {
                    Party::Client => true,
                    Party::Server => false,
                    Party::Either => self.u.arbitrary()?,
                };
                if address != self.wild()? { self.octets("gateway_address", 1, 16) } else { Ok(()) }
            }
            PacketType::FORWARDER_ENCAPSULATION => {
                let most = if self.u.ratio(1, 8)? { 300 } else { 16 };
                self.octets("client_addressing_information", 0, most)?;
                let packet = self.inner(depth)?;
                self.set("packet", packet);
                Ok(())
            }
            PacketType::CONNECTION_ENCAPSULATION => self.connection(depth),
            PacketType::PROTECTION_ENCAPSULATION => self.protection(depth),
            _ => Ok(()),
        }
    }
}
