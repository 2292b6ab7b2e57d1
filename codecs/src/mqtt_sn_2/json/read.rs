//! JSON forms to bytes, right or wrong.

use alloc::string::ToString;
use alloc::vec::Vec;

use serde_json::Value;

use crate::json::{Fields, FormError, from_hex, only_entry};
use crate::mqtt_sn_2::connect::PROTOCOL_VERSION;
use crate::mqtt_sn_2::{PacketType, Raw};

/// How many forms may stand in each other.
const DEEPEST: u8 = 64;

/// The bytes of a JSON form. What is left out gets its default; what is wrong but can be written is
/// written.
pub fn encode(form: &Value) -> Result<Vec<u8>, FormError> {
    packet(form, "", 0)
}

fn packet(form: &Value, path: &str, depth: u8) -> Result<Vec<u8>, FormError> {
    let (key, value) = only_entry(form, path)?;
    let path = if path.is_empty() { key.to_string() } else { [path, key].join(".") };
    if depth > DEEPEST {
        return Err(FormError::new(path, "too many encapsulations"));
    }
    let mut fields = Fields::new(value, path.clone())?;
    if key == "raw" {
        let path = fields.path("hex");
        let bytes = match fields.get("hex") {
            Some(Value::String(hex)) => from_hex(hex).map_err(|text| FormError::new(path, text))?,
            _ => return Err(FormError::new(path, "expected hex digits")),
        };
        fields.finish()?;
        return Ok(bytes);
    }
    let Some(packet_type) = PacketType::from_key(key) else {
        return Err(FormError::new(path, "is not the name of an MQTT-SN 2.0 packet"));
    };
    let mut body = Body { bytes: Vec::new(), behind: Vec::new(), fields, depth };
    body.write(packet_type)?;
    let Body { bytes: body, mut behind, fields, .. } = body;
    fields.finish()?;
    let header = if body.len() <= 253 { 2 } else { 4 };
    let Ok(length) = u16::try_from(body.len().saturating_add(header)) else {
        return Err(FormError::new(path, "the packet is longer than 65,535 bytes"));
    };
    let mut bytes = alloc::vec![0; length.into()];
    let raw = Raw { long: header == 4, length, packet_type, body: &body };
    raw.encode(&mut bytes).map_err(|error| FormError::new(path, error.to_string()))?;
    bytes.append(&mut behind);
    Ok(bytes)
}

type Done = Result<(), FormError>;

struct Body<'v> {
    bytes: Vec<u8>,
    /// What an encapsulation does not count.
    behind: Vec<u8>,
    fields: Fields<'v>,
    depth: u8,
}

