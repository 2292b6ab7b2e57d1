//! The JSON form of the value of the OSCORE option.
//!
//! ```text
//! oscore   partial_iv, kid_context, kid (hex digits), each left out if it is not there
//! raw      any bytes
//! ```

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::OscoreOption;
use crate::Decoded;
use crate::json::{self, Fields, FormError, Notes, bytes_from_json, from_hex, only_entry, to_hex};

/// The fields that the form called `kind` can have; `None` for what is no form.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "oscore" => Some(&["partial_iv", "kid_context", "kid"]),
        "raw" => Some(&["hex"]),
        _ => None,
    }
}

/// The JSON form of a value.
pub fn to_json(option: &OscoreOption<'_>) -> Value {
    let mut object = Map::new();
    let partial_iv = (!option.partial_iv.is_empty()).then_some(option.partial_iv);
    let parts =
        [("partial_iv", partial_iv), ("kid_context", option.kid_context), ("kid", option.kid)];
    for (key, bytes) in parts {
        if let Some(bytes) = bytes {
            object.insert(key.into(), to_hex(bytes).into());
        }
    }
    json!({ "oscore": object })
}

/// The bytes of a JSON form. What no value can say is refused; `raw` says anything.
pub fn encode(form: &Value) -> Result<Vec<u8>, FormError> {
    let (key, value) = only_entry(form, "")?;
    match key {
        "raw" => bytes_from_json(value, "raw"),
        "oscore" => {
            let mut fields = Fields::new(value, "oscore".to_string())?;
            let partial_iv = hex(&mut fields, "partial_iv")?.unwrap_or_default();
            let kid_context = hex(&mut fields, "kid_context")?;
            let kid = hex(&mut fields, "kid")?;
            fields.finish()?;
            let (kid_context, kid) = (kid_context.as_deref(), kid.as_deref());
            let option = OscoreOption { partial_iv: &partial_iv, kid_context, kid };
            let mut bytes = vec![0; 300];
            let length = option.encode(&mut bytes);
            let length = length.map_err(|error| FormError::new("oscore", error.to_string()))?;
            bytes.truncate(length);
            Ok(bytes)
        }
        _ => Err(FormError::new(key, "is no form of the option; there are `oscore` and `raw`")),
    }
}

fn hex(fields: &mut Fields<'_>, key: &'static str) -> Result<Option<Vec<u8>>, FormError> {
    let Some(value) = fields.get(key) else { return Ok(None) };
    match value.as_str().map(from_hex) {
        Some(Ok(bytes)) => Ok(Some(bytes)),
        _ => Err(FormError::new(fields.path(key), "expected hex digits, two for each byte")),
    }
}

/// What a decoder makes of the value `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`.
pub fn envelope(bytes: &[u8]) -> Value {
    let found = OscoreOption::decode(bytes)
        .map(|option| Decoded::Complete { message: to_json(&option), used: bytes.len() });
    json::envelope(bytes, found, Notes::default(), json::error_to_json)
}
