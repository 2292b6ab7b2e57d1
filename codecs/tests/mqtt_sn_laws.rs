//! Laws that every MQTT-SN message obeys, tried on generated messages and on single-byte changes.
#![allow(clippy::unwrap_used, missing_docs)]

mod mqtt_sn_alike;

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::mqtt_sn::generate::{Taste, strategy};
use wirecheck_codecs::mqtt_sn::json::encode;
use wirecheck_codecs::mqtt_sn::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::mqtt_sn::{Context, Encapsulated, Message, MessageType, Party, QoS, decode};

mqtt_sn_alike::law_tests!(Gateway, MessageType);

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
