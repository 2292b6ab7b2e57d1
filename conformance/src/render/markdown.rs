//! `summary.md`: what a run found, as a comment on a pull request. What failed stands on top; the
//! rest is folded.

use super::terminal::{failure_in_file, is_shown};
use super::{count, grouped, reason_without_step};
use crate::catalogue::{Catalogue, Requirement};
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// How many cases are shown with their exchange.
const MOST_CASES: usize = 10;
/// How many more checks of one verdict are named.
const MOST_NAMES: usize = 20;
/// How many characters of an exchange are shown. A comment on GitHub has at most 65,536.
const MOST_CHARACTERS: usize = 3000;
/// How many characters of an expectation, an observation or a reason.
const MOST_WORDS: usize = 200;

/// The result as Markdown.
#[must_use]
pub fn render(result: &RunResult) -> String {
    let (mut text, mut room) = (head(result), MOST_CASES);
    for (verdict, title) in [
        (Verdict::Fail, "Fails"),
        (Verdict::Xpass, "Recorded to fail, and does not"),
        (Verdict::Error, "Errors of the suite"),
    ] {
        let checks: Vec<_> = of(result, verdict).collect();
        if !checks.is_empty() {
            text.push_str(&format!("\n#### {title}: {}\n", checks.len()));
            text.push_str(&bad(result, &checks, &mut room));
        }
    }
    let warnings: Vec<_> = of(result, Verdict::Warn).collect();
    if !warnings.is_empty() {
        let words = warnings.iter().map(|check| one(check)).take(MOST_NAMES).collect::<String>();
        let more = more(warnings.len().saturating_sub(MOST_NAMES));
        let title = count(warnings.len(), "warning");
        text.push_str(&folded(&title, &(words + &more)));
    }
    for (verdict, title) in [(Verdict::Inconclusive, "inconclusive"), (Verdict::Skip, "skipped")] {
        let groups = grouped(of(result, verdict), reason_without_step);
        if groups.is_empty() {
            continue;
        }
        let title = format!("{} {title}", count(result.summary.get(verdict), "check"));
        let shown = groups.iter().take(MOST_NAMES);
        let words = shown
            .map(|(reason, number)| format!("- {number}: {}\n", code(&cut(reason, MOST_WORDS))));
        let more = more(groups.len().saturating_sub(MOST_NAMES));
        text.push_str(&folded(&title, &(words.collect::<String>() + &more)));
    }
    text
}

fn of(result: &RunResult, verdict: Verdict) -> impl Iterator<Item = &CheckResult> {
    result.checks.iter().filter(move |check| check.verdict == verdict)
}

fn head(result: &RunResult) -> String {
    let all = count(result.checks.len(), "check");
    let mut text = match result.summary.fail + result.summary.xpass {
        0 => format!("### wirecheck: none of {all} fails\n\n"),
        bad => format!("### wirecheck: {bad} of {all} failed\n\n"),
    };
    let name = result.target.implementation.as_deref();
    let name = name.map(|name| format!("**{}** at ", escape(name))).unwrap_or_default();
    text.push_str(&format!(
        "{name}{} · {} · {} · {} s · wirecheck {} ({})\n\n",
        code(&result.target.url),
        result.target.spec.join(", "),
        result.started,
        result.seconds,
        result.suite.version,
        result.suite.commit
    ));
    if result.partial {
        text.push_str("**The run was broken off**; this is what is known.\n\n");
    }
    if let Some(case) = &result.died_after {
        text.push_str(&format!("**The target stopped serving** after {}.\n\n", code(case)));
    }
    let counts = Verdict::ALL.map(|verdict| (verdict, result.summary.get(verdict)));
    let shown = counts.into_iter().filter(|(verdict, number)| {
        *number > 0 || matches!(verdict, Verdict::Pass | Verdict::Fail)
    });
    let (mut names, mut lines, mut numbers) = ("|".to_owned(), "|".to_owned(), "|".to_owned());
    for (verdict, number) in shown {
        names.push_str(&format!(" {verdict} |"));
        lines.push_str("---:|");
        numbers.push_str(&format!(" {number} |"));
    }
    text.push_str(&format!("{names}\n{lines}\n{numbers}\n\n"));
    for line in super::summary::conformance(&result.checks) {
        text.push_str(&format!("- {line}\n"));
    }
    text
}

/// Checks that failed: those of the first cases, as many as there is room for, with what went over
/// the links, the rest by name.
fn bad(result: &RunResult, checks: &[&CheckResult], room: &mut usize) -> String {
    let mut cases: Vec<&str> = Vec::new();
    for check in checks {
        if !cases.contains(&check.case.as_str()) {
            cases.push(&check.case);
        }
    }
    let mut text = String::new();
    let (shown, rest) = cases.split_at(cases.len().min(*room));
    *room -= shown.len();
    for case in shown {
        text.push('\n');
        for check in checks.iter().filter(|check| check.case == *case) {
            text.push_str(&one(check));
        }
        let shown =
            result.checks.iter().filter(|it| it.case == *case && is_shown(it.verdict, false));
        let exchange = failure_in_file(&shown.collect::<Vec<_>>());
        text.push_str(&folded("the exchange, and how to see it again", &block(&exchange)));
    }
    let rest: Vec<_> = rest
        .iter()
        .flat_map(|case| checks.iter().filter(move |check| check.case == *case))
        .collect();
    if !rest.is_empty() {
        let names = rest.iter().take(MOST_NAMES).map(|check| format!("- `{}`\n", check.id));
        let names = names.collect::<String>() + &more(rest.len().saturating_sub(MOST_NAMES));
        text.push_str(&folded(&format!("and {}", count(rest.len(), "more check")), &names));
    }
    text
}

