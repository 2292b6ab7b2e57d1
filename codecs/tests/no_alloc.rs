//! Decoding, walking every list and encoding allocate nothing.
#![allow(missing_docs, clippy::unwrap_used)]

mod data;

use wirecheck_codecs::coap;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::mqtt::{Context, Message, Party, Version, decode};
use wirecheck_codecs::{mqtt_sn, mqtt_sn_2};

/// Touches every item of every list.
fn walk(message: &Message<'_>) -> usize {
    match message {
        Message::Connect(m) => {
            let will = m.will.iter().flat_map(|will| will.properties.iter()).count();
            m.properties.iter().count() + will
        }
        Message::Publish(m) => m.properties.iter().count(),
        Message::Subscribe(m) => m.properties.iter().count() + m.subscriptions.iter().count(),
        Message::SubAck(m) => m.properties.iter().count() + m.reason_codes.iter().count(),
        Message::Unsubscribe(m) => m.properties.iter().count() + m.topic_filters.iter().count(),
        Message::UnsubAck(m) => m.properties.iter().count() + m.reason_codes.iter().count(),
        _ => 0,
    }
}

#[test]
fn no_heap_is_used() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors");
    let mut judged = 0;
    for version in [Version::V311, Version::V5] {
        for file in std::fs::read_dir(format!("{folder}/{}", version.name())).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let file: serde_json::Value = serde_json::from_str(&text).unwrap();
            for vector in file["vectors"].as_array().into_iter().flatten() {
                let Some(hex) = vector["hex"].as_str() else { continue };
                let bytes = from_hex(hex).unwrap();
                let mut buffer = vec![0; bytes.len() + 8];
                let ctx = Context::new(version, Party::Either);
                let used = allocation_counter::measure(|| {
                    if let Ok(decoded) = decode(&bytes, &ctx)
                        && let Some((message, _)) = decoded.complete()
                    {
                        walk(&message);
                        message.encode(&mut buffer, &ctx).unwrap();
                    }
                });
                assert_eq!(used.count_total, 0, "{hex}");
                judged += 1;
            }
        }
    }
    assert!(judged > 300, "{judged} vectors");
}

/// Runs `work` on the bytes of every vector of a protocol, with room for as many.
fn without_heap(protocol: &str, least: usize, work: impl Fn(&[u8], &mut [u8])) {
    let vectors = data::vectors(protocol);
    for vector in &vectors {
        let bytes = data::bytes(vector);
        let mut buffer = vec![0; bytes.len()];
        let used = allocation_counter::measure(|| work(&bytes, &mut buffer));
        assert_eq!(used.count_total, 0, "{}", data::id(vector));
    }
    assert!(vectors.len() > least, "{} vectors", vectors.len());
}

#[test]
fn no_heap_is_used_for_mqtt_sn() {
    without_heap("mqtt-sn-1.2", 100, |bytes, buffer| {
        let ctx = mqtt_sn::Context::new(mqtt_sn::Party::Either);
        let Ok(decoded) = mqtt_sn::decode(bytes, &ctx) else { return };
        let Some((message, _)) = decoded.complete() else { return };
        message.encode(buffer, &ctx).unwrap();
    });
}

#[test]
fn no_heap_is_used_for_mqtt_sn_2() {
    without_heap("mqtt-sn-2.0-draft", 300, |bytes, buffer| {
        let ctx = mqtt_sn_2::Context::new(mqtt_sn_2::Party::Either);
        let Ok(decoded) = mqtt_sn_2::decode(bytes, &ctx) else { return };
        let Some((packet, _)) = decoded.complete() else { return };
        packet.encode(buffer, &ctx).unwrap();
    });
}

#[test]
fn no_heap_is_used_for_coap_over_tcp() {
    use coap::reliable::{Framing, decode};
    without_heap("coap-tcp", 60, |bytes, buffer| {
        let ctx = coap::Context::default();
        let Ok(decoded) = decode(bytes, Framing::Tcp, &ctx) else { return };
        let Some((message, _)) = decoded.complete() else { return };
        assert!(message.unrecognized().count() <= message.options.iter().count());
        message.encode(buffer, Framing::Tcp, &ctx).unwrap();
    });
}

#[test]
fn no_heap_is_used_for_coap() {
    without_heap("coap", 250, |bytes, buffer| {
        let mut given = [coap::CoapOption::new(coap::OptionNumber::URI_PATH, &[]); 8];
        let mut ctx = coap::Context::default();
        ctx.profile.extended_token_lengths = true;
        let Ok(decoded) = coap::decode(bytes, &ctx) else { return };
        let Some((mut message, _)) = decoded.complete() else { return };
        assert!(message.unrecognized().count() <= message.options.iter().count());
        message.encode(buffer, &ctx).unwrap();
        let places = given.iter_mut().zip(message.options);
        let count = places.map(|(place, option)| *place = option).count();
        message.options = coap::Options::new(&given[..count]).unwrap();
        message.encode(buffer, &ctx).unwrap();
    });
}
