//! Generators: JSON forms of packets from a source of bytes, right or deliberately wrong. Fuzz
//! targets and property tests use the same ones.

use alloc::string::String;
use alloc::vec::Vec;

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

use super::{PacketType, Party, Property, ReasonCode, Version};
use crate::json::to_hex;

/// How far a generated form may stray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taste {
    /// Only what the specification allows.
    Valid,
    /// Anything that can be written.
    Wild,
}

/// A packet of `version` that `Party::Client` and `Party::Server` together may send.
pub fn form(u: &mut Unstructured<'_>, version: Version, taste: Taste) -> Result<Value> {
    let last = if version == Version::V5 { 15 } else { 14 };
    let packet = PacketType(u.int_in_range(1..=last)?);
    let mut g = Generator { u, version, taste, object: Map::new() };
    g.packet(packet)?;
    Ok(json!({ packet.key(): g.object }))
}

/// Forms as a proptest strategy: the bytes shrink, and with them the form.
#[cfg(feature = "proptest")]
pub fn strategy(
    version: Version,
    taste: Taste,
) -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::strategy::Strategy;
    proptest::collection::vec(proptest::num::u8::ANY, 0..512).prop_map(move |bytes| {
        form(&mut Unstructured::new(&bytes), version, taste)
            .unwrap_or_else(|_| json!({ "pingreq": {} }))
    })
}

struct Generator<'u, 'd> {
    u: &'u mut Unstructured<'d>,
    version: Version,
    taste: Taste,
    object: Map<String, Value>,
}

