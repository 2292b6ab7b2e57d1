//! Laws that every MQTT-SN message obeys, tried on generated messages and on single-byte changes.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::mqtt_sn::generate::{Taste, strategy};
use wirecheck_codecs::mqtt_sn::json::encode;
use wirecheck_codecs::mqtt_sn::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::mqtt_sn::{Context, Encapsulated, Message, MessageType, Party, QoS, decode};

fn parties() -> impl Strategy<Value = Party> {
    prop_oneof![Just(Party::Client), Just(Party::Gateway), Just(Party::Either)]
}

fn valid() -> impl Strategy<Value = (Party, Value)> {
    parties().prop_flat_map(|from| strategy(from, Taste::Valid).prop_map(move |form| (from, form)))
}

fn wild() -> impl Strategy<Value = (Party, Value)> {
    parties().prop_flat_map(|from| strategy(from, Taste::Wild).prop_map(move |form| (from, form)))
}

fn context(from: Party, datagram: bool) -> Context {
    let mut ctx = Context::new(from);
    ctx.profile.datagram = datagram;
    ctx
}

proptest! {
    #[test]
    fn valid_messages_round_trip((from, form) in valid()) {
        let bytes = encode(&form).unwrap();
        let ctx = Context::new(from);
        round_trip(&bytes, &ctx);
        prefixes(&bytes, &ctx);
        spans_cover(&bytes, &ctx);
    }

    #[test]
    fn wild_messages_are_judged((from, form) in wild(), datagram: bool) {
        if let Ok(bytes) = encode(&form) {
            judged(&bytes, &context(from, datagram));
        }
    }

    #[test]
    fn every_single_byte_change_is_judged((from, form) in valid(), value: u8, datagram: bool) {
        let mut bytes = encode(&form).unwrap();
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], value);
            judged(&bytes, &context(from, datagram));
            bytes[at] = kept;
        }
    }

    #[test]
    fn any_bytes_are_judged(from in parties(), bytes: Vec<u8>, datagram: bool) {
        judged(&bytes, &context(from, datagram));
    }
}

#[test]
fn generators_reach_every_message_type() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for taste in [Taste::Valid, Taste::Wild] {
        let mut seen = std::collections::BTreeSet::<String>::new();
        for _ in 0..3_000 {
            let form = strategy(Party::Either, taste).new_tree(&mut runner).unwrap().current();
            seen.extend(form.as_object().unwrap().keys().cloned());
        }
        assert_eq!(seen.len(), MessageType::ALL.len(), "{seen:?}");
    }
}

#[test]
fn all_headers_are_judged() {
    for first in 0..=255 {
        for second in 0..=255 {
            for from in [Party::Client, Party::Gateway] {
                judged(&[first, second], &context(from, true));
                judged(&[first, second, 0, 0, 0, 1, 0x61, 0x62], &context(from, false));
            }
        }
    }
}

#[test]
fn encapsulations_are_bounded_both_ways() {
    let ctx = Context::new(Party::Client);
    let mut bytes = vec![2, 0x16];
    for depth in 0..=5 {
        assert_eq!(decode(&bytes, &ctx).is_ok(), depth <= 4, "{depth} encapsulations");
        let outer = Encapsulated { ctrl: 0, wireless_node_id: b"n", message: &bytes };
        let mut buffer = vec![0; bytes.len() + 4];
        let written = Message::Encapsulated(outer).encode(&mut buffer, &ctx);
        assert_eq!(written.is_ok(), depth <= 3, "{depth} encapsulations and one more");
        bytes.splice(0..0, [4, 0xFE, 0, b'n']);
    }
    // As many as a datagram holds are refused like one too many.
    assert!(decode(&[3, 0xFE, 0].repeat(21_000), &ctx).is_err());
}

#[test]
fn values_that_no_message_has_are_not_written() {
    let ctx = Context::new(Party::Either);
    let mut buffer = [0; 100_000];
    let suback = wirecheck_codecs::mqtt_sn::SubAck {
        qos: QoS::MinusOne,
        topic_id: 1,
        message_id: 1,
        return_code: wirecheck_codecs::mqtt_sn::ReturnCode::ACCEPTED,
    };
    for message in [
        Message::SubAck(suback),
        Message::PingReq(Some("")),
        Message::WillMsg(&[0; 65_532]),
        Message::Encapsulated(Encapsulated {
            ctrl: 0,
            wireless_node_id: &[0; 253],
            message: &[2, 0x17],
        }),
        Message::Encapsulated(Encapsulated { ctrl: 0, wireless_node_id: &[], message: &[2, 3] }),
    ] {
        assert!(message.encode(&mut buffer, &ctx).is_err(), "{:?}", message.message_type());
    }
    assert_eq!(Message::WillMsg(&[0; 65_531]).encode(&mut buffer, &ctx), Ok(65_535));
    assert_eq!(Message::WillMsg(&[0; 253]).encode(&mut buffer, &ctx), Ok(255));
    assert_eq!(Message::WillMsg(&[0; 254]).encode(&mut buffer, &ctx), Ok(258));
}
