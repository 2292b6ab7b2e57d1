//! MQTT packets.

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::mqtt::{
    Context, DecodeError, ErrorKind, Frame, Limits, Message, PacketType, Party, Property, Raw,
    ReasonCode, Version, decode, fields, frame,
};

use super::words::field;
use super::{Codec, Seen, Sender, Taken};
use crate::case::Length;

/// The largest packet that is taken from a target.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The packets of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mqtt(pub Version);

/// What the decoder is told.
#[must_use]
pub fn context(version: Version, from: Sender) -> Context {
    let party = match from {
        Sender::Client => Party::Client,
        Sender::Server => Party::Server,
        Sender::Either => Party::Either,
    };
    Context { limits: Limits { maximum_packet_size: MOST_BYTES }, ..Context::new(version, party) }
}

impl Mqtt {
    fn taken(self, found: Result<Decoded<Message<'_>>, DecodeError>) -> Taken {
        found.map(|found| found.map(|message| to_json(&message, self.0))).into()
    }

    fn header(bytes: &[u8]) -> Result<usize, String> {
        match frame(bytes, usize::MAX) {
            Ok(Frame::Complete { header, .. }) => Ok(header),
            _ => Err("only a whole packet can be changed by the names of its fields".to_owned()),
        }
    }
}

impl Codec for Mqtt {
    fn take(&self, bytes: &[u8], from: Sender) -> Taken {
        self.taken(decode(bytes, &context(self.0, from)))
    }

    fn fields(&self, bytes: &[u8], from: Sender, seen: &mut Seen) -> Taken {
        self.taken(fields(bytes, &context(self.0, from), seen))
    }

    fn envelope(&self, bytes: &[u8], from: Sender) -> Value {
        envelope(bytes, &context(self.0, from))
    }

    fn encode(&self, form: &Value) -> Result<Vec<u8>, String> {
        encode(form, self.0).map_err(|error| error.to_string())
    }

    /// `CONNACK session_present=false reason_code=0x00 Success`. Flags that are not set and empty
    /// properties are left out.
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
                (_, Value::Array(items)) if items.is_empty() => continue,
                ("dup" | "retain", Value::Bool(true)) => format!(" {key}"),
                ("protocol_name", _) => continue,
                ("protocol_version", _) => format!(" {}", self.0.name()),
                ("reason_code", Value::Number(code)) => {
                    format!(" {}", self::code(code.as_u64().unwrap_or_default(), kind, self.0))
                }
                ("reason_codes", Value::Array(codes)) => {
                    let codes: Vec<_> = codes
                        .iter()
                        .map(|code| self::code(code.as_u64().unwrap_or_default(), kind, self.0))
                        .collect();
                    format!(" [{}]", codes.join(", "))
                }
                _ => field(key, value),
            };
            line.push_str(&shown);
        }
        line
    }

    fn name(&self, bytes: &[u8]) -> String {
        PacketType(bytes.first().copied().unwrap_or(0) >> 4).name().to_owned()
    }

    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]> {
        fields_of(kind)
    }

    fn error_kinds(&self) -> Vec<&'static str> {
        ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
    }

    fn policy(&self, form: &Value) -> Option<String> {
        let (kind, body) = form.as_object()?.iter().next()?;
        let policy = |code: u64| match (self.0, kind.as_str()) {
            (Version::V5, _) => matches!(code, 0x87..=0x89 | 0x96 | 0x97 | 0x9C | 0x9D | 0x9F),
            (_, "connack") => matches!(code, 3 | 5),
            _ => false,
        };
        let own = body.get("reason_code").and_then(Value::as_u64);
        let listed = body.get("reason_codes").and_then(Value::as_array).into_iter().flatten();
        let code =
            own.into_iter().chain(listed.filter_map(Value::as_u64)).find(|code| policy(*code))?;
        Some(self::code(code, kind, self.0))
    }

    fn reframe(&self, changed: Vec<u8>, original: &[u8]) -> Result<Vec<u8>, String> {
        let header = Self::header(original)?;
        let body = changed.get(header..).unwrap_or_default();
        let first = changed.first().copied().unwrap_or_default();
        write(Raw { first, length: body.len() as u32, body })
    }

    fn lie(&self, bytes: &[u8], length: &Length) -> Result<Vec<u8>, String> {
        let body = bytes.get(Self::header(bytes)?..).unwrap_or_default();
        let length = length.applied(body.len())?;
        write(Raw { first: bytes.first().copied().unwrap_or_default(), length, body })
    }

    fn begins_link(&self, bytes: &[u8]) -> bool {
        packet_type(bytes) == PacketType::CONNECT
    }

    /// After DISCONNECT the connection ends anyway; AUTH, an Authentication Method and a Topic Alias
    /// alone depend on what went before; a CONNECT cut off before its version is of no version.
    fn ends_anyway(&self, bytes: &[u8], twin: &[u8]) -> bool {
        let packet = packet_type(bytes);
        if matches!(packet, PacketType::DISCONNECT | PacketType::AUTH) {
            return true;
        }
        // Header, Protocol Name and Protocol Version take nine bytes.
        if packet == PacketType::CONNECT && bytes.len() < 9 {
            return true;
        }
        match decode(twin, &context(self.0, Sender::Client)) {
            Ok(Decoded::Complete { message: Message::Connect(connect), .. }) => {
                connect.properties.iter().any(|p| matches!(p, Property::AuthenticationMethod(_)))
            }
            Ok(Decoded::Complete { message: Message::Publish(publish), .. }) => {
                publish.topic_name.is_empty()
            }
            _ => false,
        }
    }

    fn changing(&self) -> &'static [&'static str] {
        &["packet_identifier"]
    }

    fn is_farewell(&self, kind: &str) -> bool {
        kind == "disconnect"
    }
}

/// What the first byte says.
fn packet_type(bytes: &[u8]) -> PacketType {
    PacketType(bytes.first().copied().unwrap_or(0) >> 4)
}

fn write(raw: Raw<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; raw.body.len() + 5];
    let length = raw.encode(&mut bytes).map_err(|error| error.to_string())?;
    bytes.truncate(length);
    Ok(bytes)
}

/// `0x87 Not authorized`.
#[must_use]
pub fn code(code: u64, kind: &str, version: Version) -> String {
    let packet = PacketType::from_key(kind).unwrap_or(PacketType(0));
    let name = u8::try_from(code).map_or("", |code| ReasonCode(code).name_in(version, packet));
    format!("0x{code:02X} {name}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_read_as_words() {
        let line = |form: Value| Mqtt(Version::V5).describe(&form);
        assert_eq!(
            line(json!({ "connack": { "session_present": false, "reason_code": { "$ge": 129 } } })),
            "CONNACK reason_code: at least 129"
        );
        assert_eq!(
            line(json!({ "publish": { "topic_name": "a", "packet_identifier": "?{n}",
                "payload": { "$not": "b" } } })),
            "PUBLISH topic_name=\"a\" packet_identifier payload: anything but \"b\""
        );
    }
}
