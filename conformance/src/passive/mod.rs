//! Passive rules: what is never allowed, whatever a case is about. They watch every link of every
//! case, and recordings.

pub mod coap;
pub mod mqtt;
pub mod mqtt_sn;

/// The rule for messages that our codec rejects; the codec names the requirement.
pub const UNREADABLE: &str = "valid-packets";

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
