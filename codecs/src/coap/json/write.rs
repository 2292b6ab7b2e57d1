//! Messages to JSON forms.

use alloc::string::ToString;
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::coap::{CoapOption, Code, Format, Message, Options};
use crate::json::{bytes_to_json, to_hex};

/// The JSON form of a message, with every field.
pub fn to_json(message: &Message<'_>) -> Value {
    json!({ "coap": {
        "type": message.message_type.name(),
        "code": message.code.to_string(),
        "message_id": message.message_id,
        "token": to_hex(message.token),
        "options": options(message.options, message.code),
        "payload": bytes_to_json(message.payload),
    } })
}

/// The options of a message with this Code.
pub(super) fn options(options: Options<'_>, code: Code) -> Value {
    options.iter().map(|item| option_to_json_in(code, &item)).collect::<Vec<Value>>().into()
}

/// An option of a request or response as an object with its name or number as the only key.
pub fn option_to_json(option: &CoapOption<'_>) -> Value {
    option_to_json_in(Code::GET, option)
}

/// The same for an option of a message with this Code.
fn option_to_json_in(code: Code, option: &CoapOption<'_>) -> Value {
    let Some(definition) = option.number.definition_in(code) else {
        return json!({ option.number.0.to_string(): bytes_to_json(option.value) });
    };
    let value = match definition.format {
        _ if !definition.allows(option.value.len()) => None,
        Format::Empty | Format::Opaque | Format::String => Some(bytes_to_json(option.value)),
        Format::Uint => option.uint().map(Value::from),
        Format::Block => option
            .block()
            .map(|block| json!({ "num": block.num, "more": block.more, "size": block.size() })),
    };
    json!({ definition.key: value.unwrap_or_else(|| json!({ "hex": to_hex(option.value) })) })
}
