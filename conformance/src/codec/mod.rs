//! The codecs as the rest of the program sees them: JSON forms, words, fields by name, errors. One
//! entry of the table for each protocol; nothing outside this folder and the drivers knows more.

pub mod coap;
pub mod coap_reliable;
pub mod link_format;
pub mod mqtt;
pub mod mqtt_sn;
pub mod mqtt_sn_2;
mod mutate;
pub mod oscore;
mod words;
pub mod xmpp;
pub mod xmpp_framing;

use wirecheck_codecs::coap::reliable::Framing;
use wirecheck_codecs::mqtt::Version;
use wirecheck_codecs::wire::{Note, Span, Visit};

use serde_json::Value;
use wirecheck_codecs::{DecodeError, Decoded, Kind};

use crate::case::Length;
use crate::pattern;

pub use coap::Coap;
pub use coap_reliable::CoapReliable;
pub use link_format::LinkFormat;
pub use mqtt::Mqtt;
pub use mqtt_sn::MqttSn;
pub use mqtt_sn_2::MqttSn2;
pub use mutate::mutate;
pub use oscore::Oscore;
pub use words::compact;
pub use xmpp::Xmpp;

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A client.
    Client,
    /// A server or a gateway.
    Server,
    /// Not known.
    Either,
}

impl Sender {
    /// Who is at the other end.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
            Self::Either => Self::Either,
        }
    }
}

/// What is at the front of some bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// A whole message of `used` bytes.
    Message {
        /// Its JSON form.
        form: Value,
        /// How many bytes it has.
        used: usize,
    },
    /// The beginning of a message; at least `need` more bytes must follow.
    Incomplete {
        /// How many.
        need: usize,
    },
    /// What the specification forbids.
    Rejected(Rejection),
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The kind of error, an entry of [`Codec::error_kinds`].
    pub kind: &'static str,
    /// The kind in words.
    pub text: &'static str,
    /// The first byte that is wrong.
    pub at: usize,
    /// The field it lies in.
    pub field: &'static str,
    /// The requirement that forbids it.
    pub requirement: Option<&'static str>,
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {} ({})", self.text, self.at, self.field)?;
        match self.requirement {
            Some(id) => write!(f, " [{id}]"),
            None => Ok(()),
        }
    }
}

/// The messages of one protocol.
pub trait Codec: Send + Sync {
    /// Takes the message at the front of the bytes.
    fn take(&self, bytes: &[u8], from: Sender) -> Taken;

    /// The same, with its fields, also those before an error.
    fn fields(&self, bytes: &[u8], from: Sender, seen: &mut Seen) -> Taken;

    /// The same as one object, as `decode --json` prints it: `{"message", "used", "notes"}`, or
    /// `{"error", "raw"}`.
    fn envelope(&self, bytes: &[u8], from: Sender) -> Value;

    /// The bytes of a JSON form, right or wrong.
    ///
    /// # Errors
    /// What cannot be written, with its place in the form.
    fn encode(&self, form: &Value) -> Result<Vec<u8>, String>;

    /// A message, or a pattern for one, as one line.
    fn describe(&self, form: &Value) -> String;

    /// What a message would be called by its first bytes: `CONNECT`.
    fn name(&self, bytes: &[u8]) -> String;

