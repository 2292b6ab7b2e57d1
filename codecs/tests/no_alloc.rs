//! Decoding, walking every list and encoding allocate nothing.
#![allow(missing_docs, clippy::unwrap_used)]

use wirecheck_codecs::coap;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::mqtt::{Context, Message, Party, Version, decode};
use wirecheck_codecs::mqtt_sn;

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

#[test]
fn no_heap_is_used_for_mqtt_sn() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/mqtt-sn-1.2");
    let mut judged = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        for vector in file["vectors"].as_array().into_iter().flatten() {
            let bytes = from_hex(vector["hex"].as_str().unwrap()).unwrap();
            let mut buffer = vec![0; bytes.len()];
            let ctx = mqtt_sn::Context::new(mqtt_sn::Party::Either);
            let used = allocation_counter::measure(|| {
                if let Ok(decoded) = mqtt_sn::decode(&bytes, &ctx)
                    && let Some((message, _)) = decoded.complete()
                {
                    message.encode(&mut buffer, &ctx).unwrap();
                }
            });
            assert_eq!(used.count_total, 0, "{}", vector["id"]);
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged} vectors");
}

#[test]
fn no_heap_is_used_for_coap_over_tcp() {
    use coap::reliable::{Framing, decode};
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/coap-tcp");
    let mut judged = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        for vector in file["vectors"].as_array().into_iter().flatten() {
            let bytes = from_hex(vector["hex"].as_str().unwrap()).unwrap();
            let mut buffer = vec![0; bytes.len()];
            let ctx = coap::Context::default();
            let used = allocation_counter::measure(|| {
                if let Ok(decoded) = decode(&bytes, Framing::Tcp, &ctx)
                    && let Some((message, _)) = decoded.complete()
                {
                    assert!(message.unrecognized().count() <= message.options.iter().count());
                    message.encode(&mut buffer, Framing::Tcp, &ctx).unwrap();
                }
            });
            assert_eq!(used.count_total, 0, "{}", vector["id"]);
            judged += 1;
        }
    }
    assert!(judged > 60, "{judged} vectors");
}

#[test]
fn no_heap_is_used_for_coap() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/coap");
    let mut judged = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        for vector in file["vectors"].as_array().into_iter().flatten() {
            let hex = vector["hex"].as_str().unwrap();
            let bytes = from_hex(hex).unwrap();
            let mut buffer = vec![0; bytes.len()];
            let mut given = [coap::CoapOption::new(coap::OptionNumber::URI_PATH, &[]); 8];
            let mut ctx = coap::Context::default();
            ctx.profile.extended_token_lengths = true;
            let used = allocation_counter::measure(|| {
                let Ok(decoded) = coap::decode(&bytes, &ctx) else { return };
                let Some((mut message, _)) = decoded.complete() else { return };
                assert!(message.unrecognized().count() <= message.options.iter().count());
                message.encode(&mut buffer, &ctx).unwrap();
                let places = given.iter_mut().zip(message.options);
                let count = places.map(|(place, option)| *place = option).count();
                message.options = coap::Options::new(&given[..count]).unwrap();
                message.encode(&mut buffer, &ctx).unwrap();
            });
            assert_eq!(used.count_total, 0, "{hex}");
            judged += 1;
        }
    }
    assert!(judged > 250, "{judged} vectors");
}
