//! What the JSON forms of all protocols share: byte strings, hex, numbers, and errors with a path.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde_json::{Map, Value, json};

use crate::error::Kind;
use crate::wire::{Note, Span, Visit};
use crate::{DecodeError, Decoded};

/// A JSON form that cannot be turned into bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormError {
    /// Where in the form: `connect.properties[1]`.
    pub path: String,
    /// What is wrong there.
    pub text: String,
}

impl FormError {
    /// An error at `path`.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.text);
        }
        write!(f, "{}: {}", self.path, self.text)
    }
}

impl core::error::Error for FormError {}

/// A string if the bytes are UTF-8 without controls other than tab, LF and CR; else `{"hex": …}`.
pub fn bytes_to_json(bytes: &[u8]) -> Value {
    match core::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) => {
            Value::String(text.to_string())
        }
        _ => json!({ "hex": to_hex(bytes) }),
    }
}

/// The bytes of a string, of `{"hex": …}` or of `{"repeat": text, "times": n}`.
pub fn bytes_from_json(value: &Value, path: &str) -> Result<Vec<u8>, FormError> {
    /// More than any protocol here can carry in one field.
    const MOST: u64 = 1 << 28;
    match value {
        Value::String(text) => Ok(text.as_bytes().to_vec()),
        Value::Object(object) => match (object.get("hex"), object.get("repeat")) {
            (Some(Value::String(hex)), None) if object.len() == 1 => {
                from_hex(hex).map_err(|text| FormError::new(path, text))
            }
            (None, Some(Value::String(text))) if object.len() == 2 => {
                let times = object.get("times").and_then(Value::as_u64).unwrap_or(MOST);
                match times.checked_mul(text.len() as u64) {
                    Some(0..MOST) => Ok(text.repeat(times as usize).into_bytes()),
                    _ => Err(FormError::new(path, "`times` is missing or too large")),
                }
            }
            _ => Err(FormError::new(path, EXPECTED_BYTES)),
        },
        _ => Err(FormError::new(path, EXPECTED_BYTES)),
    }
}

const EXPECTED_BYTES: &str =
    "expected a string, {\"hex\": \"00ff\"} or {\"repeat\": \"A\", \"times\": 64}";

/// Lower-case hex without spaces.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hex digits; white space between bytes is allowed. The error says what is wrong.
pub fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut high: Option<u8> = None;
    for (place, c) in text.char_indices() {
        match (c.to_digit(16), high) {
            (Some(digit), None) => high = Some(digit as u8),
            (Some(digit), Some(first)) => {
                bytes.push(first << 4 | digit as u8);
                high = None;
            }
            (None, None) if c.is_whitespace() => {}
            (None, _) => return Err(format!("`{c}` at {place} is not a hex digit")),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err("odd number of hex digits".to_string()),
    }
}

/// A note as it stands in an envelope.
pub fn note_to_json(note: &Note) -> Value {
    let mut object = Map::new();
    object.insert("note".into(), note.note.into());
    object.insert("at".into(), note.at.into());
    object.insert("field".into(), note.field.into());
    if let Some(requirement) = note.requirement {
        object.insert("requirement".into(), requirement.into());
    }
    Value::Object(object)
}

/// `{"kind", "at", "field", "requirement", "text"}`.
pub fn error_to_json<K: Kind>(error: &DecodeError<K>) -> Value {
    let mut object = Map::new();
    object.insert("kind".into(), error.kind.name().into());
    object.insert("at".into(), error.at.into());
    object.insert("field".into(), error.field.into());
    if let Some(requirement) = error.requirement {
        object.insert("requirement".into(), requirement.into());
    }
    object.insert("text".into(), error.kind.text().into());
    Value::Object(object)
}

/// Notes in their JSON form, as a visitor collects them.
#[derive(Default)]
pub(crate) struct Notes(pub(crate) Vec<Value>);

impl Visit for Notes {
    fn field(&mut self, _: Span) {}
    fn note(&mut self, note: Note) {
        self.0.push(note_to_json(&note));
    }
}

/// What a decoder made of the front of `bytes`: `{"message", "used", "notes"}`, or `{"error",
/// "raw"}`. Input that ends too early is an error of kind `incomplete`.
pub(crate) fn envelope<K>(
    bytes: &[u8],
    found: Result<Decoded<Value>, DecodeError<K>>,
    notes: Notes,
    told: impl FnOnce(&DecodeError<K>) -> Value,
) -> Value {
    let error = match found {
        Ok(Decoded::Complete { message, used }) => {
            return json!({ "message": message, "used": used, "notes": notes.0 });
        }
        Ok(Decoded::Incomplete { need }) => json!({
            "kind": "incomplete",
            "at": bytes.len(),
            "field": "",
            "text": format!("the input ends at least {need} bytes before the message does"),
        }),
        Err(error) => told(&error),
    };
    json!({ "error": error, "raw": { "hex": to_hex(bytes) } })
}

/// An object that is read key by key; what is left over at the end is unknown.
pub(crate) struct Fields<'v> {
    object: &'v Map<String, Value>,
    path: String,
    read: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    pub(crate) fn new(value: &'v Value, path: String) -> Result<Self, FormError> {
        match value {
            Value::Object(object) => Ok(Self { object, path, read: Vec::new() }),
            _ => Err(FormError::new(path, "expected an object")),
        }
    }

    pub(crate) fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.object.is_empty()
    }

    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'v Value> {
        self.read.push(key);
        self.object.get(key)
    }

    /// A number from 0 to `most`, or `default`.
    pub(crate) fn number(
        &mut self,
        key: &'static str,
        default: Option<u64>,
        most: u64,
    ) -> Result<u64, FormError> {
        match (self.get(key), default) {
            (Some(value), _) => number(value, most, &self.path(key)),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(FormError::new(self.path(key), "is missing")),
        }
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Result<u8, FormError> {
        match self.get(key) {
            None => Ok(0),
            Some(Value::Bool(flag)) => Ok(u8::from(*flag)),
            Some(_) => Err(FormError::new(self.path(key), "expected true or false")),
        }
    }

    pub(crate) fn bytes(&mut self, key: &'static str) -> Result<Option<Vec<u8>>, FormError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => bytes_from_json(value, &self.path(key)).map(Some),
        }
    }

    pub(crate) fn list(&mut self, key: &'static str) -> Result<&'v [Value], FormError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(FormError::new(self.path(key), "expected an array")),
        }
    }

    /// Refuses keys that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), FormError> {
        match self.object.keys().find(|key| !self.read.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(FormError::new(
                self.path(key),
                format!("unknown key; this form has {}", self.read.join(", ")),
            )),
        }
    }
}

/// A whole number from 0 to `most`.
pub(crate) fn number(value: &Value, most: u64, path: &str) -> Result<u64, FormError> {
    match value.as_u64() {
        Some(number) if number <= most => Ok(number),
        _ => Err(FormError::new(path, format!("expected a number from 0 to {most}"))),
    }
}

/// The only key of an object and its value.
pub fn only_entry<'v>(value: &'v Value, path: &str) -> Result<(&'v str, &'v Value), FormError> {
    match value {
        Value::Object(object) if object.len() == 1 => {
            object.iter().next().map(|(key, value)| (key.as_str(), value))
        }
        _ => None,
    }
    .ok_or_else(|| FormError::new(path, "expected an object with one key"))
}
