//! What a target can do, and how we know.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::case::Need;
use crate::pattern;

/// A capability that cases can need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KnownId {
    /// The name; one that ends with a colon begins a name: `endpoint:mqtt`.
    pub id: &'static str,
    /// How a target says what it can do.
    pub advertised: &'static str,
    /// How it is found out where nothing is said.
    pub observed: &'static str,
}

macro_rules! known {
    ($($id:literal $advertised:literal $observed:literal;)*) => {
        /// All capabilities, as `schema/capabilities.json` lists them.
        pub const KNOWN: &[KnownId] = &[$(
            KnownId { id: $id, advertised: $advertised, observed: $observed },
        )*];
    };
}

known! {
    "tcp" "" "the endpoint takes TCP connections";
    "udp" "" "the endpoint takes datagrams";
    "accounts" "" "an account is given";
    "accounts:" "" "as many accounts are given";
    "endpoint:" "" "the target file names the endpoint";
    "maximum_qos" "CONNACK Maximum QoS" "SUBACK grants it";
    "receive_maximum" "CONNACK Receive Maximum" "";
    "maximum_packet_size" "CONNACK Maximum Packet Size" "";
    "topic-alias" "CONNACK Topic Alias Maximum" "";
    "retain" "CONNACK Retain Available" "";
    "wildcards" "CONNACK Wildcard Subscription Available" "SUBACK grants a filter with a wildcard";
    "subscription-identifiers" "CONNACK Subscription Identifier Available" "";
    "shared-subscriptions" "CONNACK Shared Subscription Available" "SUBACK grants a shared one";
    "granted_qos" "" "what SUBACK grants for QoS 2";
    "server-session-expiry" "CONNACK Session Expiry Interval" "";
    "server_keep_alive" "CONNACK Server Keep Alive" "";
    "resource" "" "the target file names a path for it";
    "resource:" "" "the target file names a path for it";
    "proxy" "" "the target file says so";
    "oscore" "" "the target file gives a context";
    "atomic-block1" "" "a transfer of two blocks is answered 2.31";
    "sleep" "" "DISCONNECT with a duration is answered";
    "qos-1" "" "the target file says so";
    "forwarder" "" "an encapsulated SEARCHGW is answered";
    "mechanism:" "a SASL mechanism of the stream features" "";
    "feature:" "a stream feature" "";
}

/// Whether there is such a capability.
#[must_use]
pub fn is_known(id: &str) -> bool {
    KNOWN.iter().any(|known| known.id == id || known.id.ends_with(':') && id.starts_with(known.id))
}

/// How a capability is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The target says so in the protocol.
    Advertised,
    /// We saw it do so.
    Observed,
    /// The target file says so.
    Declared,
    /// The specification's value where nothing is said.
    Default,
}

/// One capability of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// Which one.
    pub id: String,
    /// Its value: true, false or a number.
    pub value: Value,
    /// How it is known.
    pub source: Source,
    /// What was seen, for people.
    pub evidence: String,
}

/// Two things that are known of a target and cannot both be true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contradiction {
    /// What the target or its file says.
    pub said: Capability,
    /// What it did.
    pub seen: Capability,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { said, seen } = self;
        write!(
            f,
            "{} is {} by what it says ({}), and {} by what it does ({})",
            said.id, said.value, said.evidence, seen.value, seen.evidence
        )
    }
}

/// The capabilities of a target in one protocol.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capabilities {
    /// What counts.
    known: BTreeMap<String, Capability>,
    contradictions: Vec<Contradiction>,
}

impl Capabilities {
    /// Records a capability. A later record replaces an earlier one; what was seen and differs
    /// from what was said, or from what saying nothing means, is a contradiction.
    pub fn set(&mut self, id: &str, value: impl Into<Value>, source: Source, evidence: &str) {
        let value = value.into();
        let (id, evidence) = (id.to_owned(), evidence.to_owned());
        let seen = Capability { id: id.clone(), value, source, evidence };
        let before = self.known.insert(id, seen.clone());
        if let Some(said) = before
            && source == Source::Observed
            && said.source != Source::Observed
            && said.value != seen.value
        {
            self.contradictions.push(Contradiction { said, seen });
        }
    }

    /// Records what the target file says of a capability. What is known from the target itself
    /// stays; if it differs, that is a contradiction.
    pub fn declare(&mut self, id: &str, value: &Value) {
        let evidence = "the target file says so".to_owned();
        let said = Capability {
            id: id.to_owned(),
            value: value.clone(),
            source: Source::Declared,
            evidence,
        };
        match self.known.get(id).filter(|known| known.source != Source::Default) {
            None => drop(self.known.insert(id.to_owned(), said)),
            Some(seen) if seen.value != *value => {
                let seen = seen.clone();
                self.contradictions.push(Contradiction { said, seen });
            }
            Some(_) => {}
        }
    }

    /// What cannot all be true.
    #[must_use]
    pub fn contradictions(&self) -> &[Contradiction] {
        &self.contradictions
    }

    /// The capability, if anything is known.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Capability> {
        self.known.get(id)
    }

    /// Every capability, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.known.values()
    }

    /// Why `need` is not met; `None` if it is.
    #[must_use]
    pub fn lacks(&self, need: &Need) -> Option<String> {
        // `{"resource": "x"}` asks for what is known as `resource:x`.
        let named = need.pattern.as_ref().and_then(Value::as_str);
        if let Some(name) = named.filter(|_| need.id == "resource") {
            let known = self.get(&format!("resource:{name}")).is_some();
            let lacking = || format!("the target has no resource for `{name}`");
            return (!known).then(lacking);
        }
        let Some(capability) = self.get(&need.id) else {
            return Some(format!("the target is not known to have {}", need.id));
        };
        let met = match &need.pattern {
            Some(wanted) => pattern::fits(wanted, &capability.value),
            None => !matches!(&capability.value, Value::Bool(false)),
        };
        (!met).then(|| {
            let Capability { id, value, evidence, .. } = capability;
            match &need.pattern {
                Some(wanted) => {
                    let wanted = pattern::describe(wanted);
                    format!("for targets whose {id} is {wanted}; here it is {value}: {evidence}")
                }
                None => format!("{id} is {value}: {evidence}"),
            }
        })
    }

    /// What `${cap.…}` gives.
    #[must_use]
    pub fn to_scope(&self) -> Value {
        self.iter().map(|capability| (capability.id.clone(), capability.value.clone())).collect()
    }

    /// The list in `result.json`.
    #[must_use]
    pub fn to_list(&self) -> Vec<Capability> {
        self.iter().cloned().collect()
    }
}

impl FromIterator<(String, Value)> for Capabilities {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(pairs: T) -> Self {
        let mut this = Self::default();
        for (id, value) in pairs {
            this.set(&id, value, Source::Declared, "the target file says so");
        }
        this
    }
}

/// A capability as true, for those that have no number.
#[must_use]
pub fn yes() -> Value {
    json!(true)
}
