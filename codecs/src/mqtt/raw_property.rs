//! Properties with their strings as bytes.
//!
//! The decoder has checked every string of a property list, but a `str` can only be had by checking
//! its bytes again. Who wants no `str` walks the list with [`Properties::raw`].

use super::framing::put_varint;
use super::list::Sink;
use super::property::{Form, rule};
use super::{List, Properties, Property};
use crate::wire::Full;

/// A property whose value is not taken apart further than its form on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawProperty<'a> {
    /// The identifier.
    pub identifier: u8,
    /// The value.
    pub value: RawValue<'a>,
}

/// The value of a [`RawProperty`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawValue<'a> {
    /// A byte, a Two or Four Byte Integer, or a Variable Byte Integer.
    Number(u32),
    /// A UTF-8 Encoded String or Binary Data.
    Bytes(&'a [u8]),
    /// A UTF-8 String Pair.
    Pair(&'a [u8], &'a [u8]),
}

impl RawProperty<'_> {
    /// Writes the identifier and the value, whose range and lengths were checked before.
    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink) -> Result<(), Full> {
        w.put(&[self.identifier])?;
        match self.value {
            RawValue::Number(value) => match rule(self.identifier.into()).map(|rule| rule.form) {
                Some(Form::Byte) => w.put(&[value as u8]),
                Some(Form::Two) => w.put(&(value as u16).to_be_bytes()),
                Some(Form::Four) => w.put(&value.to_be_bytes()),
                _ => put_varint(w, value),
            },
            RawValue::Bytes(bytes) => put_prefixed(w, bytes),
            RawValue::Pair(name, value) => {
                put_prefixed(w, name)?;
                put_prefixed(w, value)
            }
        }
    }
}

#[inline]
fn put_prefixed(w: &mut impl Sink, bytes: &[u8]) -> Result<(), Full> {
    w.put(&(bytes.len() as u16).to_be_bytes())?;
    w.put(bytes)
}

/// Walks the properties of a list.
#[derive(Clone, Debug)]
pub struct RawProperties<'a> {
    wire: &'a [u8],
    given: core::slice::Iter<'a, Property<'a>>,
}

impl<'a> Properties<'a> {
    /// Walks the properties without making strings of their bytes.
    #[inline]
    pub fn raw(&self) -> RawProperties<'a> {
        match *self {
            List::Wire(wire) => RawProperties { wire: wire.bytes(), given: [].iter() },
            List::Given(given) => RawProperties { wire: &[], given: given.iter() },
        }
    }
}

impl<'a> Iterator for RawProperties<'a> {
    type Item = RawProperty<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<RawProperty<'a>> {
        if self.wire.is_empty() {
            return self.given.next().map(Property::raw);
        }
        let rest = &mut self.wire;
        let identifier = next_varint(rest)?;
        let value = match rule(identifier)?.form {
            Form::Byte => RawValue::Number(u8::from_be_bytes(next_number(rest)?).into()),
            Form::Two => RawValue::Number(u16::from_be_bytes(next_number(rest)?).into()),
            Form::Four => RawValue::Number(u32::from_be_bytes(next_number(rest)?)),
            Form::Varint => RawValue::Number(next_varint(rest)?),
            Form::Text | Form::Topic | Form::Binary => RawValue::Bytes(next_prefixed(rest)?),
            Form::Pair => RawValue::Pair(next_prefixed(rest)?, next_prefixed(rest)?),
        };
        Some(RawProperty { identifier: identifier as u8, value })
    }
}

/// The bytes of a number off the front.
#[inline]
pub(super) fn next_number<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (&bytes, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(bytes)
}

/// A Variable Byte Integer off the front.
#[inline]
pub(super) fn next_varint(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0;
    for shift in [0u32, 7, 14, 21] {
        let [byte] = next_number(rest)?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A string or Binary Data off the front.
#[inline]
pub(super) fn next_prefixed<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(next_number(rest)?);
    let (bytes, tail) = rest.split_at_checked(length.into())?;
    *rest = tail;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::super::{Context, Message, Party, Properties, Property, Publish, Version, decode};
    use super::{RawProperty, RawValue};

    #[test]
    fn raw_properties_are_those_of_the_list() {
        let given = [
            Property::PayloadFormatIndicator(1),
            Property::MessageExpiryInterval(70_000),
            Property::ContentType("\u{e9}t\u{e9}"),
            Property::ResponseTopic("a/b"),
            Property::CorrelationData(&[0, 0xFF]),
            Property::SubscriptionIdentifier(300),
            Property::TopicAlias(515),
            Property::UserProperty(("", "value")),
        ];
        let publish = Publish {
            delivery: super::super::Delivery::AtMostOnce,
            retain: false,
            topic_name: "t",
            properties: Properties::Given(&given),
            payload: b"",
        };
        let context = Context::new(Version::V5, Party::Either);
        let mut buffer = [0; 128];
        let length = Message::Publish(publish).encode(&mut buffer, &context).unwrap();
        let decoded = decode(&buffer[..length], &context).unwrap().complete().unwrap().0;
        let Message::Publish(on_wire) = decoded else { panic!("no PUBLISH") };
        let expected: Vec<RawProperty<'_>> = given.iter().map(Property::raw).collect();
        assert_eq!(publish.properties.raw().collect::<Vec<_>>(), expected);
        assert_eq!(on_wire.properties.raw().collect::<Vec<_>>(), expected);
        assert_eq!(expected[1].value, RawValue::Number(70_000));
        assert_eq!(expected[4].value, RawValue::Bytes(&[0, 0xFF]));
        assert_eq!(expected[6], RawProperty { identifier: 35, value: RawValue::Number(515) });
        assert_eq!(expected[7].value, RawValue::Pair(b"", b"value"));
    }
}
