//! MQTT-SN messages.

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt_sn::json::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::mqtt_sn::{
    Context, DecodeError, ErrorKind, Frame, Message, MessageType, Party, Profile, Raw, ReturnCode,
    decode, fields, frame,
};

use super::words::field;
use super::{Codec, Seen, Sender, Taken};
use crate::case::Length;

/// The messages of MQTT-SN 1.2 over datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MqttSn;

/// What the decoder is told: one datagram is one message.
#[must_use]
pub fn context(from: Sender) -> Context {
    let party = match from {
        Sender::Client => Party::Client,
        Sender::Server => Party::Gateway,
        Sender::Either => Party::Either,
    };
    Context { profile: Profile { datagram: true }, ..Context::new(party) }
}

fn taken(found: Result<Decoded<Message<'_>>, DecodeError>) -> Taken {
    found.map(|found| found.map(|message| to_json(&message))).into()
}

/// The parts of a whole message, and the length of its header.
fn parts(bytes: &[u8]) -> Result<(Raw<'_>, usize), String> {
    match frame(bytes, usize::MAX) {
        Ok(Frame::Complete { raw, header }) => Ok((raw, header)),
        _ => Err("only a whole message can be changed by the names of its fields".to_owned()),
    }
}

fn write(raw: &Raw<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; raw.body.len() + 4];
    let length = raw.encode(&mut bytes).map_err(|error| error.to_string())?;
    bytes.truncate(length);
    Ok(bytes)
}

impl Codec for MqttSn {
    fn take(&self, bytes: &[u8], from: Sender) -> Taken {
        taken(decode(bytes, &context(from)))
    }

    fn fields(&self, bytes: &[u8], from: Sender, seen: &mut Seen) -> Taken {
        taken(fields(bytes, &context(from), seen))
    }

    fn envelope(&self, bytes: &[u8], from: Sender) -> Value {
        envelope(bytes, &context(from))
    }

    fn encode(&self, form: &Value) -> Result<Vec<u8>, String> {
        encode(form).map_err(|error| error.to_string())
    }

    /// `PUBACK topic_id=3 message_id=7 return_code=0 Accepted`.
    fn describe(&self, form: &Value) -> String {
        let Some((kind, Value::Object(body))) =
            form.as_object().and_then(|form| form.iter().next())
        else {
            return form.to_string();
        };
        let mut line = kind.to_uppercase();
        for (key, value) in body {
            let shown = match (key.as_str(), value) {
                (_, Value::Bool(false)) => continue,
                (_, Value::Bool(true)) => format!(" {key}"),
                ("return_code", Value::Number(_)) => {
                    format!(" return_code={}", code(value.as_u64().unwrap_or_default()))
                }
                ("message", Value::Object(_)) => format!(" [{}]", self.describe(value)),
                _ => field(key, value),
            };
            line.push_str(&shown);
        }
        line
    }

    fn name(&self, bytes: &[u8]) -> String {
        let at = if bytes.first() == Some(&1) { 3 } else { 1 };
        let kind = bytes.get(at).copied().map(MessageType);
        kind.map_or_else(|| "a message".to_owned(), |kind| kind.name().to_owned())
    }

    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]> {
        fields_of(kind)
    }

    fn error_kinds(&self) -> Vec<&'static str> {
        ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
    }

    /// Congestion, and what is not supported.
    fn policy(&self, form: &Value) -> Option<String> {
        let (_, body) = form.as_object()?.iter().next()?;
        let said = body.get("return_code")?.as_u64()?;
        matches!(said, 1 | 3).then(|| code(said).to_string())
    }

    fn reframe(&self, changed: Vec<u8>, original: &[u8]) -> Result<Vec<u8>, String> {
        let (raw, header) = parts(original)?;
        let at = header.saturating_sub(1);
        let message_type = changed.get(at).copied().map_or(raw.message_type, MessageType);
        let body = changed.get(header..).unwrap_or_default();
        let length = u16::try_from(header + body.len()).map_err(|error| error.to_string())?;
        let long = raw.long || length > 255;
        let length = if long && !raw.long { length.saturating_add(2) } else { length };
        write(&Raw { long, length, message_type, body })
    }

    fn lie(&self, bytes: &[u8], length: &Length) -> Result<Vec<u8>, String> {
        let (raw, _) = parts(bytes)?;
        let length = length.applied(bytes.len())?;
        let most = if raw.long { u32::from(u16::MAX) } else { 255 };
        if length > most {
            return Err(format!("{length} does not fit into this Length"));
        }
        write(&Raw { length: length as u16, ..raw })
    }

    fn changing(&self) -> &'static [&'static str] {
        &["message_id", "topic_id"]
    }

    fn is_farewell(&self, kind: &str) -> bool {
        kind == "disconnect"
    }
}

/// `2 Rejected: invalid topic ID`.
fn code(code: u64) -> String {
    let name = u8::try_from(code).map_or("", |code| ReturnCode(code).name());
    format!("{code} {name}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_read_as_words() {
        let line = |form: Value| MqttSn.describe(&form);
        assert_eq!(
            line(json!({ "puback": { "topic_id": 3, "message_id": 7, "return_code": 2 } })),
            "PUBACK topic_id=3 message_id=7 return_code=2 Rejected: invalid topic ID"
        );
        assert_eq!(
            line(json!({ "publish": { "qos": 1, "dup": true, "retain": false } })),
            "PUBLISH qos=1 dup"
        );
    }

    #[test]
    fn lengths_follow_changes_and_lie_when_told() {
        let ping = MqttSn.encode(&json!({ "pingreq": { "client_id": "a" } })).expect("a message");
        assert_eq!(ping, [3, 0x16, b'a']);
        let longer = [ping.clone(), vec![b'b'; 300]].concat();
        let longer = MqttSn.reframe(longer, &ping).expect("a message");
        assert_eq!(longer.get(..5), Some([1, 1, 49, 0x16, b'a'].as_slice()));
        assert_eq!(longer.len(), 305);
        let lie: Length = serde_json::from_value(json!({ "add": 4 })).expect("a length");
        assert_eq!(MqttSn.lie(&ping, &lie), Ok(vec![7, 0x16, b'a']));
    }
}
