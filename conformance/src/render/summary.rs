//! The end of a run on the terminal: what was found, how much of the specification that is, and
//! what to do next.

use std::collections::BTreeMap;
use std::path::Path;

use super::style::{BAD, DIM, STRONG, of};
use super::{count, grouped, reason_without_step, seconds};
use crate::catalogue::{Catalogue, Level};
use crate::coverage::in_reach;
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// What the summary says beside the result.
#[derive(Clone, Debug, Default)]
pub struct Extra<'a> {
    /// Cases with their durations in milliseconds, the longest first.
    pub longest: Vec<(String, u64)>,
    /// What the user might do.
    pub hints: Vec<String>,
    /// Where the report was written.
    pub folder: Option<&'a Path>,
    /// Whether to print the longest cases.
    pub verbose: bool,
}

/// The summary.
#[must_use]
pub fn render(result: &RunResult, extra: &Extra<'_>) -> String {
    let name = result.target.implementation.as_deref().unwrap_or("the target");
    let mut text = format!(
        "{STRONG}{name}{STRONG:#} at {} · {} · {} s\n",
        result.target.url,
        result.target.spec.join(" "),
        result.seconds
    );
    text.push_str(&format!("  {}\n", verdicts(result)));
    for line in conformance(&result.checks) {
        text.push_str(&format!("  {line}\n"));
    }
    if let Some(case) = &result.died_after {
        let text_of = "the target stopped serving after";
        text.push_str(&format!("  {BAD}{text_of} {case}{BAD:#}; what came later was not judged\n"));
    }
    if result.partial {
        text.push_str(&format!("  {BAD}interrupted{BAD:#}; this is what is known\n"));
    }
    for verdict in [Verdict::Inconclusive, Verdict::Skip] {
        let of_verdict = result.checks.iter().filter(|check| check.verdict == verdict);
        for (reason, number) in grouped(of_verdict, reason_without_step).iter().take(10) {
            let number = count(*number, "check");
            text.push_str(&format!("  {DIM}{verdict}{DIM:#}  {number}: {reason}\n"));
        }
    }
    if extra.verbose {
        text.push_str("  the longest cases\n");
        for (case, ms) in &extra.longest {
            text.push_str(&format!("  {:>10}  {case}\n", seconds(*ms)));
        }
    }
    for hint in &extra.hints {
        text.push_str(&format!("  {STRONG}hint{STRONG:#}  {hint}\n"));
    }
    if let Some(folder) = extra.folder {
        let folder = folder.display();
        text.push_str(&format!(
            "  report in {folder}: result.json, junit.xml, summary.md, report.html\n"
        ));
    }
    text
}

/// `301 pass · 2 fail`.
fn verdicts(result: &RunResult) -> String {
    let shown = Verdict::ALL.into_iter().filter_map(|verdict| {
        let number = result.summary.get(verdict);
        let style = of(verdict);
        (number > 0).then(|| format!("{style}{number} {verdict}{style:#}"))
    });
    let shown: Vec<_> = shown.collect();
    if shown.is_empty() { "no checks".to_owned() } else { shown.join(" · ") }
}

/// For each document: how many of the requirements that were tested are kept, and how many were
/// tested of those that could be: `mqtt-5.0  MUST 30/32 tested pass · 40 of 251 requirements
/// tested`.
#[must_use]
pub fn conformance(checks: &[CheckResult]) -> Vec<String> {
    // For each requirement, whether every check of it passed.
    let mut tested: BTreeMap<&str, bool> = BTreeMap::new();
    for check in checks.iter().filter(|check| check.verdict.is_judgement()) {
        let kept = matches!(check.verdict, Verdict::Pass | Verdict::Xpass);
        *tested.entry(&check.requirement).or_insert(true) &= kept;
    }
    let mut lines = Vec::new();
    for document in Catalogue::embedded().documents() {
        let cited = |check: &CheckResult| check.requirement.starts_with(&document.prefix);
        // Whether the target is alive is no rule of a specification.
        if document.document == "wirecheck" || !checks.iter().any(cited) {
            continue;
        }
        let reachable: Vec<_> = document.requirements.iter().filter(|it| in_reach(it)).collect();
        let mut parts = Vec::new();
        for (name, levels) in [
            ("MUST", &[Level::Must, Level::MustNot][..]),
            ("SHOULD", &[Level::Should, Level::ShouldNot, Level::Stated]),
        ] {
            let of_level = reachable.iter().filter(|it| levels.contains(&it.level));
            let found: Vec<bool> =
                of_level.filter_map(|it| tested.get(it.id.as_str()).copied()).collect();
            if !found.is_empty() {
                let kept = found.iter().filter(|kept| **kept).count();
                parts.push(format!("{name} {kept}/{} tested pass", found.len()));
            }
        }
        let number = reachable.iter().filter(|it| tested.contains_key(it.id.as_str())).count();
        parts.push(format!("{number} of {} requirements tested", reachable.len()));
        lines.push(format!("{}  {}", document.document, parts.join(" · ")));
    }
    lines
}
