//! MQTT-SN messages.

use serde_json::{Value, json};

use super::COUNT;

/// Of 32 messages 16 are PUBLISH, 5 PUBACK, 3 pings, two each REGISTER, REGACK and SUBSCRIBE, and
/// one each CONNECT and CONNACK.
pub fn mixed(index: usize) -> Value {
    let identifier = index % 60_000 + 1;
    match index * 13 % COUNT % 32 {
        0..16 => publish(index, 8 + index * 7 % 40),
        16..21 => json!({ "puback": { "topic_id": index % 31 + 1, "message_id": identifier } }),
        21 => json!({ "pingreq": {} }),
        22 => json!({ "pingreq": { "client_id": format!("sensor-{index}") } }),
        23 => json!({ "pingresp": {} }),
        24 | 25 => json!({ "register": {
            "message_id": identifier, "topic_name": format!("site/{index}/temperature"),
        } }),
        26 | 27 => json!({ "regack": { "topic_id": index % 31 + 1, "message_id": identifier } }),
        28 | 29 => json!({ "subscribe": {
            "qos": 1, "message_id": identifier, "topic_name": format!("site/{index}/+/alarm"),
        } }),
        30 => json!({ "connect": {
            "will": true, "duration": 30 + index % 90, "client_id": format!("sensor-{index}"),
        } }),
        _ => json!({ "connack": { "return_code": index / 32 % 4 } }),
    }
}

pub fn publish(index: usize, data: usize) -> Value {
    json!({ "publish": {
        "qos": index % 2,
        "retain": index % 16 == 5,
        "topic_id": index % 31 + 1,
        "message_id": if index % 2 == 1 { index } else { 0 },
        "data": "21.5 degrees; ".repeat(data / 14 + 1)[..data],
    } })
}
