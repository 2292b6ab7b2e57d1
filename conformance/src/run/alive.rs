//! `#alive`: whether the target serves a fresh client, asked after each case.

use std::time::Duration;

use super::environment::Environment;
use super::record::{Declared, result};
use crate::case::instance::Instance;
use crate::verdict::{CheckResult, Verdict};
use crate::wire_log::Entry;

/// The requirement of the check.
pub(crate) const REQUIREMENT: &str = "WIRECHECK-alive";
/// The outcome of a case after which the target does not serve.
pub(super) const NOT_SERVED: &str = "not-served";
/// How long the target may take to serve.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// The `#alive` check of a case.
pub(super) fn check(
    env: &Environment,
    instance: &Instance,
    alive: &Result<(), String>,
    log: &[Entry],
) -> CheckResult {
    let found = Declared {
        requirement: None,
        verdict: if alive.is_ok() { Verdict::Pass } else { Verdict::Fail },
        outcome: if alive.is_ok() { "served" } else { NOT_SERVED }.to_owned(),
        expected: "a fresh client is served".to_owned(),
        observed: alive.clone().err().unwrap_or_else(|| "it is".to_owned()),
        ms: 0,
        limit_ms: LIMIT.as_millis() as u64,
        reason: None,
        frames: Vec::new(),
        actor: None,
    };
    let step = (instance.case.steps.len() + 1).to_string();
    result(env, instance, "alive", REQUIREMENT.to_owned(), found, None, step, log)
}
