//! Values in the one-line form of messages.

use serde_json::Value;

use crate::pattern;

/// How long a string in a line may be.
const MOST_CHARACTERS: usize = 60;

/// ` name=value`, or what a pattern asks of the field.
pub(super) fn field(name: &str, value: &Value) -> String {
    match value {
        // Of a value that may be anything the name is all there is to say.
        Value::String(text) if text.starts_with("?{") => format!(" {name}"),
        value if is_operator(value) => format!(" {name}: {}", pattern::describe(value)),
        _ => format!(" {name}={}", compact(value)),
    }
}

/// Whether a value is an operator of the pattern language.
pub(super) fn is_operator(value: &Value) -> bool {
    let keys = value.as_object().filter(|object| !object.is_empty());
    keys.is_some_and(|object| object.keys().all(|key| key.starts_with('$')))
}

/// A value without quotes around keys, cut where it is long.
#[must_use]
pub fn compact(value: &Value) -> String {
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
