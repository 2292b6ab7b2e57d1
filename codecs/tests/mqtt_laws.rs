//! Laws that every MQTT packet obeys, tried on generated packets and on single-byte changes.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::generate::{Taste, strategy};
use wirecheck_codecs::mqtt::json::{encode, envelope, to_json};
use wirecheck_codecs::mqtt::{
    Context, DecodeError, ErrorKind, Frame, Framer, Message, Party, Version, decode, fields, frame,
};
use wirecheck_codecs::wire::{Note, Span, Visit};

fn context(version: Version) -> Context {
    Context::new(version, Party::Either)
}

fn complete<'a>(bytes: &'a [u8], ctx: &Context) -> Message<'a> {
    match decode(bytes, ctx) {
        Ok(Decoded::Complete { message, used }) => {
            assert_eq!(used, bytes.len());
            message
        }
        other => panic!("{other:?} from {bytes:02x?}"),
    }
}

/// decode -> encode gives the same bytes or the shortest form -> decode gives the same value.
fn round_trip(bytes: &[u8], ctx: &Context) {
    let message = complete(bytes, ctx);
    let mut buffer = vec![0; bytes.len() + 8];
    let length = message.encode(&mut buffer, ctx).unwrap();
    assert_eq!(length, message.encoded_len(ctx).unwrap());
    assert!(length <= bytes.len(), "the canonical form is the shortest");
    buffer.truncate(length);
    assert_eq!(complete(&buffer, ctx), message);
    let again = encode(&to_json(&message, ctx.version), ctx.version).unwrap();
    assert_eq!(again, buffer, "the JSON form says the same");
    for space in 0..length {
        assert!(message.encode(&mut vec![0; space], ctx).is_err());
    }
}

/// Every shorter prefix is incomplete, and says how much is missing at the least.
fn prefixes(bytes: &[u8], ctx: &Context) {
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

/// The named fields cover every byte of a valid packet, and walking changes no verdict.
fn spans_cover(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    let walked = fields(bytes, ctx, &mut spans);
    assert_eq!(walked, decode(bytes, ctx));
    let covered = |at: usize| {
        // A length prefix belongs to the string behind it.
        spans.0.iter().any(|span| {
            span.range().contains(&at) || span.start.saturating_sub(2) <= at && at < span.start
        })
    };
    for at in 0..bytes.len() {
        assert!(covered(at), "byte {at} of {bytes:02x?} has no name: {:?}", spans.0);
    }
    assert!(spans.0.iter().all(|span| span.start <= span.end && span.end <= bytes.len()));
}

/// Whatever the bytes, there is a verdict, and an error lies within them.
fn judged(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    let walked = fields(bytes, ctx, &mut spans);
    assert_eq!(walked, decode(bytes, ctx));
    if let Err(DecodeError { at, field, .. }) = walked {
        assert!(at <= bytes.len());
        assert!(!field.is_empty());
    }
    let _ = envelope(bytes, ctx);
}

fn chunked(bytes: &[u8], chunk: usize, capacity: usize) -> Result<Vec<Vec<u8>>, ErrorKind> {
    let mut buffer = vec![0; capacity];
    let mut framer = Framer::new(&mut buffer);
    let mut packets = Vec::new();
    for mut piece in bytes.chunks(chunk) {
        while let Some(packet) = framer.push(&mut piece).map_err(|error| error.kind)? {
            packets.push(packet.to_vec());
        }
    }
    Ok(packets)
}

fn whole(mut bytes: &[u8], capacity: usize) -> Result<Vec<Vec<u8>>, ErrorKind> {
    let mut packets = Vec::new();
    while let Frame::Complete { raw, header } =
        frame(bytes, capacity).map_err(|error| error.kind)?
    {
        let (packet, rest) = bytes.split_at(header + raw.body.len());
        packets.push(packet.to_vec());
        bytes = rest;
    }
    Ok(packets)
}

fn versions() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V31), Just(Version::V311), Just(Version::V5)]
}

fn valid() -> impl Strategy<Value = (Version, Value)> {
    versions()
        .prop_flat_map(|version| strategy(version, Taste::Valid).prop_map(move |f| (version, f)))
}

fn wild() -> impl Strategy<Value = (Version, Value)> {
    versions()
        .prop_flat_map(|version| strategy(version, Taste::Wild).prop_map(move |f| (version, f)))
}

proptest! {
    #[test]
    fn valid_packets_round_trip((version, form) in valid()) {
        let bytes = encode(&form, version).unwrap();
        let ctx = context(version);
        round_trip(&bytes, &ctx);
        prefixes(&bytes, &ctx);
        spans_cover(&bytes, &ctx);
    }

    #[test]
    fn wild_packets_are_judged((version, form) in wild()) {
        if let Ok(bytes) = encode(&form, version) {
            let ctx = context(version);
            judged(&bytes, &ctx);
            if decode(&bytes, &ctx).is_ok() {
                round_trip(&bytes, &ctx);
            }
        }
    }

    #[test]
    fn every_single_byte_change_is_judged((version, form) in valid(), value: u8) {
        let mut bytes = encode(&form, version).unwrap();
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], value);
            judged(&bytes, &context(version));
            bytes[at] = kept;
        }
    }

    #[test]
    fn any_bytes_are_judged(version in versions(), bytes: Vec<u8>) {
        judged(&bytes, &context(version));
    }

    #[test]
    fn chunks_make_the_same_packets(
        forms in proptest::collection::vec(strategy(Version::V5, Taste::Wild), 0..6),
        tail: Vec<u8>,
        chunk in 1usize..40,
        capacity in 5usize..400,
    ) {
        let mut bytes: Vec<u8> =
            forms.iter().filter_map(|form| encode(form, Version::V5).ok()).flatten().collect();
        bytes.extend(tail);
        prop_assert_eq!(chunked(&bytes, chunk, capacity), whole(&bytes, capacity));
    }
}

#[test]
fn generators_reach_every_packet_type() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for taste in [Taste::Valid, Taste::Wild] {
        let mut seen = std::collections::BTreeMap::<String, usize>::new();
        for _ in 0..2_000 {
            let form = strategy(Version::V5, taste).new_tree(&mut runner).unwrap().current();
            *seen.entry(form.as_object().unwrap().keys().next().unwrap().clone()).or_default() += 1;
        }
        assert_eq!(seen.len(), 15, "{seen:?}");
    }
}
