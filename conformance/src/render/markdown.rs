//! `summary.md`: the counts and what failed, for a merge request or a wiki.

use super::{count, duration, grouped, reason_without_step};
use crate::catalogue::Catalogue;
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// The result as Markdown.
#[must_use]
pub fn render(result: &RunResult) -> String {
    let name = result.target.implementation.as_deref().unwrap_or("Target");
    let mut text = format!("# {} at {}\n\n", escape(name), escape(&result.target.url));
    text.push_str(&format!(
        "{}, {}, wirecheck {} ({}).\n\n",
        result.target.spec.join(" and "),
        result.started,
        result.suite.version,
        result.suite.commit
    ));
    if result.partial {
        text.push_str("The run was broken off; this is what is known.\n\n");
    }
    if let Some(case) = &result.died_after {
        text.push_str(&format!("The target stopped serving after `{case}`.\n\n"));
    }
    text.push_str("| verdict | checks |\n|---|---:|\n");
    for verdict in Verdict::ALL {
        let number = result.summary.get(verdict);
        if number > 0 || matches!(verdict, Verdict::Pass | Verdict::Fail) {
            text.push_str(&format!("| {verdict} | {number} |\n"));
        }
    }
    text.push('\n');
    for line in super::summary::conformance(&result.checks) {
        text.push_str(&format!("- {line}\n"));
    }
    for (verdict, title) in [
        (Verdict::Fail, "Fails"),
        (Verdict::Xpass, "Fails no longer"),
        (Verdict::Error, "Errors of the suite"),
        (Verdict::Warn, "Warnings"),
    ] {
        text.push_str(&table(result, verdict, title));
    }
    for (verdict, title) in [(Verdict::Inconclusive, "Inconclusive"), (Verdict::Skip, "Skipped")] {
        let of = result.checks.iter().filter(|check| check.verdict == verdict);
        let groups = grouped(of, reason_without_step);
        if !groups.is_empty() {
            text.push_str(&format!("\n## {title}\n\n"));
        }
        for (reason, number) in groups {
            text.push_str(&format!("- {}: {}\n", count(number, "check"), escape(&reason)));
        }
    }
    text
}

fn table(result: &RunResult, verdict: Verdict, title: &str) -> String {
    let checks: Vec<_> = result.checks.iter().filter(|check| check.verdict == verdict).collect();
    if checks.is_empty() {
        return String::new();
    }
    let mut text = format!("\n## {title}\n\n| check | requirement | expected | observed |\n");
    text.push_str("|---|---|---|---|\n");
    for check in &checks {
        text.push_str(&row(check));
    }
    text.push_str("\nTo see one again:\n\n```sh\n");
    let mut commands: Vec<&str> = checks.iter().map(|check| check.again.as_str()).collect();
    commands.dedup();
    for command in commands {
        text.push_str(&format!("{command}\n"));
    }
    text.push_str("```\n");
    text
}

fn row(check: &CheckResult) -> String {
    let words = Catalogue::embedded().get(&check.requirement).map(|known| known.text.as_str());
    let within = match check.limit_ms {
        0 => String::new(),
        ms => format!(" within {}", duration(ms)),
    };
    let because = check.reason.as_deref().map(|reason| format!(" ({reason})"));
    format!(
        "| `{}` | {} ({}): {} | {}{within} | {}{} |\n",
        check.id,
        check.requirement,
        check.level,
        escape(words.unwrap_or_default()),
        escape(&check.expected),
        escape(&check.observed),
        escape(&because.unwrap_or_default()),
    )
}

/// Text that no Markdown reader takes for markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn the_summary() {
        insta::assert_snapshot!(render(&sample()));
    }
}