/// A check in a few lines of a list.
fn one(check: &CheckResult) -> String {
    let mut text = format!("- `{}`  \n", check.id);
    if let Some(known) = Catalogue::embedded().get(&check.requirement) {
        let words = escape(&known.text);
        text.push_str(&format!("  {} ({}): {words}  \n", linked(known), known.level));
    }
    for (name, words) in [("expected", &check.expected), ("observed", &check.observed)] {
        if !words.is_empty() {
            text.push_str(&format!("  {name} {}  \n", code(&cut(words, MOST_WORDS))));
        }
    }
    if let Some(reason) = &check.reason {
        text.push_str(&format!("  because {}  \n", code(&cut(reason, MOST_WORDS))));
    }
    text
}

/// The id of a requirement, with a link to its section where documents have an address for each.
fn linked(known: &Requirement) -> String {
    let document = known.id.split('-').next().unwrap_or_default().to_ascii_lowercase();
    match document.strip_prefix("rfc") {
        Some(number) => format!(
            "[{}](https://www.rfc-editor.org/rfc/rfc{number}#section-{})",
            known.id, known.section
        ),
        None => match document.as_str() {
            "mqtt5" => {
                linked_to(known, "https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html")
            }
            "mqtt311" => {
                linked_to(known, "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html")
            }
            other => match other.strip_prefix("xep") {
                Some(number) => {
                    let address = format!("https://xmpp.org/extensions/xep-{number}.html");
                    linked_to(known, &address)
                }
                None => known.id.clone(),
            },
        },
    }
}

fn linked_to(known: &Requirement, address: &str) -> String {
    format!("[{}]({address})", known.id)
}

fn more(number: usize) -> String {
    match number {
        0 => String::new(),
        _ => format!("\nand {number} more; `report.html` has all\n"),
    }
}

/// GitHub reads Markdown inside only behind an empty line.
fn folded(title: &str, content: &str) -> String {
    format!("\n<details><summary>{title}</summary>\n\n{content}\n</details>\n")
}

/// A block of text, between more backticks than it has in a row.
fn block(text: &str) -> String {
    let text = cut(text.trim_end(), MOST_CHARACTERS);
    let fence = "`".repeat((backticks(&text) + 1).max(3));
    format!("{fence}text\n{text}\n{fence}\n")
}

/// Text as it is, in which no reader finds markup, links or somebody to tell.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let fence = "`".repeat(backticks(&text) + 1);
    // A space keeps a backtick at either end apart from the fence; readers take it away.
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// The longest row of backticks.
fn backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// Text that no Markdown reader takes for markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            // GitHub tells whoever is called that.
            '@' => escaped.push_str("@<!-- -->"),
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
    use crate::result::Counts;

    #[test]
    fn the_summary() {
        insta::assert_snapshot!(render(&sample()));
    }

    #[test]
    fn a_comment_has_room_for_the_worst() {
        let mut result = sample();
        let checks = std::mem::take(&mut result.checks);
        for number in 0..1000 {
            for mut check in checks.clone() {
                check.case.push_str(&format!("-{number}"));
                check.id = format!("{}#name", check.case);
                check.reason = Some(format!("{number}: {}", "because ".repeat(100)));
                check.observed = "x".repeat(5000);
                let error = CheckResult { verdict: Verdict::Error, ..check.clone() };
                result.checks.extend([check, error]);
            }
        }
        result.summary = Counts::of(&result.checks);
        let text = render(&result);
        assert!(text.chars().count() < 65_536, "{}", text.chars().count());
        assert!(text.contains("and 990 more checks"), "{text}");
    }

    #[test]
    fn what_a_target_says_is_no_markup() {
        assert_eq!(code("a `b` @c\nd"), "``a `b` @c d``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(block("```\nx"), "````text\n```\nx\n````\n");
        assert_eq!(escape("<a> @b |c|"), "\\<a\\> @<!-- -->b \\|c\\|");
    }

    #[test]
    fn requirements_lead_to_their_documents() {
        let link = |id: &str| linked(Catalogue::embedded().get(id).expect("a requirement"));
        let section = "[RFC7252-3.1-2](https://www.rfc-editor.org/rfc/rfc7252#section-3.1)";
        assert_eq!(link("RFC7252-3.1-2"), section);
        assert!(link("MQTT5-3.1.2-3").contains("/v5.0/"));
        assert_eq!(link("WIRECHECK-alive"), "WIRECHECK-alive");
        for document in Catalogue::embedded().documents() {
            let Some(first) = document.requirements.first() else { continue };
            let known =
                document.document.starts_with("mqtt-sn") || document.document == "wirecheck";
            assert_eq!(linked(first).contains("](https://"), !known, "{}", document.document);
        }
    }
}
