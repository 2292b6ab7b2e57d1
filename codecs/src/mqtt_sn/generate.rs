//! Generators: JSON forms of messages from a source of bytes, right or deliberately wrong. Fuzz
//! targets and property tests use the same ones.

use alloc::string::String;

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

use super::{MessageType, Party};
use crate::json::to_hex;

/// How far a generated form may stray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taste {
    /// Only what the specification allows.
    Valid,
    /// Anything that can be written.
    Wild,
}

/// A message that `from` may send.
pub fn form(u: &mut Unstructured<'_>, from: Party, taste: Taste) -> Result<Value> {
    nested(u, from, taste, 0)
}

/// Forms as a proptest strategy: the bytes shrink, and with them the form.
#[cfg(feature = "proptest")]
pub fn strategy(from: Party, taste: Taste) -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::strategy::Strategy;
    proptest::collection::vec(proptest::num::u8::ANY, 0..512).prop_map(move |bytes| {
        form(&mut Unstructured::new(&bytes), from, taste)
            .unwrap_or_else(|_| json!({ "pingresp": {} }))
    })
}

fn nested(u: &mut Unstructured<'_>, from: Party, taste: Taste, depth: u8) -> Result<Value> {
    let types = MessageType::ALL;
    let mut message_type = *u.choose(types)?;
    if taste == Taste::Valid && !message_type.is_sent_by(from) {
        message_type = MessageType::PUBLISH;
    }
    if message_type == MessageType::ENCAPSULATED && depth >= 3 {
        message_type = MessageType::PINGREQ;
    }
    let mut g = Generator { u, from, taste, object: Map::new() };
    g.message(message_type, depth)?;
    Ok(json!({ message_type.key(): g.object }))
}

struct Generator<'u, 'd> {
    u: &'u mut Unstructured<'d>,
    from: Party,
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

    fn two(&mut self, key: &str) -> Result<()> {
        let value: u16 = self.u.arbitrary()?;
        self.set(key, value);
        Ok(())
    }

    fn one(&mut self, key: &str) -> Result<()> {
        let value: u8 = self.u.arbitrary()?;
        self.set(key, value);
        Ok(())
    }

    fn flag(&mut self, key: &str) -> Result<()> {
        let value: bool = self.u.arbitrary()?;
        self.set(key, value);
        Ok(())
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
        // What has no bytes left gets one all the same, where one is needed.
        let hex = if bytes.len() < least { "00".repeat(least) } else { to_hex(bytes) };
        self.set(key, json!({ "hex": hex }));
        Ok(())
    }

    fn client_id(&mut self) -> Result<()> {
        self.text("client_id", &["a", "B", "7", "-", "é", "漢", "😀"], 1, 23)
    }

    /// -1 only where it is wanted, or wildly.
    fn qos(&mut self, minus_one: bool) -> Result<i8> {
        let least = if minus_one || self.wild()? { -1 } else { 0 };
        let qos = self.u.int_in_range(least..=2)?;
        self.set("qos", qos);
        Ok(qos)
    }

