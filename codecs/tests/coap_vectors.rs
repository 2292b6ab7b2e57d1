//! The CoAP vectors: every one decodes as it says, and together they leave nothing out.
#![allow(clippy::unwrap_used, missing_docs)]

mod coap_context;
mod data;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::{encode, envelope, fields_of};
use wirecheck_codecs::coap::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::coap::{Context, ErrorKind, Message, OptionNumber, Reason, decode};
use wirecheck_codecs::json::to_hex;

use data::{bytes, id};

fn vectors() -> Vec<Value> {
    data::vectors("coap")
}

fn context(vector: &Value) -> Context {
    coap_context::context(Context::default(), vector)
}

fn of_validity(valid: bool) -> impl Iterator<Item = Value> {
    vectors().into_iter().filter(move |vector| vector["valid"] == valid)
}

#[test]
fn valid_vectors_decode_and_round_trip() {
    for vector in of_validity(true) {
        let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
        let found = envelope(&bytes, &ctx);
        assert_eq!(found["message"], vector["message"], "{id}: {found}");
        for field in found["message"]["coap"].as_object().unwrap().keys() {
            assert!(fields_of("coap").unwrap().contains(&&**field), "{id}: {field}");
        }
        assert_eq!(found["used"], bytes.len(), "{id}");
        let notes: Vec<_> =
            found["notes"].as_array().unwrap().iter().map(|note| note["note"].clone()).collect();
        let expected = vector["notes"].as_array().cloned().unwrap_or_default();
        assert_eq!(notes, expected, "{id}");
        let cited =
            found["notes"].as_array().unwrap().iter().filter_map(|n| n["requirement"].as_str());
        let named: Vec<_> = vector["also"].as_array().into_iter().flatten().collect();
        for requirement in cited {
            let said = vector["requirement"] == requirement
                || named.iter().any(|named| **named == requirement)
                || id.starts_with("coap/examples/");
            assert!(said, "{id}: the note cites {requirement}");
        }

        round_trip(&bytes, &ctx);
        spans_cover(&bytes, &ctx);
        prefixes(&bytes, &ctx);
        let canonical = vector.get("canonical_hex").unwrap_or(&vector["hex"]);
        assert_eq!(canonical, &to_hex(&encode(&vector["message"]).unwrap()), "{id}");
        if let Some(canonical) = vector.get("canonical_hex") {
            assert_ne!(canonical, &vector["hex"], "{id}: nothing to say");
        }
    }
}

#[test]
fn invalid_vectors_are_refused_as_they_say() {
    for vector in of_validity(false) {
        let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
        let found = envelope(&bytes, &ctx);
        let error = &found["error"];
        for key in ["kind", "at", "field"] {
            assert_eq!(error[key], vector["error"][key], "{id}: {found}");
        }
        assert_eq!(error.get("requirement"), vector.get("requirement"), "{id}");
        judged(&bytes, &ctx);
    }
}

/// What a receiver owes follows from the version and the type: only a Confirmable message is
/// answered with a Reset, and nothing at all is said to another version.
#[test]
fn only_confirmable_messages_are_refused() {
    let mut owed = BTreeMap::<String, usize>::new();
    for vector in of_validity(false) {
        let first = bytes(&vector)[0];
        let receiver = vector["receiver"].as_str().unwrap();
        *owed.entry(receiver.to_owned()).or_default() += 1;
        match receiver {
            "refuses" => assert_eq!(first >> 4, 0b0100, "{}", id(&vector)),
            "ignores" => assert_ne!(first >> 4, 0b0100, "{}", id(&vector)),
            _ => continue,
        }
        assert!(vector.get("twin").is_some(), "{} has no twin", id(&vector));
    }
    assert!(owed["refuses"] > 20 && owed["ignores"] > 15, "{owed:?}");
}

#[test]
fn ids_are_unique_and_twins_are_valid() {
    let mut valid = BTreeMap::new();
    for vector in vectors() {
        let is_valid = vector["valid"] == true;
        assert!(valid.insert(id(&vector).to_string(), is_valid).is_none(), "{} twice", id(&vector));
    }
    for vector in vectors() {
        if let Some(twin) = vector.get("twin") {
            assert_eq!(valid.get(twin.as_str().unwrap()), Some(&true), "{}: {twin}", id(&vector));
        }
    }
}

#[test]
fn every_error_kind_has_a_vector() {
    // One of them is only possible over WebSocket.
    let seen: BTreeSet<_> = ["coap", "coap-tcp", "coap-ws"]
        .into_iter()
        .flat_map(data::vectors)
        .filter(|vector| vector["valid"] == false)
        .map(|vector| vector["error"]["kind"].as_str().unwrap().to_string())
        .collect();
    let all: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name().to_string()).collect();
    assert_eq!(seen, all);
    for kind in ErrorKind::ALL {
        assert_eq!(ErrorKind::from_name(kind.name()), Some(*kind));
    }
}

fn with_message(vector: &Value, see: impl FnOnce(&Message<'_>)) {
    let bytes = bytes(vector);
    match decode(&bytes, &context(vector)) {
        Ok(Decoded::Complete { message, .. }) => see(&message),
        other => panic!("{}: {other:?}", id(vector)),
    }
}

#[test]
fn every_type_code_option_and_reason_has_a_valid_vector() {
    let (mut kinds, mut codes) = (BTreeSet::new(), BTreeSet::new());
    let (mut options, mut reasons) = (BTreeSet::new(), BTreeSet::new());
    for vector in of_validity(true) {
        with_message(&vector, |message| {
            let empty = message.code.0 == 0;
            kinds.insert((message.message_type.name(), empty, message.code.is_request()));
            codes.insert(message.code.class());
            let unrecognized: Vec<_> = message.unrecognized().collect();
            reasons.extend(unrecognized.iter().map(|found| found.reason.name()));
            options.extend(message.options.iter().filter_map(|option| {
                let sound = unrecognized.iter().all(|found| found.option != option);
                sound.then_some(option.number)
            }));
        });
    }
    assert_eq!(kinds.len(), 8, "{kinds:?}: not the cells of RFC 7252, Table 1");
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [0, 2, 3, 4, 5]);
    assert_eq!(options.into_iter().collect::<Vec<_>>(), OptionNumber::DEFINED);
    let all = [Reason::Unknown, Reason::Length, Reason::Repeated].map(Reason::name);
    assert_eq!(reasons, BTreeSet::from(all));
}

#[test]
fn notes_and_questions_say_the_same_of_options() {
    for vector in of_validity(true) {
        with_message(&vector, |message| {
            let asked: Vec<_> = message.unrecognized().map(|found| found.reason.name()).collect();
            let names = [Reason::Unknown, Reason::Length, Reason::Repeated].map(Reason::name);
            let notes = vector["notes"].as_array().into_iter().flatten();
            let noted: Vec<_> =
                notes.filter_map(Value::as_str).filter(|note| names.contains(note)).collect();
            assert_eq!(asked, noted, "{}", id(&vector));
        });
    }
}

/// A change of any one byte of a short vector to any value is judged.
#[test]
fn every_single_byte_change_is_judged() {
    for vector in vectors() {
        let (ctx, mut bytes) = (context(&vector), bytes(&vector));
        if bytes.len() > 24 {
            continue;
        }
        for at in 0..bytes.len() {
            let kept = bytes[at];
            for value in (0..=255).filter(|value| value % 3 == 0 || value & 15 > 12) {
                bytes[at] = value;
                judged(&bytes, &ctx);
            }
            bytes[at] = kept;
        }
    }
}
