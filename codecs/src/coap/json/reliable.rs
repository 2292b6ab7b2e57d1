//! The JSON form of CoAP messages over TCP and WebSocket.
//!
//! ```text
//! coap   code ("2.05"), token (hex digits), options [{max_message_size: 1152}], payload
//! raw    hex: any bytes
//! ```
//!
//! It is that of [`super`] without `type` and `message_id`, and with the options of the signalling
//! codes: `max_message_size`, `block_wise_transfer` and `extended_token_length` of 7.01, `custody`
//! of 7.02 and 7.03, `alternative_address` and `hold_off` of 7.04, `bad_csm_option` of 7.05. For
//! what is wrong on purpose there is `length` beside `token_length` and `payload_marker`: what the
//! header says of the length of options and payload, whatever it is.

use alloc::string::ToString;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::read::Parts;
use super::write::options;
use crate::coap::Context;
use crate::coap::reliable::{Framing, Message, Raw, fields};
use crate::json::{
    self, Fields, FormError, Notes, bytes_from_json, bytes_to_json, only_entry, to_hex,
};

/// The greatest Length that a header can say.
const LONGEST: u64 = 65_805 + u32::MAX as u64;

/// The fields that the form called `kind` can have; `None` for what is no form.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "coap" => {
            &["code", "token", "options", "payload", "length", "token_length", "payload_marker"]
        }
        "raw" => &["hex"],
        _ => return None,
    })
}

/// The JSON form of a message, with every field.
pub fn to_json(message: &Message<'_>) -> Value {
    json!({ "coap": {
        "code": message.code.to_string(),
        "token": to_hex(message.token),
        "options": options(message.options, message.code),
        "payload": bytes_to_json(message.payload),
    } })
}

/// The bytes of a JSON form. What is left out gets its default; what is wrong but can be written is
/// written.
pub fn encode(form: &Value, framing: Framing) -> Result<Vec<u8>, FormError> {
    let (key, value) = only_entry(form, "")?;
    match key {
        "raw" => bytes_from_json(value, "raw"),
        "coap" => message(value, framing),
        _ => Err(FormError::new(key, "is no CoAP form; there are `coap` and `raw`")),
    }
}

fn message(value: &Value, framing: Framing) -> Result<Vec<u8>, FormError> {
    let mut fields = Fields::new(value, "coap".to_string())?;
    let parts = Parts::read(&mut fields)?;
    let own = match framing {
        Framing::Tcp => parts.rest.len() as u64,
        Framing::WebSocket => 0,
    };
    let length = fields.number("length", Some(own), LONGEST)?;
    fields.finish()?;
    let mut rest = Vec::new();
    parts.put_token(&mut rest);
    rest.extend_from_slice(&parts.rest);
    let raw = Raw { length, token_length: parts.token_length, code: parts.code, rest: &rest };
    let mut bytes = alloc::vec![0; rest.len().saturating_add(6)];
    // There is room for the longest header.
    let written = raw.encode(&mut bytes).unwrap_or(0);
    bytes.truncate(written);
    Ok(bytes)
}

/// What a decoder makes of the front of `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`.
pub fn envelope(bytes: &[u8], framing: Framing, ctx: &Context) -> Value {
    let mut notes = Notes::default();
    let found = fields(bytes, framing, ctx, &mut notes);
    let found = found.map(|found| found.map(|message| to_json(&message)));
    json::envelope(bytes, found, notes, json::error_to_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(form: Value, framing: Framing) -> Result<alloc::string::String, FormError> {
        encode(&json!({ "coap": form }), framing).map(|bytes| to_hex(&bytes))
    }

    #[test]
    fn signalling_options_are_written_by_name() {
        let form = json!({ "code": "7.01",
            "options": [{ "block_wise_transfer": "" }, { "max_message_size": 1152 }] });
        assert_eq!(hex(form.clone(), Framing::Tcp), Ok("40e122048020".into()));
        assert_eq!(hex(form, Framing::WebSocket), Ok("00e122048020".into()));
        let form = json!({ "code": "7.04", "options": [{ "hold_off": 0 }, { "custody": "" }] });
        let error = hex(form, Framing::Tcp).unwrap_err();
        assert_eq!(error.path, "coap.options[1].custody");
        let form = json!({ "code": "0.01", "message_id": 1 });
        assert_eq!(hex(form, Framing::Tcp).unwrap_err().path, "coap.message_id");
    }

    #[test]
    fn a_length_that_lies_is_written() {
        let form = |length: u64| json!({ "code": "0.01", "length": length, "payload": "p" });
        assert_eq!(hex(form(3), Framing::WebSocket), Ok("3001ff70".into()));
        assert_eq!(hex(form(13), Framing::Tcp), Ok("d00001ff70".into()));
        assert_eq!(hex(form(LONGEST), Framing::Tcp), Ok("f0ffffffff01ff70".into()));
        assert!(hex(form(LONGEST + 1), Framing::Tcp).is_err());
    }
}
