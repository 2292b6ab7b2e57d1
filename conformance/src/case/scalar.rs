//! The small values of a case: names, times, references, and values that may be templates.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Protocol;
use crate::template::{self, TemplateError};

/// A text that is not what its place in a case asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError(pub(super) String);

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TextError {}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $check:expr, $what:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(try_from = "String")]
        #[schemars(with = "String", extend("pattern" = $pattern))]
        pub struct $name(String);

        impl $name {
            /// The text as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self(text))
                } else {
                    Err(TextError(format!("`{text}` is not {}", $what)))
                }
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text! {
    /// A name in lower case with hyphens: of an actor, a check, a fault, a row, a procedure.
    Name, "^[a-z0-9][a-z0-9-]*$", is_name, "a name: lower-case letters, digits and hyphens"
}

text! {
    /// The name of a value that a step binds.
    Var, "^[a-z][a-z0-9_]*$", is_var, "a variable: lower-case letters, digits and underscores"
}

text! {
    /// A span of time: `500ms`, `2s`, `${each.delay}s`; with an expression it can only be told
    /// after interpolation, by [`Time::parse`].
    Time, "^([0-9]+(ms|s)|\\$\\{[a-z0-9_.+* -]+\\}(ms|s)?)$", is_time,
    "a time such as `500ms`, `2s` or `${each.delay}s`"
}

text! {
    /// How far an interval may be off: `10% + 150ms`, `10%` or `150ms`.
    Slack, "^([0-9]+%( \\+ [0-9]+(ms|s))?|[0-9]+(ms|s))$", |text| parse_slack(text).is_some(),
    "a slack such as `10% + 150ms`"
}

impl Time {
    /// The duration of a text without expressions: `500ms`, `2s`, or a bare number of seconds,
    /// which is what an expression without a unit gives. `None` if it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Duration> {
        let (digits, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
            (Some(digits), _) => (digits, 1),
            (None, Some(digits)) => (digits, 1000),
            (None, None) => (text, 1000),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Duration::from_millis(digits.parse::<u64>().ok()?.checked_mul(unit)?))
    }

    /// The duration with the expression filled in.
    ///
    /// # Errors
    /// If the expression has no value or does not give a time.
    pub fn resolve(&self, scope: &Map<String, Value>) -> Result<Duration, TemplateError> {
        let text = template::expand_text(&self.0, scope)?;
        Self::parse(&text).ok_or_else(|| wrong(&self.0, format!("`{text}` is not a time")))
    }

    /// The duration, if the text has no expression in it.
    #[must_use]
    pub fn fixed(&self) -> Option<Duration> {
        Self::parse(&self.0)
    }
}

impl Slack {
    /// The percentage and the constant part.
    #[must_use]
    pub fn parts(&self) -> (u64, Duration) {
        parse_slack(&self.0).unwrap_or_default()
    }
}

/// A value that is written out, or a template such as `${cap.receive_maximum}` that gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given<T> {
    /// The value itself.
    Fixed(T),
    /// A text with `${…}` in it.
    Template(String),
}

impl<T: Clone + Into<Value>> Given<T> {
    /// As JSON, for interpolation.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Fixed(value) => value.clone().into(),
            Self::Template(text) => Value::String(text.clone()),
        }
    }
}

impl<T: Clone + DeserializeOwned> Given<T> {
    /// The value with the expression filled in.
    ///
    /// # Errors
    /// If the expression has no value or one of another type.
    pub fn resolve(&self, scope: &Map<String, Value>) -> Result<T, TemplateError> {
        let text = match self {
            Self::Fixed(value) => return Ok(value.clone()),
            Self::Template(text) => text,
        };
        let value = template::expand_str(text, scope)?;
        serde_json::from_value(value).map_err(|error| wrong(text, error.to_string()))
    }
}

/// A requirement: one id, or one for each protocol of the case, or `${each.…}` for one that the
/// row names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ref {
    /// The same for every protocol.
    One(String),
    /// One for each protocol.
    PerProtocol(BTreeMap<Protocol, String>),
}

