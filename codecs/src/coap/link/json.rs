//! The JSON form of documents in the link format.
//!
//! ```text
//! links   [{target: "/a", attributes: [{rt: "x y"}, {sz: "12"}, {obs: true}]}]
//! raw     any bytes
//! ```
//!
//! An attribute is an object with its name as the only key; its value is what stands in quotes or
//! without, a text, or `true` if there is none. [`encode`] writes a value in quotes unless the
//! parameter wants it otherwise (`sz`, `hreflang`, a single `ct`, names that end with a star). For
//! what is to be written otherwise there are `{"token": "…"}` and `{"quoted": "…"}`: these
//! characters without quotes, or between them with no backslash added.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value as Json, json};

use super::{Attribute, Link, Links, Value, fields};
use crate::Decoded;
use crate::json::{self, Fields, FormError, Notes, bytes_from_json, only_entry};

/// The fields that the form called `kind` can have; `None` for what is no form.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "links" => Some(&["target", "attributes"]),
        "raw" => Some(&["hex"]),
        _ => None,
    }
}

/// The JSON form of a document.
pub fn to_json(links: &Links<'_>) -> Json {
    json!({ "links": links.iter().map(|link| link_to_json(&link)).collect::<Vec<Json>>() })
}

fn link_to_json(link: &Link<'_>) -> Json {
    let attributes: Vec<Json> = link.attributes.iter().map(|it| attribute_to_json(&it)).collect();
    json!({ "target": link.target, "attributes": attributes })
}

fn attribute_to_json(attribute: &Attribute<'_>) -> Json {
    let value = match attribute.value {
        Value::None => Json::Bool(true),
        value => value.characters().collect::<String>().into(),
    };
    json!({ attribute.name: value })
}

/// The bytes of a JSON form, right or wrong.
pub fn encode(form: &Json) -> Result<Vec<u8>, FormError> {
    let (key, value) = only_entry(form, "")?;
    match (key, value) {
        ("raw", _) => bytes_from_json(value, "raw"),
        ("links", Json::Array(links)) => {
            let mut text = String::new();
            for (index, link) in links.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                put_link(&mut text, link, format!("links[{index}]"))?;
            }
            Ok(text.into_bytes())
        }
        ("links", _) => Err(FormError::new("links", "expected an array")),
        _ => Err(FormError::new(key, "is no form of links; there are `links` and `raw`")),
    }
}

fn put_link(text: &mut String, link: &Json, path: String) -> Result<(), FormError> {
    let mut fields = Fields::new(link, path)?;
    let place = fields.path("target");
    let Some(target) = fields.get("target").and_then(Json::as_str) else {
        return Err(FormError::new(place, "expected a text"));
    };
    text.push('<');
    text.push_str(target);
    text.push('>');
    for (index, attribute) in fields.list("attributes")?.iter().enumerate() {
        let path = fields.path(&format!("attributes[{index}]"));
        let (name, value) = only_entry(attribute, &path)?;
        text.push(';');
        text.push_str(name);
        put_value(text, name, value, &path)?;
    }
    fields.finish()
}

fn put_value(text: &mut String, name: &str, value: &Json, path: &str) -> Result<(), FormError> {
    let written = |key: &str| value.get(key).and_then(Json::as_str);
    match (value, written("token"), written("quoted")) {
        (Json::Bool(true), ..) => {}
        (Json::String(value), ..) if is_bare(name, value) => {
            text.push('=');
            text.push_str(value);
        }
        (Json::String(value), ..) => {
            text.push_str("=\"");
            for c in value.chars() {
                // A control character can only stand behind a backslash.
                if matches!(c, '"' | '\\') || c.is_ascii_control() && c != '\t' {
                    text.push('\\');
                }
                text.push(c);
            }
            text.push('"');
        }
        (_, Some(token), None) => {
            text.push('=');
            text.push_str(token);
        }
        (_, None, Some(quoted)) => text.push_str(&format!("=\"{quoted}\"")),
        _ => {
            let expected = "expected a text, true, {\"token\": …} or {\"quoted\": …}";
            return Err(FormError::new(path, expected));
        }
    }
    Ok(())
}

/// Whether a value stands without quotes.
fn is_bare(name: &str, value: &str) -> bool {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    is("sz") || is("hreflang") || name.ends_with('*') || is("ct") && !value.contains(' ')
}

/// What a decoder makes of the document `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`.
pub fn envelope(bytes: &[u8]) -> Json {
    let mut notes = Notes::default();
    let found = fields(bytes, &mut notes)
        .map(|links| Decoded::Complete { message: to_json(&links), used: bytes.len() });
    json::envelope(bytes, found, notes, json::error_to_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(form: Json) -> Result<String, FormError> {
        encode(&form).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn values_are_quoted_unless_the_parameter_wants_it_otherwise() {
        let attributes = json!([{ "rt": "a" }, { "sz": "1" }, { "ct": "0" }, { "ct": "0 41" },
            { "obs": true }, { "title": "\"\\" }, { "title*": "UTF-8''%e2" }]);
        let form =
            json!({ "links": [{ "target": "/a", "attributes": attributes }, { "target": "" }] });
        let expected = r#"</a>;rt="a";sz=1;ct=0;ct="0 41";obs;title="\"\\";title*=UTF-8''%e2,<>"#;
        assert_eq!(text(form), Ok(expected.into()));
        let wrong = json!([{ "sz": { "quoted": "1\"" } }, { "rt": { "token": "a b" } }]);
        let form = json!({ "links": [{ "target": ">", "attributes": wrong }] });
        assert_eq!(text(form), Ok(r#"<>>;sz="1"";rt=a b"#.into()));
    }

    #[test]
    fn forms_that_say_nothing_are_refused_with_their_place() {
        let path = |form: Json| text(form).unwrap_err().path;
        assert_eq!(path(json!({ "links": {} })), "links");
        assert_eq!(path(json!({ "links": [{}] })), "links[0].target");
        assert_eq!(path(json!({ "links": [{ "target": "", "rt": "a" }] })), "links[0].rt");
        let form = json!({ "links": [{ "target": "", "attributes": [{ "obs": false }] }] });
        assert_eq!(path(form), "links[0].attributes[0]");
    }
}
