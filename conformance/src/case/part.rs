//! What the verbs are made of: stages, ends, branches, changes to bytes, forms of checks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Given, Name, Ref, Step, Time, Var};

/// How an `open` of an actor that was there before is seen by the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// From the address and port of the actor named in `like`.
    SameAddress,
    /// From another one.
    NewAddress,
}

/// How far an actor goes before the next step.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The TCP connection or the UDP socket.
    Transport,
    /// TLS or DTLS on it.
    Tls,
    /// The opening message is sent, and its answer is not awaited.
    Opening,
    /// The stream headers of XMPP.
    Stream,
    /// The stream features.
    Features,
    /// SASL.
    Authenticated,
    /// Resource binding.
    Bound,
    /// All of it: CONNACK in MQTT, initial presence in XMPP.
    Session,
}

/// A way for a message that the layer below has, and that its protocol does not use there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Frame {
    /// A text frame of WebSocket, whether its content is text or not.
    Text,
    /// From the port of a DTLS session, but outside of it.
    Clear,
    /// From the port of a DTLS session, as the first message of another session that takes the
    /// place of it.
    NewSession,
}

impl Frame {
    /// How the message is sent, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "in a text frame of WebSocket",
            Self::Clear => "without DTLS",
            Self::NewSession => "in a new DTLS session from the same port",
        }
    }
}

/// Version-neutral words for what an MQTT client asks of its Session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Clean Session or Clean Start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<Given<bool>>,
    /// For how many seconds the Session is to outlive the connection; 3.1.1 only knows whether.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Given<u64>>,
}

/// What a driver answers by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auto {
    /// Acknowledgements.
    Ack,
    /// Keep-alive.
    Ping,
    /// REGISTER of MQTT-SN.
    Register,
    /// IQ requests of XMPP.
    Iq,
    /// Roster pushes.
    Roster,
    /// Acknowledgement requests of stream management.
    R,
}

/// One change to an encoded message. Fields are named as the codec names its spans:
/// `keep_alive`, `connect_flags.reserved`, `properties[0].value`. Bytes are in the notation of
/// `bytes` in `send`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Mutation {
    /// Overwrites the bytes or bits of a field.
    Set {
        /// The field.
        field: String,
        /// A number in the field's own size, or bytes.
        to: Value,
    },
    /// Puts bytes behind a field.
    Insert {
        /// The field.
        after: String,
        /// The bytes.
        bytes: String,
    },
    /// Takes the bytes of a field out.
    Remove(String),
    /// Writes the bytes of a field twice.
    Duplicate(String),
    /// Cuts so many bytes from the end.
    Truncate(Given<u64>),
    /// Puts bytes at the end.
    Append(String),
    /// Lies about the length of the message. Without it, the length follows the other changes.
    Length(Length),
}

/// A length that lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Length {
    /// The true length and so many more; less if negative.
    Add(Given<i64>),
    /// This length.
    To(Given<u64>),
}

/// How bytes are cut into writes: `[1, 4]`, or an object with `sizes` or `every`, and `pause`.
/// What is left after `sizes` is one more write.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Split {
    /// The sizes of the first writes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<Given<u64>>,
    /// The size of every write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Given<u64>>,
    /// The time between two writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Time>,
}

/// One alternative of `any_of`: exactly one of `is`, `closed` and `nothing`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// A message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    /// The end of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// The time ran out.
    #[serde(default, deserialize_with = "super::serial::only_true")]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("const" = true))]
    pub nothing: bool,
    /// What it means; without it, `pass` in `expect` and going on in `await`. In `await` it can
    /// only be `skip`, `info` or `inconclusive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<BranchVerdict>,
    /// The requirement this branch rests on, where it is not the one of the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<Ref>,
    /// Why it has that verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The faults that lead here; a `pass` branch has those of the check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bites: Vec<String>,
    /// Steps that follow only in this branch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Step>,
}

/// The verdict of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BranchVerdict {
    /// The target conforms.
    Pass,
    /// It does not.
    Fail,
    /// It does what it should not.
    Warn,
    /// It does one of the things that the specification leaves open.
    Info,
    /// It lacks what the check is about.
    Skip,
    /// It stopped short of the point.
    Inconclusive,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Closed {
    /// Any of the others, and a failed write.
    Any,
    /// By the protocol's own farewell, then by closing.
    Clean,
    /// By closing.
    Fin,
    /// By reset.
    Reset,
}

/// When a `collect` or a `nothing` is over: the first of the given ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct Until {
    /// A message that follows what is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<Fence>,
    /// A message that fits this pattern; a collection includes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    /// So many messages that fit `where`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Given<u64>>,
    /// No message that fits `where` for this long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Time>,
    /// This long after the start of the step.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub duration: Option<Time>,
}

/// A message of ours that the target must deliver behind whatever it had to deliver before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fence {
    /// The actor that sends it.
    pub from: Name,
    /// The topic; `${topic}/fence` without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The QoS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qos: Option<Given<u64>>,
}

/// A further check of an expected message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// The name of the check.
    pub name: Name,
    /// What the message must be.
    pub is: Value,
    /// The requirement the check rests on.
    pub requirement: Ref,
    /// The faults that make it fail, or `${each.…}`.
    #[schemars(length(min = 1))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bites: Vec<String>,
}

/// The values of a field over a list of messages, without regard to order; either `equals` or
/// `equals_that_of`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetOf {
    /// The path of the field: `publish.payload`.
    pub field: String,
    /// The values that there must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<Vec<Value>>,
    /// Another bound list that must have the same values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals_that_of: Option<Var>,
    /// How often each value must be there; any number of times without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Given<u64>>,
}

/// The order of a list of messages: `field` with `equals` or `after`, or `each` with
/// `preceded_by`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InOrder {
    /// The messages that count; all without it.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// The path of the field whose values are compared, or `kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The values in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<Vec<Value>>,
    /// The values increase strictly, and the first is above this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The size of a sequence number that wraps around, in bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<u8>,
    /// Whether a value may come again at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Repeats>,
    /// The messages that `preceded_by` is asked of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Value>,
    /// What we must have sent, or the target must have sent, before each of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preceded_by: Option<Value>,
    /// Only if such a message came before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Value>,
}

/// Whether a value may be repeated in `in_order`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repeats {
    /// No.
    #[default]
    None,
    /// Only in a message that is marked as a duplicate.
    DupOnly,
    /// Yes.
    Any,
}

/// One rule of `intervals`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    /// From the first time to the second.
    Between([Time; 2]),
    /// So many times the interval before.
    Times(u64),
}

/// How an actor ends its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CloseHow {
    /// By the protocol's own farewell, then by closing.
    Clean,
    /// By closing.
    Fin,
    /// By reset.
    Reset,
    /// Without a word: the link stays, nobody reads or answers.
    Vanish,
}
