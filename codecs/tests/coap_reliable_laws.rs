//! Laws that every CoAP message over TCP or WebSocket obeys, tried on generated messages and on
//! single-byte changes.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::coap::generate::{Taste, reliable_strategy};
use wirecheck_codecs::coap::json::reliable::{encode, to_json};
use wirecheck_codecs::coap::laws::reliable::{chunks, judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::coap::reliable::{Framing, decode};
use wirecheck_codecs::coap::{Context, Limits, SIGNALLING_OPTIONS};

fn context(extended: bool) -> Context {
    let mut ctx = Context { limits: Limits::UNBOUNDED, ..Context::default() };
    ctx.profile.extended_token_lengths = extended;
    ctx
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![Just(Framing::Tcp), Just(Framing::WebSocket)]
}

fn forms(taste: Taste) -> impl Strategy<Value = (bool, Value)> {
    any::<bool>().prop_flat_map(move |extended| {
        reliable_strategy(extended, taste).prop_map(move |form| (extended, form))
    })
}

proptest! {
    #[test]
    fn valid_messages_round_trip((extended, form) in forms(Taste::Valid), framing in framing()) {
        let bytes = encode(&form, framing).unwrap();
        let ctx = context(extended);
        round_trip(&bytes, framing, &ctx);
        prefixes(&bytes, framing, &ctx);
        spans_cover(&bytes, framing, &ctx);
    }

    #[test]
    fn wild_messages_are_judged((extended, form) in forms(Taste::Wild), framing in framing()) {
        judged(&encode(&form, framing).unwrap(), framing, &context(extended));
    }

    #[test]
    fn every_single_byte_change_is_judged(
        (extended, form) in forms(Taste::Valid), framing in framing(), value: u8
    ) {
        let mut bytes = encode(&form, framing).unwrap();
        bytes.truncate(200);
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], value);
            judged(&bytes, framing, &context(extended));
            bytes[at] = kept;
        }
    }

    #[test]
    fn any_bytes_are_judged(extended: bool, bytes: Vec<u8>, framing in framing()) {
        judged(&bytes, framing, &context(extended));
    }

    #[test]
    fn chunks_make_the_same_messages(
        forms in proptest::collection::vec(reliable_strategy(false, Taste::Valid), 0..6),
        tail: Vec<u8>, sizes in proptest::collection::vec(any::<u8>(), 1..8)
    ) {
        let mut stream: Vec<u8> =
            forms.iter().flat_map(|form| encode(form, Framing::Tcp).unwrap()).collect();
        stream.extend(tail);
        chunks(&stream, &sizes, &context(false));
    }
}

#[test]
fn generators_reach_every_class_and_signalling_option() {
    use proptest::strategy::ValueTree;
    use std::collections::BTreeSet;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut classes, mut options) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2_000 {
        let tree = reliable_strategy(true, Taste::Valid).new_tree(&mut runner);
        let bytes = encode(&tree.unwrap().current(), Framing::Tcp).unwrap();
        let decoded = decode(&bytes, Framing::Tcp, &context(true)).unwrap();
        let (message, _) = decoded.complete().unwrap();
        classes.insert(message.code.class());
        if message.code.is_signalling() {
            let known =
                message.options.iter().filter(|it| it.number.definition_in(message.code).is_some());
            options.extend(known.map(|option| (message.code, option.number)));
        }
        assert!(to_json(&message)["coap"].get("type").is_none());
    }
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), [0, 2, 4, 5, 7]);
    let all: BTreeSet<_> = SIGNALLING_OPTIONS.iter().copied().collect();
    assert_eq!(options, all);
}
