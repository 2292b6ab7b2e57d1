//! Many instances side by side: who may run with whom, and what a dead target means.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::alive::{NOT_SERVED, REQUIREMENT as ALIVE};
use super::case::{CaseOutcome, run_case};
use super::environment::Environment;
use crate::case::instance::Instance;
use crate::driver;
use crate::known::Known;
use crate::passive;
use crate::verdict::{Blame, CheckResult, Verdict};

/// How often a target is started again in one run.
const MOST_REVIVALS: usize = 64;
/// How long it may take until it serves again.
const REVIVAL: Duration = Duration::from_secs(60);
/// Between two looks at whether it does.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

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
    /// The case after which the target stopped serving for good.
    pub died_after: Option<String>,
    /// Cases that stop the target, which was started again after each.
    pub deaths: Vec<String>,
    /// Cases with their durations in milliseconds, the longest first.
    pub longest: Vec<(String, u64)>,
    /// True if the run was broken off.
    pub partial: bool,
}

/// Runs the instances. Raising `env.halt` breaks the run off: the cases that run tidy up after
/// themselves, and what is known is reported. Where the target can be started again after it
/// stopped serving, the cases that ran then are repeated one by one, and the run goes on.
pub async fn run_all(
    env: &Arc<Environment>,
    instances: &[Arc<Instance>],
    options: &Options,
    mut tell: impl FnMut(Event<'_>),
) -> Summary {
    let mut schedule = Schedule {
        env,
        instances,
        options,
        waiting: (0..instances.len()).collect(),
        outcomes: BTreeMap::new(),
        revivals: 0,
        summary: Summary::default(),
    };
    while let Some(first) = schedule.side_by_side(&mut tell).await {
        let recovered = schedule.revive().await && schedule.one_by_one(first, &mut tell).await;
        if !recovered {
            break;
        }
    }
    let Schedule { outcomes, mut summary, .. } = schedule;
    summary.partial = env.halt.is_raised();
    collect(env, instances, outcomes, &mut summary);
    let passive = summary.checks.iter_mut().filter(|check| check.case.starts_with("passive/"));
    passive.for_each(|check| options.known.apply(check));
    summary
}

/// A run that goes on.
struct Schedule<'r> {
    env: &'r Arc<Environment>,
    instances: &'r [Arc<Instance>],
    options: &'r Options,
    /// What has not begun, by number.
    waiting: Vec<usize>,
    outcomes: BTreeMap<usize, CaseOutcome>,
    revivals: usize,
    summary: Summary,
}

