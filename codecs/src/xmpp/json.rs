//! The JSON forms of XMPP: one object with one key.
//!
//! ```text
//! xml         the canonical text of a first-level element
//! stream      declaration, prefix, content_namespace, to, from, id, version, lang,
//!             prefixes {prefix: namespace}, attributes [{namespace, name, value}]
//! stream_end  nothing
//! space       how many bytes of white space
//! ```
//!
//! [`to_json`] prints `declaration`, `prefix` and `content_namespace` (empty if none is declared)
//! always, `prefixes` and `attributes` if there are others than those that have a key. [`encode`]
//! takes `true`, `stream` and `jabber:client` where these are left out, adds no attribute, and
//! writes the text of `xml` as it is, right or wrong; there `{"hex": "00ff"}` may stand too.
//! `namespace` gives a header another one than that of streams.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::tokenizer::{Event, Tokenizer};
use super::write::quoted;
use super::{Context, DecodeError, Header, decode, namespace};
use crate::json::{
    self, Fields, FormError, Notes, bytes_from_json, bytes_to_json, number, only_entry,
};

/// The most white space that a form writes.
const MOST_SPACE: u64 = 1 << 20;

/// The fields of the form called `kind`; `None` for what is no kind.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "xml" | "space" | "stream_end" => &[],
        "stream" => &[
            "declaration",
            "prefix",
            "content_namespace",
            "to",
            "from",
            "id",
            "version",
            "lang",
            "prefixes",
            "attributes",
            "namespace",
        ],
        _ => return None,
    })
}

/// The form of an event.
pub fn to_json(event: &Event<'_>) -> Value {
    match event {
        Event::Header(header) => json!({ "stream": header_to_json(header) }),
        Event::Element(element) => json!({ "xml": element.to_string() }),
        Event::End => json!({ "stream_end": {} }),
        Event::Space(bytes) => json!({ "space": bytes }),
    }
}

fn header_to_json(header: &Header<'_>) -> Value {
    let element = header.element();
    let mut object = Map::new();
    object.insert("declaration".into(), header.has_declaration().into());
    object.insert("prefix".into(), element.prefix().into());
    object.insert("content_namespace".into(), header.content_namespace().into());
    let known = [
        ("to", header.to()),
        ("from", header.from()),
        ("id", header.id()),
        ("version", header.version()),
        ("lang", header.lang()),
    ];
    for (key, value) in known {
        if let Some(value) = value {
            object.insert(key.into(), bytes_to_json(value.as_bytes()));
        }
    }
    let prefixes: Map<String, Value> = header
        .prefixes()
        .filter(|(prefix, _)| *prefix != element.prefix())
        .map(|(prefix, namespace)| (prefix.to_string(), namespace.into()))
        .collect();
    if !prefixes.is_empty() {
        object.insert("prefixes".into(), Value::Object(prefixes));
    }
    let others: Vec<Value> = element
        .attributes()
        .filter(|of| match of.namespace {
            "" => !matches!(of.name, "to" | "from" | "id" | "version"),
            namespace::XML => of.name != "lang",
            _ => true,
        })
        .map(|of| {
            let value = bytes_to_json(of.value.as_bytes());
            json!({ "namespace": of.namespace, "name": of.name, "value": value })
        })
        .collect();
    if !others.is_empty() {
        object.insert("attributes".into(), others.into());
    }
    Value::Object(object)
}

/// The bytes of a form.
///
/// # Errors
/// The form is none of the four, or a field of it is wrong.
pub fn encode(form: &Value) -> Result<Vec<u8>, FormError> {
    let (kind, value) = only_entry(form, "")?;
    match kind {
        "xml" => bytes_from_json(value, "xml"),
        "stream" => encode_header(value),
        "stream_end" => {
            Fields::new(value, kind.into())?.finish()?;
            Ok(b"</stream:stream>".to_vec())
        }
        "space" => {
            let bytes = number(value, MOST_SPACE, kind)?;
            Ok(alloc::vec![b' '; usize::try_from(bytes).unwrap_or(0)])
        }
        _ => Err(FormError::new(kind, "expected one of xml, stream, stream_end, space")),
    }
}

