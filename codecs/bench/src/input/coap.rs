//! CoAP messages.

use serde_json::{Value, json};

use super::COUNT;

/// Of 16 messages 5 are requests, 4 responses of 64 bytes and one of 1024, 3 notifications, one a
/// block of 512 bytes, and 2 Empty acknowledgements, in an order that repeats only after all 512.
pub fn mixed(index: usize) -> Value {
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
