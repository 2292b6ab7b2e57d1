//! The evidence: what is to be known of a check that found something broken, to believe it.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use super::place::{Groups, Place, Rule, STRENGTHS};
use super::report::Around;
use super::tally::{DOUBTED, Standing, Standings, is_problem, state_of};
use super::{fragment, wire, words};
use crate::render::duration;
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};
use crate::wire_log::Entry;

/// A requirement that some checks found broken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Broken {
    /// The requirement.
    pub rule: Rule,
    /// The worst verdict that counts, or `doubted`.
    pub state: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// The verdicts and protocols of the evidence, for the filter.
    pub states: String,
    /// The protocols.
    pub protocols: String,
    /// One for each check.
    pub evidence: Vec<Evidence>,
}

/// What is to be known of one check to believe it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The check.
    pub id: String,
    /// The way to this evidence.
    pub link: String,
    /// Its verdict, or `doubted`.
    pub state: &'static str,
    /// The protocol.
    pub protocol: String,
    /// True if nothing else may be shown.
    pub withheld: bool,
    /// What our own message broke, on purpose.
    pub sent: Option<Rule>,
    /// What was expected.
    pub expected: String,
    /// `within 2 s`.
    pub within: Option<String>,
    /// What was observed.
    pub observed: String,
    /// `after 9 ms`.
    pub after: Option<String>,
    /// Why the verdict is what it is.
    pub because: Option<String>,
    /// The words of the specification.
    pub quote: Option<String>,
    /// What somebody noted to this failure.
    pub note: Option<String>,
    /// What went over the links.
    pub exchange: Vec<wire::Block>,
    /// The command that runs the case again.
    pub again: String,
    /// A command that needs no tool of ours.
    pub by_hand: Option<String>,
}

/// The requirements that are broken, the worst first.
pub(super) fn broken(
    groups: &Groups<'_>,
    standings: &Standings,
    result: &RunResult,
    around: &Around,
) -> Vec<Broken> {
    let logs = Logs::of(result);
    let mut all = Vec::new();
    for (place, checks) in groups {
        let shown: Vec<_> = checks.iter().copied().filter(|it| is_problem(it.verdict)).collect();
        let counts = |check: &&CheckResult| !around.doubted.contains(&check.id);
        let worst = |checks: &[&CheckResult]| checks.iter().map(|check| check.verdict).max();
        let counted = worst(&shown.iter().copied().filter(counts).collect::<Vec<_>>());
        let Some(worst) = counted.or(worst(&shown)) else { continue };
        let evidence: Vec<_> = shown.iter().map(|check| evidence(check, &logs, around)).collect();
        let states = evidence.iter().map(|it| it.state).chain(["problem"]);
        let broken = Broken {
            rule: Rule::of(place, checks.first().copied()),
            state: counted.map_or(DOUBTED, Verdict::name),
            standing: standings.get(place).cloned().unwrap_or_default(),
            states: words(states),
            protocols: words(evidence.iter().map(|it| it.protocol.as_str())),
            evidence,
        };
        // What is doubted comes after what counts.
        all.push((counted.is_some(), worst, broken));
    }
    let strength = |broken: &Broken| STRENGTHS.iter().position(|it| *it == broken.rule.strength);
    all.sort_by_key(|(counts, worst, it)| (Reverse((*counts, *worst)), strength(it)));
    all.into_iter().map(|(.., broken)| broken).collect()
}

fn evidence(check: &CheckResult, logs: &Logs<'_>, around: &Around) -> Evidence {
    let nothing = Evidence {
        id: check.id.clone(),
        link: fragment(&check.id),
        state: state_of(check, &around.doubted),
        protocol: check.protocol.clone(),
        withheld: check.withheld,
        sent: None,
        expected: String::new(),
        within: None,
        observed: String::new(),
        after: None,
        because: None,
        quote: None,
        note: None,
        exchange: Vec::new(),
        again: String::new(),
        by_hand: None,
    };
    if check.withheld {
        return nothing;
    }
    let record = around.known.as_ref().and_then(|known| known.known.get(&check.id));
    // What was written to another way of failing says nothing of this one.
    let record = record.filter(|record| record.outcome == check.outcome);
    let limited = check.limit_ms > 0;
    Evidence {
        sent: check.breaks.as_deref().map(|id| Rule::of(&Place::of(id), None)),
        expected: check.expected.clone(),
        within: limited.then(|| format!("within {}", duration(check.limit_ms))),
        observed: check.observed.clone(),
        after: limited.then(|| format!("after {}", duration(check.ms))),
        because: check.reason.clone(),
        quote: record.and_then(|record| record.quote.clone()),
        note: record.and_then(|record| record.note.clone()),
        exchange: logs.get(check).map(|log| wire::blocks(log, check)).unwrap_or_default(),
        again: check.again.clone(),
        by_hand: check.by_hand.clone(),
        ..nothing
    }
}

/// The exchanges, by check; checks of one case share them.
struct Logs<'r>(HashMap<&'r str, &'r [Entry]>);

impl<'r> Logs<'r> {
    fn of(result: &'r RunResult) -> Self {
        let with = result.checks.iter().filter_map(|it| Some((it.id.as_str(), it.log.as_deref()?)));
        Self(with.collect())
    }

    fn get(&self, check: &CheckResult) -> Option<&'r [Entry]> {
        self.0.get(check.log_of.as_deref().unwrap_or(&check.id)).copied()
    }
}

#[cfg(test)]
mod tests {
    use crate::render::page::report::{Around, Report};
    use crate::render::sample;

    #[test]
    fn an_exchange_is_found_where_it_was_written_once() {
        let mut result = sample();
        let first = result.checks[0].id.clone();
        let mut second = result.checks[0].clone();
        second.id += "-too";
        (second.log, second.log_of) = (None, Some(first));
        result.checks.push(second);
        let report = Report::of(&result, &Around::default());
        let evidence = &report.broken[0].evidence;
        assert_eq!(evidence.len(), 2);
        assert!(!evidence[1].exchange.is_empty());
        assert_eq!(evidence[0].exchange, evidence[1].exchange);
    }

    #[test]
    fn what_is_doubted_comes_after_what_counts() {
        let result = sample();
        let doubted = [result.checks[0].id.clone()].into();
        let report = Report::of(&result, &Around { doubted, ..Around::default() });
        let states: Vec<_> = report.broken.iter().map(|broken| broken.state).collect();
        assert_eq!(states, ["warn", "doubted"]);
        assert_eq!(report.headline.text, "The one tested MUST requirement is kept");
    }
}
