//! What is different between two results, for people.

pub mod markdown;
pub mod terminal;

use crate::diff::{Change, Diff};
use crate::result::RunResult;
use crate::verdict::CheckResult;

/// `mosquitto at mqtt://127.0.0.1:1883`.
fn target(result: &RunResult) -> String {
    match &result.target.implementation {
        Some(name) => format!("{name} at {}", result.target.url),
        None => result.target.url.clone(),
    }
}

/// What stands above everything: what is compared, and in what the runs differ that makes the
/// comparison less than fair.
fn warnings(diff: &Diff<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, (old, new)) in diff.circumstances() {
        let is = if what == "protocols" { "are" } else { "is" };
        lines.push(format!("the {what} {is} different: {old} → {new}"));
    }
    for (which, result) in [("old", diff.old), ("new", diff.new)] {
        if result.partial {
            lines.push(format!("the {which} run was broken off"));
        }
        if let Some(case) = &result.died_after {
            lines.push(format!("in the {which} run the target stopped serving after {case}"));
        }
    }
    lines
}

/// `pass → fail`, or one word where both are the same.
fn verdicts(old: &CheckResult, new: &CheckResult) -> String {
    match old.verdict == new.verdict {
        true => new.verdict.to_string(),
        false => format!("{} → {}", old.verdict, new.verdict),
    }
}

/// The checks of changes, those of one case together: the case, and the names of its checks.
fn by_case<'a>(changes: &[&Change<'a>]) -> Vec<(&'a str, Vec<&'a CheckResult>)> {
    let mut cases: Vec<(&str, Vec<&CheckResult>)> = Vec::new();
    for check in changes.iter().map(|change| change.check()) {
        match cases.last_mut() {
            Some((case, checks)) if *case == check.case => checks.push(check),
            _ => cases.push((&check.case, vec![check])),
        }
    }
    cases
}

/// The name of a check within its case.
fn name(check: &CheckResult) -> &str {
    check.id.rsplit_once('#').map_or("", |(_, name)| name)
}

/// Two results that differ in every way, for snapshots.
#[cfg(test)]
fn two_samples() -> (RunResult, RunResult) {
    use crate::render::sample;
    use crate::verdict::Verdict;
    let (mut old, mut new) = (sample(), sample());
    old.target.implementation = Some("mosquitto".to_owned());
    new.target.implementation = Some("mosquitto".to_owned());
    new.suite.commit = "abcdefabcdef".to_owned();
    new.started = "2026-02-03T04:05:06Z".to_owned();
    let template = old.checks.remove(1);
    let mut add = |id: &str, was: Option<(Verdict, &str)>, is: Option<(Verdict, &str)>| {
        let make = |(verdict, observed): (Verdict, &str)| {
            let mut check = template.clone();
            check.id = format!("mqtt-5.0/{id}");
            check.case = check.id.split('#').next().unwrap_or_default().to_owned();
            check.again = format!("wirecheck run mqtt://127.0.0.1:1883 --case '{}'", check.case);
            check.verdict = verdict;
            check.observed = observed.to_owned();
            check.outcome = observed.to_lowercase();
            if verdict == Verdict::Inconclusive {
                check.reason = Some("step 2: the target closed the connection".to_owned());
            }
            check
        };
        old.checks.extend(was.map(make));
        new.checks.extend(is.map(make));
    };
    use Verdict::{Fail, Inconclusive, Pass, Skip};
    add("will/late#sent", Some((Pass, "PUBLISH")), Some((Fail, "silence")));
    let (before, now) = ("CONNACK 0x81 Malformed Packet", "CONNACK 0x00 Success, and no error");
    add("connect/bad#refused", Some((Fail, before)), Some((Fail, now)));
    add("connect/bad#closed", Some((Pass, "closed")), Some((Inconclusive, "")));
    add("connect/worse#closed", Some((Fail, "open")), Some((Inconclusive, "")));
    add("ping/answered#answered", Some((Fail, "silence")), Some((Pass, "PINGRESP")));
    add("shared/two#each", Some((Skip, "")), Some((Pass, "PUBLISH")));
    add("topics/new#first", None, Some((Pass, "PUBLISH")));
    add("topics/new#second", None, Some((Fail, "silence")));
    add("topics/old#kept", Some((Pass, "PUBLISH")), None);
    (old, new)
}
