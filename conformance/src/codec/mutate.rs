//! Changes to an encoded message, by the names of its fields.

use serde_json::Value;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::wire::Span;

use super::{Codec, Seen, Sender};
use crate::case::{Given, Length, Mutation, bytes::assemble};

/// The message after one change. The lengths in its header follow, unless the change is about them.
///
/// # Errors
/// There is no such field, or what is to be put there does not fit.
pub fn mutate(codec: &dyn Codec, bytes: &[u8], mutation: &Mutation) -> Result<Vec<u8>, String> {
    let mut changed = bytes.to_vec();
    match mutation {
        Mutation::Set { field, to } => {
            let span = find(codec, bytes, field)?;
            let place = changed.get_mut(span.range()).ok_or("the field is outside the message")?;
            set(place, &span, to)?;
            // Fields of the header leave the lengths as they are.
            return if span.start == 0 { Ok(changed) } else { codec.reframe(changed, bytes) };
        }
        Mutation::Insert { after, bytes: more } => {
            let span = find(codec, bytes, after)?;
            let more = assemble(more).map_err(|error| error.to_string())?;
            changed.splice(span.end..span.end, more);
        }
        Mutation::Remove(field) => {
            changed.drain(find(codec, bytes, field)?.range());
        }
        Mutation::Duplicate(field) => {
            let span = find(codec, bytes, field)?;
            let copy = bytes.get(span.range()).unwrap_or_default().to_vec();
            changed.splice(span.end..span.end, copy);
        }
        Mutation::Truncate(count) => {
            let count = usize::try_from(*fixed(count)?).map_err(|error| error.to_string())?;
            changed.truncate(changed.len().saturating_sub(count));
        }
        Mutation::Append(more) => {
            changed.extend(assemble(more).map_err(|error| error.to_string())?);
        }
        Mutation::Length(length) => return codec.lie(bytes, length),
    }
    codec.reframe(changed, bytes)
}

impl Length {
    /// The length to be written for `real` bytes.
    pub(super) fn applied(&self, real: usize) -> Result<u32, String> {
        let length = match self {
            Self::Add(more) => (real as i64).saturating_add(*fixed(more)?),
            Self::To(length) => {
                i64::try_from(*fixed(length)?).map_err(|error| error.to_string())?
            }
        };
        u32::try_from(length).map_err(|error| error.to_string())
    }
}

fn set(place: &mut [u8], span: &Span, to: &Value) -> Result<(), String> {
    let length = place.len();
    let wrong_size = || format!("{span} has {length} bytes; {to} does not fit");
    if let (Some((high, low)), Some(number), [byte]) = (span.bits, to.as_u64(), &mut *place) {
        let mask = (0xFFu16 >> (7 - high + low)) as u8;
        if number > mask.into() {
            return Err(format!("{span} has {} bits; {to} does not fit", high - low + 1));
        }
        *byte = *byte & !(mask << low) | (number as u8) << low;
        return Ok(());
    }
    let new = match to {
        Value::String(text) => assemble(text).map_err(|error| error.to_string())?,
        Value::Object(object) => match object.get("hex").and_then(Value::as_str) {
            Some(hex) => from_hex(hex)?,
            None => return Err(wrong_size()),
        },
        Value::Number(number) => {
            let all = number.as_u64().ok_or_else(wrong_size)?.to_be_bytes();
            let (head, tail) = all.split_at(all.len().saturating_sub(length));
            if head.iter().any(|byte| *byte != 0) {
                return Err(wrong_size());
            }
            tail.to_vec()
        }
        _ => return Err(wrong_size()),
    };
    if new.len() != length {
        return Err(wrong_size());
    }
    place.copy_from_slice(&new);
    Ok(())
}

/// The named field, of a valid message or of one that is valid up to there.
fn find(codec: &dyn Codec, bytes: &[u8], field: &str) -> Result<Span, String> {
    let mut seen = Seen::default();
    let _ = codec.fields(bytes, Sender::Either, &mut seen);
    let names: Vec<_> = seen.spans.iter().map(ToString::to_string).collect();
    match names.iter().position(|name| name == field) {
        Some(place) => Ok(seen.spans[place]),
        None => Err(format!("the message has no field `{field}`; it has {}", names.join(", "))),
    }
}

fn fixed<T>(given: &Given<T>) -> Result<&T, String> {
    match given {
        Given::Fixed(value) => Ok(value),
        Given::Template(text) => Err(format!("`{text}` is not filled in")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ping_of(mutation: Value) -> Result<Vec<u8>, String> {
        let publish =
            json!({ "publish": { "topic_name": "ab", "qos": 1, "packet_identifier": 5 } });
        let codec = crate::codec::of("mqtt-5.0").expect("a codec");
        let bytes = codec.encode(&publish).expect("a good form");
        mutate(codec, &bytes, &serde_json::from_value(mutation).expect("a mutation"))
    }

    #[test]
    fn changes() {
        let hex = |mutation| ping_of(mutation).map(|bytes| wirecheck_codecs::json::to_hex(&bytes));
        assert_eq!(hex(json!({"append": "00"})), Ok("32080002616200050000".into()));
        assert_eq!(hex(json!({"set": {"field": "qos", "to": 3}})), Ok("360700026162000500".into()));
        let zero = json!({"set": {"field": "packet_identifier", "to": 0}});
        assert_eq!(hex(zero), Ok("320700026162000000".into()));
        assert_eq!(
            hex(json!({"remove": "packet_identifier"})),
            Ok("3205000261 6200".replace(' ', ""))
        );
        assert_eq!(hex(json!({"truncate": 1})), Ok("3206000261620005".into()));
        assert_eq!(hex(json!({"length": {"add": -1}})), Ok("320600026162000500".into()));
        let unknown = hex(json!({"remove": "nonsense"})).expect_err("no such field");
        assert!(unknown.contains("packet_identifier"), "{unknown}");
    }
}
