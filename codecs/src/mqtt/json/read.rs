//! JSON forms to bytes, right or wrong.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::json::{Fields, FormError, bytes_from_json, number, only_entry};
use crate::mqtt::connect::clean_name;
use crate::mqtt::framing::put_varint;
use crate::mqtt::list::Sink;
use crate::mqtt::{PacketType, Property, Version};
use crate::wire::Full;

const VARINT_MAX: u64 = 268_435_455;

/// The bytes of a JSON form. What is left out gets its default; what is wrong but can be written is
/// written.
pub fn encode(form: &Value, version: Version) -> Result<Vec<u8>, FormError> {
    let (key, value) = only_entry(form, "")?;
    if key == "raw" {
        return raw(value);
    }
    let Some(packet) = PacketType::from_key(key) else {
        return Err(FormError::new(key, "is not the name of an MQTT packet"));
    };
    let mut fields = Fields::new(value, key.to_string())?;
    let mut flags = packet.flags();
    let mut w = Body { bytes: Vec::new(), version };
    match packet {
        PacketType::CONNECT => w.connect(&mut fields)?,
        PacketType::CONNACK => {
            let reserved = fields.number("reserved", Some(0), 127)? as u8;
            w.byte(reserved << 1 | fields.flag("session_present")?);
            w.byte(fields.number("reason_code", Some(0), 255)? as u8);
            w.properties(&mut fields)?;
        }
        PacketType::PUBLISH => flags = w.publish(&mut fields)?,
        PacketType::PUBACK | PacketType::PUBREC | PacketType::PUBREL | PacketType::PUBCOMP => {
            w.identifier(&mut fields)?;
            w.optional_reason(&mut fields)?;
        }
        PacketType::SUBSCRIBE => {
            w.identifier(&mut fields)?;
            w.properties(&mut fields)?;
            for (index, item) in fields.list("subscriptions")?.iter().enumerate() {
                w.subscription(item, fields.path(&format!("subscriptions[{index}]")))?;
            }
        }
        PacketType::UNSUBSCRIBE => {
            w.identifier(&mut fields)?;
            w.properties(&mut fields)?;
            for (index, item) in fields.list("topic_filters")?.iter().enumerate() {
                let path = fields.path(&format!("topic_filters[{index}]"));
                w.binary(&bytes_from_json(item, &path)?, &path)?;
            }
        }
        PacketType::SUBACK | PacketType::UNSUBACK => {
            w.identifier(&mut fields)?;
            w.properties(&mut fields)?;
            for (index, item) in fields.list("reason_codes")?.iter().enumerate() {
                let path = fields.path(&format!("reason_codes[{index}]"));
                w.byte(number(item, 255, &path)? as u8);
            }
        }
        PacketType::DISCONNECT | PacketType::AUTH => w.optional_reason(&mut fields)?,
        _ => {}
    }
    fields.finish()?;
    assemble(packet.0 << 4 | flags, None, &w.bytes, key)
}

fn raw(value: &Value) -> Result<Vec<u8>, FormError> {
    let mut fields = Fields::new(value, "raw".to_string())?;
    let first = fields.number("first", None, 255)? as u8;
    let length = match fields.get("length") {
        Some(length) => Some(number(length, VARINT_MAX, "raw.length")?),
        None => None,
    };
    let body = fields.bytes("body")?.unwrap_or_default();
    fields.finish()?;
    assemble(first, length, &body, "raw")
}

fn assemble(first: u8, length: Option<u64>, body: &[u8], path: &str) -> Result<Vec<u8>, FormError> {
    let length = length.unwrap_or(body.len() as u64);
    if length > VARINT_MAX {
        return Err(FormError::new(path, "the packet is longer than 268,435,455 bytes"));
    }
    let mut bytes = Vec::new();
    bytes.push(first);
    let _ = put_varint(&mut bytes, length as u32);
    bytes.extend_from_slice(body);
    Ok(bytes)
}

impl Sink for Vec<u8> {
    const CHECKS: bool = true;