impl Body<'_> {
    fn write(&mut self, packet_type: PacketType) -> Done {
        match packet_type {
            PacketType::CONNECT => self.connect(),
            PacketType::CONNACK => self.connack(),
            PacketType::PUBLISH => self.publish(),
            PacketType::PUBWOS => {
                let flags = self.flag("retain", 4)?;
                self.begin(flags, Some(("topic_alias", "topic_name")))?;
                self.topic("topic_alias", "topic_name")?;
                self.rest("payload")
            }
            PacketType::PUBACK
            | PacketType::PUBREC
            | PacketType::PUBREL
            | PacketType::PUBCOMP
            | PacketType::UNSUBACK => {
                self.two("packet_identifier", None)?;
                self.one_if_there("reason_code")
            }
            PacketType::SUBSCRIBE => {
                let flags = self.flag("no_local", 7)?
                    | self.number("qos", 0, 3)? << 5
                    | self.flag("retain_as_published", 4)?
                    | self.number("retain_handling", 0, 3)? << 2;
                self.begin(flags, Some(("topic_alias", "topic_filter")))?;
                self.filter()
            }
            PacketType::UNSUBSCRIBE => {
                self.begin(0, Some(("topic_alias", "topic_filter")))?;
                self.filter()
            }
            PacketType::SUBACK | PacketType::REGACK => {
                let flags = self.there("topic_alias", 2) | self.number("topic_type", 0, 3)?;
                self.begin(flags, None)?;
                self.two("packet_identifier", None)?;
                self.two_if_there("topic_alias")?;
                self.one_if_there("reason_code")
            }
            PacketType::PINGREQ => self.two("packet_identifier", None),
            PacketType::PINGRESP => {
                self.two("packet_identifier", None)?;
                self.one_if_there("application_messages_remaining")
            }
            PacketType::DISCONNECT => {
                let flags = self.there("packet_identifier", 0)
                    | self.there("session_expiry_interval", 1)
                    | self.there("reason_code", 2);
                self.begin(flags, None)?;
                self.two_if_there("packet_identifier")?;
                self.one_if_there("reason_code")?;
                self.four_if_there("session_expiry_interval")?;
                self.rest("reason_string")
            }
            PacketType::AUTH => {
                self.two("packet_identifier", None)?;
                self.one("reason_code", None)?;
                self.method()?;
                self.rest("authentication_data")
            }
            PacketType::REGISTER => {
                let flags = self.there("topic_alias", 0);
                self.begin(flags, None)?;
                self.two("packet_identifier", None)?;
                self.two_if_there("topic_alias")?;
                self.rest("topic_name")
            }
            PacketType::SLEEPREQ => {
                let flags = self.flag("retain_topic_aliases", 0)?;
                self.begin(flags, None)?;
                self.two("packet_identifier", None)?;
                let duration = self.fields.number("sleep_duration", None, u32::MAX.into())?;
                self.bytes.extend_from_slice(&(duration as u32).to_be_bytes());
                Ok(())
            }
            PacketType::SLEEPRESP => {
                let flags = self.there("sleep_duration", 0);
                self.begin(flags, None)?;
                self.two("packet_identifier", None)?;
                self.four_if_there("sleep_duration")?;
                self.one_if_there("reason_code")
            }
            PacketType::ADVERTISE => {
                self.one("gateway_identifier", Some(0))?;
                self.two("duration", Some(0))
            }
            PacketType::SEARCHGW => self.rest("additional_network_information"),
            PacketType::GWINFO => {
                self.one("gateway_identifier", Some(0))?;
                self.rest("gateway_address")
            }
            PacketType::CONNECTION_ENCAPSULATION => {
                self.rest("client_identifier")?;
                self.behind = self.packet()?;
                Ok(())
            }
            PacketType::FORWARDER_ENCAPSULATION => {
                self.rest("client_addressing_information")?;
                self.behind = self.packet()?;
                Ok(())
            }
            PacketType::PROTECTION_ENCAPSULATION => self.protection(),
            _ => Ok(()),
        }
    }

    fn connect(&mut self) -> Done {
        const WILL: [&str; 6] = [
            "will_topic_type",
            "will_qos",
            "will_retain",
            "will_topic_alias",
            "will_topic_name",
            "will_payload",
        ];
        let will = WILL.iter().any(|key| self.fields.get(key).is_some());
        let clean_start = match self.fields.get("clean_start") {
            None => 1,
            Some(_) => self.flag("clean_start", 0)?,
        };
        let flags = clean_start
            | u8::from(will) << 1
            | self.authenticates(2)
            | self.there("session_expiry_interval", 3)
            | self.there("default_awake_messages", 4)
            | self.flag("allow_network_address_changes", 5)?
            | self.flag("allow_server_suggested_values", 6)?;
        self.begin(flags, None)?;
        if will {
            let topic_type =
                self.topic_type("will_topic_type", "will_topic_alias", "will_topic_name")?;
            let flags = self.flag("will_retain", 4)? | self.number("will_qos", 0, 3)? << 2;
            self.bytes.push(flags | topic_type);
        }
        self.two("packet_identifier", None)?;
        self.one("protocol_version", Some(PROTOCOL_VERSION.into()))?;
        self.two("keep_alive", Some(60))?;
        self.two("maximum_packet_size", Some(0))?;
        self.one_if_there("default_awake_messages")?;
        self.four_if_there("session_expiry_interval")?;
        if will {
            self.topic("will_topic_alias", "will_topic_name")?;
            self.sized("will_payload")?;
        }
        self.authentication()?;
        self.rest("client_identifier")
    }

    fn connack(&mut self) -> Done {
        let flags = self.flag("session_present", 0)?
            | self.there("session_expiry_interval", 1)
            | self.there("server_keep_alive", 2)
            | self.authenticates(3);
        self.begin(flags, None)?;
        self.two("packet_identifier", None)?;
        self.one("reason_code", Some(0))?;
        self.four_if_there("session_expiry_interval")?;
        self.two_if_there("server_keep_alive")?;
        self.authentication()?;
        self.rest("assigned_client_identifier")
    }

    fn publish(&mut self) -> Done {
        let qos = self.number("qos", 0, 3)?;
        let flags = self.flag("dup", 7)? | qos << 5 | self.flag("retain", 4)?;
        self.begin(flags, Some(("topic_alias", "topic_name")))?;
        if qos > 0 {
            self.two("packet_identifier", None)?;
        } else {
            self.two_if_there("packet_identifier")?;
        }
        self.topic("topic_alias", "topic_name")?;
        self.rest("payload")
    }

    fn protection(&mut self) -> Done {
        let material = self.fields.bytes("cryptographic_material")?.unwrap_or_default();
        let material_length = match material.len() {
            0 => 0,
            2 => 1,
            4 => 2,
            12 => 3,
            _ => return Err(self.wrong("cryptographic_material", "expected 0, 2, 4 or 12 bytes")),
        };
        let counter = self.fields.bytes("monotonic_counter")?.unwrap_or_default();
        let counter_length = match counter.len() {
            0 => 0,
            2 => 1,
            4 => 2,
            _ => return Err(self.wrong("monotonic_counter", "expected 0, 2 or 4 bytes")),
        };
        let tag_length = self.number("authentication_tag_length", 1, 15)?;
        self.bytes.push(tag_length << 4 | material_length << 2 | counter_length);
        self.one("protection_scheme", None)?;
        for (key, size) in [("sender_identifier", 8), ("random", 4)] {
            let mut bytes = self.fields.bytes(key)?.unwrap_or_else(|| alloc::vec![0; size]);
            if bytes.len() != size {
                return Err(self.wrong(key, "expected as many bytes as the field has"));
            }
            self.bytes.append(&mut bytes);
        }
        self.bytes.extend_from_slice(&material);
        self.bytes.extend_from_slice(&counter);
        let mut packet = self.packet()?;
        self.bytes.append(&mut packet);
        self.rest("authentication_tag")
    }

    /// The form of the packet within.
    fn packet(&mut self) -> Result<Vec<u8>, FormError> {
        let path = self.fields.path("packet");
        match self.fields.get("packet") {
            Some(form) => packet(form, &path, self.depth.saturating_add(1)),
            None => Err(FormError::new(path, "is missing")),
        }
    }

    /// The first byte of flags, with a Topic Type if alias or name are named.
    fn begin(&mut self, flags: u8, topic: Option<(&'static str, &'static str)>) -> Done {
        let reserved = self.number("reserved", 0, 255)?;
        let topic_type = match topic {
            Some((alias, name)) => self.topic_type("topic_type", alias, name)?,
            None => 0,
        };
        self.bytes.push(flags | reserved | topic_type);
        Ok(())
    }

    /// The Topic Type, by default that of what the form has.
    fn topic_type(
        &mut self,
        key: &'static str,
        alias: &'static str,
        name: &'static str,
    ) -> Result<u8, FormError> {
        let name = self.fields.get(name).is_some() || self.fields.get(alias).is_none();
        self.number(key, if name { 3 } else { 0 }, 3)
    }

    /// An alias, or a name behind its length.
    fn topic(&mut self, alias: &'static str, name: &'static str) -> Done {
        if self.fields.get(alias).is_some() { self.two(alias, None) } else { self.sized(name) }
    }

    fn filter(&mut self) -> Done {
        self.two("packet_identifier", None)?;
        self.two_if_there("topic_alias")?;
        self.rest("topic_filter")
    }

    fn authenticates(&mut self, bit: u8) -> u8 {
        self.there("authentication_method", bit) | self.there("authentication_data", bit)
    }

    fn authentication(&mut self) -> Done {
        if self.authenticates(0) == 0 {
            return Ok(());
        }
        self.method()?;
        self.sized("authentication_data")
    }

    fn method(&mut self) -> Done {
        let mut method = self.fields.bytes("authentication_method")?.unwrap_or_default();
        let Ok(length) = u8::try_from(method.len()) else {
            return Err(self.wrong("authentication_method", "is longer than 255 bytes"));
        };
        self.bytes.push(length);
        self.bytes.append(&mut method);
        Ok(())
    }

    fn wrong(&self, key: &str, text: &str) -> FormError {
        FormError::new(self.fields.path(key), text)
    }

    fn there(&mut self, key: &'static str, bit: u8) -> u8 {
        u8::from(self.fields.get(key).is_some()).wrapping_shl(bit.into())
    }

    fn flag(&mut self, key: &'static str, bit: u8) -> Result<u8, FormError> {
        Ok(self.fields.flag(key)?.wrapping_shl(bit.into()))
    }

    fn number(&mut self, key: &'static str, default: u8, most: u8) -> Result<u8, FormError> {
        Ok(self.fields.number(key, Some(default.into()), most.into())? as u8)
    }

    fn one(&mut self, key: &'static str, default: Option<u64>) -> Done {
        self.bytes.push(self.fields.number(key, default, 255)? as u8);
        Ok(())
    }

    fn two(&mut self, key: &'static str, default: Option<u64>) -> Done {
        let value = self.fields.number(key, default, 65_535)? as u16;
        self.bytes.extend_from_slice(&value.to_be_bytes());
        Ok(())
    }

    fn one_if_there(&mut self, key: &'static str) -> Done {
        if self.fields.get(key).is_some() { self.one(key, None) } else { Ok(()) }
    }

    fn two_if_there(&mut self, key: &'static str) -> Done {
        if self.fields.get(key).is_some() { self.two(key, None) } else { Ok(()) }
    }

    fn four_if_there(&mut self, key: &'static str) -> Done {
        if self.fields.get(key).is_some() {
            let value = self.fields.number(key, None, u32::MAX.into())? as u32;
            self.bytes.extend_from_slice(&value.to_be_bytes());
        }
        Ok(())
    }

    fn rest(&mut self, key: &'static str) -> Done {
        self.bytes.append(&mut self.fields.bytes(key)?.unwrap_or_default());
        Ok(())
    }

    fn sized(&mut self, key: &'static str) -> Done {
        let mut bytes = self.fields.bytes(key)?.unwrap_or_default();
        let Ok(length) = u16::try_from(bytes.len()) else {
            return Err(self.wrong(key, "is longer than 65,535 bytes"));
        };
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.append(&mut bytes);
        Ok(())
    }
}
