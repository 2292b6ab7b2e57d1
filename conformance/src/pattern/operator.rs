//! The operators of patterns.

use serde_json::{Map, Value};

use super::bytes::from_hex;
use super::{Mismatch, Place, bytes_of, matches, set};

/// Every operator of patterns.
pub const OPERATORS: &[&str] = &[
    "$in",
    "$not",
    "$absent",
    "$le",
    "$ge",
    "$between",
    "$has",
    "$len",
    "$starts",
    "$contains",
    "$lacks",
    "$hex",
];

/// Whether a pattern is an operator, or several: all its keys start with `$`.
pub(super) fn is_operator(pattern: &Value) -> bool {
    let map = pattern.as_object();
    map.is_some_and(|map| !map.is_empty() && map.keys().all(|key| key.starts_with('$')))
}

/// Applies all operators of a pattern to a value, or to the lack of one.
pub(super) fn apply(
    pattern: &Value,
    value: Option<&Value>,
    place: &Place,
    found: &mut Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    let operators = pattern.as_object().into_iter().flatten();
    for (name, operand) in operators {
        let holds = match (name.as_str(), value) {
            ("$absent", value) => operand.as_bool() == Some(value.is_none()),
            // What is not there is not that, and lacks everything.
            ("$not" | "$lacks", None) => true,
            (_, None) => false,
            ("$not", Some(value)) => matches(operand, value, place, &mut found.clone()).is_err(),
            ("$in", Some(value)) => one_of(operand, value, place, found),
            ("$has", Some(value)) => {
                set::subset(entries(operand), entries(value), place, found)?;
                value.is_array()
            }
            ("$len", Some(value)) => {
                let length = length(value);
                length.is_some_and(|length| matches(operand, &length, place, found).is_ok())
            }
            (name, Some(value)) => holds(name, operand, value),
        };
        if !holds {
            return Err(place.mismatch(pattern, value));
        }
    }
    Ok(())
}

fn one_of(choices: &Value, value: &Value, place: &Place, found: &mut Map<String, Value>) -> bool {
    entries(choices).iter().any(|choice| {
        let mut attempt = found.clone();
        let fits = matches(choice, value, place, &mut attempt).is_ok();
        if fits {
            *found = attempt;
        }
        fits
    })
}

fn holds(name: &str, operand: &Value, value: &Value) -> bool {
    match name {
        "$le" => at_most(value, operand),
        "$ge" => at_most(operand, value),
        "$between" => match entries(operand) {
            [low, high] => at_most(low, value) && at_most(value, high),
            _ => false,
        },
        "$starts" => both(value, operand, |value, start| value.starts_with(start)),
        "$contains" => contains(value, operand),
        "$lacks" => !contains(value, operand),
        "$hex" => {
            let wanted = operand.as_str().and_then(from_hex);
            wanted.is_some() && wanted == bytes_of(value)
        }
        _ => false,
    }
}

/// Part of a text or of bytes, or an entry of a list.
fn contains(value: &Value, part: &Value) -> bool {
    match value {
        Value::Array(entries) => {
            let place = Place::default();
            let fits = |entry| matches(part, entry, &place, &mut Map::new()).is_ok();
            entries.iter().any(fits)
        }
        _ => both(value, part, |value, part| {
            part.is_empty() || value.windows(part.len()).any(|window| window == part)
        }),
    }
}

fn both(value: &Value, operand: &Value, test: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    match (bytes_of(value), bytes_of(operand)) {
        (Some(value), Some(operand)) => test(&value, &operand),
        _ => false,
    }
}

fn at_most(low: &Value, high: &Value) -> bool {
    match (number(low), number(high)) {
        (Some(low), Some(high)) => low <= high,
        _ => false,
    }
}

/// A number, also one in a string: those above 2^53 are.
fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => {
            number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
        }
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

fn length(value: &Value) -> Option<Value> {
    let length = match value {
        Value::Array(entries) => entries.len(),
        other => bytes_of(other)?.len(),
    };
    Some(Value::from(length))
}

fn entries(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
