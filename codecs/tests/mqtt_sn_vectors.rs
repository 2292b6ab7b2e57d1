//! The vectors of MQTT-SN: every one decodes as it says, and together they leave nothing out.
#![allow(clippy::unwrap_used, missing_docs)]

mod data;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::json::to_hex;
use wirecheck_codecs::mqtt_sn::json::{encode, envelope, fields_of};
use wirecheck_codecs::mqtt_sn::laws::{judged, prefixes, spans_cover};
use wirecheck_codecs::mqtt_sn::{Context, ErrorKind, MessageType, NAME, Party, decode};

use data::{bytes, id};

fn those(valid: bool) -> Vec<Value> {
    let all = data::vectors(NAME).into_iter();
    all.filter(|vector| vector["valid"] == valid).collect()
}

fn context(vector: &Value) -> Context {
    let mut ctx = Context::new(match vector["from"].as_str() {
        Some("client") => Party::Client,
        Some("gateway") => Party::Gateway,
        other => panic!("{other:?} sends nothing"),
    });
    let profile = &vector["profile"];
    ctx.profile.datagram = profile["datagram"] == true;
    if let Some(size) = profile["maximum_message_size"].as_u64() {
        ctx.limits.maximum_message_size = size as usize;
    }
    if let Some(count) = profile["maximum_encapsulations"].as_u64() {
        ctx.limits.maximum_encapsulations = count as u8;
    }
    ctx
}

#[test]
fn valid_vectors_decode_and_round_trip() {
    for vector in those(true) {
        let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
        let found = envelope(&bytes, &ctx);
        assert_eq!(found["message"], vector["message"], "{id}: {found}");
        let (kind, form) = found["message"].as_object().unwrap().iter().next().unwrap();
        let known = fields_of(kind).unwrap();
        for field in form.as_object().unwrap().keys() {
            assert!(known.contains(&&**field), "{id}: {field}");
        }
        let notes: Vec<_> =
            found["notes"].as_array().unwrap().iter().map(|note| note["note"].clone()).collect();
        let expected = vector["notes"].as_array().cloned().unwrap_or_default();
        assert_eq!(notes, expected, "{id}");
        let behind = expected.contains(&"bytes-behind-message".into());
        assert_eq!(found["used"] == bytes.len(), !behind, "{id}");

        let Ok(Decoded::Complete { message, used }) = decode(&bytes, &ctx) else { panic!("{id}") };
        let mut buffer = vec![0; bytes.len()];
        let length = message.encode(&mut buffer, &ctx).unwrap();
        let canonical = vector.get("canonical_hex").unwrap_or(&vector["hex"]);
        assert_eq!(canonical, &to_hex(&buffer[..length]), "{id}");
        assert_eq!(canonical, &to_hex(&encode(&vector["message"]).unwrap()), "{id}");
        if let Some(canonical) = vector.get("canonical_hex") {
            assert_ne!(canonical, &vector["hex"], "{id}: nothing to say");
        }
        spans_cover(&bytes[..used], &ctx);
        if !ctx.profile.datagram {
            prefixes(&bytes, &ctx);
        }
    }
}

#[test]
fn invalid_vectors_are_refused_as_they_say() {
    for vector in those(false) {
        let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
        let found = envelope(&bytes, &ctx);
        let error = &found["error"];
        for key in ["kind", "at", "field"] {
            assert_eq!(error[key], vector["error"][key], "{id}: {found}");
        }
        let also = vector["also"].as_array().cloned().unwrap_or_default();
        let cited = error.get("requirement");
        assert!(
            cited.is_none_or(|cited| *cited == vector["requirement"] || also.contains(cited)),
            "{id}: the codec cites {cited:?}"
        );
        assert!(cited.is_some() || vector.get("requirement").is_none(), "{id}: nothing is cited");
        judged(&bytes, &ctx);
    }
}

#[test]
fn ids_are_unique_and_twins_are_valid() {
    let mut valid = BTreeMap::new();
    for vector in data::vectors(NAME) {
        let id = id(&vector).to_string();
        assert!(valid.insert(id.clone(), vector["valid"] == true).is_none(), "{id} twice");
    }
    for vector in those(false) {
        let twin = vector["twin"].as_str().unwrap();
        assert_eq!(valid.get(twin), Some(&true), "{}: {twin}", id(&vector));
    }
}

#[test]
fn every_error_kind_has_a_vector() {
    let seen: BTreeSet<_> = those(false)
        .iter()
        .map(|vector| {
            ErrorKind::from_name(vector["error"]["kind"].as_str().unwrap()).unwrap().name()
        })
        .collect();
    assert_eq!(seen, ErrorKind::ALL.iter().map(|kind| kind.name()).collect());
}

#[test]
fn every_message_and_flag_has_a_valid_vector_and_every_form_a_wrong_one() {
    let (mut seen, mut flags) = (BTreeSet::new(), BTreeSet::new());
    for vector in those(true) {
        let (kind, form) = vector["message"].as_object().unwrap().iter().next().unwrap();
        seen.insert(kind.clone());
        for (key, value) in form.as_object().unwrap() {
            if matches!(
                key.as_str(),
                "dup" | "qos" | "retain" | "will" | "clean_session" | "topic_id_type"
            ) {
                flags.insert(format!("{kind} {key}={value}"));
            }
        }
    }
    assert_eq!(seen, MessageType::ALL.iter().map(|t| t.key().to_string()).collect());
    let mut expected = BTreeSet::new();
    let mut expect = |kind: &str, key: &str, values: &[&str]| {
        expected.extend(values.iter().map(|value| format!("{kind} {key}={value}")));
    };
    let both = ["false", "true"];
    for kind in ["willtopic", "willtopicupd"] {
        expect(kind, "qos", &["0", "1", "2"]);
        expect(kind, "retain", &both);
    }
    for (key, kinds) in [("will", "connect"), ("clean_session", "connect"), ("dup", "subscribe")] {
        expect(kinds, key, &both);
    }
    expect("publish", "qos", &["-1", "0", "1", "2"]);
    expect("publish", "dup", &both);
    expect("publish", "retain", &both);
    for kind in ["publish", "subscribe", "unsubscribe"] {
        expect(kind, "topic_id_type", &["0", "1", "2"]);
    }
    for kind in ["subscribe", "suback"] {
        expect(kind, "qos", &["0", "1", "2"]);
    }
    assert_eq!(flags, expected);
    // Wherever a message cannot be too short or too long, nothing of that kind can be shown.
    let wrong: BTreeSet<_> = those(false)
        .iter()
        .filter(|vector| {
            matches!(vector["error"]["kind"].as_str(), Some("truncated" | "trailing-bytes"))
        })
        .filter_map(|vector| bytes(vector).get(1).map(|byte| MessageType(*byte).key()))
        .collect();
    for message_type in MessageType::ALL {
        let open = ["willtopic", "willtopicupd", "willmsg", "willmsgupd", "pingreq"];
        let key = message_type.key();
        assert!(wrong.contains(key) != open.contains(&key), "{key}");
    }
}
