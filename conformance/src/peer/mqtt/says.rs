//! Generated faults: each sends one packet that no Server may send, as a vector has it.
//!
//! A passive rule takes everything that our codec rejects for a finding, under the requirement that
//! the codec names. What it can name, and that it does, is shown by these faults, one for each
//! wrong vector whose requirement binds a Server as well.

use std::borrow::Cow;

use serde_json::Value;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::mqtt::{Context, PacketType, Party, Version, decode};

use super::state::{LinkId, State};
use crate::case::Protocol;
use crate::catalogue::{Catalogue, Subject};
use crate::peer::Fault;
use crate::vectors;

/// What stands before the id of the vector in the id of such a fault.
pub const PREFIX: &str = "says:";

/// A packet that breaks a rule, and the rule.
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
    /// All that they break and that binds whoever sends them, a Server among others.
    pub breaks: Vec<String>,
}

impl Saying {
    /// The saying of a vector; none if our codec would take the bytes from a Server, or if what
    /// they break does not bind one.
    fn of(protocol: Protocol, version: Version, vector: &Value) -> Option<Self> {
        // What holds by agreement alone is no rule of the specification.
        if vector["valid"] != false || !vector["profile"].is_null() {
            return None;
        }
        let bytes = from_hex(vector["hex"].as_str()?).ok()?;
        let error = decode(&bytes, &Context::new(version, Party::Server)).err()?;
        let requirement = error.requirement?;
        let also = vector["also"].as_array().into_iter().flatten();
        let written = also.chain([&vector["requirement"]]).filter_map(Value::as_str);
        // What binds a Server alone and a Client can break is about receiving.
        let of_server = vector["from"] == "server";
        let binds = |id: &&str| {
            let known = Catalogue::embedded().get(id);
            known.is_some_and(|it| match it.subject {
                Subject::Both | Subject::Sender => true,
                Subject::Server => of_server,
                Subject::Client | Subject::Receiver => false,
            })
        };
        let breaks: Vec<_> = written.filter(binds).map(str::to_owned).collect();
        let as_written = vector["error"]["kind"] == error.kind.name()
            && breaks.iter().any(|id| id == requirement);
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

/// Every saying of both versions.
#[must_use]
pub fn all() -> Vec<Saying> {
    let versions = [(Protocol::Mqtt311, Version::V311), (Protocol::Mqtt50, Version::V5)];
    let mut all = Vec::new();
    for (protocol, version) in versions {
        // The vectors are part of the program; a test reads all of them.
        let areas = vectors::areas(protocol.as_str()).unwrap_or_default();
        let vectors = areas.iter().flat_map(|(_, vectors)| vectors);
        all.extend(vectors.filter_map(|vector| Saying::of(protocol, version, vector)));
    }
    all
}

/// The generated faults.
pub(super) fn faults() -> Vec<Fault> {
    let fault = |saying: Saying| Fault {
        id: Cow::Owned(saying.fault()),
        breaks: &[],
        doc: Cow::Owned(format!("Sends what breaks {}.", saying.requirement)),
    };
    all().into_iter().map(fault).collect()
}

/// What the fault of this id says.
pub(super) fn find(fault: &str) -> Option<Saying> {
    let vector = fault.strip_prefix(PREFIX)?;
    all().into_iter().find(|saying| saying.vector == vector)
}

impl State {
    /// Queues what the fault says, in place of a CONNACK if it is one and behind it otherwise.
    /// False if the CONNACK itself is still to be queued.
    pub(super) fn say(&mut self, id: LinkId, connack: &[u8]) -> bool {
        let version = self.version(id);
        let Some(saying) = &self.saying else { return false };
        if (saying.protocol == Protocol::Mqtt50) != (version == Version::V5) {
            return false;
        }
        let bytes = saying.bytes.clone();
        let first = bytes.first().copied().unwrap_or_default();
        if PacketType(first >> 4) != PacketType::CONNACK {
            self.queue(id, connack.to_vec(), false);
        }
        self.queue(id, bytes, false);
        true
    }
}
