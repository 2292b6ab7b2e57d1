//! Verdicts, and the result of one check as `result.json` holds it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Breach, Level};
use crate::wire_log::Entry;

/// What a check found. Later ones are worse; a case is as bad as its worst check.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The target does what the requirement says.
    Pass,
    /// The target lacks the capability; the reason says how we know.
    Skip,
    /// The specification leaves it open; the outcome says what the target chose.
    Info,
    /// Fails as it is recorded to fail.
    Xfail,
    /// The point was not reached; the reason says which step stopped it.
    Inconclusive,
    /// A SHOULD is broken.
    Warn,
    /// Recorded to fail, and does not fail any more.
    Xpass,
    /// A MUST is broken.
    Fail,
    /// Our own fault.
    Error,
}

impl Verdict {
    /// Every verdict, in the order of a summary.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Fail,
        Self::Warn,
        Self::Info,
        Self::Inconclusive,
        Self::Skip,
        Self::Error,
        Self::Xfail,
        Self::Xpass,
    ];

    /// The name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::Info => "info",
            Self::Xfail => "xfail",
            Self::Inconclusive => "inconclusive",
            Self::Warn => "warn",
            Self::Xpass => "xpass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    /// The verdict of a broken requirement of this level.
    #[must_use]
    pub fn of_breach(level: Level) -> Self {
        match level.verdict_on_breach() {
            Breach::Fail => Self::Fail,
            Breach::Warn => Self::Warn,
            Breach::Info => Self::Info,
        }
    }

    /// Whether the target was judged at all.
    #[must_use]
    pub fn is_judgement(self) -> bool {
        matches!(self, Self::Pass | Self::Fail | Self::Warn | Self::Xfail | Self::Xpass)
    }

    /// Whether a report shows the exchange.
    #[must_use]
    pub fn shows_log(self) -> bool {
        !matches!(self, Self::Pass | Self::Skip)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a broken rule most likely lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// The protocol stack of the target.
    Stack,
    /// What is built on it.
    Application,
    /// Not known.
    Unknown,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckResult {
    /// `<protocol>/<area>/<case>[<row>]#<name>`.
    pub id: String,
    /// The case instance, the id up to `#`.
    pub case: String,
    /// The protocol it ran in.
    pub protocol: String,
    /// What the target was: `server`, `client`, `gateway`.
    pub role: String,
    /// The requirement it rests on.
    pub requirement: String,
    /// What the document prints for the requirement.
    pub label: String,
    /// The requirement that our own message broke on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaks: Option<String>,
    /// The requirement's level.
    pub level: Level,
    /// What was found.
    pub verdict: Verdict,
    /// How it ended, as a token without anything that changes from run to run.
    pub outcome: String,
    /// What was expected, for people.
    pub expected: String,
    /// What was observed, for people.
    pub observed: String,
    /// Milliseconds from the start of the wait to the observation.
    pub ms: u64,
    /// Milliseconds that were allowed.
    pub limit_ms: u64,
    /// Why the verdict is what it is: the note of a branch, the evidence of a skip, the step that
    /// stopped the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The step of the case, counted from 1; `3.2` is the second step inside the third.
    pub step: String,
    /// Where the fault most likely lies.
    pub blame: Blame,
    /// Positions in `log` of the entries that were judged.
    #[serde(default)]
    pub frames: Vec<usize>,
    /// The exchange, for verdicts other than pass and skip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Vec<Entry>>,
    /// The check that has the log, if this one was made of the same exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_of: Option<String>,
    /// The command that runs the case again.
    pub again: String,
    /// A command that shows it without any tool of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// True if bytes were left out of a published result.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}
