//! Generated faults: each sends one message that no server may send, as a vector has it.
//!
//! A passive rule takes everything that our codec rejects for a finding, under the requirement that
//! the codec names. What it can name, and that it does, is shown by these faults, one for each wrong
//! vector whose requirement binds a server as well.

use std::borrow::Cow;

use serde_json::Value;
use wirecheck_codecs::json::from_hex;

use super::Fault;
use crate::case::Protocol;
use crate::catalogue::{Catalogue, Subject};
use crate::codec::{self, Codec, Sender, Taken};
use crate::vectors;

/// What stands before the id of the vector in the id of such a fault.
pub const PREFIX: &str = "says:";

/// A message that breaks a rule, and the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The id of the vector.
    pub vector: String,
    /// The protocol in which it is wrong.
    pub protocol: Protocol,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What the codec says that they break.
    pub requirement: &'static str,
    /// All that they break and that binds whoever sends them, a server among others.
    pub breaks: Vec<String>,
}

impl Saying {
    /// The saying of a vector; none if our codec would take the bytes from a server, or if what they
    /// break does not bind one.
    fn of(protocol: Protocol, codec: &dyn Codec, vector: &Value) -> Option<Self> {
        // What holds by agreement alone is no rule of the specification.
        if vector["valid"] != false || !vector["profile"].is_null() {
            return None;
        }
        let bytes = from_hex(vector["hex"].as_str()?).ok()?;
        let Taken::Rejected(error) = codec.take(&bytes, Sender::Server) else { return None };
        let requirement = error.requirement?;
        let also = vector["also"].as_array().into_iter().flatten();
        let written = also.chain([&vector["requirement"]]).filter_map(Value::as_str);
        // What binds a server alone and a client can break is about receiving.
        let of_server = vector["from"] == "server" || vector["from"] == "gateway";
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
            protocol,
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

/// Every saying in these protocols.
#[must_use]
pub fn all(protocols: &[Protocol]) -> Vec<Saying> {
    let mut all = Vec::new();
    for &protocol in protocols {
        let Some(codec) = codec::of(protocol.as_str()) else { continue };
        // The vectors are part of the program; a test reads all of them.
        let areas = vectors::areas(protocol.as_str()).unwrap_or_default();
        let vectors = areas.iter().flat_map(|(_, vectors)| vectors);
        all.extend(vectors.filter_map(|vector| Saying::of(protocol, codec, vector)));
    }
    all
}

/// The generated faults.
pub(super) fn faults(protocols: &[Protocol]) -> Vec<Fault> {
    let fault = |saying: Saying| Fault {
        id: Cow::Owned(saying.fault()),
        breaks: &[],
        doc: Cow::Owned(format!("Sends what breaks {}.", saying.requirement)),
    };
    all(protocols).into_iter().map(fault).collect()
}

/// What all of them break.
pub(super) fn said(protocols: &[Protocol]) -> Vec<String> {
    all(protocols).into_iter().flat_map(|saying| saying.breaks).collect()
}

/// What the fault of this id says.
pub(super) fn find(protocols: &[Protocol], fault: Option<&str>) -> Option<Saying> {
    let vector = fault?.strip_prefix(PREFIX)?;
    all(protocols).into_iter().find(|saying| saying.vector == vector)
}
