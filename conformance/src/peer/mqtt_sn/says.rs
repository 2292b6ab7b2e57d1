//! Generated faults: each sends one message that no gateway may send, as a vector has it. They show
//! what the passive rule for messages that cannot be read finds, and under which requirement.

use std::borrow::Cow;

use serde_json::Value;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::mqtt_sn::decode;

use crate::case::Protocol;
use crate::catalogue::{Catalogue, Subject};
use crate::codec::Sender;
use crate::codec::mqtt_sn::context;
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
    /// All that they break and that binds whoever sends them, a gateway among others.
    pub breaks: Vec<String>,
}

impl Saying {
    /// The saying of a vector; none if our codec would take the bytes from a gateway, or if what
    /// they break does not bind one.
    fn of(vector: &Value) -> Option<Self> {
        if vector["valid"] != false || !vector["profile"].is_null() {
            return None;
        }
        let bytes = from_hex(vector["hex"].as_str()?).ok()?;
        let requirement = decode(&bytes, &context(Sender::Server)).err()?.requirement?;
        let also = vector["also"].as_array().into_iter().flatten();
        let written = also.chain([&vector["requirement"]]).filter_map(Value::as_str);
        // What binds a gateway alone and a client can break is about receiving.
        let of_gateway = vector["from"] == "gateway";
        let binds = |id: &&str| {
            Catalogue::embedded().get(id).is_some_and(|it| match it.subject {
                Subject::Both | Subject::Sender => true,
                Subject::Server => of_gateway,
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

/// Every saying.
#[must_use]
pub fn all() -> Vec<Saying> {
    // The vectors are part of the program; a test reads all of them.
    let areas = vectors::areas(Protocol::MqttSn12.as_str()).unwrap_or_default();
    areas.iter().flat_map(|(_, vectors)| vectors).filter_map(Saying::of).collect()
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
pub(super) fn find(fault: Option<&str>) -> Option<Vec<u8>> {
    let vector = fault?.strip_prefix(PREFIX)?;
    all().into_iter().find(|saying| saying.vector == vector).map(|saying| saying.bytes)
}
