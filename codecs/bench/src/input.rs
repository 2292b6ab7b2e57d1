//! The packets of each case: the same on every run.

use serde_json::{Value, json};
use wirecheck_codecs::coap;
use wirecheck_codecs::mqtt::{Version, json::encode};

/// How many packets a case has.
pub const COUNT: usize = 512;

/// What packets are of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    Mqtt(Version),
    Coap,
}

/// Packets of one kind of traffic.
pub struct Case {
    /// What the command line calls it.
    pub name: &'static str,
    /// What every packet is.
    pub traffic: Traffic,
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
        coap("mix-coap"),
    ]
}

fn case(name: &'static str, version: Version, form: impl Fn(usize) -> Value) -> Case {
    let packet = |index| encode(&form(index), version).expect("the forms are right");
    let encode = !name.starts_with("publish-16") && !name.starts_with("publish-256");
    let traffic = Traffic::Mqtt(version);
    Case { name, traffic, encode, packets: (0..COUNT).map(packet).collect() }
}

fn coap(name: &'static str) -> Case {
    let message = |index| coap::json::encode(&exchanged(index)).expect("the forms are right");
    let packets = (0..COUNT).map(message).collect();
    Case { name, traffic: Traffic::Coap, encode: true, packets }
}

/// Of 16 messages 5 are requests, 4 responses of 64 bytes and one of 1024, 3 notifications, one a
/// block of 512 bytes, and 2 Empty acknowledgements, in an order that repeats only after all 512.
fn exchanged(index: usize) -> Value {
    let token = format!("{:08x}", index * 2_654_435_761 % (1 << 32));
    let content = |size: usize, mut options: Vec<Value>| {
        options.push(json!({ "etag": format!("v{index}") }));
        options.push(json!({ "content_format": 50 }));
        options.push(json!({ "max_age": 30 + index % 200 }));
        let payload = "{\"t\": 21.5}; ".repeat(size / 13 + 1)[..size].to_owned();
        json!({ "type": "ACK", "code": "2.05", "message_id": index, "token": token,
            "options": options, "payload": payload })
    };
    let message = match index * 13 % COUNT % 16 {
        0..5 => json!({ "code": "0.01", "message_id": index, "token": token, "options": [
            { "uri": format!("/site/{}/temperature?unit=c{index}", index % 7) }, { "accept": 50 },
        ] }),
        5..9 => content(64, vec![]),
        9 => content(1024, vec![]),
        10..13 => {
            let mut message = content(64, vec![json!({ "observe": index * 40 })]);
            message["type"] = json!("NON");
            message
        }
        13 => {
            let block = json!({ "num": index % 40, "more": true, "size": 512 });
            content(512, vec![json!({ "block2": block })])
        }
        _ => json!({ "type": "ACK", "code": "0.00", "message_id": index }),
    };
    json!({ "coap": message })
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
