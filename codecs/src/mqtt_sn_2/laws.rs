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

/// Every shorter prefix is incomplete, and says how much is missing at the least. `bytes` are one
/// valid packet and no datagram.
pub fn prefixes(bytes: &[u8], ctx: &Context) {
    for end in 0..bytes.len() {
        match decode(&bytes[..end], ctx) {
            Ok(Decoded::Incomplete { need }) => assert!(need > 0 && end + need <= bytes.len()),
            other => panic!("{other:?} from a prefix of {end} bytes"),
        }
    }
}

#[derive(Default)]
struct Spans(Vec<Span>, usize);

impl Visit for Spans {
    fn field(&mut self, span: Span) {
        self.0.push(span);
    }
    fn note(&mut self, note: Note) {
        self.1 = self.1.max(note.at);
    }
}

/// The named fields cover every byte of a valid packet.
pub fn spans_cover(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    assert_eq!(fields(bytes, ctx, &mut spans), decode(bytes, ctx));
    let mut covered = vec![false; bytes.len()];
    for span in &spans.0 {
        covered[span.range()].fill(true);
    }
    if let Some(at) = covered.iter().position(|covered| !covered) {
        panic!("byte {at} of {bytes:02x?} has no name: {:?}", spans.0);
    }
}

/// Whatever the bytes, there is a verdict; walking them changes none; spans, notes and errors lie
/// within them. What is valid obeys [`round_trip`]. A datagram is refused where a stream would go
/// on, and nowhere else.
pub fn judged(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    let walked = fields(bytes, ctx, &mut spans);
    assert_eq!(walked, decode(bytes, ctx), "walking changes the verdict");
    for span in &spans.0 {
        assert!(span.start <= span.end && span.end <= bytes.len(), "{span:?} is outside");
    }
    assert!(spans.1 <= bytes.len(), "a note is outside");
    match walked {
        Ok(Decoded::Complete { used, .. }) => round_trip(&bytes[..used], ctx),
        Ok(Decoded::Incomplete { need }) => assert!(need > 0 && !ctx.profile.datagram),
        Err(DecodeError { at, field, .. }) => {
            assert!(at <= bytes.len(), "the error is outside");
            assert!(!field.is_empty(), "the error is nowhere");
        }
    }
    let mut stream = *ctx;
    stream.profile.datagram = false;
    match decode(bytes, &stream) {
        Ok(Decoded::Incomplete { .. }) => assert!(walked.is_err() == ctx.profile.datagram),
        other => assert_eq!(other, walked, "a datagram changes the verdict"),
    }
    let said = envelope(bytes, ctx);
    assert_ne!(said.get("message").is_some(), said.get("error").is_some());
}
