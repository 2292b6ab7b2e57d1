//! MQTT packets in one line, for logs and failures.

use serde_json::Value;
use wirecheck_codecs::mqtt::{DecodeError, PacketType, ReasonCode, Version};

use crate::pattern;

/// How long a string in a line may be.
const MOST_CHARACTERS: usize = 60;

/// A packet as one line: `CONNACK session_present=false reason_code=0x00 Success`. Flags that are
/// not set and empty properties are left out.
#[must_use]
pub fn describe(form: &Value, version: Version) -> String {
    let Some((kind, Value::Object(body))) = form.as_object().and_then(|form| form.iter().next())
    else {
        return form.to_string();
    };
    let mut line = kind.to_uppercase();
    for (key, value) in body {
        let shown = match (key.as_str(), value) {
            (_, Value::Bool(false)) => continue,
            (_, Value::Array(items)) if items.is_empty() => continue,
            ("dup" | "retain", Value::Bool(true)) => format!(" {key}"),
            ("protocol_name", _) => continue,
            ("protocol_version", _) => format!(" {}", version.name()),
            ("reason_code", Value::Number(code)) => {
                format!(" {}", self::code(code.as_u64().unwrap_or_default(), kind, version))
            }
            ("reason_codes", Value::Array(codes)) => {
                let codes: Vec<_> = codes
                    .iter()
                    .map(|code| self::code(code.as_u64().unwrap_or_default(), kind, version))
                    .collect();
                format!(" [{}]", codes.join(", "))
            }
            // The name of a value that may be anything is all there is to say.
            (_, Value::String(text)) if text.starts_with("?{") => format!(" {key}"),
            (_, value) if is_operator(value) => format!(" {key}: {}", pattern::describe(value)),
            _ => format!(" {key}={}", compact(value)),
        };
        line.push_str(&shown);
    }
    line
}

/// `0x87 Not authorized`.
#[must_use]
pub fn code(code: u64, kind: &str, version: Version) -> String {
    let packet = PacketType::from_key(kind).unwrap_or(PacketType(0));
    let name = u8::try_from(code).map_or("", |code| ReasonCode(code).name_in(version, packet));
    format!("0x{code:02X} {name}").trim_end().to_owned()
}

/// What our own codec says of a packet that is wrong on purpose.
#[must_use]
pub fn rejected(bytes: &[u8], error: &DecodeError) -> String {
    let packet = PacketType(bytes.first().copied().unwrap_or(0) >> 4);
    format!("{}, wrong on purpose: {} (byte {})", packet.name(), error.kind.text(), error.at)
}

fn is_operator(value: &Value) -> bool {
    let keys = value.as_object().filter(|object| !object.is_empty());
    keys.is_some_and(|object| object.keys().all(|key| key.starts_with('$')))
}

/// A value without quotes around keys, cut where it is long.
fn compact(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > MOST_CHARACTERS => {
            let head: String = text.chars().take(MOST_CHARACTERS).collect();
            format!("{head:?}... ({} bytes)", text.len())
        }
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(compact).collect::<Vec<_>>().join(", "))
        }
        value if is_operator(value) => pattern::describe(value),
        Value::Object(object) if object.len() == 1 && object.contains_key("hex") => {
            let hex = object.get("hex").and_then(Value::as_str).unwrap_or_default();
            let head = hex.get(..MOST_CHARACTERS).unwrap_or(hex);
            let tail = if head.len() < hex.len() { "..." } else { "" };
            format!("<{head}{tail}>")
        }
        Value::Object(object) => {
            let fields: Vec<_> = object
                .iter()
                .filter(|(_, value)| !matches!(value, Value::Bool(false)))
                .map(|(key, value)| format!("{key}={}", compact(value)))
                .collect();
            format!("{{{}}}", fields.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_read_as_words() {
        let line = |form: Value| describe(&form, Version::V5);
        assert_eq!(
            line(json!({ "connack": { "session_present": false, "reason_code": { "$ge": 129 } } })),
            "CONNACK reason_code: at least 129"
        );
        assert_eq!(
            line(json!({ "publish": { "topic_name": "a", "packet_identifier": "?{n}",
                "payload": { "$not": "b" } } })),
            "PUBLISH topic_name=\"a\" packet_identifier payload: anything but \"b\""
        );
    }
}
