//! The vectors of the MQTT-SN 2.0 draft: every one decodes as it says, and together they leave
//! nothing out.
#![allow(clippy::unwrap_used, missing_docs)]

mod data;
mod mqtt_sn_alike;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::json::to_hex;
use wirecheck_codecs::mqtt_sn_2::json::{encode, envelope, fields_of};
use wirecheck_codecs::mqtt_sn_2::laws::{judged, prefixes, spans_cover};
use wirecheck_codecs::mqtt_sn_2::{Context, ErrorKind, NAME, PacketType, Party, decode};

use data::{bytes, id};

mqtt_sn_alike::vector_tests!(Server, "server");

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
