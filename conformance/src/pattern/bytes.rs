//! The bytes of a JSON form: a string, `{"hex": …}` or `{"repeat": …, "times": …}`.

use serde_json::Value;

/// The most bytes that `repeat` gives; nothing longer fits a message of any protocol here.
const MOST: u64 = 268_435_460;

/// The bytes that a value stands for, if it is one of the forms.
#[must_use]
pub fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Object(map) => {
            match (map.len(), map.get("hex"), map.get("repeat"), map.get("times")) {
                (1, Some(Value::String(digits)), None, None) => from_hex(digits),
                (2, None, Some(unit), Some(times)) => {
                    let (unit, times) = (bytes_of(unit)?, times.as_u64()?);
                    let total = times.checked_mul(unit.len() as u64)?;
                    (total <= MOST).then(|| unit.repeat(times as usize))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Hex digits in pairs, with spaces between pairs or not.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn three_forms() {
        assert_eq!(bytes_of(&json!("aé")), Some(vec![b'a', 0xc3, 0xa9]));
        assert_eq!(bytes_of(&json!({"hex": "00 fF"})), Some(vec![0, 255]));
        assert_eq!(bytes_of(&json!({"repeat": "ab", "times": 2})), Some(b"abab".to_vec()));
        assert_eq!(bytes_of(&json!({"repeat": {"hex": "00"}, "times": 3})), Some(vec![0; 3]));
        for other in [
            json!(1),
            json!({"hex": "0"}),
            json!({"hex": "zz"}),
            json!({"hex": 1}),
            json!({"repeat": "a", "times": u64::MAX}),
            json!({"repeat": "a", "times": -1}),
            json!([]),
        ] {
            assert_eq!(bytes_of(&other), None, "{other}");
        }
    }
}
