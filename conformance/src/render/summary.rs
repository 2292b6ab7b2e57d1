//! The end of a run on the terminal: what was found, how much of the specification that is, and
//! what to do next.

use std::path::Path;

use super::page::place::by_requirement;
use super::page::tally::{Doubted, Tally, standings, tallies};
use super::style::{BAD, DIM, STRONG, of};
use super::{count, grouped, reason_without_step, seconds};
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// How many reasons for one verdict are printed.
const REASONS: usize = 10;

/// What the summary says beside the result.
#[derive(Clone, Debug, Default)]
pub struct Extra<'a> {
    /// Cases with their durations in milliseconds, the longest first.
    pub longest: Vec<(String, u64)>,
    /// What the user might do.
    pub hints: Vec<String>,
    /// Where the report was written, and which files it has.
    pub report: Option<(&'a Path, String)>,
    /// Whether to print the longest cases.
    pub verbose: bool,
    /// Whether it is for a terminal, on which long lines are hard to read.
    pub narrow: bool,
}

/// The summary.
#[must_use]
pub fn render(result: &RunResult, extra: &Extra<'_>) -> String {
    let mut text = heading(result);
    let mut say = |words: String| text.push_str(&line(&words, extra.narrow));
    say(verdicts(result));
    conformance(&result.checks).into_iter().for_each(&mut say);
    if let Some(case) = &result.died_after {
        let words = "the target stopped serving after";
        say(format!("{BAD}{words} {case}{BAD:#}; what came later was not judged"));
    }
    if result.partial {
        say(format!("{BAD}interrupted{BAD:#}; this is what is known"));
    }
    for verdict in [Verdict::Inconclusive, Verdict::Skip] {
        let of_verdict = result.checks.iter().filter(|check| check.verdict == verdict);
        let reasons = grouped(of_verdict, reason_without_step);
        for (reason, number) in reasons.iter().take(REASONS) {
            let number = count(*number, "check");
            say(format!("{DIM}{verdict}{DIM:#}  {number}: {reason}"));
        }
        let others: usize = reasons.iter().skip(REASONS).map(|(_, number)| number).sum();
        if others > 0 {
            let others = count(others, "check");
            say(format!("{DIM}{verdict}{DIM:#}  {others} for other reasons"));
        }
    }
    if extra.verbose {
        say("the longest cases".to_owned());
        for (case, ms) in &extra.longest {
            say(format!("{:>10}  {case}", seconds(*ms)));
        }
    }
    for hint in &extra.hints {
        say(format!("{STRONG}hint{STRONG:#}  {hint}"));
    }
    if let Some((folder, files)) = &extra.report {
        say(format!("report in {}: {files}", folder.display()));
    }
    text
}

/// `mosquitto at mqtt://127.0.0.1:1883 · mqtt-5.0 · 13 s`; of several targets together the addresses
/// would only be in the way.
fn heading(result: &RunResult) -> String {
    let name = result.target.implementation.as_deref().unwrap_or("the target");
    let (url, seconds) = (&result.target.url, result.seconds);
    let place = if url.split(' ').count() > 2 { String::new() } else { format!(" at {url}") };
    format!("{STRONG}{name}{STRONG:#}{place} · {} · {seconds} s\n", result.target.spec.join(" "))
}

/// A line of the summary; on a terminal it is broken at spaces, elsewhere one thing is one line.
fn line(words: &str, narrow: bool) -> String {
    const WIDTH: usize = 80;
    if !narrow {
        return format!("  {words}\n");
    }
    let mut text = " ".to_owned();
    let mut column = 1;
    for word in words.split(' ') {
        let length = anstream::adapter::strip_str(word).to_string().chars().count();
        if column > 6 && column + 1 + length > WIDTH {
            text.push_str("\n     ");
            column = 5;
        }
        text.push_str(&format!(" {word}"));
        column += 1 + length;
    }
    text + "\n"
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
/// tested of those that could be: `mqtt-5.0  MUST 30/32 kept · 40 of 251 requirements tested`.
#[must_use]
pub fn conformance(checks: &[CheckResult]) -> Vec<String> {
    let tallies = tallies(&standings(&by_requirement(checks), &Doubted::new()));
    let of_documents = tallies.chunk_by(|one, other| one.document == other.document);
    let line = |tallies: &[Tally]| {
        let tested = tallies.iter().filter(|tally| tally.tested > 0);
        let mut parts: Vec<_> = tested
            .map(|it| format!("{} {}/{} kept", it.strength, it.tested - it.broken, it.tested))
            .collect();
        let tested: usize = tallies.iter().map(|tally| tally.tested).sum();
        let reach: usize = tallies.iter().map(|tally| tally.reach).sum();
        parts.push(format!("{tested} of {reach} requirements tested"));
        let document = tallies.first().map(|tally| tally.document).unwrap_or_default();
        format!("{document}  {}", parts.join(" · "))
    };
    of_documents.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    fn rendered(result: &RunResult, narrow: bool) -> String {
        let extra = Extra {
            longest: vec![("mqtt-5.0/keep-alive/off".to_owned(), 7966)],
            hints: vec![
                "41 of 60 cases stopped at 0x87 Not authorized: give an account \
                         (WIRECHECK_ACCOUNTS=user:VARIABLE) or set a prefix in a target file"
                    .to_owned(),
            ],
            report: Some((Path::new("out"), "result.json, junit.xml".to_owned())),
            verbose: true,
            narrow,
        };
        anstream::adapter::strip_str(&render(result, &extra)).to_string()
    }

    #[test]
    fn the_summary() {
        insta::assert_snapshot!(rendered(&sample(), false));
    }

    #[test]
    fn the_summary_of_a_run_that_was_cut_short_on_a_terminal() {
        let mut result = sample();
        result.partial = true;
        result.died_after = Some("mqtt-5.0/connect/reserved-flag".to_owned());
        let text = rendered(&result, true);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }
}
