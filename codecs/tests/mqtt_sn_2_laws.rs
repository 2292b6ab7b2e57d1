//! Laws that every MQTT-SN 2.0 packet obeys, tried on generated packets and on single-byte changes.
#![allow(clippy::unwrap_used, missing_docs)]

mod mqtt_sn_alike;

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::mqtt_sn_2::generate::{Taste, strategy};
use wirecheck_codecs::mqtt_sn_2::json::encode;
use wirecheck_codecs::mqtt_sn_2::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::mqtt_sn_2::{
    Auth, Authentication, ConnectionEncapsulation, Context, ForwarderEncapsulation, Packet,
    PacketType, Party, Publish, QoS, ReasonCode, Topic, decode,
};

mqtt_sn_alike::law_tests!(Server, PacketType);

#[test]
fn encapsulations_are_bounded_both_ways() {
    let ctx = Context::new(Party::Client);
    let mut bytes = vec![4, 0x0C, 0, 1];
    for depth in 0..=5 {
        assert_eq!(decode(&bytes, &ctx).is_ok(), depth <= 4, "{depth} encapsulations");
        let outer = ForwarderEncapsulation { client_addressing_information: b"n", packet: &bytes };
        let mut buffer = vec![0; bytes.len() + 4];
        let written = Packet::ForwarderEncapsulation(outer).encode(&mut buffer, &ctx);
        assert_eq!(written.is_ok(), depth <= 3, "{depth} encapsulations and one more");
        bytes.splice(0..0, [3, 0xFD, b'n']);
    }
    // As many as a datagram holds are refused like one too many.
    assert!(decode(&[2, 0xFD].repeat(32_000), &ctx).is_err());
}

#[test]
fn values_that_no_packet_has_are_not_written() {
    let ctx = Context::new(Party::Either);
    let mut buffer = [0; 100_000];
    let publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        packet_identifier: None,
        topic: Topic::SessionAlias(1),
        payload: &[],
    };
    let auth = Auth {
        packet_identifier: 1,
        reason_code: ReasonCode(0x18),
        authentication: Authentication { method: "", data: &[] },
    };
    let long = "a".repeat(70_000);
    for packet in [
        Packet::Publish(Publish { dup: true, ..publish }),
        Packet::Publish(Publish { packet_identifier: Some(1), ..publish }),
        Packet::Publish(Publish { qos: QoS::AtLeastOnce, ..publish }),
        Packet::Publish(Publish { topic: Topic::Name(""), ..publish }),
        Packet::Publish(Publish { topic: Topic::Name(&long), ..publish }),
        Packet::Publish(Publish { payload: &[0; 65_529], ..publish }),
        Packet::Auth(Auth {
            authentication: Authentication { method: &long[..256], data: &[] },
            ..auth
        }),
        Packet::Auth(Auth { reason_code: ReasonCode(1), ..auth }),
        Packet::PingReq(0),
        Packet::ForwarderEncapsulation(ForwarderEncapsulation {
            client_addressing_information: &[],
            packet: &[2, 0x15, 0],
        }),
        Packet::ForwarderEncapsulation(ForwarderEncapsulation {
            client_addressing_information: &[],
            packet: &[3, 0x15],
        }),
        Packet::ConnectionEncapsulation(ConnectionEncapsulation {
            client_identifier: "a",
            packet: &[2, 0x15],
        }),
    ] {
        assert!(packet.encode(&mut buffer, &ctx).is_err(), "{packet:.60?}");
    }
    let publish = |payload| Packet::Publish(Publish { payload, ..publish });
    assert_eq!(publish(&[0; 65_528]).encode(&mut buffer, &ctx), Ok(65_535));
    assert_eq!(publish(&[0; 250]).encode(&mut buffer, &ctx), Ok(255));
    assert_eq!(publish(&[0; 251]).encode(&mut buffer, &ctx), Ok(258));
}
