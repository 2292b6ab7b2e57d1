//! Documents in the CoRE Link Format: what a CoAP server says of its resources.

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::link::json::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::coap::link::{DecodeError, ErrorKind, Links, decode, fields};

use super::{Codec, Seen, Sender, Taken};

/// The documents of RFC 6690. One is all that there is: nothing in it says where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkFormat;

fn taken(bytes: &[u8], found: Result<Links<'_>, DecodeError>) -> Taken {
    let used = bytes.len();
    found.map(|links| Decoded::Complete { message: to_json(&links), used }).into()
}

impl Codec for LinkFormat {
    fn take(&self, bytes: &[u8], _: Sender) -> Taken {
        taken(bytes, decode(bytes))
    }

    fn fields(&self, bytes: &[u8], _: Sender, seen: &mut Seen) -> Taken {
        taken(bytes, fields(bytes, seen))
    }

    fn envelope(&self, bytes: &[u8], _: Sender) -> Value {
        envelope(bytes)
    }

    fn encode(&self, form: &Value) -> Result<Vec<u8>, String> {
        encode(form).map_err(|error| error.to_string())
    }

    /// The targets: `links /a /b`.
    fn describe(&self, form: &Value) -> String {
        let Some(Value::Array(links)) = form.get("links") else { return super::compact(form) };
        let targets = links.iter().filter_map(|link| link["target"].as_str());
        targets.fold("links".to_owned(), |line, target| format!("{line} {target}"))
    }

    fn name(&self, bytes: &[u8]) -> String {
        match decode(bytes).map(|links| links.iter().count()) {
            Ok(1) => "1 link".to_owned(),
            Ok(count) => format!("{count} links"),
            Err(_) => "links".to_owned(),
        }
    }

    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]> {
        fields_of(kind)
    }

    fn error_kinds(&self) -> Vec<&'static str> {
        ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
    }

    fn has_one_kind(&self) -> bool {
        true
    }

    fn is_text(&self) -> bool {
        true
    }
}
