//! Patterns in XML, which have a language of their own: partial, and `?{name}` within a text.

use serde_json::{Map, Value};
use wirecheck_codecs::xmpp::{Document, pattern};

use super::{Mismatch, Place, bind, kind_of};

/// The texts of a pattern and a value that are both `{"xml": …}`.
pub(super) fn both<'v>(pattern: &'v Value, value: &'v Value) -> Option<(&'v str, &'v str)> {
    let text = |value: &'v Value| match kind_of(value) {
        Some("xml") => value.get("xml")?.as_str(),
        _ => None,
    };
    let pattern = text(pattern)?;
    // A name alone stands for the whole text, as everywhere.
    (!pattern.starts_with("?{")).then_some(())?;
    Some((pattern, text(value)?))
}

/// Matches an element against a pattern and binds what its names stand for.
pub(super) fn matches(
    pattern: &str,
    text: &str,
    place: &Place,
    found: &mut Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    let differs = |path: &str, expected: String, observed: Option<String>| {
        let place = place.key("xml").key(path);
        let (expected, observed) = (expected.into(), observed.map(Value::from));
        Box::new(Mismatch { path: place.path, expected, observed })
    };
    let document = Document::parse(text)
        .map_err(|error| differs("", format!("an element, but: {error}"), Some(text.to_owned())))?;
    let bindings = pattern::matches(pattern, &document.element())
        .map_err(|it| differs(&it.path, it.expected, it.observed))?;
    for (name, value) in bindings {
        bind(&name, &Value::String(value), place, found)?;
    }
    Ok(())
}
