//! Changes to an encoded packet, by the names of its fields.

use serde_json::Value;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::mqtt::{Context, Frame, Party, Raw, Version, fields, frame};
use wirecheck_codecs::wire::{Note, Span, Visit};

use crate::case::{Given, Length, Mutation, bytes::assemble};

/// The packet after one change. The Remaining Length follows, unless the change is about it.
pub(super) fn mutate(
    bytes: &[u8],
    mutation: &Mutation,
    version: Version,
) -> Result<Vec<u8>, String> {
    let mut changed = bytes.to_vec();
    match mutation {
        Mutation::Set { field, to } => {
            let span = find(bytes, field, version)?;
            let place = changed.get_mut(span.range()).ok_or("the field is outside the packet")?;
            set(place, &span, to)?;
            // Fields of the fixed header leave the length as it is.
            return if span.start == 0 { Ok(changed) } else { reframe(&changed, bytes) };
        }
        Mutation::Insert { after, bytes: more } => {
            let span = find(bytes, after, version)?;
            let more = assemble(more).map_err(|error| error.to_string())?;
            changed.splice(span.end..span.end, more);
        }
        Mutation::Remove(field) => {
            changed.drain(find(bytes, field, version)?.range());
        }
        Mutation::Duplicate(field) => {
            let span = find(bytes, field, version)?;
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
        Mutation::Length(length) => return lie(bytes, length),
    }
    reframe(&changed, bytes)
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

/// The named field, of a valid packet or of one that is valid up to there.
fn find(bytes: &[u8], field: &str, version: Version) -> Result<Span, String> {
    let mut spans = Spans(Vec::new());
    let _ = fields(bytes, &Context::new(version, Party::Either), &mut spans);
    let names: Vec<_> = spans.0.iter().map(ToString::to_string).collect();
    match names.iter().position(|name| name == field) {
        Some(place) => Ok(spans.0[place]),
        None => Err(format!("the packet has no field `{field}`; it has {}", names.join(", "))),
    }
}

struct Spans(Vec<Span>);

impl Visit for Spans {
    fn field(&mut self, span: Span) {
        self.0.push(span);
    }
    fn note(&mut self, _: Note) {}
}

/// A new Remaining Length for a body that has changed behind the header of `original`.
fn reframe(changed: &[u8], original: &[u8]) -> Result<Vec<u8>, String> {
    let header = header(original)?;
    let body = changed.get(header..).unwrap_or_default();
    let first = changed.first().copied().unwrap_or_default();
    write(Raw { first, length: body.len() as u32, body })
}

fn lie(bytes: &[u8], length: &Length) -> Result<Vec<u8>, String> {
    let body = bytes.get(header(bytes)?..).unwrap_or_default();
    let length = match length {
        Length::Add(more) => (body.len() as i64).saturating_add(*fixed(more)?),
        Length::To(length) => i64::try_from(*fixed(length)?).map_err(|error| error.to_string())?,
    };
    let length = u32::try_from(length).map_err(|error| error.to_string())?;
    write(Raw { first: bytes.first().copied().unwrap_or_default(), length, body })
}

fn header(bytes: &[u8]) -> Result<usize, String> {
    match frame(bytes, usize::MAX) {
        Ok(Frame::Complete { header, .. }) => Ok(header),
        _ => Err("only a whole packet can be changed by the names of its fields".to_owned()),
    }
}

fn write(raw: Raw<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; raw.body.len() + 5];
    let length = raw.encode(&mut bytes).map_err(|error| error.to_string())?;
    bytes.truncate(length);
    Ok(bytes)
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
        let bytes =
            wirecheck_codecs::mqtt::json::encode(&publish, Version::V5).expect("a good form");
        mutate(&bytes, &serde_json::from_value(mutation).expect("a mutation"), Version::V5)
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
