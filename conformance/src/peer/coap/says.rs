//! Generated faults: each sends one message that no server may send, as a vector has it. They show
//! what the passive rule for messages that cannot be read finds, and under which requirement.

use std::borrow::Cow;

use serde_json::Value;
use wirecheck_codecs::coap::reliable::{self, Framing};
use wirecheck_codecs::coap::{Context, DecodeError, decode};
use wirecheck_codecs::json::from_hex;

use crate::case::Protocol;
use crate::catalogue::{Catalogue, Subject};
use crate::peer::Fault;
use crate::vectors;

/// What stands before the id of the vector in the id of such a fault.
pub const PREFIX: &str = "says:";

/// A message that breaks a rule, and the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The id of the vector.
    pub vector: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What the codec says that they break.
    pub requirement: &'static str,
    /// All that they break and that binds whoever sends them, a server among others.
    pub breaks: Vec<String>,
}

impl Saying {
    /// The saying of a vector; none if our codec would take the bytes, or if what they break does
    /// not bind a server.
    fn of(protocol: Protocol, vector: &Value) -> Option<Self> {
        // What holds by agreement alone is no rule of the specification.
        if vector["valid"] != false || !vector["profile"].is_null() {
            return None;
        }
        let bytes = from_hex(vector["hex"].as_str()?).ok()?;
        let error = rejected(protocol, &bytes)?;
        let requirement = error.requirement?;
        let also = vector["also"].as_array().into_iter().flatten();
        let written = also.chain([&vector["requirement"]]).filter_map(Value::as_str);
        let of_server = vector["from"] == "server";
        let binds = |id: &&str| {
            Catalogue::embedded().get(id).is_some_and(|it| match it.subject {
                Subject::Both | Subject::Sender => true,
                Subject::Server => of_server,
                Subject::Client | Subject::Receiver => false,
            })
        };
        let breaks: Vec<_> = written.filter(binds).map(str::to_owned).collect();
        let as_written = breaks.iter().any(|id| id == requirement);
        as_written.then(|| Self {
            vector: vector["id"].as_str().unwrap_or_default().to_owned(),
            bytes,
            requirement,
            breaks,
        })
    }

    /// The id of the fault.
    #[must_use]
    pub fn fault(&self) -> String {
        format!("{PREFIX}{}", self.vector)
    }
}

fn rejected(protocol: Protocol, bytes: &[u8]) -> Option<DecodeError> {
    let ctx = Context::default();
    match protocol {
        Protocol::CoapTcp => reliable::decode(bytes, Framing::Tcp, &ctx).err(),
        Protocol::CoapWs => reliable::decode(bytes, Framing::WebSocket, &ctx).err(),
        _ => decode(bytes, &ctx).err(),
    }
}

/// Every saying in a protocol.
#[must_use]
pub fn all(protocol: Protocol) -> Vec<Saying> {
    // The vectors are part of the program; a test reads all of them.
    let areas = vectors::areas(protocol.as_str()).unwrap_or_default();
    let vectors = areas.iter().flat_map(|(_, vectors)| vectors);
    vectors.filter_map(|vector| Saying::of(protocol, vector)).collect()
}

/// The generated faults.
pub(super) fn faults(protocol: Protocol) -> Vec<Fault> {
    let fault = |saying: Saying| Fault {
        id: Cow::Owned(saying.fault()),
        breaks: &[],
        doc: Cow::Owned(format!("Sends what breaks {}.", saying.requirement)),
    };
    all(protocol).into_iter().map(fault).collect()
}

/// What all of them break.
pub(super) fn said(protocol: Protocol) -> Vec<String> {
    all(protocol).into_iter().flat_map(|saying| saying.breaks).collect()
}

/// What the fault of this id says.
pub(super) fn find(protocol: Protocol, fault: Option<&str>) -> Option<Vec<u8>> {
    let vector = fault?.strip_prefix(PREFIX)?;
    let found = all(protocol).into_iter().find(|saying| saying.vector == vector);
    found.map(|saying| saying.bytes)
}
