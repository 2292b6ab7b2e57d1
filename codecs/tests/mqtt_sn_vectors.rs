//! The vectors of MQTT-SN: every one decodes as it says, and together they leave nothing out.
#![allow(clippy::unwrap_used, missing_docs)]

mod data;
mod mqtt_sn_alike;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::json::to_hex;
use wirecheck_codecs::mqtt_sn::json::{encode, envelope, fields_of};
use wirecheck_codecs::mqtt_sn::laws::{judged, prefixes, spans_cover};
use wirecheck_codecs::mqtt_sn::{Context, ErrorKind, MessageType, NAME, Party, decode};

use data::{bytes, id};

mqtt_sn_alike::vector_tests!(Gateway, "gateway");

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
