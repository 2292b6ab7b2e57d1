//! Laws that every MQTT packet obeys, as functions that panic where one is broken. Property tests
//! and fuzz targets try them on their own inputs.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a broken law is to be a panic"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::json::{encode, envelope, to_json};
use super::{Context, DecodeError, ErrorKind, Frame, Framer, Message, decode, fields, frame};
use crate::wire::{Note, Span, Visit};
use crate::{Decoded, laws};

fn complete<'a>(bytes: &'a [u8], ctx: &Context) -> Message<'a> {
    laws::complete(decode(bytes, ctx), bytes)
}

/// decode -> encode gives the same bytes or the shortest form -> decode gives the same value, and
/// the JSON form says the same. `bytes` are one valid packet.
pub fn round_trip(bytes: &[u8], ctx: &Context) {
    let message = complete(bytes, ctx);
    let mut buffer = vec![0; bytes.len() + 8];
    let length = message.encode(&mut buffer, ctx).expect("what was decoded can be encoded");
    assert_eq!(Ok(length), message.encoded_len(ctx));
    assert!(length <= bytes.len(), "the canonical form is the shortest");
    buffer.truncate(length);
    assert_eq!(complete(&buffer, ctx), message);
    let form = to_json(&message, ctx.version);
    let again = encode(&form, ctx.version).expect("what was decoded has a JSON form");
    assert_eq!(again, buffer, "the JSON form says something else");
    for space in (0..length.min(64)).chain(length.checked_sub(1)) {
        assert!(message.encode(&mut vec![0; space], ctx).is_err(), "{space} bytes are too few");
    }
}

/// Every shorter prefix is incomplete, and says how much is missing at the least. `bytes` are one
/// valid packet.
pub fn prefixes(bytes: &[u8], ctx: &Context) {
    for end in 0..bytes.len() {
        match decode(&bytes[..end], ctx) {
            Ok(Decoded::Incomplete { need }) => assert!(need > 0 && end + need <= bytes.len()),
            other => panic!("{other:?} from a prefix of {end} bytes"),
        }
    }
}

#[derive(Default)]
struct Spans(Vec<Span>);

impl Visit for Spans {
    fn field(&mut self, span: Span) {
        self.0.push(span);
    }
    fn note(&mut self, _: Note) {}
}

/// The named fields cover every byte of a valid packet.
pub fn spans_cover(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    assert_eq!(fields(bytes, ctx, &mut spans), decode(bytes, ctx));
    let mut covered = vec![false; bytes.len()];
    for span in &spans.0 {
        // A length prefix belongs to the string behind it.
        covered[span.start.saturating_sub(2)..span.end].fill(true);
    }
    if let Some(at) = covered.iter().position(|covered| !covered) {
        panic!("byte {at} of {bytes:02x?} has no name: {:?}", spans.0);
    }
}

/// Whatever the bytes, there is a verdict; walking them changes none; spans and errors lie within
/// them. What is valid obeys [`round_trip`].
pub fn judged(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    let walked = fields(bytes, ctx, &mut spans);
    assert_eq!(walked, decode(bytes, ctx), "walking changes the verdict");
    for span in &spans.0 {
        assert!(span.start <= span.end && span.end <= bytes.len(), "{span:?} is outside");
    }
    match walked {
        Ok(Decoded::Complete { used, .. }) => round_trip(&bytes[..used], ctx),
        Ok(Decoded::Incomplete { need }) => assert!(need > 0),
        Err(DecodeError { at, field, .. }) => {
            assert!(at <= bytes.len(), "the error is outside");
            assert!(!field.is_empty(), "the error is nowhere");
        }
    }
    let said = envelope(bytes, ctx);
    assert_ne!(said.get("message").is_some(), said.get("error").is_some());
}

/// Packets in order, and what ended their stream.
pub type Stream = (Vec<Vec<u8>>, Option<ErrorKind>);

/// The packets that a [`Framer`] of `capacity` bytes makes of `chunks`.
pub fn chunked<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, capacity: usize) -> Stream {
    let mut buffer = vec![0; capacity];
    let mut framer = Framer::new(&mut buffer);
    let mut packets = Vec::new();
    for mut piece in chunks {
        loop {
            match framer.push(&mut piece) {
                Ok(Some(packet)) => packets.push(packet.to_vec()),
                Ok(None) => break,
                Err(error) => return (packets, Some(error.kind)),
            }
        }
    }
    (packets, None)
}

/// The packets of at most `capacity` bytes at the front of `bytes`.
pub fn whole(mut bytes: &[u8], capacity: usize) -> Stream {
    let mut packets = Vec::new();
    loop {
        match frame(bytes, capacity) {
            Ok(Frame::Complete { raw, header }) => {
                let (packet, rest) = bytes.split_at(header + raw.body.len());
                packets.push(packet.to_vec());
                bytes = rest;
            }
            Ok(Frame::Incomplete { .. }) => return (packets, None),
            Err(error) => return (packets, Some(error.kind)),
        }
    }
}

/// Chunks make the same packets as the whole. A framer that holds less than a fixed header may
/// find a packet too large before its length is known.
pub fn chunks_make_the_same(chunks: &[&[u8]], capacity: usize) {
    let bytes = chunks.concat();
    let (pieces, at_once) = (chunked(chunks.iter().copied(), capacity), whole(&bytes, capacity));
    let early = capacity < 5 && pieces.1 == Some(ErrorKind::TooLarge);
    if early && matches!(at_once.1, None | Some(ErrorKind::MalformedVarint)) {
        assert_eq!(pieces.0, at_once.0, "with {capacity} bytes");
    } else {
        assert_eq!(pieces, at_once, "with {capacity} bytes");
    }
}
