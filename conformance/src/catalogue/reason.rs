//! Why a requirement is not observed, or not proven: a closed list of reasons.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why nothing in the suite proves that a target keeps a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unproven {
    /// The reason.
    pub reason: Reason,
    /// The other requirement, if the reason is `duplicate` or `contradicts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Why the reason is true here, in one sentence.
    pub note: String,
}

/// Why a requirement is never observed: a reason out of a closed list and, after a colon, the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct WhyNot {
    /// The reason.
    pub reason: Reason,
    /// What it means for this requirement; empty if the reason says it all.
    pub because: String,
}

/// The reasons for which a requirement may be left unobserved or unproven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It shows only between two nodes of the same operator.
    NeedsASecondNode,
    /// It shows only after more than five minutes.
    NeedsAClockBeyondFiveMinutes,
    /// The application behind the implementation decides.
    TheApplicationDecides,
    /// It is addressed to people, not to a program.
    StatedForHumans,
    /// Another requirement says the same.
    Duplicate,
    /// It contradicts another requirement of the document.
    Contradicts,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::NeedsASecondNode,
        Self::NeedsAClockBeyondFiveMinutes,
        Self::TheApplicationDecides,
        Self::StatedForHumans,
        Self::Duplicate,
        Self::Contradicts,
    ];

    /// The reason as it is written in a catalogue.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NeedsASecondNode => "needs-a-second-node",
            Self::NeedsAClockBeyondFiveMinutes => "needs-a-clock-beyond-five-minutes",
            Self::TheApplicationDecides => "the-application-decides",
            Self::StatedForHumans => "stated-for-humans",
            Self::Duplicate => "duplicate",
            Self::Contradicts => "contradicts",
        }
    }
}

impl TryFrom<String> for WhyNot {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (name, because) = text.split_once(':').unwrap_or((&text, ""));
        match Reason::ALL.into_iter().find(|reason| reason.name() == name) {
            Some(reason) => Ok(Self { reason, because: because.trim().to_owned() }),
            None => {
                let known: Vec<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
                Err(format!("unknown reason `{name}`, expected one of {}", known.join(", ")))
            }
        }
    }
}

impl From<WhyNot> for String {
    fn from(why: WhyNot) -> Self {
        if why.because.is_empty() {
            why.reason.name().to_owned()
        } else {
            format!("{}: {}", why.reason.name(), why.because)
        }
    }
}
