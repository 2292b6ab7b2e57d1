//! The vectors of the MQTT-SN 2.0 draft: every one decodes as it says, and together they leave
//! nothing out.
#![allow(clippy::unwrap_used, missing_docs)]

mod data;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::json::to_hex;
use wirecheck_codecs::mqtt_sn_2::json::{encode, envelope, fields_of};
use wirecheck_codecs::mqtt_sn_2::laws::{judged, prefixes, spans_cover};
use wirecheck_codecs::mqtt_sn_2::{Context, ErrorKind, NAME, PacketType, Party, decode};

use data::{bytes, id};

fn those(valid: bool) -> Vec<Value> {
    let all = data::vectors(NAME).into_iter();
    all.filter(|vector| vector["valid"] == valid).collect()
}

fn context(vector: &Value) -> Context {
    let mut ctx = Context::new(match vector["from"].as_str() {
        Some("client") => Party::Client,
        Some("server") => Party::Server,
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
fn every_packet_and_flag_has_a_valid_vector_and_every_form_five_wrong_ones() {
    let (mut seen, mut flags) = (BTreeSet::new(), BTreeSet::new());
    let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
    for vector in those(true) {
        let (kind, form) = vector["message"].as_object().unwrap().iter().next().unwrap();
        seen.insert(kind.clone());
        for (key, value) in form.as_object().unwrap() {
            let flag = value.is_boolean() || key.ends_with("topic_type") || key.ends_with("qos");
            if flag || key == "retain_handling" {
                flags.insert(format!("{kind} {key}={value}"));
            }
        }
    }
    assert_eq!(seen, PacketType::ALL.iter().map(|t| t.key().to_string()).collect());
    let mut expected = BTreeSet::new();
    let mut expect = |kind: &str, key: &str, values: &[&str]| {
        expected.extend(values.iter().map(|value| format!("{kind} {key}={value}")));
    };
    for (kind, keys) in [
        (
            "connect",
            &[
                "clean_start",
                "allow_network_address_changes",
                "allow_server_suggested_values",
                "will_retain",
            ][..],
        ),
        ("connack", &["session_present"]),
        ("publish", &["dup", "retain"]),
        ("pubwos", &["retain"]),
        ("subscribe", &["no_local", "retain_as_published"]),
        ("sleepreq", &["retain_topic_aliases"]),
    ] {
        for key in keys {
            expect(kind, key, &["false", "true"]);
        }
    }
    for (kind, key) in [("connect", "will_qos"), ("publish", "qos"), ("subscribe", "qos")] {
        expect(kind, key, &["0", "1", "2"]);
    }
    expect("subscribe", "retain_handling", &["0", "1", "2"]);
    expect("connect", "will_topic_type", &["0", "1", "3"]);
    for kind in ["publish", "subscribe", "unsubscribe"] {
        expect(kind, "topic_type", &["0", "1", "3"]);
    }
    expect("pubwos", "topic_type", &["1", "3"]);
    for kind in ["regack", "suback"] {
        expect(kind, "topic_type", &["0", "1"]);
    }
    assert_eq!(flags, expected);
    for vector in those(false) {
        let bytes = bytes(&vector);
        let at = if bytes.first() == Some(&1) { 3 } else { 1 };
        let Some(byte) = bytes.get(at) else { continue };
        *wrong.entry(PacketType(*byte).key()).or_default() += 1;
    }
    for packet_type in PacketType::ALL {
        let key = packet_type.key();
        // These have no fields, or none that can be wrong, or two of fixed size.
        let least = match key {
            "searchgw" => 1,
            "wakeup" => 2,
            "gwinfo" => 3,
            "advertise" | "pingresp" => 4,
            _ => 5,
        };
        assert!(wrong.get(key).is_some_and(|count| *count >= least), "{key}: {wrong:?}");
    }
}
