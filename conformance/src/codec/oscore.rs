//! Values of the OSCORE option: what can be read of a protected message without its keys.

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::oscore::json::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::coap::oscore::{DecodeError, ErrorKind, OscoreOption};

use super::{Codec, Seen, Sender, Taken};

/// The option of RFC 8613. The bytes are one value: nothing in it says where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oscore;

fn taken(bytes: &[u8], found: Result<OscoreOption<'_>, DecodeError>) -> Taken {
    let used = bytes.len();
    found.map(|option| Decoded::Complete { message: to_json(&option), used }).into()
}

impl Codec for Oscore {
    fn take(&self, bytes: &[u8], _: Sender) -> Taken {
        taken(bytes, OscoreOption::decode(bytes))
    }

    fn fields(&self, bytes: &[u8], _: Sender, seen: &mut Seen) -> Taken {
        taken(bytes, OscoreOption::fields(bytes, seen))
    }

    fn envelope(&self, bytes: &[u8], _: Sender) -> Value {
        envelope(bytes)
    }

    fn encode(&self, form: &Value) -> Result<Vec<u8>, String> {
        encode(form).map_err(|error| error.to_string())
    }

    fn describe(&self, form: &Value) -> String {
        super::compact(form)
    }

    fn name(&self, _: &[u8]) -> String {
        "OSCORE option".to_owned()
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
}
