//! Laws that every CoAP message obeys, tried on generated messages and on single-byte changes.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::coap::generate::{Taste, strategy};
use wirecheck_codecs::coap::json::{encode, to_json};
use wirecheck_codecs::coap::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::coap::{Context, decode};

fn context(extended: bool) -> Context {
    let mut ctx = Context::default();
    ctx.profile.extended_token_lengths = extended;
    ctx
}

fn forms(taste: Taste) -> impl Strategy<Value = (bool, Value)> {
    any::<bool>()
        .prop_flat_map(move |extended| strategy(extended, taste).prop_map(move |f| (extended, f)))
}

proptest! {
    #[test]
    fn valid_messages_round_trip((extended, form) in forms(Taste::Valid)) {
        let bytes = encode(&form).unwrap();
        let ctx = context(extended);
        round_trip(&bytes, &ctx);
        prefixes(&bytes, &ctx);
        spans_cover(&bytes, &ctx);
    }

    #[test]
    fn wild_messages_are_judged((extended, form) in forms(Taste::Wild)) {
        judged(&encode(&form).unwrap(), &context(extended));
    }

    #[test]
    fn every_single_byte_change_is_judged((extended, form) in forms(Taste::Valid), value: u8) {
        let mut bytes = encode(&form).unwrap();
        bytes.truncate(200);
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], value);
            judged(&bytes, &context(extended));
            bytes[at] = kept;
        }
    }

    #[test]
    fn any_bytes_are_judged(extended: bool, mut bytes: Vec<u8>) {
        judged(&bytes, &context(extended));
        // One datagram in four has version 1; this one does.
        if let Some(first) = bytes.first_mut() {
            *first = *first & 0x3F | 0x40;
        }
        judged(&bytes, &context(extended));
    }
}

#[test]
fn generators_reach_every_type_class_and_option() {
    use proptest::strategy::ValueTree;
    use std::collections::BTreeSet;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2_000 {
        let form = strategy(true, Taste::Valid).new_tree(&mut runner).unwrap().current();
        let bytes = encode(&form).unwrap();
        let (message, _) = decode(&bytes, &context(true)).unwrap().complete().unwrap();
        assert_eq!(
            message.unrecognized().find(|found| found.option.number.definition().is_some()),
            None
        );
        let printed = to_json(&message);
        seen.insert(printed["coap"]["type"].to_string());
        seen.insert(format!("class {}", message.code.class()));
        for option in printed["coap"]["options"].as_array().unwrap() {
            seen.insert(option.as_object().unwrap().keys().next().unwrap().clone());
        }
    }
    // 4 types, 4 classes, 26 options with a definition and 9 without.
    assert_eq!(seen.len(), 4 + 4 + 26 + 9, "{seen:?}");
}
