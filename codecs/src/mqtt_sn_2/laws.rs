//! Laws that every MQTT-SN 2.0 packet obeys, as functions that panic where one is broken. Property
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
use super::{Context, DecodeError, Packet, decode, fields};
use crate::wire::{Note, Span, Visit};
use crate::{Decoded, laws};

fn complete<'a>(bytes: &'a [u8], ctx: &Context) -> Packet<'a> {
    laws::complete(decode(bytes, ctx), bytes)
}

/// decode -> encode gives the same bytes or the shortest form -> decode gives the same value, and
/// the JSON form says the same. `bytes` are one valid packet.
pub fn round_trip(bytes: &[u8], ctx: &Context) {
    let packet = complete(bytes, ctx);
    let mut buffer = vec![0; bytes.len() + 8];
    let length = packet.encode(&mut buffer, ctx).expect("what was decoded can be encoded");
    assert_eq!(Ok(length), packet.encoded_len());
    assert!(length <= bytes.len(), "the canonical form is the shortest");
    buffer.truncate(length);
    let form = to_json(&packet);
    if is_encapsulation(&packet) {
        // Its own Length may become shorter. The packet inside is kept as it is, and the form has
        // the canonical one.
        assert!(buffer == bytes || length < bytes.len(), "an encapsulation is passed on unchanged");
        let again = encode(&form).expect("what was decoded has a JSON form");
        assert_eq!(to_json(&complete(&again, ctx)), form);
    } else {
        assert_eq!(complete(&buffer, ctx), packet);
        let again = encode(&form).expect("what was decoded has a JSON form");
        assert_eq!(again, buffer, "the JSON form says something else");
    }
    for space in (0..length.min(64)).chain(length.checked_sub(1)) {
        assert!(packet.encode(&mut vec![0; space], ctx).is_err(), "{space} bytes are too few");
    }
}

fn is_encapsulation(packet: &Packet<'_>) -> bool {
    matches!(
        packet,
        Packet::ConnectionEncapsulation(_)
            | Packet::ForwarderEncapsulation(_)
            | Packet::ProtectionEncapsulation(_)
    )
}

laws::mqtt_sn_laws!();
