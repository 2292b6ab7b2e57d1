//! JSON forms to bytes, right or wrong.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::json::{Fields, FormError, from_hex, number, only_entry};
use crate::mqtt_sn::connect::PROTOCOL_ID;
use crate::mqtt_sn::flags::{CLEAN_SESSION, DUP, RETAIN, WILL, when};
use crate::mqtt_sn::{MessageType, Raw};

/// How many forms may stand in each other.
const DEEPEST: u8 = 64;

/// The bytes of a JSON form. What is left out gets its default; what is wrong but can be written is
/// written.
pub fn encode(form: &Value) -> Result<Vec<u8>, FormError> {
    message(form, "", 0)
}

fn message(form: &Value, path: &str, depth: u8) -> Result<Vec<u8>, FormError> {
    let (key, value) = only_entry(form, path)?;
    let path = if path.is_empty() { key.to_string() } else { [path, key].join(".") };
    if depth > DEEPEST {
        return Err(FormError::new(path, "too many encapsulations"));
    }
    let mut fields = Fields::new(value, path.clone())?;
    if key == "raw" {
        return raw(fields);
    }
    let Some(message_type) = MessageType::from_key(key) else {
        return Err(FormError::new(path, "is not the name of an MQTT-SN message"));
    };
    let mut body = Body { bytes: Vec::new(), behind: Vec::new() };
    body.write(message_type, &mut fields, depth)?;
    fields.finish()?;
    let header = if body.bytes.len() <= 253 { 2 } else { 4 };
    let Ok(length) = u16::try_from(body.bytes.len().saturating_add(header)) else {
        return Err(FormError::new(path, "the message is longer than 65,535 octets"));
    };
    let mut bytes = alloc::vec![0; length.into()];
    let raw = Raw { long: header == 4, length, message_type, body: &body.bytes };
    raw.encode(&mut bytes).map_err(|error| FormError::new(path, error.to_string()))?;
    bytes.append(&mut body.behind);
    Ok(bytes)
}

fn raw(mut fields: Fields<'_>) -> Result<Vec<u8>, FormError> {
    let path = fields.path("hex");
    let bytes = match fields.get("hex") {
        Some(Value::String(hex)) => from_hex(hex).map_err(|text| FormError::new(path, text))?,
        _ => return Err(FormError::new(path, "expected hex digits")),
    };
    fields.finish()?;
    Ok(bytes)
}

struct Body {
    bytes: Vec<u8>,
    /// What an encapsulation carries.
    behind: Vec<u8>,
}

