//! Laws that every MQTT packet obeys, tried on generated packets and on single-byte changes.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::mqtt::generate::{Taste, strategy};
use wirecheck_codecs::mqtt::json::encode;
use wirecheck_codecs::mqtt::laws::{
    chunks_make_the_same, judged, prefixes, round_trip, spans_cover,
};
use wirecheck_codecs::mqtt::{Context, Party, Version};

fn context(version: Version) -> Context {
    Context::new(version, Party::Either)
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
            judged(&bytes, &context(version));
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
        capacity in 1usize..400,
    ) {
        let mut bytes: Vec<u8> =
            forms.iter().filter_map(|form| encode(form, Version::V5).ok()).flatten().collect();
        bytes.extend(tail);
        chunks_make_the_same(&bytes.chunks(chunk).collect::<Vec<_>>(), capacity);
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
