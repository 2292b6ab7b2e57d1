//! The language of cases: the types of a case file, and what can be done with one without running
//! it.
//!
//! A file holds cases, a case holds steps, and a step is one of twelve verbs (see [`Step`]).
//! Patterns and messages are kept as JSON values: what they mean depends on the protocol and on
//! the values that a run fills in. `conformance/cases/README.md` documents the language for
//! authors.

pub mod bytes;
mod form;
pub mod instance;
pub mod lint;
pub mod load;
pub mod locate;
mod part;
mod scalar;
pub mod schema;
mod serial;
pub mod show;
mod step;
pub(crate) mod suggest;
pub mod walk;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::verdict::Blame;

pub use form::{Body, BranchForm, CheckForm, Wanted, names_one_code};
pub use part::{
    Auto, Branch, BranchVerdict, CloseHow, Closed, Fence, Frame, From, InOrder, Interval, Judge,
    Length, Mutation, Repeats, Session, SetOf, Split, Stage, Until,
};
pub use scalar::{Given, Name, Ref, Slack, TextError, Time, Var};
pub use step::{
    Accept, Await, Check, Close, Collect, Do, Expect, Open, Procedure, Repeat, Send, Step, Wait,
};

/// The value of `schema` in every case file.
pub const SCHEMA: &str = "wirecheck/case/1";

/// One file of cases: `conformance/cases/<family>/<area>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Always `wirecheck/case/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The family of protocols, and the folder that the file lies in.
    pub family: Family,
    /// The cases, in the order in which they are listed.
    pub cases: Vec<Case>,
}

/// A scripted exchange with a target that checks one or more requirements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `<area>/<name>`; the area is the name of the file.
    #[schemars(regex(pattern = "^[a-z0-9-]+/[a-z0-9-]+$"))]
    pub id: String,
    /// One sentence that says what is checked.
    pub title: String,
    /// The protocols the case runs in, one instance each.
    #[schemars(length(min = 1))]
    pub protocols: Vec<Protocol>,
    /// What the target is.
    #[serde(default)]
    pub role: Role,
    /// The capabilities without which the case is skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// What no other case may touch meanwhile: `run`, `account:N`, `resource:NAME`, `topics:#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<String>,
    /// Rows: one instance for each, with its values under `${each.…}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<Row>,
    /// Where further rows come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each_from: Option<EachFrom>,
    /// Other places that matter to the reader: sections, errata, issues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub xref: Vec<String>,
    /// Where the fault most likely lies if the target fails; in its protocol stack without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blame: Option<Blame>,
    /// Anything a reader should know, such as the sentence that decides a doubtful check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The exchange.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// Steps that run however the case ends, to undo what the engine cannot know of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finally: Vec<Step>,
}

impl Case {
    /// The part of the id before the slash.
    #[must_use]
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }
}

/// A family of protocols that share drivers and a folder of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// MQTT 3.1.1 and 5.0.
    Mqtt,
    /// MQTT-SN 1.2.
    MqttSn,
    /// CoAP over UDP, TCP and WebSocket.
    Coap,
    /// XMPP over TCP and WebSocket.
    Xmpp,
}

impl Family {
    /// The name in files and folders.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mqtt => "mqtt",
            Self::MqttSn => "mqtt-sn",
            Self::Coap => "coap",
            Self::Xmpp => "xmpp",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A protocol that a case can run in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Protocol {
    /// MQTT 3.1.1.
    #[serde(rename = "mqtt-3.1.1")]
    Mqtt311,
    /// MQTT 5.0.
    #[serde(rename = "mqtt-5.0")]
    Mqtt50,
    /// MQTT-SN 1.2.
    #[serde(rename = "mqtt-sn-1.2")]
    MqttSn12,
    /// CoAP over UDP or DTLS.
    #[serde(rename = "coap")]
    Coap,
    /// CoAP over TCP or TLS.
    #[serde(rename = "coap-tcp")]
    CoapTcp,
    /// CoAP over WebSocket.
    #[serde(rename = "coap-ws")]
    CoapWs,
    /// XMPP over TCP or TLS.
    #[serde(rename = "xmpp")]
    Xmpp,
    /// XMPP over WebSocket.
    #[serde(rename = "xmpp-ws")]
    XmppWs,
}

impl Protocol {
    /// Every protocol, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Mqtt311,
        Self::Mqtt50,
        Self::MqttSn12,
        Self::Coap,
        Self::CoapTcp,
        Self::CoapWs,
        Self::Xmpp,
        Self::XmppWs,
    ];

    /// The name in ids, files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mqtt311 => "mqtt-3.1.1",
            Self::Mqtt50 => "mqtt-5.0",
            Self::MqttSn12 => "mqtt-sn-1.2",
            Self::Coap => "coap",
            Self::CoapTcp => "coap-tcp",
            Self::CoapWs => "coap-ws",
            Self::Xmpp => "xmpp",
            Self::XmppWs => "xmpp-ws",
        }
    }

    /// The protocol of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.as_str() == name)
    }

    /// The family it belongs to.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::Mqtt311 | Self::Mqtt50 => Family::Mqtt,
            Self::MqttSn12 => Family::MqttSn,
            Self::Coap | Self::CoapTcp | Self::CoapWs => Family::Coap,
            Self::Xmpp | Self::XmppWs => Family::Xmpp,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the target is in a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It is connected to.
    #[default]
    Server,
    /// It connects to us.
    Client,
    /// It is connected to, and connects to a server of its own.
    Gateway,
}

impl Role {
    /// The name in files and results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Gateway => "gateway",
        }
    }
}

/// A capability that a case or a row needs: `"tcp"`, or `{"maximum_qos": {"$ge": 1}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// The id of the capability.
    pub id: String,
    /// What its value must be; without it, being there is enough.
    pub pattern: Option<Value>,
}

/// One row of `each`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The name, part of the instance's id.
    pub row: Name,
    /// Capabilities that only this row needs.
    pub needs: Vec<Need>,
    /// The protocols of the case in which this row exists; empty means all of them.
    pub protocols: Vec<Protocol>,
    /// Everything else in the row: what `${each.…}` gives.
    pub values: Map<String, Value>,
}

/// A source of rows outside the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EachFrom {
    /// The vectors of one area: `vectors:<spec>/<area>`.
    Vectors {
        /// The specification, a folder of `vectors/`.
        spec: String,
        /// The area, a file in that folder.
        area: String,
    },
}