impl Generator<'_, '_> {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.object.insert(key.into(), value.into());
    }

    fn wild(&mut self) -> Result<bool> {
        Ok(self.taste == Taste::Wild && self.u.ratio(1, 6)?)
    }

    /// Mostly 1 to `most`; 0 or beyond for wild tastes.
    fn number(&mut self, least: u32, most: u32, wild: u32) -> Result<u32> {
        if self.wild()? {
            return self.u.int_in_range(0..=wild);
        }
        self.u.int_in_range(least..=most)
    }

    fn text(&mut self, alphabet: &[&str], least: usize) -> Result<Value> {
        if self.wild()? {
            let length = self.u.int_in_range(0..=8)?;
            return Ok(json!({ "hex": to_hex(self.u.bytes(length.min(self.u.len()))?) }));
        }
        let length = self.u.int_in_range(least..=12)?;
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(self.u.choose(alphabet)?);
        }
        Ok(text.into())
    }

    fn plain(&mut self) -> Result<Value> {
        self.text(&["a", "B", "7", "-", "é", "漢", "😀", " ", "/", "+", "$"], 0)
    }

    fn topic(&mut self) -> Result<Value> {
        self.text(&["a", "b", "/", "é", "0", " ", "$"], 1)
    }

    fn filter(&mut self) -> Result<Value> {
        if self.wild()? {
            return self.text(&["a", "/", "+", "#", "$share/"], 0);
        }
        let mut levels: Vec<&str> = Vec::new();
        if self.version == Version::V5 && self.u.ratio(1, 5)? {
            levels.extend(["$share", "group"]);
        }
        for _ in 0..self.u.int_in_range(1..=4)? {
            levels.push(self.u.choose(&["+", "a", "bc", "long-level", "x"])?);
        }
        if self.u.ratio(1, 4)? {
            levels.push("#");
        }
        Ok(levels.join("/").into())
    }

    fn payload(&mut self) -> Result<Value> {
        let length = self.u.int_in_range(0..=40)?;
        Ok(json!({ "hex": to_hex(self.u.bytes(length.min(self.u.len()))?) }))
    }

    fn reason(&mut self, packet: PacketType) -> Result<u8> {
        let code: u8 = self.u.arbitrary()?;
        let fits = |code: &u8| ReasonCode(*code).allowed(self.version, packet, Party::Either);
        if self.taste == Taste::Valid && !fits(&code) {
            return Ok((code..=255).chain(0..=code).find(fits).unwrap_or(0));
        }
        Ok(code)
    }

    fn reason_codes(&mut self, packet: PacketType) -> Result<Value> {
        let least = usize::from(self.taste == Taste::Valid);
        let count = self.u.int_in_range(least..=4)?;
        let mut codes = Vec::new();
        for _ in 0..count {
            codes.push(Value::from(self.reason(packet)?));
        }
        Ok(codes.into())
    }

    fn packet(&mut self, packet: PacketType) -> Result<()> {
        match packet {
            PacketType::CONNECT => return self.connect(),
            PacketType::PUBLISH => return self.publish(),
            PacketType::PINGREQ | PacketType::PINGRESP => return Ok(()),
            PacketType::CONNACK => {
                let code = self.reason(packet)?;
                let present = self.u.arbitrary::<bool>()? && (code == 0 || self.wild()?);
                // 3.1 leaves the byte unused.
                let present = present && self.version != Version::V31;
                self.set("session_present", present);
                self.set("reason_code", code);
            }
            PacketType::DISCONNECT | PacketType::AUTH => {
                if self.version != Version::V5 {
                    return Ok(());
                }
                let code = self.reason(packet)?;
                self.set("reason_code", code);
            }
            _ => {
                let identifier = self.number(1, 65_535, 65_535)?;
                self.set("packet_identifier", identifier);
            }
        }
        if self.version == Version::V5 {
            let properties = self.properties(packet.0)?;
            self.set("properties", properties);
        }
        match packet {
            PacketType::SUBSCRIBE => self.subscriptions(),
            PacketType::UNSUBSCRIBE => {
                let mut filters = Vec::new();
                for _ in 0..self.number(1, 3, 3)? {
                    filters.push(self.filter()?);
                }
                self.set("topic_filters", filters);
                Ok(())
            }
            PacketType::SUBACK | PacketType::UNSUBACK => {
                if packet == PacketType::SUBACK || self.version == Version::V5 {
                    let codes = self.reason_codes(packet)?;
                    self.set("reason_codes", codes);
                }
                Ok(())
            }
            PacketType::PUBACK | PacketType::PUBREC | PacketType::PUBREL | PacketType::PUBCOMP
                if self.version == Version::V5 =>
            {
                let code = self.reason(packet)?;
                self.set("reason_code", code);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn subscriptions(&mut self) -> Result<()> {
        let mut items = Vec::new();
        for _ in 0..self.number(1, 3, 3)? {
            let filter = self.filter()?;
            let shared = filter.as_str().is_some_and(|filter| filter.starts_with("$share/"));
            let mut item = Map::new();
            item.insert("topic_filter".into(), filter);
            item.insert("maximum_qos".into(), self.number(0, 2, 3)?.into());
            if self.version == Version::V5 {
                let no_local = self.u.arbitrary::<bool>()? && (!shared || self.wild()?);
                item.insert("no_local".into(), no_local.into());
                item.insert("retain_as_published".into(), self.u.arbitrary::<bool>()?.into());
                item.insert("retain_handling".into(), self.number(0, 2, 3)?.into());
            }
            if self.wild()? {
                item.insert("reserved".into(), self.u.int_in_range(0..=3u8)?.into());
            }
            items.push(Value::Object(item));
        }
        self.set("subscriptions", items);
        Ok(())
    }

    fn connect(&mut self) -> Result<()> {
        let clean: bool = self.u.arbitrary()?;
        let key = super::connect::clean_name(self.version);
        self.set(key, clean);
        let keep_alive: u16 = self.u.arbitrary()?;
        self.set("keep_alive", keep_alive);
        let strict = self.version == Version::V311 && !clean;
        let client_identifier = self.text(&["a", "b", "7"], usize::from(strict))?;
        self.set("client_identifier", client_identifier);
        if self.version == Version::V5 {
            let properties = self.properties(PacketType::CONNECT.0)?;
            self.set("properties", properties);
        }
        if self.u.arbitrary()? {
            let mut will = Map::new();
            will.insert("retain".into(), self.u.arbitrary::<bool>()?.into());
            will.insert("qos".into(), self.number(0, 2, 3)?.into());
            if self.version == Version::V5 {
                will.insert("properties".into(), self.properties(super::property::WILL)?);
            }
            will.insert("topic".into(), self.topic()?);
            will.insert("payload".into(), self.payload()?);
            self.set("will", will);
        }
        let user_name: bool = self.u.arbitrary()?;
        if user_name {
            let text = self.plain()?;
            self.set("user_name", text);
        }
        if self.u.arbitrary()? && (user_name || self.version == Version::V5 || self.wild()?) {
            let password = self.payload()?;
            self.set("password", password);
        }
        if self.wild()? {
            self.set("reserved", 1);
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<()> {
        let qos = self.number(0, 2, 3)?;
        self.set("qos", qos);
        let dup = self.u.arbitrary::<bool>()? && (qos > 0 || self.wild()?);
        self.set("dup", dup);
        let retain: bool = self.u.arbitrary()?;
        self.set("retain", retain);
        let topic = self.topic()?;
        self.set("topic_name", topic);
        if qos > 0 {
            let identifier = self.number(1, 65_535, 65_535)?;
            self.set("packet_identifier", identifier);
        }
        if self.version == Version::V5 {
            let properties = self.properties(PacketType::PUBLISH.0)?;
            self.set("properties", properties);
        }
        let payload = self.payload()?;
        self.set("payload", payload);
        Ok(())
    }

    fn properties(&mut self, place: u8) -> Result<Value> {
        let mut list: Vec<Value> = Vec::new();
        for (identifier, name) in Property::NAMES {
            let here = Property::may_stand(*identifier, place);
            let wanted = match self.taste {
                Taste::Valid => here && self.u.ratio(1, 3)?,
                Taste::Wild => self.u.ratio(if here { 20 } else { 1 }, 60u8)?,
            };
            let method_needed = *identifier == 21 && place == PacketType::AUTH.0;
            let needed = method_needed && self.taste == Taste::Valid;
            if !wanted && !needed {
                continue;
            }
            // Data without a method is a Protocol Error in CONNECT.
            if *identifier == 22 && place == PacketType::CONNECT.0 && self.taste == Taste::Valid {
                let method = self.plain()?;
                if !list.iter().any(|item| item.get("authentication_method").is_some()) {
                    list.push(json!({ "authentication_method": method }));
                }
            }
            let value = self.property(*identifier)?;
            list.push(json!({ *name: value }));
            if *identifier == 38 || self.wild()? {
                let value = self.property(*identifier)?;
                list.push(json!({ *name: value }));
            }
        }
        if self.wild()? {
            list.push(json!({ "127": { "hex": "00" } }));
        }
        Ok(list.into())
    }

    fn property(&mut self, identifier: u8) -> Result<Value> {
        Ok(match identifier {
            1 | 23 | 25 | 36 | 37 | 40..=42 => self.number(0, 1, 255)?.into(),
            19 | 34 => self.u.arbitrary::<u16>()?.into(),
            33 | 35 => self.number(1, 65_535, 65_535)?.into(),
            2 | 17 | 24 => self.u.arbitrary::<u32>()?.into(),
            39 => self.number(1, u32::MAX, u32::MAX)?.into(),
            11 => self.number(1, 268_435_455, 268_435_455)?.into(),
            8 => self.topic()?,
            9 | 22 => self.payload()?,
            38 => json!([self.plain()?, self.plain()?]),
            _ => self.plain()?,
        })
    }
}