impl Body {
    fn write(
        &mut self,
        message_type: MessageType,
        fields: &mut Fields<'_>,
        depth: u8,
    ) -> Result<(), FormError> {
        match message_type {
            MessageType::ADVERTISE => {
                self.byte(fields, "gateway_id", Some(0))?;
                self.two(fields, "duration", Some(0))?;
            }
            MessageType::SEARCHGW => self.byte(fields, "radius", Some(0))?,
            MessageType::GWINFO => {
                self.byte(fields, "gateway_id", Some(0))?;
                self.text(fields, "gateway_address")?;
            }
            MessageType::CONNECT => {
                let flags = flags(fields, 0, CLEAN_SESSION)?;
                self.bytes.push(flags);
                self.byte(fields, "protocol_id", Some(PROTOCOL_ID.into()))?;
                self.two(fields, "duration", Some(60))?;
                self.text(fields, "client_id")?;
            }
            MessageType::CONNACK | MessageType::WILLTOPICRESP | MessageType::WILLMSGRESP => {
                self.byte(fields, "return_code", Some(0))?;
            }
            MessageType::WILLTOPIC | MessageType::WILLTOPICUPD if !fields.is_empty() => {
                let flags = flags(fields, 0, 0)?;
                self.bytes.push(flags);
                self.text(fields, "will_topic")?;
            }
            MessageType::WILLMSG | MessageType::WILLMSGUPD => self.text(fields, "will_message")?,
            MessageType::REGISTER => {
                self.two(fields, "topic_id", Some(0))?;
                self.two(fields, "message_id", None)?;
                self.text(fields, "topic_name")?;
            }
            MessageType::REGACK | MessageType::PUBACK => {
                self.two(fields, "topic_id", None)?;
                self.two(fields, "message_id", None)?;
                self.byte(fields, "return_code", Some(0))?;
            }
            MessageType::PUBLISH => {
                let short = fields.get("topic_name").is_some();
                let flags = flags(fields, if short { 2 } else { 0 }, 0)?;
                self.bytes.push(flags);
                self.topic(fields, short)?;
                self.two(fields, "message_id", Some(0))?;
                self.text(fields, "data")?;
            }
            MessageType::PUBCOMP
            | MessageType::PUBREC
            | MessageType::PUBREL
            | MessageType::UNSUBACK => self.two(fields, "message_id", None)?,
            MessageType::SUBSCRIBE | MessageType::UNSUBSCRIBE => {
                let id = fields.get("topic_id").is_some();
                let flags = flags(fields, u8::from(id), 0)?;
                self.bytes.push(flags);
                self.two(fields, "message_id", None)?;
                self.topic(fields, !id)?;
            }
            MessageType::SUBACK => {
                let flags = flags(fields, 0, 0)?;
                self.bytes.push(flags);
                self.two(fields, "topic_id", Some(0))?;
                self.two(fields, "message_id", None)?;
                self.byte(fields, "return_code", Some(0))?;
            }
            MessageType::PINGREQ => self.text(fields, "client_id")?,
            MessageType::DISCONNECT if fields.get("duration").is_some() => {
                self.two(fields, "duration", None)?;
            }
            MessageType::ENCAPSULATED => {
                let radius = fields.number("radius", Some(0), 3)? as u8;
                self.bytes.push((fields.number("reserved", Some(0), 63)? as u8) << 2 | radius);
                self.text(fields, "wireless_node_id")?;
                let Some(form) = fields.get("message") else {
                    return Err(FormError::new(fields.path("message"), "is missing"));
                };
                let depth = depth.saturating_add(1);
                self.behind = message(form, &fields.path("message"), depth)?;
                if self.bytes.len() > 253 {
                    let path = fields.path("wireless_node_id");
                    return Err(FormError::new(path, "is longer than 252 octets"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn byte(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        default: Option<u64>,
    ) -> Result<(), FormError> {
        self.bytes.push(fields.number(key, default, 255)? as u8);
        Ok(())
    }

    fn two(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        default: Option<u64>,
    ) -> Result<(), FormError> {
        let value = fields.number(key, default, 65_535)? as u16;
        self.bytes.extend_from_slice(&value.to_be_bytes());
        Ok(())
    }

    fn text(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Result<(), FormError> {
        self.bytes.append(&mut fields.bytes(key)?.unwrap_or_default());
        Ok(())
    }

    /// The topic name as it is, or the two octets of the id.
    fn topic(&mut self, fields: &mut Fields<'_>, name: bool) -> Result<(), FormError> {
        if name { self.text(fields, "topic_name") } else { self.two(fields, "topic_id", None) }
    }
}

/// The Flags field, with all its flags, whether the message uses them or not.
fn flags(fields: &mut Fields<'_>, topic_id_type: u8, clean: u8) -> Result<u8, FormError> {
    let qos = match fields.get("qos") {
        None => 0,
        Some(value) if value.as_i64() == Some(-1) => 3,
        Some(value) => number(value, 2, &fields.path("qos"))
            .map_err(|error| FormError { text: String::from("expected -1, 0, 1 or 2"), ..error })?
            as u8,
    };
    let clean = match fields.get("clean_session") {
        None => clean,
        Some(_) => when(fields.flag("clean_session")? == 1, CLEAN_SESSION),
    };
    Ok(when(fields.flag("dup")? == 1, DUP)
        | qos << 5
        | when(fields.flag("retain")? == 1, RETAIN)
        | when(fields.flag("will")? == 1, WILL)
        | clean
        | fields.number("topic_id_type", Some(topic_id_type.into()), 3)? as u8)
}
