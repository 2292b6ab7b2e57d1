//! Generators: JSON forms of messages from a source of bytes, right or deliberately wrong. Fuzz
//! targets and property tests use the same ones.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

use super::{Code, Definition, Format, OptionNumber, SIGNALLING_OPTIONS};
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

/// A message over TCP or WebSocket, with `extended` also one whose Token is longer than 8 bytes.
pub fn reliable_form(u: &mut Unstructured<'_>, extended: bool, taste: Taste) -> Result<Value> {
    let mut g = Generator { u, taste, object: Map::new() };
    g.reliable_message(extended)?;
    Ok(json!({ "coap": g.object }))
}

/// [`reliable_form`] as a proptest strategy.
#[cfg(feature = "proptest")]
pub fn reliable_strategy(
    extended: bool,
    taste: Taste,
) -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::strategy::Strategy;
    proptest::collection::vec(proptest::num::u8::ANY, 0..512).prop_map(move |bytes| {
        reliable_form(&mut Unstructured::new(&bytes), extended, taste)
            .unwrap_or_else(|_| json!({ "coap": { "code": "0.00" } }))
    })
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

    fn hex(&mut self, length: usize) -> Result<String> {
        let mut bytes = self.u.bytes(length.min(self.u.len()))?.to_vec();
        bytes.resize(length, b'~');
        Ok(to_hex(&bytes))
    }

    fn bytes(&mut self, least: usize, most: usize) -> Result<Value> {
        let length = self.u.int_in_range(least..=most)?;
        Ok(json!({ "hex": self.hex(length)? }))
    }

    fn message(&mut self, extended: bool) -> Result<()> {
        let message_id: u16 = self.u.arbitrary()?;
        self.set("message_id", message_id);
        let mut names: &[&str] = &["CON", "NON", "ACK", "RST"];
        let mut code = self.code()?;
        if self.wild()? {
            code = Code(self.u.arbitrary()?);
        } else if code == Code::EMPTY {
            names = &["CON", "ACK", "RST"];
        } else {
            names = if code.is_request() { &["CON", "NON"] } else { &["CON", "NON", "ACK"] };
        }
        let name = *self.u.choose(names)?;
        self.set("type", name);
        self.set("code", code.to_string());
        if code == Code::EMPTY && !self.wild()? {
            return Ok(());
        }
        self.content(extended, code)?;
        if self.wild()? {
            let version = self.u.int_in_range(0..=3u8)?;
            self.set("version", version);
        }
        Ok(())
    }

    fn reliable_message(&mut self, extended: bool) -> Result<()> {
        let mut code = match self.u.ratio(1, 3)? {
            true => Code(self.u.int_in_range(0xE0..=0xE6)?),
            false => self.code()?,
        };
        if self.wild()? {
            code = Code(self.u.arbitrary()?);
        }
        self.set("code", code.to_string());
        if code != Code::EMPTY || self.wild()? {
            self.content(extended, code)?;
        }
        if self.wild()? {
            let most = if self.u.arbitrary()? { 300 } else { u32::MAX };
            let length = self.u.int_in_range(0..=most)?;
            self.set("length", length);
        }
        Ok(())
    }

    fn code(&mut self) -> Result<Code> {
        Ok(match self.u.int_in_range(0..=7u8)? {
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
        })
    }

    /// Token, options and payload.
    fn content(&mut self, extended: bool, code: Code) -> Result<()> {
        self.token(extended)?;
        let options = self.options(code)?;
        self.set("options", options);
        let payload = self.payload()?;
        self.set("payload", payload);
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
        let token = self.hex(length)?;
        self.set("token", token);
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
        let own = SIGNALLING_OPTIONS.iter().filter(|(of, _)| *of == code).map(|(_, number)| number);
        let shared = OptionNumber::DEFINED.iter().filter(|_| !code.is_signalling());
        let one_in = if code.is_signalling() { 2 } else { 6 };
        for &number in own.chain(shared) {
            let Some(definition) = number.definition_in(code) else { continue };
            if !self.u.ratio(1, one_in)? {
                continue;
            }
            list.push(self.option(&definition)?);
            if number.is_repeatable_in(code) && self.u.arbitrary()? || self.wild()? {
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
                let spare = 4usize.saturating_sub(longest).saturating_mul(8);
                let most = u32::MAX.checked_shr(spare as u32).unwrap_or(0);
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
