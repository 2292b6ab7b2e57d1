//! The vectors of CoAP over TCP and WebSocket: every one decodes as it says.
#![allow(clippy::unwrap_used, missing_docs)]

mod coap_context;
mod data;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::coap::json::reliable::{encode, envelope, fields_of};
use wirecheck_codecs::coap::laws::reliable::{chunks, judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::coap::reliable::{Framing, decode};
use wirecheck_codecs::coap::{Context, Limits, SIGNALLING_OPTIONS};
use wirecheck_codecs::json::to_hex;

use data::{bytes, id};

const FRAMINGS: [(&str, Framing); 2] =
    [("coap-tcp", Framing::Tcp), ("coap-ws", Framing::WebSocket)];

fn vectors() -> Vec<(Framing, Value)> {
    let all = FRAMINGS.into_iter().flat_map(|(protocol, framing)| {
        data::vectors(protocol).into_iter().map(move |vector| (framing, vector))
    });
    let all: Vec<_> = all.collect();
    assert!(all.len() > 100, "{} vectors", all.len());
    all
}

fn context(vector: &Value) -> Context {
    let unbounded = Context { limits: Limits::UNBOUNDED, ..Context::default() };
    coap_context::context(unbounded, vector)
}

fn of_validity(valid: bool) -> impl Iterator<Item = (Framing, Value)> {
    vectors().into_iter().filter(move |(_, vector)| vector["valid"] == valid)
}

#[test]
fn valid_vectors_decode_and_round_trip() {
    for (framing, vector) in of_validity(true) {
        let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
        let found = envelope(&bytes, framing, &ctx);
        assert_eq!(found["message"], vector["message"], "{id}: {found}");
        for field in found["message"]["coap"].as_object().unwrap().keys() {
            assert!(fields_of("coap").unwrap().contains(&&**field), "{id}: {field}");
        }
        assert_eq!(found["used"], bytes.len(), "{id}");
        let noted = found["notes"].as_array().unwrap();
        let names: Vec<_> = noted.iter().map(|note| note["note"].clone()).collect();
        let expected = vector["notes"].as_array().cloned().unwrap_or_default();
        assert_eq!(names, expected, "{id}");
        let also: Vec<_> = vector["also"].as_array().into_iter().flatten().collect();
        for rule in noted.iter().filter_map(|note| note.get("requirement")) {
            let said = vector["requirement"] == *rule || also.contains(&rule);
            assert!(said, "{id}: the note cites {rule}");
        }
        round_trip(&bytes, framing, &ctx);
        spans_cover(&bytes, framing, &ctx);
        prefixes(&bytes, framing, &ctx);
        let canonical = vector.get("canonical_hex").unwrap_or(&vector["hex"]);
        let again = encode(&vector["message"], framing).unwrap();
        assert_eq!(canonical, &to_hex(&again), "{id}");
    }
}

#[test]
fn invalid_vectors_are_refused_as_they_say() {
    for (framing, vector) in of_validity(false) {
        let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
        let found = envelope(&bytes, framing, &ctx);
        for key in ["kind", "at", "field"] {
            assert_eq!(found["error"][key], vector["error"][key], "{id}: {found}");
        }
        assert_eq!(found["error"].get("requirement"), vector.get("requirement"), "{id}");
        judged(&bytes, framing, &ctx);
    }
}

#[test]
fn ids_are_unique_and_twins_are_valid() {
    let mut valid = BTreeMap::new();
    for (_, vector) in vectors() {
        let before = valid.insert(id(&vector).to_owned(), vector["valid"] == true);
        assert!(before.is_none(), "{} twice", id(&vector));
    }
    for (_, vector) in of_validity(false) {
        match vector.get("twin") {
            Some(twin) => {
                assert_eq!(valid.get(twin.as_str().unwrap()), Some(&true), "{}", id(&vector));
            }
            None => assert_eq!(vector["receiver"], "unspecified", "{} has no twin", id(&vector)),
        }
    }
}

#[test]
fn every_signalling_code_and_option_has_a_valid_vector() {
    for (protocol, wanted) in FRAMINGS {
        let (mut codes, mut options) = (BTreeSet::new(), BTreeSet::new());
        for (framing, vector) in of_validity(true).filter(|(framing, _)| *framing == wanted) {
            let bytes = bytes(&vector);
            let decoded = decode(&bytes, framing, &context(&vector)).unwrap();
            let (message, _) = decoded.complete().unwrap();
            codes.insert(message.code);
            let unrecognized: Vec<_> = message.unrecognized().map(|found| found.option).collect();
            let sound = message.options.iter().filter(|option| !unrecognized.contains(option));
            options.extend(sound.map(|option| (message.code, option.number)));
        }
        for (code, number) in SIGNALLING_OPTIONS {
            assert!(codes.contains(code), "{protocol}: {code}");
            assert!(options.contains(&(*code, *number)), "{protocol}: {number:?} in {code}");
        }
    }
}

/// All vectors of one profile behind each other, in chunks of any size.
#[test]
fn a_stream_of_vectors_is_taken_apart() {
    let messages: Vec<Vec<u8>> = of_validity(true)
        .filter(|(framing, vector)| *framing == Framing::Tcp && vector.get("profile").is_none())
        .map(|(_, vector)| bytes(&vector))
        .collect();
    let ctx = Context { limits: Limits::UNBOUNDED, ..Context::default() };
    for sizes in [&[0][..], &[15], &[2, 0, 6], &[1, 14, 3, 3]] {
        chunks(&messages.concat(), sizes, &ctx);
    }
}

/// A change of any one byte of a short vector to any value is judged.
#[test]
fn every_single_byte_change_is_judged() {
    for (framing, vector) in vectors() {
        let (ctx, mut bytes) = (context(&vector), bytes(&vector));
        if bytes.len() > 24 {
            continue;
        }
        for at in 0..bytes.len() {
            let kept = bytes[at];
            for value in (0..=255).filter(|value| value % 3 == 0 || value & 15 > 12) {
                bytes[at] = value;
                judged(&bytes, framing, &ctx);
            }
            bytes[at] = kept;
        }
    }
}
