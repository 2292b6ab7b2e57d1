//! The small values of a case: names, times, references, and values that may be templates.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Protocol;

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
