//! Many instances side by side: who may run with whom, and what a dead target means.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use tokio::task::JoinSet;

use super::case::{CaseOutcome, run_case};
use super::environment::Environment;
use crate::case::Protocol;
use crate::case::instance::Instance;
use crate::catalogue::{Catalogue, Level};
use crate::known::Known;
use crate::passive::{self, UNREADABLE};
use crate::verdict::{Blame, CheckResult, Verdict};

/// How a run is carried out.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many cases run at the same time.
    pub jobs: usize,
    /// Stop after the first failing case.
    pub fail_fast: bool,
    /// Failures that are no news.
    pub known: Known,
}

impl Default for Options {
    fn default() -> Self {
        Self { jobs: 32, fail_fast: false, known: Known::default() }
    }
}

/// What happens while a run goes on.
#[derive(Debug)]
pub enum Event<'a> {
    /// A case begins.
    Started(&'a str),
    /// A case has ended.
    Finished(&'a CaseOutcome),
    /// The target stopped serving after this case.
    Died(&'a str),
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Summary {
    /// All checks, in the order of the instances, passive rules last.
    pub checks: Vec<CheckResult>,
    /// The case after which the target stopped serving.
    pub died_after: Option<String>,
    /// Cases with their durations in milliseconds, the longest first.
    pub longest: Vec<(String, u64)>,
    /// True if the run was broken off.
    pub partial: bool,
}

/// Runs the instances. Raising `env.halt` breaks the run off: the cases that run tidy up after
/// themselves, and what is known is reported.
pub async fn run_all(
    env: &Arc<Environment>,
    instances: &[Arc<Instance>],
    options: &Options,
    mut tell: impl FnMut(Event<'_>),
) -> Summary {
    let mut waiting: Vec<usize> = (0..instances.len()).collect();
    let mut held: HashSet<String> = HashSet::new();
    let mut running: JoinSet<(usize, CaseOutcome)> = JoinSet::new();
    let mut outcomes: BTreeMap<usize, CaseOutcome> = BTreeMap::new();
    let mut summary = Summary::default();
    let mut halted = false;
    loop {
        while !halted && !env.halt.is_raised() && running.len() < options.jobs {
            let free = waiting
                .iter()
                .position(|number| may_start(&instances[*number].case.locks, &held, running.len()));
            let Some(place) = free else { break };
            let number = waiting.remove(place);
            let instance = instances[number].clone();
            held.extend(instance.case.locks.iter().cloned());
            tell(Event::Started(&instance.id));
            let env = env.clone();
            running.spawn(async move { (number, run_case(&env, &instance, number).await) });
        }
        let Some(ended) = running.join_next().await else { break };
        let Ok((number, mut outcome)) = ended else { continue };
        outcome.checks.iter_mut().for_each(|check| options.known.apply(check));
        for lock in &instances[number].case.locks {
            held.remove(lock);
        }
        tell(Event::Finished(&outcome));
        if !outcome.alive && summary.died_after.is_none() {
            tell(Event::Died(&outcome.id));
            summary.died_after = Some(outcome.id.clone());
            halted = true;
        }
        halted |= options.fail_fast && outcome.verdict() >= Verdict::Fail;
        outcomes.insert(number, outcome);
    }
    summary.partial = env.halt.is_raised();
    collect(env, instances, outcomes, &mut summary);
    let passive = summary.checks.iter_mut().filter(|check| check.case.starts_with("passive/"));
    passive.for_each(|check| options.known.apply(check));
    summary
}

fn may_start(locks: &[String], held: &HashSet<String>, running: usize) -> bool {
    if locks.iter().any(|lock| lock == "run") {
        return running == 0;
    }
    !held.contains("run") && locks.iter().all(|lock| !held.contains(lock))
}

fn unreached(env: &Environment, instance: &Instance, why: &str) -> Vec<CheckResult> {
    let stop = super::case::Stop::Inconclusive(why.to_owned());
    super::record::Record::new(instance).finish(Some(&stop), "1", env, instance, &[])
}

/// Puts the results in order. What ended by silence or closing while the target died says nothing
/// about the target's rules.
fn collect(
    env: &Environment,
    instances: &[Arc<Instance>],
    outcomes: BTreeMap<usize, CaseOutcome>,
    summary: &mut Summary,
) {
    let died = summary.died_after.clone();
    let mut passive = Passive::default();
    let mut outcomes = outcomes;
    for (number, instance) in instances.iter().enumerate() {
        match outcomes.remove(&number) {
            Some(mut outcome) => {
                passive.add(&outcome, instance);
                if !outcome.alive {
                    soften(&mut outcome, died.as_deref());
                }
                summary.longest.push((outcome.id, outcome.ms));
                summary.checks.append(&mut outcome.checks);
            }
            None if died.is_some() => {
                let after = died.as_deref().unwrap_or_default();
                let why = format!("the target stopped serving after {after}");
                summary.checks.extend(unreached(env, instance, &why));
            }
            None => {
                let why = "the run was broken off before";
                summary.checks.extend(unreached(env, instance, why));
            }
        }
    }
    summary.longest.sort_by_key(|(_, ms)| std::cmp::Reverse(*ms));
    summary.longest.truncate(10);
    summary.checks.extend(passive.results(env));
}

fn soften(outcome: &mut CaseOutcome, died_after: Option<&str>) {
    let first = died_after == Some(outcome.id.as_str());
    for check in &mut outcome.checks {
        let alive = check.requirement == "WIRECHECK-alive";
        let unclear =
            matches!(check.outcome.as_str(), "silence" | "closed" | "reset" | "not-served");
        if check.verdict == Verdict::Fail && unclear && !(alive && first) {
            check.verdict = Verdict::Inconclusive;
            let after = died_after.unwrap_or_default();
            check.reason = Some(format!("the target stopped serving, first seen after {after}"));
        }
    }
}

/// What the passive rules found over all cases: one check for each rule and protocol.
#[derive(Default)]
struct Passive(BTreeMap<(String, &'static str), Option<Found>>);

struct Found {
    finding: passive::Finding,
    case: String,
    log: Vec<crate::wire_log::Entry>,
    more: usize,
}

impl Passive {
    fn add(&mut self, outcome: &CaseOutcome, instance: &Instance) {
        for rule in &outcome.applied {
            self.0.entry((instance.protocol.to_string(), rule)).or_default();
        }
        for finding in &outcome.findings {
            let slot = self.0.entry((instance.protocol.to_string(), finding.rule)).or_default();
            match slot {
                Some(found) => found.more += 1,
                None => {
                    *slot = Some(Found {
                        finding: finding.clone(),
                        case: outcome.id.clone(),
                        log: outcome.log.clone(),
                        more: 0,
                    });
                }
            }
        }
    }

    fn results(self, env: &Environment) -> Vec<CheckResult> {
        self.0
            .into_iter()
            .map(|((protocol, rule), found)| one(env, protocol, rule, found))
            .collect()
    }
}

fn one(env: &Environment, protocol: String, rule: &str, found: Option<Found>) -> CheckResult {
    let spoken = Protocol::from_name(&protocol);
    let named = spoken.and_then(|spoken| passive::requirement(spoken, rule)).unwrap_or_default();
    let requirement = found.as_ref().map_or(named, |found| found.finding.requirement);
    let entry = Catalogue::embedded().get(requirement);
    let level = entry.map_or(Level::Must, |entry| entry.level);
    let case = format!("passive/{protocol}/{rule}");
    let expected = match rule {
        UNREADABLE => "only what our codec takes".to_owned(),
        _ => entry.map(|entry| entry.text.clone()).unwrap_or_default(),
    };
    let mut result = CheckResult {
        id: format!("{case}#run"),
        case,
        protocol,
        role: "server".to_owned(),
        label: entry.map(|entry| entry.label.clone()).unwrap_or_default(),
        requirement: requirement.to_owned(),
        breaks: None,
        level,
        verdict: Verdict::Pass,
        outcome: "kept".to_owned(),
        expected,
        observed: "kept on every link".to_owned(),
        ms: 0,
        limit_ms: 0,
        reason: None,
        step: "0".to_owned(),
        blame: Blame::Unknown,
        frames: Vec::new(),
        log: None,
        log_of: None,
        again: env.again.clone(),
        by_hand: None,
        withheld: false,
    };
    if let Some(found) = found {
        result.verdict = Verdict::of_breach(level);
        result.outcome = found.finding.outcome;
        result.observed = found.finding.text;
        result.reason = Some(match found.more {
            0 => format!("seen in {}", found.case),
            more => format!("seen in {}, and {more} more times", found.case),
        });
        result.blame = Blame::Stack;
        result.frames = vec![found.finding.entry];
        result.log = Some(found.log);
        result.again = format!("{} --case '{}'", env.again, found.case);
    }
    result
}
