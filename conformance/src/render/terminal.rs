//! A failure as it is printed: like a compiler error, complete in itself.

use std::sync::OnceLock;

use super::style::{DIM, STRONG, of, wrap};
use super::{duration, exchange, seconds};
use crate::catalogue::{Catalogue, Requirement};
use crate::verdict::{CheckResult, Verdict};

/// How wide the text is.
pub const WIDTH: usize = 96;

static PROGRAM: OnceLock<String> = OnceLock::new();

/// Tells by which path the program was called, for commands that are printed.
pub fn called_as(program: String) {
    // A second call would say the same.
    let _ = PROGRAM.set(program);
}

/// A command as it can be typed here.
pub(super) fn typed(command: &str) -> String {
    match (PROGRAM.get(), command.strip_prefix("wirecheck ")) {
        (Some(program), Some(rest)) => format!("{program} {rest}"),
        _ => command.to_owned(),
    }
}

/// Whether a check is printed when it ends like this.
#[must_use]
pub fn is_shown(verdict: Verdict, verbose: bool) -> bool {
    match verdict {
        Verdict::Fail | Verdict::Warn | Verdict::Error | Verdict::Xpass => true,
        Verdict::Info | Verdict::Inconclusive | Verdict::Xfail => verbose,
        Verdict::Pass | Verdict::Skip => false,
    }
}

/// The checks of one case that are to be shown, with the exchange they come from. `ms` is the
/// duration of the case, if it is known.
#[must_use]
pub fn failure(checks: &[&CheckResult], ms: Option<u64>) -> String {
    failure_with(checks, ms, typed)
}

/// The same for files: without colours, and the program has its own name in them.
#[must_use]
pub fn failure_in_file(checks: &[&CheckResult]) -> String {
    let text = failure_with(checks, None, str::to_owned);
    anstream::adapter::strip_str(&text).to_string()
}

fn failure_with(
    checks: &[&CheckResult],
    ms: Option<u64>,
    command: impl Fn(&str) -> String,
) -> String {
    let mut text = String::new();
    for (place, check) in checks.iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        text.push_str(&head(check, ms));
    }
    let Some(first) = checks.first() else { return text };
    let exchange = exchange::render(checks);
    if !exchange.is_empty() {
        text.push_str(&format!("\n{exchange}"));
    }
    text.push_str(&format!("\n  {DIM}again{DIM:#}     {}\n", command(&first.again)));
    if let Some(command) = checks.iter().find_map(|check| check.by_hand.as_deref()) {
        text.push_str(&format!("  {DIM}by hand{DIM:#}   {command}\n"));
    }
    text.push('\n');
    text
}

fn head(check: &CheckResult, ms: Option<u64>) -> String {
    let style = of(check.verdict);
    let verdict = check.verdict.name().to_uppercase();
    let time = ms.map(seconds).unwrap_or_default();
    let gap = WIDTH.saturating_sub(verdict.len() + 2 + check.id.chars().count());
    let id = &check.id;
    let mut text = format!(
        "{style}{verdict}{style:#}  {STRONG}{id}{STRONG:#}{}\n",
        if time.is_empty() { time } else { format!("{time:>0$}", gap.max(time.len() + 2)) }
    );
    text.push_str(&requirement(&check.requirement, &check.label));
    if let Some(breaks) = &check.breaks {
        text.push_str(&line("sent", &broken(breaks, &check.requirement), None));
    }
    let limit = (check.limit_ms > 0).then(|| format!("within {}", duration(check.limit_ms)));
    text.push_str(&line("expected", &check.expected, limit));
    let after = (check.limit_ms > 0).then(|| format!("after {}", duration(check.ms)));
    text.push_str(&line("observed", &check.observed, after));
    if let Some(reason) = &check.reason {
        text.push_str(&line("because", reason, None));
    }
    text
}

/// `MQTT5-3.1.2-3 (MUST, server)  its words   [MQTT-3.1.2-3]`.
fn requirement(id: &str, label: &str) -> String {
    let text = match Catalogue::embedded().get(id) {
        Some(known) => {
            let Requirement { level, subject, text, label, .. } = known;
            format!("{id} ({level}, {subject})  {text}   [{label}]")
        }
        None => format!("{id}   [{label}]"),
    };
    let lines = wrap(&text, WIDTH - 6);
    let indented = lines.iter().enumerate().map(|(place, line)| {
        let margin = if place == 0 { "  " } else { "      " };
        format!("{margin}{line}\n")
    });
    indented.collect()
}

/// What our own message broke, in words unless they stand above already.
fn broken(id: &str, requirement: &str) -> String {
    match Catalogue::embedded().get(id).filter(|_| id != requirement) {
        Some(known) => {
            format!("wrong on purpose, against {id} ({}): {}", known.subject, known.text)
        }
        None => format!("wrong on purpose, against {id}"),
    }
}

/// `  expected  words          within 2 s`, wrapped; nothing if there are no words.
fn line(name: &str, words: &str, right: Option<String>) -> String {
    if words.is_empty() {
        return String::new();
    }
    let right = right.unwrap_or_default();
    let lines = wrap(words, WIDTH - 14 - right.len());
    let mut text = String::new();
    for (i, words) in lines.iter().enumerate() {
        let (name, right) = if i == 0 { (name, right.as_str()) } else { ("", "") };
        let gap = (WIDTH - 12).saturating_sub(words.chars().count());
        text.push_str(format!("  {DIM}{name:<8}{DIM:#}  {words}{right:>gap$}").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn a_failure_reads_like_a_compiler_error() {
        let result = sample();
        let case = &result.checks[0].case;
        let shown = |check: &&CheckResult| check.case == *case && is_shown(check.verdict, false);
        let checks: Vec<&CheckResult> = result.checks.iter().filter(shown).collect();
        let text = anstream::adapter::strip_str(&failure(&checks, Some(13))).to_string();
        insta::assert_snapshot!(text);
    }
}
