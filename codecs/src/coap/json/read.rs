//! JSON forms to bytes, right or wrong.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::uri;
use crate::coap::option::{LONGEST_VALUE, extra, nibble, shortest};
use crate::coap::{Block, Code, Format, MessageType, OptionNumber};
use crate::json::{Fields, FormError, bytes_from_json, from_hex, number, only_entry};

/// The bytes of a JSON form. What is left out gets its default; what is wrong but can be written is
/// written.
pub fn encode(form: &Value) -> Result<Vec<u8>, FormError> {
    let (key, value) = only_entry(form, "")?;
    match key {
        "raw" => bytes_from_json(value, "raw"),
        "coap" => message(value),
        _ => Err(FormError::new(key, "is no CoAP form; there are `coap` and `raw`")),
    }
}

fn message(value: &Value) -> Result<Vec<u8>, FormError> {
    let mut fields = Fields::new(value, "coap".to_string())?;
    let message_type = match fields.get("type") {
        None => MessageType::Confirmable,
        Some(value) => text(value, MessageType::from_name)
            .ok_or_else(|| FormError::new("coap.type", "expected CON, NON, ACK or RST"))?,
    };
    let message_id = fields.number("message_id", None, 65_535)? as u16;
    let version = fields.number("version", Some(1), 3)? as u8;
    let parts = Parts::read(&mut fields)?;
    fields.finish()?;

    let mut bytes = Vec::new();
    bytes.push(version << 6 | message_type.bits() << 4 | parts.token_length);
    bytes.push(parts.code.0);
    bytes.extend_from_slice(&message_id.to_be_bytes());
    parts.put_token(&mut bytes);
    bytes.extend_from_slice(&parts.rest);
    #[cfg(planted_bug)]
    if version == 2 && parts.code == Code::CONFLICT && message_type == MessageType::NonConfirmable {
        assert!(!crate::planted("coap-round-trip"), "a conflict of another version");
    }
    Ok(bytes)
}

/// What the forms of all transports have in common.
pub(super) struct Parts {
    pub(super) code: Code,
    token: Vec<u8>,
    pub(super) token_length: u8,
    /// Options, payload marker and payload.
    pub(super) rest: Vec<u8>,
}

impl Parts {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FormError> {
        let code = fields
            .get("code")
            .and_then(|value| text(value, Code::from_text))
            .ok_or_else(|| FormError::new("coap.code", "expected a code like \"2.05\""))?;
        let token = match fields.get("token") {
            None => Vec::new(),
            Some(value) => text(value, |text| from_hex(text).ok()).ok_or_else(|| {
                FormError::new("coap.token", "expected hex digits, two for each byte")
            })?,
        };
        if token.len() > LONGEST_VALUE {
            return Err(FormError::new("coap.token", "is longer than 65,804 bytes"));
        }
        let nibble = nibble(token.len());
        let token_length = fields.number("token_length", Some(nibble.into()), 15)? as u8;
        let mut rest = options(fields, code)?;
        let payload = fields.bytes("payload")?.unwrap_or_default();
        let marker = match fields.get("payload_marker") {
            None => !payload.is_empty(),
            Some(_) => fields.flag("payload_marker")? == 1,
        };
        if marker {
            rest.push(0xFF);
        }
        rest.extend_from_slice(&payload);
        Ok(Self { code, token, token_length, rest })
    }

    /// The token, with what of its length does not fit four bits.
    pub(super) fn put_token(&self, bytes: &mut Vec<u8>) {
        put_extension(bytes, self.token.len());
        bytes.extend_from_slice(&self.token);
    }
}

fn text<T>(value: &Value, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    value.as_str().and_then(read)
}

/// The bytes of all options, in ascending order, and of what stands raw behind them.
fn options(fields: &mut Fields<'_>, code: Code) -> Result<Vec<u8>, FormError> {
    let mut options: Vec<(OptionNumber, Vec<u8>)> = Vec::new();
    let mut raw = Vec::new();
    for (index, item) in fields.list("options")?.iter().enumerate() {
        let path = fields.path(&format!("options[{index}]"));
        let (key, value) = only_entry(item, &path)?;
        let path = format!("{path}.{key}");
        match key {
            "raw" => raw.extend(bytes_from_json(value, &path)?),
            "uri" => options.extend(uri::options(value, &path)?),
            _ => options.push(option(code, key, value, &path)?),
        }
    }
    options.sort_by_key(|(number, _)| *number);
    let mut bytes = Vec::new();
    let mut previous = 0;
    for (number, value) in options {
        let (delta, length) = (usize::from(number.0.wrapping_sub(previous)), value.len());
        bytes.push(nibble(delta) << 4 | nibble(length));
        put_extension(&mut bytes, delta);
        put_extension(&mut bytes, length);
        bytes.extend_from_slice(&value);
        previous = number.0;
    }
    bytes.extend(raw);
    Ok(bytes)
}

