//! Laws that every MQTT-SN message obeys, as functions that panic where one is broken. Property
//! tests and fuzz targets try them on their own inputs.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a broken law is to be a panic"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::json::{encode, envelope, to_json};
use super::{Context, DecodeError, Message, decode, fields};
use crate::wire::{Note, Span, Visit};
use crate::{Decoded, laws};

fn complete<'a>(bytes: &'a [u8], ctx: &Context) -> Message<'a> {
    laws::complete(decode(bytes, ctx), bytes)
}

/// decode -> encode gives the same bytes or the shortest form without unused flags -> decode gives
/// the same value, and the JSON form says the same. `bytes` are one valid message.
pub fn round_trip(bytes: &[u8], ctx: &Context) {
    let message = complete(bytes, ctx);
    let mut buffer = vec![0; bytes.len() + 8];
    let length = message.encode(&mut buffer, ctx).expect("what was decoded can be encoded");
    assert_eq!(Ok(length), message.encoded_len());
    assert!(length <= bytes.len(), "the canonical form is the shortest");
    buffer.truncate(length);
    let form = to_json(&message);
    if let Message::Encapsulated(_) = message {
        // The message inside is kept as it is, and the form has the canonical one.
        assert_eq!(buffer, bytes, "an encapsulation is passed on unchanged");
        let again = encode(&form).expect("what was decoded has a JSON form");
        assert_eq!(to_json(&complete(&again, ctx)), form);
    } else {
        assert_eq!(complete(&buffer, ctx), message);
        let again = encode(&form).expect("what was decoded has a JSON form");
        assert_eq!(again, buffer, "the JSON form says something else");
    }
    for space in (0..length.min(64)).chain(length.checked_sub(1)) {
        assert!(message.encode(&mut vec![0; space], ctx).is_err(), "{space} bytes are too few");
    }
}

laws::mqtt_sn_laws!();
