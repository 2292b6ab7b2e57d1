//! The packets of each case: the same on every run.

use serde_json::{Value, json};
use wirecheck_codecs::mqtt::{Version, json::encode};
use wirecheck_codecs::mqtt_sn;

/// How many packets a case has.
pub const COUNT: usize = 512;

/// Packets of one kind of traffic.
pub struct Case {
    /// What the command line calls it.
    pub name: &'static str,
    /// The protocol of every packet.
    pub spec: &'static str,
    /// Whether the packets are also encoded.
    pub encode: bool,
    /// One packet each.
    pub packets: Vec<Vec<u8>>,
}

impl Case {
    /// All packets, one after the other, as a connection delivers them.
    pub fn stream(&self) -> Vec<u8> {
        self.packets.concat()
    }
}

/// Every case.
pub fn cases() -> Vec<Case> {
    vec![
        case("mix-3.1.1", Version::V311, |index| mixed(index, Version::V311)),
        case("publish-16-3.1.1", Version::V311, |index| publish(index, 16)),
        case("publish-256-3.1.1", Version::V311, |index| publish(index, 256)),
        case("mix-5.0", Version::V5, |index| mixed(index, Version::V5)),
        case("publish-properties-5.0", Version::V5, with_properties),
        case_sn("mix-sn-1.2", mixed_sn),
        case_sn("publish-16-sn-1.2", |index| publish_sn(index, 16)),
        case_sn("publish-128-sn-1.2", |index| publish_sn(index, 128)),
    ]
}

fn case(name: &'static str, version: Version, form: impl Fn(usize) -> Value) -> Case {
    let packet = |index| encode(&form(index), version).expect("the forms are right");
    let encode = !name.starts_with("publish-16") && !name.starts_with("publish-256");
    Case { name, spec: version.name(), encode, packets: (0..COUNT).map(packet).collect() }
}

/// Of 32 packets 18 are PUBLISH, 6 PUBACK, 4 pings, and one each SUBSCRIBE, SUBACK, CONNECT and
/// CONNACK. They come in an order that repeats only after all 512.
fn mixed(index: usize, version: Version) -> Value {
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

fn publish(index: usize, payload: usize) -> Value {
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

fn with_properties(index: usize) -> Value {
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

fn case_sn(name: &'static str, form: impl Fn(usize) -> Value) -> Case {
    let packet = |index| mqtt_sn::json::encode(&form(index)).expect("the forms are right");
    Case { name, spec: mqtt_sn::NAME, encode: true, packets: (0..COUNT).map(packet).collect() }
}

/// Of 32 messages 16 are PUBLISH, 5 PUBACK, 3 pings, two each REGISTER, REGACK and SUBSCRIBE, and
/// one each CONNECT and CONNACK.
fn mixed_sn(index: usize) -> Value {
    let identifier = index % 60_000 + 1;
    match index * 13 % COUNT % 32 {
        0..16 => publish_sn(index, 8 + index * 7 % 40),
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

fn publish_sn(index: usize, data: usize) -> Value {
    json!({ "publish": {
        "qos": index % 2,
        "retain": index % 16 == 5,
        "topic_id": index % 31 + 1,
        "message_id": if index % 2 == 1 { index } else { 0 },
        "data": "21.5 degrees; ".repeat(data / 14 + 1)[..data],
    } })
}