impl Schedule<'_> {
    /// Runs what is waiting, until nothing is left or the target stops serving: then it gives the
    /// case after which that was seen.
    async fn side_by_side(&mut self, tell: &mut impl FnMut(Event<'_>)) -> Option<usize> {
        let mut held: HashSet<String> = HashSet::new();
        let mut running: JoinSet<(usize, CaseOutcome)> = JoinSet::new();
        let (mut failed, mut died) = (false, None);
        loop {
            while !failed
                && died.is_none()
                && !self.env.halt.is_raised()
                && running.len() < self.options.jobs
            {
                let free = self.waiting.iter().position(|number| {
                    may_start(&self.instances[*number].case.locks, &held, running.len())
                });
                let Some(place) = free else { break };
                let number = self.waiting.remove(place);
                let instance = self.instances[number].clone();
                held.extend(instance.case.locks.iter().cloned());
                tell(Event::Started(&instance.id));
                let env = self.env.clone();
                running.spawn(async move { (number, run_case(&env, &instance, number).await) });
            }
            let Some(ended) = running.join_next().await else { return died };
            let Ok((number, mut outcome)) = ended else { continue };
            outcome.checks.iter_mut().for_each(|check| self.options.known.apply(check));
            for lock in &self.instances[number].case.locks {
                held.remove(lock);
            }
            if outcome.alive || !self.can_revive() {
                tell(Event::Finished(&outcome));
            }
            if !outcome.alive && died.is_none() {
                tell(Event::Died(&outcome.id));
                died = Some(number);
                self.summary.died_after = Some(outcome.id.clone());
            }
            failed |= self.options.fail_fast && outcome.alive && outcome.verdict() >= Verdict::Fail;
            self.outcomes.insert(number, outcome);
        }
    }

    /// Repeats one by one what ran when the target stopped serving; false if it cannot be had back.
    async fn one_by_one(&mut self, first: usize, tell: &mut impl FnMut(Event<'_>)) -> bool {
        let suspects = self.outcomes.iter().filter(|(number, outcome)| {
            !outcome.alive && !self.summary.deaths.contains(&self.instances[**number].id)
        });
        let suspects: Vec<usize> = suspects.map(|(number, _)| *number).collect();
        let (mut explained, mut back) = (suspects.len() == 1, true);
        if explained {
            self.summary.deaths.push(self.instances[first].id.clone());
        }
        for number in suspects.iter().filter(|_| suspects.len() > 1) {
            let instance = &self.instances[*number];
            // Names of their own: what the first attempt left behind may have outlived the target.
            let names = self.instances.len() + number;
            let mut outcome = run_case(self.env, instance, names).await;
            outcome.checks.iter_mut().for_each(|check| self.options.known.apply(check));
            let alive = outcome.alive;
            if *number != first {
                tell(Event::Finished(&outcome));
            }
            self.outcomes.insert(*number, outcome);
            if !alive {
                explained = true;
                self.summary.deaths.push(instance.id.clone());
                back = self.revive().await;
            }
            if !back {
                self.summary.died_after = Some(instance.id.clone());
                break;
            }
        }
        if let Some(outcome) = self.outcomes.get_mut(&first) {
            if !explained {
                blame(outcome, suspects.len());
                outcome.checks.iter_mut().for_each(|check| self.options.known.apply(check));
            }
            tell(Event::Finished(outcome));
        }
        if back {
            self.summary.died_after = None;
        }
        back
    }

    fn can_revive(&self) -> bool {
        self.revivals < MOST_REVIVALS && self.env.verbs.can_revive()
    }

    /// Has the target started again, and waits until it serves.
    async fn revive(&mut self) -> bool {
        if !self.can_revive() || self.env.halt.is_raised() {
            return false;
        }
        self.revivals += 1;
        if self.env.verbs.revive().await.is_err() {
            return false;
        }
        let Some(driver) = self.instances.first().and_then(|it| driver::of(it.protocol)) else {
            return false;
        };
        let served = async {
            while driver.serves(self.env).await.is_err() {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        tokio::time::timeout(REVIVAL, served).await.is_ok()
    }
}

/// Says that the target stopped serving after a case that does not stop it alone.
fn blame(outcome: &mut CaseOutcome, suspects: usize) {
    for check in outcome.checks.iter_mut().filter(|check| check.requirement == ALIVE) {
        check.verdict = Verdict::Fail;
        check.outcome = NOT_SERVED.to_owned();
        check.observed = "the target stopped serving".to_owned();
        let words = format!("it was one of {suspects} cases then, none of which stops it alone");
        check.reason = Some(words);
    }
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
    let killers: HashSet<&String> = summary.deaths.iter().chain(&died).collect();
    let mut passive = Passive::default();
    let mut outcomes = outcomes;
    for (number, instance) in instances.iter().enumerate() {
        match outcomes.remove(&number) {
            Some(mut outcome) => {
                passive.add(&outcome, instance);
                if !outcome.alive {
                    let killer = killers.contains(&outcome.id);
                    soften(&mut outcome, killer, died.as_deref());
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

fn soften(outcome: &mut CaseOutcome, killer: bool, died_after: Option<&str>) {
    for check in &mut outcome.checks {
        let unclear = matches!(check.outcome.as_str(), "silence" | "closed" | "reset" | NOT_SERVED);
        let told = killer && check.requirement == ALIVE;
        if check.verdict == Verdict::Fail && unclear && !told {
            check.verdict = Verdict::Inconclusive;
            let after = died_after.unwrap_or(&outcome.id);
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
    let requirement = found.as_ref().map(|found| found.finding.requirement);
    let mut result = passive::check(&protocol, rule, requirement);
    result.observed = "kept on every link".to_owned();
    result.again.clone_from(&env.again);
    if let Some(found) = found {
        result.verdict = Verdict::of_breach(result.level);
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
