//! MQTT packets.

use serde_json::{Value, json};
use wirecheck_codecs::mqtt::Version;

use super::COUNT;

/// Of 32 packets 18 are PUBLISH, 6 PUBACK, 4 pings, and one each SUBSCRIBE, SUBACK, CONNECT and
/// CONNACK. They come in an order that repeats only after all 512.
pub fn mixed(index: usize, version: Version) -> Value {
    let identifier = index % 60_000 + 1;
    match index * 13 % COUNT % 32 {
        0..18 => publish(index, 8 + index * 7 % 40),
        18..24 => json!({ "puback": { "packet_identifier": identifier } }),
        24 | 25 => json!({ "pingreq": {} }),
        26 | 27 => json!({ "pingresp": {} }),
        28 => json!({ "subscribe": { "packet_identifier": identifier, "subscriptions": [
            { "topic_filter": format!("site/{index}/+/temperature"), "maximum_qos": 1 },
            { "topic_filter": format!("site/{index}/alarm/#"), "maximum_qos": 2 },
            { "topic_filter": "status" },
        ] } }),
        29 => json!({ "suback": { "packet_identifier": identifier, "reason_codes": [1, 2, 0] } }),
        30 => {
            let mut connect = json!({
                "client_identifier": format!("sensor-{index}"),
                "keep_alive": 30 + index % 90,
                "will": { "qos": 1, "retain": true, "topic": "status", "payload": "gone" },
                "user_name": "plant",
                "password": format!("secret-{index}"),
            });
            if version == Version::V5 {
                connect["properties"] =
                    json!([{ "session_expiry_interval": 3600 }, { "receive_maximum": 20 }]);
            }
            json!({ "connect": connect })
        }
        _ if version == Version::V5 => json!({ "connack": { "properties": [
            { "receive_maximum": 64 }, { "topic_alias_maximum": 10 },
        ] } }),
        _ => json!({ "connack": { "session_present": true } }),
    }
}

pub fn publish(index: usize, payload: usize) -> Value {
    let mut form = json!({
        "qos": index % 2,
        "retain": index % 16 == 5,
        "topic_name": format!("site/{}/room/{}/temperature", index % 7, index % 31),
        "payload": "21.5 degrees; ".repeat(payload / 14 + 1)[..payload],
    });
    if index % 2 == 1 {
        form["packet_identifier"] = json!(index);
    }
    json!({ "publish": form })
}

pub fn with_properties(index: usize) -> Value {
    let mut form = publish(index, 16);
    form["publish"]["properties"] = json!([
        { "payload_format_indicator": 1 },
        { "message_expiry_interval": 60 + index },
        { "content_type": "text/plain" },
        { "response_topic": format!("answer/{index}") },
        { "correlation_data": format!("request-{index}") },
        { "user_property": ["unit", "celsius"] },
        { "user_property": ["source", format!("probe-{index}")] },
    ]);
    form
}