/// What of a delta or length does not fit its four bits.
fn put_extension(bytes: &mut Vec<u8>, number: usize) {
    match extra(number) {
        0 => {}
        1 => bytes.push(number.wrapping_sub(13) as u8),
        _ => bytes.extend_from_slice(&(number.wrapping_sub(269) as u16).to_be_bytes()),
    }
}

fn option(
    code: Code,
    key: &str,
    value: &Value,
    path: &str,
) -> Result<(OptionNumber, Vec<u8>), FormError> {
    let number = key.parse().map(OptionNumber).ok();
    let number = number.or_else(|| OptionNumber::from_key_in(code, key));
    let Some(number) = number else {
        return Err(FormError::new(path, "is neither the name nor the number of an option"));
    };
    let bytes = match number.definition_in(code) {
        // Whatever the option, its value may be given as bytes.
        Some(definition) if value.get("hex").is_none() => match definition.format {
            Format::Uint => {
                let bytes = (self::number(value, u32::MAX.into(), path)? as u32).to_be_bytes();
                // Hop-Limit has one byte, also for 0.
                let least = bytes.len().saturating_sub(definition.shortest.into());
                let padded = bytes.get(least..).unwrap_or_default();
                let short = shortest(&bytes);
                if short.len() < padded.len() { padded.to_vec() } else { short.to_vec() }
            }
            Format::Block => block(value, path)?,
            Format::Empty | Format::Opaque | Format::String => bytes_from_json(value, path)?,
        },
        _ => bytes_from_json(value, path)?,
    };
    if bytes.len() > LONGEST_VALUE {
        return Err(FormError::new(path, "is longer than 65,804 bytes"));
    }
    Ok((number, bytes))
}

fn block(value: &Value, path: &str) -> Result<Vec<u8>, FormError> {
    let mut fields = Fields::new(value, String::from(path))?;
    let num = fields.number("num", Some(0), 0xF_FFFF)? as u32;
    let more = fields.flag("more")? == 1;
    let size = fields.number("size", None, 2048)? as usize;
    let Some(szx) = (0..8).find(|szx| Block { num, more, szx: *szx }.size() == size) else {
        return Err(FormError::new(fields.path("size"), "is no power of two from 16 to 2048"));
    };
    fields.finish()?;
    Ok(shortest(&Block { num, more, szx }.to_uint().to_be_bytes()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_hex;
    use serde_json::json;

    fn hex(form: Value) -> Result<String, String> {
        encode(&json!({ "coap": form })).map(|b| to_hex(&b)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_has_a_default_and_options_are_put_in_order() {
        assert_eq!(hex(json!({ "code": "0.01", "message_id": 1 })), Ok("40010001".into()));
        let options = json!([{ "uri": "/a/b?x=1" }, { "observe": 0 }, { "hop_limit": 0 },
            { "block2": { "size": 64 } }, { "uri_host": "h" }]);
        let form = json!({ "type": "NON", "code": "0.05", "message_id": 258, "token": "4a",
            "options": options, "payload": "p" });
        assert_eq!(hex(form), Ok("510501024a3168305161016243783d31110071 02ff70".replace(' ', "")));
    }

    #[test]
    fn what_is_wrong_on_purpose_is_written() {
        let form = json!({ "code": "7.31", "message_id": 0, "version": 3, "token_length": 15,
            "payload_marker": true });
        assert_eq!(hex(form), Ok("cfff0000ff".into()));
        let form = json!({ "code": "0.01", "message_id": 0, "payload": "p", "payload_marker": false,
            "options": [{ "raw": { "hex": "f1" } }, { "accept": { "hex": "00" } }] });
        assert_eq!(hex(form), Ok("40010000d10400f170".into()));
        assert_eq!(encode(&json!({ "raw": { "hex": "ff" } })), Ok(Vec::from([0xFF])));
    }

    #[test]
    fn forms_that_say_nothing_are_refused_with_their_place() {
        let refused = |form: Value, start: &str| {
            let error = hex(form).unwrap_err();
            assert!(error.starts_with(start), "{error}");
        };
        refused(json!({ "code": "2.5", "message_id": 1 }), "coap.code: ");
        refused(json!({ "code": "0.01" }), "coap.message_id: ");
        refused(json!({ "code": "0.01", "message_id": 1, "token": "4" }), "coap.token: ");
        refused(json!({ "code": "0.01", "message_id": 1, "kind": 1 }), "coap.kind: ");
        let options =
            |options: Value| json!({ "code": "0.01", "message_id": 1, "options": options });
        refused(options(json!([{ "uri_pth": "a" }])), "coap.options[0].uri_pth: ");
        refused(options(json!([{ "65536": "a" }])), "coap.options[0].65536: ");
        refused(options(json!([{ "observe": "a" }])), "coap.options[0].observe: ");
        refused(options(json!([{ "block1": { "size": 100 } }])), "coap.options[0].block1.size: ");
        refused(options(json!([{ "uri": "a" }])), "coap.options[0].uri: ");
    }
}
