//! Packets of the MQTT-SN 2.0 draft, the Committee Specification Draft 01 of 05 February 2026.
//! Nothing but `decode` and `encode` knows them.

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt_sn_2::json::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::mqtt_sn_2::{
    Context, DecodeError, ErrorKind, Packet, PacketType, Party, Profile, ReasonCode, decode, fields,
};

use super::words::field;
use super::{Codec, Seen, Sender, Taken};

/// The packets of the MQTT-SN 2.0 draft over datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MqttSn2;

/// What the decoder is told: one datagram is one packet.
fn context(from: Sender) -> Context {
    let party = match from {
        Sender::Client => Party::Client,
        Sender::Server => Party::Server,
        Sender::Either => Party::Either,
    };
    Context { profile: Profile { datagram: true }, ..Context::new(party) }
}

fn taken(found: Result<Decoded<Packet<'_>>, DecodeError>) -> Taken {
    found.map(|found| found.map(|packet| to_json(&packet))).into()
}

impl Codec for MqttSn2 {
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

    /// `REGACK topic_type=1 packet_identifier=5 topic_alias=7 reason_code=0x1a Topic Alias Exists`.
    fn describe(&self, form: &Value) -> String {
        let Some((kind, Value::Object(body))) =
            form.as_object().and_then(|form| form.iter().next())
        else {
            return form.to_string();
        };
        let name = PacketType::from_key(kind).map(PacketType::name);
        let mut line = name.map_or_else(|| kind.to_uppercase(), str::to_owned);
        for (key, value) in body {
            let shown = match (key.as_str(), value) {
                (_, Value::Bool(false)) => continue,
                (_, Value::Bool(true)) => format!(" {key}"),
                ("reason_code", Value::Number(_)) => {
                    let code = value.as_u64().and_then(|code| u8::try_from(code).ok());
                    format!(" reason_code={}", reason(code.unwrap_or_default()))
                }
                ("packet", Value::Object(_)) => format!(" [{}]", self.describe(value)),
                _ => field(key, value),
            };
            line.push_str(&shown);
        }
        line
    }

    fn name(&self, bytes: &[u8]) -> String {
        let at = if bytes.first() == Some(&1) { 3 } else { 1 };
        let kind = bytes.get(at).copied().map(PacketType);
        kind.map_or_else(|| "a packet".to_owned(), |kind| kind.name().to_owned())
    }

    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]> {
        fields_of(kind)
    }

    fn error_kinds(&self) -> Vec<&'static str> {
        ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
    }

    fn changing(&self) -> &'static [&'static str] {
        &["packet_identifier", "topic_alias"]
    }

    fn is_farewell(&self, kind: &str) -> bool {
        kind == "disconnect"
    }
}

/// `0x87 Not authorized`.
fn reason(code: u8) -> String {
    format!("{code:#04x} {}", ReasonCode(code).name()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn packets_read_as_words() {
        let line = |form: Value| MqttSn2.describe(&form);
        assert_eq!(
            line(json!({ "regack": { "topic_type": 1, "topic_alias": 7, "reason_code": 26 } })),
            "REGACK topic_type=1 topic_alias=7 reason_code=0x1a Topic Alias Exists"
        );
        assert_eq!(
            line(json!({ "connection_encapsulation": {
                "client_identifier": "a", "packet": { "pingreq": { "packet_identifier": 5 } }
            } })),
            "Connection Encapsulation client_identifier=\"a\" [PINGREQ packet_identifier=5]"
        );
        assert_eq!(MqttSn2.name(&[1, 0, 4, 0x15]), "WAKEUP");
    }
}
