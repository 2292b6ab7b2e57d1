//! CoAP messages over UDP.

use serde_json::{Map, Value};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::coap::{Code, Context, DecodeError, ErrorKind, Message, decode, fields};

use super::words::field;
use super::{Codec, Seen, Sender, Taken};

/// The datagrams of RFC 7252.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coap;

fn taken(found: Result<Decoded<Message<'_>>, DecodeError>) -> Taken {
    found.map(|found| found.map(|message| to_json(&message))).into()
}

impl Codec for Coap {
    fn take(&self, bytes: &[u8], _: Sender) -> Taken {
        taken(decode(bytes, &Context::default()))
    }

    fn fields(&self, bytes: &[u8], _: Sender, seen: &mut Seen) -> Taken {
        taken(fields(bytes, &Context::default(), seen))
    }

    fn envelope(&self, bytes: &[u8], _: Sender) -> Value {
        envelope(bytes, &Context::default())
    }

    fn encode(&self, form: &Value) -> Result<Vec<u8>, String> {
        encode(form).map_err(|error| error.to_string())
    }

    fn describe(&self, form: &Value) -> String {
        describe(form)
    }

    fn name(&self, bytes: &[u8]) -> String {
        let code = bytes.get(1).map(|code| Code(*code).to_string());
        code.map_or_else(|| "CoAP".to_owned(), |code| format!("CoAP {}", with_name(&code)))
    }

    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]> {
        fields_of(kind)
    }

    fn error_kinds(&self) -> Vec<&'static str> {
        let kinds = ErrorKind::ALL.iter().filter(|kind| **kind != ErrorKind::LengthNotZero);
        kinds.map(|kind| kind.name()).collect()
    }

    fn policy(&self, form: &Value) -> Option<String> {
        policy(form)
    }

    fn has_one_kind(&self) -> bool {
        true
    }

    fn changing(&self) -> &'static [&'static str] {
        &["message_id", "token"]
    }
}

/// `CON 0.01 GET message_id=7 token=4a observe=0 uri_path="a"`.
pub(super) fn describe(form: &Value) -> String {
    let Some(Value::Object(body)) = form.get("coap") else { return super::compact(form) };
    let mut line = String::new();
    for (key, value) in in_order(body) {
        let text = value.as_str();
        line.push_str(&match (key.as_str(), text) {
            ("type", Some(text)) => text.to_owned(),
            ("code", Some(text)) => format!(" {}", with_name(text)),
            ("token", Some("")) => continue,
            ("token", Some(text)) if !text.starts_with('?') => format!(" token={text}"),
            ("payload", Some("")) => continue,
            ("options", _) if value.is_array() => options(value),
            _ => field(key, value),
        });
    }
    line.trim_start().to_owned()
}

/// The response code that says that a server refuses by policy or load.
pub(super) fn policy(form: &Value) -> Option<String> {
    let code = form.pointer("/coap/code")?.as_str()?;
    let policy = ["4.01", "4.03", "4.29", "5.03"].contains(&code);
    policy.then(|| with_name(code).to_string())
}

/// The members of a form in the order in which people look for them.
fn in_order(body: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    const FIRST: [&str; 5] = ["type", "code", "message_id", "token", "options"];
    let first = FIRST.iter().filter_map(|key| body.get_key_value(*key));
    first.chain(body.iter().filter(|(key, _)| !FIRST.contains(&key.as_str())))
}

/// `2.05 Content`.
pub(super) fn with_name(code: &str) -> String {
    let known = Code::from_text(code).and_then(|code| code.name());
    known.map_or_else(|| code.to_owned(), |name| format!("{code} {name}"))
}

fn options(value: &Value) -> String {
    let options = value.as_array().into_iter().flatten().filter_map(Value::as_object);
    options.flatten().map(|(key, value)| field(key, value)).collect()
}