    /// The fields that a message of a kind can have; `None` for an unknown kind.
    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]>;

    /// The names of all kinds of errors.
    fn error_kinds(&self) -> Vec<&'static str>;

    /// The code or condition by which a message says that the target refuses by policy or load, not
    /// because of what was sent; `None` for every other message.
    fn policy(&self, _form: &Value) -> Option<String> {
        None
    }

    /// The same as a reason.
    fn refusal(&self, form: &Value) -> Option<String> {
        let policy = self.policy(form)?;
        Some(format!("the target refuses by policy or load: {policy}"))
    }

    /// A message after a change, with the lengths in its header set right again, if it has any.
    ///
    /// # Errors
    /// The original is no whole message.
    fn reframe(&self, changed: Vec<u8>, _original: &[u8]) -> Result<Vec<u8>, String> {
        Ok(changed)
    }

    /// A message with a length in its header that is a lie.
    ///
    /// # Errors
    /// There is no such field, or the length does not fit into it.
    fn lie(&self, _bytes: &[u8], _length: &Length) -> Result<Vec<u8>, String> {
        Err("a message of this kind says nothing of its length".to_owned())
    }

    /// Whether all messages are of one kind, so that the kind alone chooses nothing.
    fn has_one_kind(&self) -> bool {
        false
    }

    /// What a message, or a pattern for one, is called: where nothing else chooses, an expectation
    /// takes the next message called the same.
    fn kind(&self, form: &Value) -> Option<String> {
        pattern::kind_of(form).map(str::to_owned)
    }

    /// Whether messages are text, so that bytes are best shown as that.
    fn is_text(&self) -> bool {
        false
    }

    /// The ends of the names of fields that are numbered afresh in every run.
    fn changing(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether bytes, valid or not, are called a message that begins a link.
    fn begins_link(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// Whether the end of the link after a client has sent `bytes` would say nothing about the
    /// fault in them; `twin` is the same without the fault, empty if there is none.
    fn ends_anyway(&self, _bytes: &[u8], _twin: &[u8]) -> bool {
        false
    }

    /// Whether a message of this kind announces the end of a link.
    fn is_farewell(&self, _kind: &str) -> bool {
        false
    }
}

/// The codec of a protocol by its name in `decode`, case ids and `vectors/`.
#[must_use]
pub fn of(spec: &str) -> Option<&'static dyn Codec> {
    TABLE.iter().find(|(name, _)| *name == spec).map(|(_, codec)| *codec)
}

/// Every protocol that there is a codec for.
pub const TABLE: &[(&str, &dyn Codec)] = &[
    ("mqtt-3.1", &Mqtt(Version::V31)),
    ("mqtt-3.1.1", &Mqtt(Version::V311)),
    ("mqtt-5.0", &Mqtt(Version::V5)),
    ("mqtt-sn-1.2", &MqttSn),
    ("mqtt-sn-2.0-draft", &MqttSn2),
    ("coap", &Coap),
    ("coap-tcp", &CoapReliable(Framing::Tcp)),
    ("coap-ws", &CoapReliable(Framing::WebSocket)),
    ("link-format", &LinkFormat),
    ("oscore", &Oscore),
    ("xmpp", &Xmpp),
];

/// The fields and notes of a message, as a visitor collects them.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The fields in the order in which they were met.
    pub spans: Vec<Span>,
    /// What is odd but not wrong.
    pub notes: Vec<Note>,
}

impl Visit for Seen {
    fn field(&mut self, span: Span) {
        self.spans.push(span);
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

/// An error of a decoder in the form that all protocols share.
impl<K: Kind> From<&DecodeError<K>> for Rejection {
    fn from(error: &DecodeError<K>) -> Self {
        Self {
            kind: error.kind.name(),
            text: error.kind.text(),
            at: error.at,
            field: error.field,
            requirement: error.requirement,
        }
    }
}

/// What a decoder found, with the message in its JSON form.
impl<K: Kind> From<Result<Decoded<Value>, DecodeError<K>>> for Taken {
    fn from(found: Result<Decoded<Value>, DecodeError<K>>) -> Self {
        match found {
            Ok(Decoded::Complete { message: form, used }) => Self::Message { form, used },
            Ok(Decoded::Incomplete { need }) => Self::Incomplete { need },
            Err(error) => Self::Rejected((&error).into()),
        }
    }
}

/// First byte and length of the field at `path`; the first byte if it has no bytes of its own.
pub fn bytes_of_field(codec: &dyn Codec, bytes: &[u8], path: &str) -> (usize, usize) {
    let mut seen = Seen::default();
    let _ = codec.fields(bytes, Sender::Either, &mut seen);
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let found = seen.spans.iter().find(|span| {
        let own = span.to_string();
        !span.field.is_empty() && (own == path || last(&own) == last(path))
    });
    found.map_or((0, 1), |span| (span.start, span.end.saturating_sub(span.start).max(1)))
}

/// What our own codec says of a message that is wrong on purpose.
pub fn wrong_on_purpose(codec: &dyn Codec, bytes: &[u8], error: &Rejection) -> String {
    format!("{}, wrong on purpose: {} (byte {})", codec.name(bytes), error.text, error.at)
}