    fn put(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

struct Body {
    bytes: Vec<u8>,
    version: Version,
}

impl Body {
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn two(&mut self, value: u64) {
        self.bytes.extend_from_slice(&(value as u16).to_be_bytes());
    }

    fn binary(&mut self, bytes: &[u8], path: &str) -> Result<(), FormError> {
        if bytes.len() > 65_535 {
            return Err(FormError::new(path, "is longer than 65,535 bytes"));
        }
        self.two(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn identifier(&mut self, fields: &mut Fields<'_>) -> Result<(), FormError> {
        let identifier = fields.number("packet_identifier", None, 65_535)?;
        self.two(identifier);
        Ok(())
    }

    fn connect(&mut self, fields: &mut Fields<'_>) -> Result<(), FormError> {
        let name = fields.bytes("protocol_name")?;
        let name = name.unwrap_or_else(|| self.version.protocol_name().as_bytes().to_vec());
        self.binary(&name, "connect.protocol_name")?;
        let level = u64::from(self.version.level());
        self.byte(fields.number("protocol_version", Some(level), 255)? as u8);
        let mut flags = fields.number("reserved", Some(0), 1)? as u8;
        let clean = clean_name(self.version);
        flags |= if fields.get(clean).is_some() { fields.flag(clean)? } else { 1 } << 1;
        let user_name = fields.bytes("user_name")?;
        let password = fields.bytes("password")?;
        flags |= u8::from(user_name.is_some()) << 7 | u8::from(password.is_some()) << 6;
        let mut will = match fields.get("will") {
            Some(will) => Some(Fields::new(will, fields.path("will"))?),
            None => None,
        };
        if let Some(will) = &mut will {
            flags |=
                0x04 | (will.number("qos", Some(0), 3)? as u8) << 3 | will.flag("retain")? << 5;
        }
        self.byte(flags);
        let keep_alive = fields.number("keep_alive", Some(60), 65_535)?;
        self.two(keep_alive);
        self.properties(fields)?;
        let client_identifier = fields.bytes("client_identifier")?.unwrap_or_default();
        self.binary(&client_identifier, "connect.client_identifier")?;
        if let Some(mut will) = will {
            self.properties(&mut will)?;
            let topic = will.bytes("topic")?.unwrap_or_default();
            self.binary(&topic, "connect.will.topic")?;
            let payload = will.bytes("payload")?.unwrap_or_default();
            self.binary(&payload, "connect.will.payload")?;
            will.finish()?;
        }
        for (value, path) in [(user_name, "connect.user_name"), (password, "connect.password")] {
            if let Some(value) = value {
                self.binary(&value, path)?;
            }
        }
        Ok(())
    }

    /// Returns the flags of the fixed header.
    fn publish(&mut self, fields: &mut Fields<'_>) -> Result<u8, FormError> {
        let qos = fields.number("qos", Some(0), 3)? as u8;
        let flags = fields.flag("dup")? << 3 | qos << 1 | fields.flag("retain")?;
        let topic_name = fields.bytes("topic_name")?.unwrap_or_default();
        self.binary(&topic_name, "publish.topic_name")?;
        if qos > 0 || fields.get("packet_identifier").is_some() {
            self.identifier(fields)?;
        }
        self.properties(fields)?;
        let payload = fields.bytes("payload")?.unwrap_or_default();
        self.bytes.extend_from_slice(&payload);
        Ok(flags)
    }

    /// Reason code and properties, in the shortest form that says them.
    fn optional_reason(&mut self, fields: &mut Fields<'_>) -> Result<(), FormError> {
        if self.version != Version::V5 {
            return Ok(());
        }
        let code = fields.number("reason_code", Some(0), 255)? as u8;
        let properties = fields.list("properties")?;
        if code != 0 || !properties.is_empty() {
            self.byte(code);
        }
        if properties.is_empty() { Ok(()) } else { self.properties(fields) }
    }

    fn subscription(&mut self, item: &Value, path: String) -> Result<(), FormError> {
        let mut fields = Fields::new(item, path)?;
        let filter = fields.bytes("topic_filter")?.unwrap_or_default();
        self.binary(&filter, &fields.path("topic_filter"))?;
        let mut options = fields.number("maximum_qos", Some(0), 3)? as u8;
        if self.version == Version::V5 {
            options |= fields.flag("no_local")? << 2
                | fields.flag("retain_as_published")? << 3
                | (fields.number("retain_handling", Some(0), 3)? as u8) << 4
                | (fields.number("reserved", Some(0), 3)? as u8) << 6;
        } else {
            options |= (fields.number("reserved", Some(0), 63)? as u8) << 2;
        }
        self.byte(options);
        fields.finish()
    }

    fn properties(&mut self, fields: &mut Fields<'_>) -> Result<(), FormError> {
        if self.version != Version::V5 {
            return Ok(());
        }
        let mut inner = Self { bytes: Vec::new(), version: self.version };
        for (index, item) in fields.list("properties")?.iter().enumerate() {
            let path = fields.path(&format!("properties[{index}]"));
            let (key, value) = only_entry(item, &path)?;
            inner.property(key, value, &format!("{path}.{key}"))?;
        }
        if inner.bytes.len() as u64 > VARINT_MAX {
            return Err(FormError::new(fields.path("properties"), "is too long"));
        }
        let _ = put_varint(&mut self.bytes, inner.bytes.len() as u32);
        self.bytes.extend_from_slice(&inner.bytes);
        Ok(())
    }

    fn property(&mut self, key: &str, value: &Value, path: &str) -> Result<(), FormError> {
        if let Ok(identifier) = key.parse::<u32>() {
            if u64::from(identifier) > VARINT_MAX {
                return Err(FormError::new(path, "is not a property identifier"));
            }
            #[cfg(planted_bug)]
            assert!(identifier >> 14 == 0 || !crate::planted("mqtt-json"), "{identifier}");
            let _ = put_varint(&mut self.bytes, identifier);
            let value = bytes_from_json(value, path)?;
            self.bytes.extend_from_slice(&value);
            return Ok(());
        }
        let Some((identifier, _)) = Property::NAMES.iter().find(|(_, name)| *name == key) else {
            return Err(FormError::new(path, "is not the name of a property"));
        };
        self.byte(*identifier);
        match identifier {
            1 | 23 | 25 | 36 | 37 | 40..=42 => self.byte(number(value, 255, path)? as u8),
            19 | 33..=35 => self.two(number(value, 65_535, path)?),
            2 | 17 | 24 | 39 => {
                let value = number(value, u32::MAX.into(), path)? as u32;
                self.bytes.extend_from_slice(&value.to_be_bytes());
            }
            11 => {
                let value = number(value, VARINT_MAX, path)? as u32;
                let _ = put_varint(&mut self.bytes, value);
            }
            38 => match value.as_array().map(Vec::as_slice) {
                Some([name, text]) => {
                    self.binary(&bytes_from_json(name, path)?, path)?;
                    self.binary(&bytes_from_json(text, path)?, path)?;
                }
                _ => return Err(FormError::new(path, "expected [name, value]")),
            },
            _ => self.binary(&bytes_from_json(value, path)?, path)?,
        }
        Ok(())
    }
}
