//! The checks of a case: which there are, and what each found.

use serde_json::Value;

use super::case::Stop;
use super::environment::Environment;
use super::hand::by_hand;
use crate::case::instance::Instance;
use crate::case::{Ref, Step, walk};
use crate::catalogue::{Catalogue, Level};
use crate::verdict::{Blame, CheckResult, Verdict};
use crate::wire_log::Entry;

/// What a check found, before it is put into the form of a result.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) requirement: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) outcome: String,
    pub(super) expected: String,
    pub(super) observed: String,
    pub(super) ms: u64,
    pub(super) limit_ms: u64,
    pub(super) reason: Option<String>,
    pub(super) frames: Vec<usize>,
    pub(super) actor: Option<String>,
}

struct Slot {
    name: String,
    requirement: Option<String>,
    found: Option<(Declared, Option<String>, String)>,
}

/// The checks of one instance in the order in which the case names them.
pub(super) struct Record(Vec<Slot>);

impl Record {
    pub(super) fn new(instance: &Instance) -> Self {
        let mut slots = Vec::new();
        let mut add = |name: &str, requirement: Option<&Ref>| {
            let requirement = requirement.and_then(|id| id.get(instance.protocol));
            let requirement = requirement.map(str::to_owned);
            slots.push(Slot { name: name.to_owned(), requirement, found: None });
        };
        walk::visit(&instance.case, &mut |step, _| match step {
            Step::Expect(step) => {
                add(&step.name, Some(&step.requirement));
                for judge in &step.checks {
                    add(&judge.name, Some(&judge.requirement));
                }
            }
            Step::Check(step) => add(&step.name, step.requirement.as_ref()),
            _ => {}
        });
        Self(slots)
    }

    /// Records a finding; of several for one check, as in `repeat`, the worst counts.
    pub(super) fn add(
        &mut self,
        name: &str,
        declared: Declared,
        breaks: Option<String>,
        place: String,
    ) {
        let Some(slot) = self.0.iter_mut().find(|slot| slot.name == name) else { return };
        let before = slot.found.as_ref().map(|(found, ..)| found.verdict);
        if before.is_none_or(|before| before < declared.verdict) {
            slot.found = Some((declared, breaks, place));
        }
    }

    /// The results. A check that was not reached says what stopped the case.
    pub(super) fn finish(
        self,
        stop: Option<&Stop>,
        place: &str,
        env: &Environment,
        instance: &Instance,
        log: &[Entry],
    ) -> Vec<CheckResult> {
        let unreached = |requirement: Option<String>| {
            let (verdict, reason) = match stop {
                Some(Stop::Inconclusive(why)) => (Verdict::Inconclusive, why.clone()),
                Some(Stop::Skip(why)) => (Verdict::Skip, why.clone()),
                Some(Stop::Error(why)) => (Verdict::Error, why.clone()),
                None => (Verdict::Skip, "the branch it stands in was not taken".to_owned()),
            };
            let declared = Declared {
                requirement,
                verdict,
                outcome: "not-reached".to_owned(),
                expected: String::new(),
                observed: String::new(),
                ms: 0,
                limit_ms: 0,
                reason: Some(reason),
                frames: Vec::new(),
                actor: None,
            };
            (declared, None, place.to_owned())
        };
        let results = self.0.into_iter().map(|slot| {
            let (mut found, breaks, place) =
                slot.found.unwrap_or_else(|| unreached(slot.requirement.clone()));
            let requirement = found.requirement.take().or(slot.requirement).unwrap_or_default();
            result(env, instance, &slot.name, requirement, found, breaks, place, log)
        });
        results.collect()
    }
}

#[expect(clippy::too_many_arguments, reason = "one result is made of these in one place")]
pub(super) fn result(
    env: &Environment,
    instance: &Instance,
    name: &str,
    requirement: String,
    found: Declared,
    breaks: Option<String>,
    step: String,
    log: &[Entry],
) -> CheckResult {
    let known = Catalogue::embedded().get(&requirement);
    let show = found.verdict.shows_log();
    CheckResult {
        id: instance.check_id(name),
        case: instance.id.clone(),
        protocol: instance.protocol.to_string(),
        role: instance.case.role.as_str().to_owned(),
        label: known.map(|known| known.label.clone()).unwrap_or_default(),
        level: known.map_or(Level::May, |known| known.level),
        requirement,
        breaks,
        verdict: found.verdict,
        outcome: found.outcome,
        expected: found.expected,
        observed: found.observed,
        ms: found.ms,
        limit_ms: found.limit_ms,
        reason: found.reason,
        step,
        blame: match found.verdict {
            Verdict::Fail => instance.case.blame.unwrap_or(Blame::Stack),
            _ => Blame::Unknown,
        },
        frames: found.frames,
        log: show.then(|| log.to_vec()),
        log_of: None,
        again: format!("{} --case '{}'", env.again, instance.id),
        by_hand: found.actor.filter(|_| show).and_then(|actor| by_hand(env, &actor, log)),
        withheld: false,
    }
}

/// The verdict of a check whose requirement is broken.
pub(super) fn breach(requirement: Option<&str>) -> Verdict {
    requirement
        .and_then(|id| Catalogue::embedded().get(id))
        .map_or(Verdict::Error, |known| Verdict::of_breach(known.level))
}

/// The requirement of a resolved citation.
pub(super) fn cited(instance: &Instance, reference: &Ref) -> Option<String> {
    reference.get(instance.protocol).map(str::to_owned)
}

/// A value in one short line.
pub(super) fn short(value: &Value) -> String {
    crate::pattern::compact(value)
}
