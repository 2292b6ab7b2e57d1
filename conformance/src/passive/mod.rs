//! Passive rules: what is never allowed, whatever a case is about. They watch every link of every
//! case, and recordings.

macro_rules! rules {
    ($($constant:ident $name:tt [$($protocol:ident $requirement:literal),+] $bites:expr;)*) => {
        $(const $constant: crate::passive::Rule = crate::passive::Rule::new(
            $name, &[$((crate::case::Protocol::$protocol, $requirement)),+], &$bites,
        );)*
        /// Every rule that is named here.
        pub(crate) const RULES: &[crate::passive::Rule] = &[$($constant),*];
    };
}

/// Rules for clients. Recordings show what these do; that a rule bites is shown by a session in
/// `vectors/captures/sessions`.
macro_rules! client_rules {
    ($($constant:ident $name:tt [$($protocol:ident $requirement:literal),+];)*) => {
        $(const $constant: crate::passive::Rule = crate::passive::Rule::of_client(
            $name, &[$((crate::case::Protocol::$protocol, $requirement)),+],
        );)*
        /// Every rule that is named here.
        pub(super) const RULES: &[crate::passive::Rule] = &[$($constant),*];
    };
}

pub mod coap;
mod findings;
pub mod mqtt;
pub mod mqtt_sn;
mod place;
pub mod xmpp;
pub mod xmpp_framing;

use crate::case::Protocol;
use crate::catalogue::{Catalogue, Level};
use crate::driver;
use crate::verdict::{Blame, CheckResult, Verdict};

pub use findings::{Finding, Findings};
pub use place::Place;
use place::{SECOND, hash_of};

/// The rule for messages that our codec rejects. The codec names the requirement; the one of the
/// rule stands for it where it names none, and where nothing was rejected.
pub const UNREADABLE: &str = "valid-packets";

/// One rule: its name, and the requirement it rests on in each protocol that has it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The name in check ids.
    pub name: &'static str,
    /// The requirements.
    pub requirements: &'static [(Protocol, &'static str)],
    /// Faults of the reference peer that break it; none if recordings alone are judged by it.
    pub bites: &'static [&'static str],
    /// Whether clients are judged by it.
    pub of_clients: bool,
    /// Whether servers are.
    pub of_servers: bool,
}

impl Rule {
    /// A rule that servers are judged by.
    #[must_use]
    pub const fn new(
        name: &'static str,
        requirements: &'static [(Protocol, &'static str)],
        bites: &'static [&'static str],
    ) -> Self {
        Self { name, requirements, bites, of_clients: false, of_servers: true }
    }

    /// A rule that clients are judged by.
    #[must_use]
    pub const fn of_client(
        name: &'static str,
        requirements: &'static [(Protocol, &'static str)],
    ) -> Self {
        Self { name, requirements, bites: &[], of_clients: true, of_servers: false }
    }

    /// The requirement that the rule rests on in a protocol.
    #[must_use]
    pub fn requirement(&self, protocol: Protocol) -> Option<&'static str> {
        let of = |(known, _): &&(Protocol, &'static str)| *known == protocol;
        self.requirements.iter().find(of).map(|(_, requirement)| *requirement)
    }
}

/// A rule of one protocol, as coverage and tests see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The protocol.
    pub protocol: Protocol,
    /// The name in check ids.
    pub name: &'static str,
    /// The requirement it rests on.
    pub requirement: &'static str,
    /// Faults of the reference peer that break it.
    pub bites: &'static [&'static str],
}

/// Every rule but those for messages that cannot be read.
#[must_use]
pub fn all() -> Vec<Known> {
    let mut all = Vec::new();
    for (protocol, driver) in driver::TABLE {
        let judging = driver.rules().into_iter().filter(|rule| rule.name != UNREADABLE);
        all.extend(judging.filter_map(|rule| {
            let requirement = rule.requirement(*protocol)?;
            Some(Known { protocol: *protocol, name: rule.name, requirement, bites: rule.bites })
        }));
    }
    all
}

/// The requirement that a rule, by its name, rests on in a protocol.
#[must_use]
pub fn requirement(protocol: Protocol, name: &str) -> Option<&'static str> {
    let rules = driver::of(protocol)?.rules();
    rules.into_iter().find(|rule| rule.name == name)?.requirement(protocol)
}

/// The check of a rule before anything is known: kept, by a server. It rests on the requirement
/// that is broken, or on that of the rule.
pub(crate) fn check(protocol: &str, rule: &str, requirement_broken: Option<&str>) -> CheckResult {
    let spoken = Protocol::from_name(protocol);
    let named = spoken.and_then(|spoken| requirement(spoken, rule)).unwrap_or_default();
    let requirement = requirement_broken.unwrap_or(named);
    let entry = Catalogue::embedded().get(requirement);
    let case = format!("passive/{protocol}/{rule}");
    CheckResult {
        id: format!("{case}#run"),
        case,
        protocol: protocol.to_owned(),
        role: "server".to_owned(),
        label: entry.map(|entry| entry.label.clone()).unwrap_or_default(),
        requirement: requirement.to_owned(),
        breaks: None,
        level: entry.map_or(Level::Must, |entry| entry.level),
        verdict: Verdict::Pass,
        outcome: "kept".to_owned(),
        expected: match rule {
            UNREADABLE => "only what our codec takes".to_owned(),
            _ => entry.map(|entry| entry.text.clone()).unwrap_or_default(),
        },
        observed: String::new(),
        ms: 0,
        limit_ms: 0,
        reason: None,
        step: "0".to_owned(),
        blame: Blame::Unknown,
        frames: Vec::new(),
        log: None,
        log_of: None,
        again: String::new(),
        by_hand: None,
        withheld: false,
    }
}
