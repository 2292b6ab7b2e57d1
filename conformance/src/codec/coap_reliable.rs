//! CoAP messages over TCP and WebSocket.

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::reliable::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::coap::reliable::{Framing, Message, Raw, decode, fields};
use wirecheck_codecs::coap::{Context, DecodeError, ErrorKind, Limits, Profile};

use super::coap::{describe, policy, with_name};
use super::{Codec, Seen, Sender, Taken};
use crate::case::Length;

/// The messages of RFC 8323.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoapReliable(pub Framing);

/// Whoever keeps what is incomplete says how much it takes.
const CONTEXT: Context =
    Context { limits: Limits::UNBOUNDED, profile: Profile { extended_token_lengths: false } };

fn taken(found: Result<Decoded<Message<'_>>, DecodeError>) -> Taken {
    found.map(|found| found.map(|message| to_json(&message))).into()
}

impl CoapReliable {
    fn raw<'a>(&self, bytes: &'a [u8]) -> Result<Raw<'a>, String> {
        Raw::read(bytes, self.0).ok_or_else(|| "the message has no whole header".to_owned())
    }
}

impl Codec for CoapReliable {
    fn take(&self, bytes: &[u8], _: Sender) -> Taken {
        taken(decode(bytes, self.0, &CONTEXT))
    }

    fn fields(&self, bytes: &[u8], _: Sender, seen: &mut Seen) -> Taken {
        taken(fields(bytes, self.0, &CONTEXT, seen))
    }

    fn envelope(&self, bytes: &[u8], _: Sender) -> Value {
        envelope(bytes, self.0, &CONTEXT)
    }

    fn encode(&self, form: &Value) -> Result<Vec<u8>, String> {
        encode(form, self.0).map_err(|error| error.to_string())
    }

    fn describe(&self, form: &Value) -> String {
        describe(form)
    }

    fn name(&self, bytes: &[u8]) -> String {
        let code = Raw::read(bytes, self.0).map(|raw| raw.code.to_string());
        code.map_or_else(|| "CoAP".to_owned(), |code| format!("CoAP {}", with_name(&code)))
    }

    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]> {
        fields_of(kind)
    }

    fn error_kinds(&self) -> Vec<&'static str> {
        let possible = |kind: &&ErrorKind| match kind {
            ErrorKind::UnknownVersion | ErrorKind::CodeNotForType => false,
            ErrorKind::LengthNotZero => self.0 == Framing::WebSocket,
            _ => true,
        };
        ErrorKind::ALL.iter().filter(possible).map(|kind| kind.name()).collect()
    }

    fn policy(&self, form: &Value) -> Option<String> {
        policy(form)
    }

    fn reframe(&self, changed: Vec<u8>, original: &[u8]) -> Result<Vec<u8>, String> {
        if self.0 == Framing::WebSocket {
            return Ok(changed);
        }
        let head = original.len() - self.raw(original)?.rest.len();
        let (Some(first), Some(code)) = (changed.first(), changed.get(head - 1)) else {
            return Ok(changed);
        };
        let rest = changed.get(head..).unwrap_or_default();
        let token_length = first & 15;
        let length = rest.len().saturating_sub(token_part(token_length, rest)) as u64;
        let code = wirecheck_codecs::coap::Code(*code);
        write(&Raw { length, token_length, code, rest })
    }

    fn lie(&self, bytes: &[u8], length: &Length) -> Result<Vec<u8>, String> {
        let raw = self.raw(bytes)?;
        let told = length.applied(raw.length as usize)?;
        write(&Raw { length: told.into(), ..raw })
    }

    fn has_one_kind(&self) -> bool {
        true
    }

    fn changing(&self) -> &'static [&'static str] {
        &["token"]
    }
}

/// How many bytes behind the header are the Token and its length.
fn token_part(nibble: u8, rest: &[u8]) -> usize {
    match (nibble, rest) {
        (13, [byte, ..]) => 1 + 13 + usize::from(*byte),
        (14, [high, low, ..]) => 2 + 269 + usize::from(u16::from_be_bytes([*high, *low])),
        (length, _) => length.into(),
    }
}

fn write(raw: &Raw<'_>) -> Result<Vec<u8>, String> {
    // The longest header has six bytes.
    let mut bytes = vec![0; raw.rest.len() + 6];
    let written = raw.encode(&mut bytes).map_err(|error| error.to_string())?;
    bytes.truncate(written);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Given;
    use serde_json::json;

    #[test]
    fn lengths_are_set_right_and_lie() {
        let codec = CoapReliable(Framing::Tcp);
        let form = json!({ "coap": { "code": "0.03", "token": "0102", "payload": "0123456789" } });
        let bytes = codec.encode(&form).expect("a form");
        assert_eq!(bytes[..4], [0xB2, 0x03, 1, 2]);
        let mut longer = bytes.clone();
        longer.extend(b"abc");
        let longer = codec.reframe(longer, &bytes).expect("a message");
        assert_eq!(longer[..5], [0xD2, 0x01, 0x03, 1, 2]);
        assert!(matches!(codec.take(&longer, Sender::Either), Taken::Message { used: 19, .. }));
        let lying = codec.lie(&bytes, &Length::Add(Given::Fixed(2))).expect("a length");
        assert_eq!(lying[0], 0xD2);
        let taken = codec.take(&lying, Sender::Either);
        assert_eq!(taken, Taken::Incomplete { need: 2 });
        assert_eq!(codec.name(&lying), "CoAP 0.03 PUT");
    }
}
