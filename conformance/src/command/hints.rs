//! What the user might do about what a run found.

use std::collections::{BTreeMap, HashSet};

use super::Stop;
use crate::case::load::LoadedFile;
use crate::known::Known;
use crate::plan::{Selection, checks, plan};
use crate::result::RunResult;
use crate::run::Environment;
use crate::verdict::Verdict;

/// What the user might do about what was found.
pub(super) fn refusals(result: &RunResult) -> Vec<String> {
    const REFUSALS: [&str; 4] = ["0x87", "0x97", "0x05", "policy"];
    let refused = result.checks.iter().filter(|check| {
        let reason = check.reason.as_deref().unwrap_or_default();
        check.verdict == Verdict::Inconclusive && REFUSALS.iter().any(|word| reason.contains(word))
    });
    let mut hints = Vec::new();
    if refused.count() >= 3 {
        hints.push(
            "the target refuses by policy; give an account (WIRECHECK_ACCOUNTS=user:VARIABLE) or \
             set a prefix in a target file"
                .to_owned(),
        );
    }
    hints
}

/// Known failures of checks that are not there any more.
pub(super) fn strangers(
    known: &Known,
    files: &[LoadedFile],
    result: &RunResult,
) -> Result<Option<String>, Stop> {
    let mut ids: HashSet<String> = result.checks.iter().map(|check| check.id.clone()).collect();
    for instance in plan(files, &Selection::default()).map_err(Stop::own)? {
        ids.extend(
            checks(&instance).into_iter().map(|(name, _)| format!("{}#{name}", instance.id)),
        );
    }
    let exists =
        |id: &str| ids.contains(id) || id.starts_with("passive/") || id.ends_with("#alive");
    let strangers: Vec<_> = known.strangers(&exists).collect();
    let words = || format!("no check of these known failures exists: {}", strangers.join(", "));
    Ok((!strangers.is_empty()).then(words))
}

/// What is known of the target and cannot all be true, once for all protocols.
pub(super) fn contradictions(env: &Environment) -> Vec<String> {
    let mut hints = BTreeMap::new();
    for (protocol, found) in &env.capabilities {
        for contradiction in found.contradictions() {
            let key = (contradiction.said.id.clone(), contradiction.seen.evidence.clone());
            hints.entry(key).or_insert_with(|| format!("{protocol}: {contradiction}"));
        }
    }
    hints.into_values().collect()
}

/// Cases that stop the target.
pub(super) fn deaths(cases: &[String]) -> Option<String> {
    let all = || cases.join(", ");
    (!cases.is_empty()).then(|| format!("the target had to be started again after {}", all()))
}