fn encode_header(value: &Value) -> Result<Vec<u8>, FormError> {
    let mut fields = Fields::new(value, "stream".into())?;
    let declaration = match fields.get("declaration") {
        None => true,
        Some(Value::Bool(declaration)) => *declaration,
        Some(_) => return Err(FormError::new("stream.declaration", "expected true or false")),
    };
    let prefix = text(&mut fields, "prefix")?.unwrap_or_else(|| "stream".into());
    let space = text(&mut fields, "namespace")?.unwrap_or_else(|| namespace::STREAMS.into());
    let content = text(&mut fields, "content_namespace")?;
    let mut xml = String::new();
    if declaration {
        xml.push_str("<?xml version='1.0'?>");
    }
    let name = if prefix.is_empty() { "stream".into() } else { format!("{prefix}:stream") };
    xml.push('<');
    xml.push_str(&name);
    if prefix.is_empty() {
        attribute(&mut xml, "xmlns", &space);
    } else {
        let content = content.unwrap_or_else(|| namespace::CLIENT.into());
        if !content.is_empty() {
            attribute(&mut xml, "xmlns", &content);
        }
        attribute(&mut xml, &format!("xmlns:{prefix}"), &space);
    }
    let mut declared = alloc::vec![(prefix, space)];
    if let Some(Value::Object(prefixes)) = fields.get("prefixes") {
        for (prefix, value) in prefixes {
            let Value::String(value) = value else {
                return Err(FormError::new("stream.prefixes", "expected strings"));
            };
            attribute(&mut xml, &format!("xmlns:{prefix}"), value);
            declared.push((prefix.clone(), value.clone()));
        }
    }
    for (key, name) in
        [("to", "to"), ("from", "from"), ("id", "id"), ("version", "version"), ("lang", "xml:lang")]
    {
        if let Some(value) = text(&mut fields, key)? {
            attribute(&mut xml, name, &value);
        }
    }
    for (index, other) in fields.list("attributes")?.iter().enumerate() {
        let path = format!("stream.attributes[{index}]");
        let mut other = Fields::new(other, path.clone())?;
        let namespace = text(&mut other, "namespace")?.unwrap_or_default();
        let name = text(&mut other, "name")?.unwrap_or_default();
        let value = text(&mut other, "value")?.unwrap_or_default();
        other.finish()?;
        let known = declared.iter().find(|(prefix, of)| !prefix.is_empty() && *of == namespace);
        let name = match (namespace.as_str(), known) {
            ("", _) => name,
            (namespace::XML, _) => format!("xml:{name}"),
            (_, Some((prefix, _))) => format!("{prefix}:{name}"),
            _ => return Err(FormError::new(path, "its namespace has no prefix in `prefixes`")),
        };
        attribute(&mut xml, &name, &value);
    }
    fields.finish()?;
    xml.push('>');
    Ok(xml.into_bytes())
}

fn text(fields: &mut Fields<'_>, key: &'static str) -> Result<Option<String>, FormError> {
    let path = fields.path(key);
    let Some(bytes) = fields.bytes(key)? else { return Ok(None) };
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| FormError::new(path, "expected UTF-8"))
}

fn attribute(xml: &mut String, name: &str, value: &str) {
    xml.push(' ');
    xml.push_str(name);
    xml.push('=');
    // A string takes everything.
    let _ = quoted(xml, value);
}

/// What a decoder makes of the front of `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`. Input that ends too early is an error of kind `incomplete`.
pub fn envelope(bytes: &[u8], ctx: &Context) -> Value {
    let mut tokenizer = Tokenizer::new(*ctx);
    let found = decode(bytes, ctx, &mut tokenizer);
    let found = found.map(|found| found.map(|message| to_json(&message)));
    json::envelope(bytes, found, Notes::default(), error_to_json)
}

/// `{"kind", "at", "field", "requirement", "text", "condition"}`; the condition is that of the
/// stream error which answers it.
pub fn error_to_json(error: &DecodeError) -> Value {
    let mut told = json::error_to_json(error);
    if let Value::Object(told) = &mut told {
        told.insert("condition".into(), error.kind.condition().name().into());
    }
    told
}
