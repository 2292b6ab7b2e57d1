//! Passive rules: what is never allowed, whatever a case is about. They watch every link of every
//! case, and recordings.

pub mod coap;
pub mod mqtt;
pub mod mqtt_sn;

use crate::case::Protocol;

/// The rule for messages that our codec rejects; the codec names the requirement.
pub const UNREADABLE: &str = "valid-packets";

/// One rule of a family: its name, and the requirement it rests on.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The name in check ids.
    pub name: &'static str,
    /// The requirement.
    pub requirement: &'static str,
    /// Faults of the reference peer that break it.
    pub bites: &'static [&'static str],
}

/// A rule of one protocol, as coverage and self-test see it.
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
    for rule in mqtt::rules() {
        let of = [(Protocol::Mqtt50, rule.version_5), (Protocol::Mqtt311, rule.version_3_1_1)];
        for (protocol, requirement) in of {
            let known =
                |requirement| Known { protocol, name: rule.name, requirement, bites: rule.bites };
            all.extend(requirement.map(known));
        }
    }
    let others = [(Protocol::MqttSn12, mqtt_sn::RULES), (Protocol::Coap, coap::RULES)];
    for (protocol, rules) in others {
        all.extend(rules.iter().map(|rule| {
            let Rule { name, requirement, bites } = *rule;
            Known { protocol, name, requirement, bites }
        }));
    }
    all
}

/// A rule that was broken, the first time on its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, an entry of the family's table.
    pub rule: &'static str,
    /// The requirement it rests on.
    pub requirement: &'static str,
    /// What was seen, for people.
    pub text: String,
    /// What was seen, without anything that changes from run to run.
    pub outcome: String,
    /// Position in the log.
    pub entry: usize,
}