    /// Flags that the message does not use.
    fn unused(&mut self, names: &[&str]) -> Result<()> {
        for name in names {
            if self.wild()? {
                self.flag(name)?;
            }
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<()> {
        match self.u.int_in_range(0..=2)? {
            0 => self.text("topic_name", &["a", "/", "+", "#", "é", "$"], 0, 20)?,
            1 => self.two("topic_id")?,
            _ => {
                self.set("topic_id_type", 2);
                self.short()?;
            }
        }
        self.any_type()
    }

    fn short(&mut self) -> Result<()> {
        self.text("topic_name", &["a", "b", "/", "0"], 2, 2)
    }

    fn any_type(&mut self) -> Result<()> {
        if self.wild()? {
            let value = self.u.int_in_range(0..=3)?;
            self.set("topic_id_type", value);
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<()> {
        let qos = self.qos(self.from != Party::Gateway)?;
        self.flag("dup")?;
        self.flag("retain")?;
        self.unused(&["will", "clean_session"])?;
        let least = if qos == -1 { 1 } else { 0 };
        match self.u.int_in_range(least..=2)? {
            0 => self.two("topic_id")?,
            1 => {
                self.set("topic_id_type", 1);
                self.two("topic_id")?;
            }
            _ => self.short()?,
        }
        self.any_type()?;
        if qos > 0 || self.wild()? {
            self.two("message_id")?;
        }
        // Beyond 248 octets the Length has the longer form.
        let most = if self.u.ratio(1, 8)? { 400 } else { 40 };
        self.octets("data", 0, most)
    }

    fn message(&mut self, message_type: MessageType, depth: u8) -> Result<()> {
        match message_type {
            MessageType::ADVERTISE => {
                self.one("gateway_id")?;
                self.two("duration")
            }
            MessageType::SEARCHGW => self.one("radius"),
            MessageType::GWINFO => {
                self.one("gateway_id")?;
                let address = match self.from {
                    Party::Client => true,
                    Party::Gateway => false,
                    Party::Either => self.u.arbitrary()?,
                };
                if address != self.wild()? { self.octets("gateway_address", 1, 16) } else { Ok(()) }
            }
            MessageType::CONNECT => {
                self.flag("will")?;
                self.flag("clean_session")?;
                self.unused(&["dup", "retain"])?;
                self.two("duration")?;
                if self.wild()? {
                    self.one("protocol_id")?;
                }
                self.client_id()
            }
            MessageType::CONNACK | MessageType::WILLTOPICRESP | MessageType::WILLMSGRESP => {
                self.one("return_code")
            }
            MessageType::WILLTOPIC | MessageType::WILLTOPICUPD => {
                if self.u.ratio(1, 4)? {
                    return Ok(());
                }
                self.qos(false)?;
                self.flag("retain")?;
                self.unused(&["dup", "will", "clean_session"])?;
                self.text("will_topic", &["a", "b", "/", "é", " ", "$"], 0, 20)
            }
            MessageType::WILLMSG | MessageType::WILLMSGUPD => self.octets("will_message", 0, 40),
            MessageType::REGISTER => {
                self.two("topic_id")?;
                self.two("message_id")?;
                self.text("topic_name", &["a", "b", "/", "é", " ", "$"], 0, 20)
            }
            MessageType::REGACK | MessageType::PUBACK => {
                self.two("topic_id")?;
                self.two("message_id")?;
                self.one("return_code")
            }
            MessageType::PUBLISH => self.publish(),
            MessageType::PUBCOMP
            | MessageType::PUBREC
            | MessageType::PUBREL
            | MessageType::UNSUBACK => self.two("message_id"),
            MessageType::SUBSCRIBE => {
                self.flag("dup")?;
                self.qos(false)?;
                self.two("message_id")?;
                self.filter()
            }
            MessageType::UNSUBSCRIBE => {
                self.unused(&["dup", "retain", "will"])?;
                self.two("message_id")?;
                self.filter()
            }
            MessageType::SUBACK => {
                self.qos(false)?;
                self.two("topic_id")?;
                self.two("message_id")?;
                self.one("return_code")
            }
            MessageType::PINGREQ if self.u.arbitrary()? => self.client_id(),
            MessageType::DISCONNECT if self.from != Party::Gateway && self.u.arbitrary()? => {
                self.two("duration")
            }
            MessageType::ENCAPSULATED => {
                let radius = self.u.int_in_range(0..=3)?;
                self.set("radius", radius);
                if self.u.ratio(1, 8)? {
                    self.set("reserved", 1);
                }
                self.octets("wireless_node_id", 0, 10)?;
                let message = nested(self.u, self.from, self.taste, depth.wrapping_add(1))?;
                self.set("message", message);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