impl Ref {
    /// The id (or template) for a protocol; `None` if the map does not name the protocol.
    #[must_use]
    pub fn get(&self, protocol: Protocol) -> Option<&str> {
        match self {
            Self::One(id) => Some(id),
            Self::PerProtocol(map) => map.get(&protocol).map(String::as_str),
        }
    }
}

fn wrong(expression: &str, text: String) -> TemplateError {
    TemplateError { expression: expression.to_owned(), text, unbound: None }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_var(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_time(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("${") else {
        return Time::parse(text).is_some() && text.ends_with('s');
    };
    let Some((expression, unit)) = rest.split_once('}') else { return false };
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.+* -".contains(&b);
    !expression.is_empty() && expression.bytes().all(allowed) && matches!(unit, "" | "s" | "ms")
}

fn parse_slack(text: &str) -> Option<(u64, Duration)> {
    let (percent, constant) = match text.split_once('%') {
        None => (0, text),
        Some((percent, "")) => (percent.parse().ok()?, "0ms"),
        Some((percent, rest)) => (percent.parse().ok()?, rest.strip_prefix(" + ")?),
    };
    if !constant.ends_with('s') {
        return None;
    }
    Some((percent, Time::parse(constant)?))
}

/// Whether a text has the shape of a requirement id.
pub(super) fn is_requirement_id(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(prefix), Some(section), Some(number), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let numbered = |start| prefix.strip_prefix(start).is_some_and(digits);
    (matches!(prefix, "MQTT5" | "MQTT311" | "MQTTSN") || numbered("RFC") || numbered("XEP"))
        && !section.is_empty()
        && section.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'.')
        && digits(number.strip_prefix('p').unwrap_or(number))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn time(text: &str) -> Option<Time> {
        Time::try_from(text.to_owned()).ok()
    }

    #[test]
    fn times() {
        let scope = Map::from_iter([("n".to_owned(), json!({"gap": 4}))]);
        let resolve = |text: &str| time(text).expect(text).resolve(&scope).ok();
        assert_eq!(resolve("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(resolve("2s"), Some(Duration::from_secs(2)));
        assert_eq!(resolve("${n.gap*3}s"), Some(Duration::from_secs(12)));
        assert_eq!(resolve("${n.gap}ms"), Some(Duration::from_millis(4)));
        assert_eq!(resolve("${n.gap}"), Some(Duration::from_secs(4)));
        assert_eq!(resolve("${n}s"), None);
        assert_eq!(resolve("${n.gap-9}s"), None);
        for wrong in
            ["", "s", "2", "-1s", "1.5s", "2 s", "2m", "${}s", "${a", "99999999999999999999s"]
        {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn slack_has_two_parts() {
        let parts = |text: &str| Slack::try_from(text.to_owned()).map(|slack| slack.parts()).ok();
        assert_eq!(parts("10% + 150ms"), Some((10, Duration::from_millis(150))));
        assert_eq!(parts("10%"), Some((10, Duration::ZERO)));
        assert_eq!(parts("2s"), Some((0, Duration::from_secs(2))));
        assert_eq!(parts("10% 150ms"), None);
        assert_eq!(parts("x%"), None);
    }

    #[test]
    fn given_values() {
        let scope = Map::from_iter([("n".to_owned(), json!(7)), ("s".to_owned(), json!("x"))]);
        let given = |value: Value| serde_json::from_value::<Given<u64>>(value).ok();
        assert_eq!(given(json!(3)).map(|given| given.resolve(&scope)), Some(Ok(3)));
        assert_eq!(given(json!("${n+1}")).map(|given| given.resolve(&scope)), Some(Ok(8)));
        assert!(given(json!("${s}")).expect("a template").resolve(&scope).is_err());
        assert_eq!(given(json!("seven")), None);
        assert_eq!(given(json!(-1)), None);
    }

    #[test]
    fn requirement_ids() {
        for id in ["MQTT5-3.1.2-3", "MQTT311-4.4.0-p1", "RFC6121-A.2.1-p1", "XEP0198-5-2"] {
            assert!(is_requirement_id(id), "{id}");
        }
        for id in ["MQTT-3.1.2-3", "MQTT5-3.1.2", "RFC-1-1", "MQTT5-3.1.2-x", "RFC1-3.1-2-3"] {
            assert!(!is_requirement_id(id), "{id}");
        }
    }
}
