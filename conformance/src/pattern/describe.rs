//! Patterns and values in words.

use std::fmt::Write as _;

use serde_json::Value;

/// A pattern in English: `at most 2`, `1 or 2`, `anything but "x"`; plain values as they are.
#[must_use]
pub fn describe(pattern: &Value) -> String {
    match pattern {
        Value::String(text) if text.starts_with("?{") => "anything".to_owned(),
        Value::Object(map) if !map.is_empty() && map.keys().all(|key| key.starts_with('$')) => {
            let parts = map.iter().map(|(key, operand)| operator(key, operand));
            parts.collect::<Vec<_>>().join(" and ")
        }
        other => compact(other),
    }
}

/// JSON on one line with unquoted keys: `{publish: {qos: 1, payload: "a"}}`.
#[must_use]
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn operator(key: &str, operand: &Value) -> String {
    match (key, operand) {
        ("$in", Value::Array(choices)) => {
            choices.iter().map(describe).collect::<Vec<_>>().join(" or ")
        }
        ("$between", Value::Array(limits)) => match limits.as_slice() {
            [low, high] => format!("between {} and {}", compact(low), compact(high)),
            _ => compact(operand),
        },
        ("$absent", Value::Bool(true)) => "nothing".to_owned(),
        ("$absent", _) => "anything".to_owned(),
        ("$not", _) => format!("anything but {}", describe(operand)),
        ("$le", _) => format!("at most {}", compact(operand)),
        ("$ge", _) => format!("at least {}", compact(operand)),
        ("$has", Value::Array(entries)) => {
            let entries = entries.iter().map(describe).collect::<Vec<_>>();
            format!("a list with {}", entries.join(" and "))
        }
        ("$len", _) => format!("a length of {}", describe(operand)),
        ("$starts", _) => format!("something that starts with {}", compact(operand)),
        ("$contains", _) => format!("something that contains {}", compact(operand)),
        ("$lacks", _) => format!("something without {}", compact(operand)),
        ("$hex", _) => format!("the bytes {}", compact(operand)),
        _ => format!("{key} {}", compact(operand)),
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(entries) => {
            out.push('[');
            for (i, entry) in entries.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write(entry, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (i, (key, value)) in map.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                let bare = !key.is_empty()
                    && key
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"_$-".contains(&byte));
                if bare {
                    out.push_str(key);
                } else {
                    write(&Value::String(key.clone()), out);
                }
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
        scalar => write!(out, "{scalar}").expect("a string takes all writes"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operators_read_as_english() {
        for (pattern, words) in [
            (json!({"$in": [1, 2]}), "1 or 2"),
            (json!({"$le": 2}), "at most 2"),
            (json!({"$not": "x"}), "anything but \"x\""),
            (json!({"$between": [1, 5]}), "between 1 and 5"),
            (
                json!({"$contains": "A", "$lacks": "B"}),
                "something that contains \"A\" and something without \"B\"",
            ),
            (json!({"$len": {"$ge": 1}}), "a length of at least 1"),
            (json!("?{pid}"), "anything"),
            (json!(7), "7"),
        ] {
            assert_eq!(describe(&pattern), words);
        }
    }

    #[test]
    fn keys_are_bare_where_they_can_be() {
        let value = json!({"publish": {"qos": 1, "options": [{"a b": "c"}], "${x}": {}}});
        assert_eq!(compact(&value), r#"{publish: {qos: 1, options: [{"a b": "c"}], "${x}": {}}}"#);
    }
}
