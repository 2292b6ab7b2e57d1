//! Matching a pattern against a JSON form (CONTRACTS D1).
//!
//! Objects are partial, arrays exact. `properties` and `options` are compared as sets, except that
//! the order of `user_property` and of options of the same name counts. An object whose keys all
//! start with `$` is an operator, or several that must all hold. `?{name}` matches anything and
//! binds it (within one pattern always to the same value), `?{}` matches anything. Strings,
//! `{"hex"}` and `{"repeat", "times"}` are compared as bytes. `{"xml"}` is compared as XML: what the
//! pattern has must be there, in any order, and all else is free.

mod bytes;
mod describe;
mod operator;
mod set;
mod xml;

use std::fmt;

use serde_json::{Map, Value, json};

pub use bytes::bytes_of;
pub use describe::{compact, describe};
pub use operator::OPERATORS;

/// Where a value first differs from a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The path of the difference: `publish.qos`, or empty for the value as a whole.
    pub path: String,
    /// The pattern there.
    pub expected: Value,
    /// The value there; `None` if there is nothing.
    pub observed: Option<Value>,
}

impl Mismatch {
    /// The difference without what changes from run to run: `connack reason_code=0`, `publish
    /// dup=false`, or the kind alone if it is of another kind than expected. The names of fields that
    /// are numbered afresh in every run end in one of `changing`.
    #[must_use]
    pub fn token(&self, changing: &[&str]) -> String {
        let Some((kind, field)) = self.path.split_once('.') else {
            let observed = self.observed.as_ref();
            return observed.and_then(kind_of).unwrap_or(&self.path).to_owned();
        };
        let value = match &self.observed {
            None => "absent".to_owned(),
            Some(_) if changing.iter().any(|name| field.ends_with(name)) => "other".to_owned(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            // Codes such as 4.04 and types such as NON; anything longer may hold a fresh name.
            Some(Value::String(text)) if text.len() <= 4 && text.bytes().all(is_code) => {
                text.clone()
            }
            Some(_) => "other".to_owned(),
        };
        format!("{kind} {field}={value}")
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        let expected = describe(&self.expected);
        match (&self.observed, path.is_empty()) {
            (None, true) => write!(f, "nothing there, expected {expected}"),
            (None, false) => write!(f, "{path} is missing, expected {expected}"),
            (Some(value), true) => write!(f, "{}, expected {expected}", compact(value)),
            (Some(value), false) => {
                write!(f, "{path} is {}, expected {expected}", compact(value))
            }
        }
    }
}

impl std::error::Error for Mismatch {}

/// Matches a value against a pattern whose `${…}` are filled in, and adds what `?{name}` found to
/// the bindings, replacing earlier values of the same name. Nothing is bound on a mismatch.
///
/// # Errors
/// The first difference.
pub fn match_value(
    pattern: &Value,
    value: &Value,
    bindings: &mut Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    let mut found = Map::new();
    matches(pattern, value, &Place::default(), &mut found)?;
    bindings.extend(found);
    Ok(())
}

/// Whether a value fits a pattern, when what it binds does not matter.
#[must_use]
pub fn fits(pattern: &Value, value: &Value) -> bool {
    match_value(pattern, value, &mut Map::new()).is_ok()
}

/// The kind of a message, or of a pattern for one: its only key.
#[must_use]
pub fn kind_of(value: &Value) -> Option<&str> {
    let map = value.as_object()?;
    let kind = map.keys().next()?;
    (map.len() == 1 && !kind.starts_with('$')).then_some(kind)
}

/// The names that a pattern binds with `?{name}`, in order.
#[must_use]
pub fn bound_names(pattern: &Value) -> Vec<&str> {
    let mut names = Vec::new();
    collect_names(pattern, &mut names);
    names
}

fn collect_names<'p>(pattern: &'p Value, names: &mut Vec<&'p str>) {
    match pattern {
        Value::String(text) => {
            // XML patterns have variables inside a longer text.
            let inside = text.split("?{").skip(1).filter_map(|rest| rest.split_once('}'));
            names.extend(inside.map(|(name, _)| name).filter(|name| !name.is_empty()));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| collect_names(entry, names)),
        Value::Object(map) => map.values().for_each(|value| collect_names(value, names)),
        _ => {}
    }
}

/// Where a match stands: the path, and whether a list there is a set.
#[derive(Clone, Default)]
struct Place {
    path: String,
}

impl Place {
    fn key(&self, key: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{key}", self.path) }
    }

    fn last(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    fn mismatch(&self, expected: &Value, observed: Option<&Value>) -> Box<Mismatch> {
        let (expected, observed) = (expected.clone(), observed.cloned());
        Box::new(Mismatch { path: self.path.clone(), expected, observed })
    }
}

fn matches(
    pattern: &Value,
    value: &Value,
    place: &Place,
    found: &mut Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    if let Some(name) = variable(pattern) {
        return bind(name, value, place, found);
    }
    if operator::is_operator(pattern) {
        return operator::apply(pattern, Some(value), place, found);
    }
    if let Some((pattern, text)) = xml::both(pattern, value) {
        return xml::matches(pattern, text, place, found);
    }
    if let (Some(left), Some(right)) = (bytes_of(pattern), bytes_of(value)) {
        return equal(left == right, pattern, value, place);
    }
    match (pattern, value) {
        (Value::Object(wanted), Value::Object(map)) => {
            // Another kind of message differs as a whole, not by a member that it lacks; what a
            // verb gives has several members and is no message.
            let other_kind = kind_of(value).is_some_and(|kind| kind_of(pattern) != Some(kind));
            if place.path.is_empty() && other_kind && wanted.len() == 1 {
                return Err(place.mismatch(pattern, Some(value)));
            }
            wanted.iter().try_for_each(|(key, wanted)| {
                let place = place.key(key);
                match map.get(key) {
                    Some(value) => matches(wanted, value, &place, found),
                    None if operator::is_operator(wanted) => {
                        operator::apply(wanted, None, &place, found)
                    }
                    None => Err(place.mismatch(wanted, None)),
                }
            })
        }
        (Value::Array(wanted), Value::Array(entries)) if set::is_set(place) => {
            set::exact(wanted, entries, place, found)
        }
        (Value::Array(wanted), Value::Array(entries)) => {
            if wanted.len() != entries.len() {
                return Err(place.mismatch(pattern, Some(value)));
            }
            let pairs = wanted.iter().zip(entries).enumerate();
            pairs.into_iter().try_for_each(|(i, (wanted, entry))| {
                matches(wanted, entry, &place.key(&i.to_string()), found)
            })
        }
        (pattern, value) => equal(pattern == value, pattern, value, place),
    }
}

fn equal(yes: bool, pattern: &Value, value: &Value, place: &Place) -> Result<(), Box<Mismatch>> {
    if yes { Ok(()) } else { Err(place.mismatch(pattern, Some(value))) }
}

/// `name` of `?{name}`.
fn variable(pattern: &Value) -> Option<&str> {
    let name = pattern.as_str()?.strip_prefix("?{")?.strip_suffix('}')?;
    (!name.contains('}')).then_some(name)
}

fn bind(
    name: &str,
    value: &Value,
    place: &Place,
    found: &mut Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    if name.is_empty() {
        return Ok(());
    }
    match found.get(name) {
        Some(earlier) => equal(earlier == value, &earlier.clone(), value, place),
        None => {
            found.insert(name.to_owned(), value.clone());
            Ok(())
        }
    }
}

fn is_code(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'.'
}

/// The pattern for something that must not be there.
fn absent() -> Value {
    json!({ "$absent": true })
}

#[cfg(test)]
mod tests;
