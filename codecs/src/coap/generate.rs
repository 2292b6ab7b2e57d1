//! Generators: JSON forms of messages from a source of bytes, right or deliberately wrong. Fuzz
//! targets and property tests use the same ones.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

use super::{Code, Definition, Format, OptionNumber};
use crate::json::to_hex;

/// How far a generated form may stray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taste {
    /// Only what the specification allows a sender.
    Valid,
    /// Anything that can be written.
    Wild,
}

/// A message, with `extended` also one whose Token is longer than 8 bytes.
pub fn form(u: &mut Unstructured<'_>, extended: bool, taste: Taste) -> Result<Value> {
    let mut g = Generator { u, taste, object: Map::new() };
    g.message(extended)?;
    Ok(json!({ "coap": g.object }))
}

/// Forms as a proptest strategy: the bytes shrink, and with them the form.
#[cfg(feature = "proptest")]
pub fn strategy(extended: bool, taste: Taste) -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::strategy::Strategy;
    proptest::collection::vec(proptest::num::u8::ANY, 0..512).prop_map(move |bytes| {
        form(&mut Unstructured::new(&bytes), extended, taste)
            .unwrap_or_else(|_| json!({ "coap": { "code": "0.00", "message_id": 0 } }))
    })
}

struct Generator<'u, 'd> {
    u: &'u mut Unstructured<'d>,
    taste: Taste,
    object: Map<String, Value>,
}

impl Generator<'_, '_> {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.object.insert(key.into(), value.into());
    }

    fn wild(&mut self) -> Result<bool> {
        Ok(self.taste == Taste::Wild && self.u.ratio(1, 8)?)
    }

    fn bytes(&mut self, least: usize, most: usize) -> Result<Value> {
        let length = self.u.int_in_range(least..=most)?;
        let mut bytes = self.u.bytes(length.min(self.u.len()))?.to_vec();
        bytes.resize(length, b'~');
        Ok(json!({ "hex": to_hex(&bytes) }))
    }

    fn message(&mut self, extended: bool) -> Result<()> {
        let message_id: u16 = self.u.arbitrary()?;
        self.set("message_id", message_id);
        let mut names = ["CON", "NON", "ACK", "RST"].as_slice();
        let mut code = match self.u.int_in_range(0..=7u8)? {
            0 => Code::EMPTY,
            1..=3 => Code(self.u.int_in_range(1..=7)?),
            _ => *self.u.choose(&[
                Code::CONTENT,
                Code::VALID,
                Code::CHANGED,
                Code::CONTINUE,
                Code::NOT_FOUND,
                Code::CONFLICT,
                Code::SERVICE_UNAVAILABLE,
                Code(0x5F),
                Code(0xBF),
            ])?,
        };
        if self.wild()? {
            code = Code(self.u.arbitrary()?);
        } else if code == Code::EMPTY {
            names = &["CON", "ACK", "RST"];
        } else {
            names = if code.is_request() { &names[..2] } else { &names[..3] };
        }
        let name = *self.u.choose(names)?;
        self.set("type", name);
        self.set("code", code.to_string());
        if code == Code::EMPTY && !self.wild()? {
            return Ok(());
        }
        self.token(extended)?;
        let options = self.options(code)?;
        self.set("options", options);
        let payload = self.payload()?;
        self.set("payload", payload);
        if self.wild()? {
            let version = self.u.int_in_range(0..=3u8)?;
            self.set("version", version);
        }
        if self.wild()? {
            let marker: bool = self.u.arbitrary()?;
            self.set("payload_marker", marker);
        }
        Ok(())
    }

    fn token(&mut self, extended: bool) -> Result<()> {
        let most = if extended || self.wild()? { 300 } else { 8 };
        let mut length = self.u.int_in_range(0..=most)?;
        if self.u.ratio(2, 3)? {
            length = length.min(8);
        }
        let token = self.bytes(length, length)?;
        self.set("token", token["hex"].clone());
        if self.wild()? {
            let nibble = self.u.int_in_range(0..=15u8)?;
            self.set("token_length", nibble);
        }
        Ok(())
    }

    fn payload(&mut self) -> Result<Value> {
        let length = match self.u.int_in_range(0..=5u8)? {
            0 => 0,
            1 => 64,
            _ => 20,
        };
        self.bytes(length, length)
    }

    fn options(&mut self, code: Code) -> Result<Value> {
        let mut list: Vec<Value> = Vec::new();
        for &number in OptionNumber::DEFINED {
            let Some(definition) = number.definition() else { continue };
            if !self.u.ratio(1, 6)? {
                continue;
            }
            list.push(self.option(&definition)?);
            if number.is_repeatable(code.is_request()) && self.u.arbitrary()? || self.wild()? {
                list.push(self.option(&definition)?);
            }
        }
        if self.u.ratio(1, 4)? {
            let number = self.u.choose(&[0u16, 2, 13, 269, 282, 538, 2_053, 65_000, 65_535])?;
            let key = number.to_string();
            list.push(json!({ key: self.bytes(0, 300)? }));
        }
        if self.wild()? {
            list.push(json!({ "raw": self.bytes(0, 6)? }));
        }
        Ok(list.into())
    }

    fn option(&mut self, definition: &Definition) -> Result<Value> {
        let (shortest, longest) = (definition.shortest.into(), usize::from(definition.longest));
        let value = match definition.format {
            _ if self.wild()? => self.bytes(0, 20)?,
            Format::Empty => "".into(),
            Format::Opaque => self.bytes(shortest, longest.min(40))?,
            Format::String => self.text(shortest)?,
            Format::Uint => {
                let most = if longest == 4 { u32::MAX } else { (1 << (8 * longest)) - 1 };
                self.u.int_in_range(0..=most)?.into()
            }
            Format::Block => {
                let size = 16 << self.u.int_in_range(0..=6u32)?;
                let num = self.u.int_in_range(0..=0xF_FFFFu32)?;
                json!({ "num": num, "more": self.u.arbitrary::<bool>()?, "size": size })
            }
        };
        Ok(json!({ definition.key: value }))
    }

    fn text(&mut self, least: usize) -> Result<Value> {
        let length = self.u.int_in_range(least..=20)?;
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(self.u.choose(&["a", "Z", "0", ".", "/", "é", "漢", "%", " "])?);
        }
        Ok(text.into())
    }
}
