//! Differences as Markdown, for a pull request.

use super::{by_case, name, target, verdicts, warnings};
use crate::catalogue::Catalogue;
use crate::diff::{Change, Diff, Kind};
use crate::render::markdown::escape;
use crate::render::{count, reason_without_step};

/// How many differences of a kind are listed; a comment on GitHub has at most 65,536 characters.
const MOST: usize = 50;

/// The differences: what got worse open, the rest folded.
#[must_use]
pub fn render(diff: &Diff<'_>) -> String {
    let worse = diff.changes.iter().filter(|change| change.kind().is_regression()).count();
    let words = match worse {
        0 => "nothing got worse".to_owned(),
        _ => format!("{} got worse", count(worse, "check")),
    };
    let mut text = format!("### wirecheck diff: {words}\n\n");
    for (which, result) in [("old", diff.old), ("new", diff.new)] {
        let suite = format!("wirecheck {} ({})", result.suite.version, result.suite.commit);
        let target = escape(&target(result));
        text.push_str(&format!("- {which}: {target}, {}, {suite}\n", result.started));
    }
    for line in warnings(diff) {
        text.push_str(&format!("- **note**: {}\n", escape(&line)));
    }
    text.push_str(&format!("\n{} as before", count(diff.same, "check")));
    for kind in Kind::ALL {
        let number = diff.of_kind(kind).count();
        if number > 0 {
            text.push_str(&format!(" · {number} {}", kind.title()));
        }
    }
    text.push_str(".\n");
    for kind in Kind::ALL {
        let changes: Vec<_> = diff.of_kind(kind).collect();
        if changes.is_empty() {
            continue;
        }
        let title = format!("{}: {}", kind.title(), changes.len());
        let list = match kind {
            Kind::NewlyFailing | Kind::OtherFailure => table(&changes),
            Kind::New | Kind::Gone => cases(&changes),
            _ => list(&changes),
        };
        text.push_str(&match kind.is_regression() {
            true => format!("\n#### {title}\n\n{list}"),
            // GitHub reads Markdown inside only behind an empty line.
            false => {
                format!("\n<details><summary>{title}</summary>\n\n{list}\n</details>\n")
            }
        });
    }
    text
}

fn table(changes: &[&Change<'_>]) -> String {
    let mut text =
        "| check | requirement | expected | was | is |\n|---|---|---|---|---|\n".to_owned();
    for change in changes.iter().take(MOST) {
        let Change::Both(_, old, new) = change else { continue };
        let known = Catalogue::embedded().get(&new.requirement);
        let words = known.map(|known| known.text.as_str()).unwrap_or_default();
        text.push_str(&format!(
            "| `{}` | {} ({}): {} | {} | {}: {} | **{}**: {} |\n",
            new.id,
            new.requirement,
            new.level,
            escape(words),
            escape(&new.expected),
            old.verdict,
            escape(&old.observed),
            new.verdict,
            escape(&new.observed),
        ));
    }
    text + &more(changes.len())
}

fn list(changes: &[&Change<'_>]) -> String {
    let mut text = String::new();
    for change in changes.iter().take(MOST) {
        let Change::Both(kind, old, new) = change else { continue };
        let because = match kind {
            Kind::NoLongerJudged => format!(": {}", escape(&reason_without_step(new))),
            _ => String::new(),
        };
        text.push_str(&format!("- {} `{}`{because}\n", verdicts(old, new), new.id));
    }
    text + &more(changes.len())
}

fn cases(changes: &[&Change<'_>]) -> String {
    let cases = by_case(changes);
    let mut text = String::new();
    for (case, checks) in cases.iter().take(MOST) {
        let checks = checks.iter().map(|check| format!("{} ({})", name(check), check.verdict));
        text.push_str(&format!("- `{case}`: {}\n", checks.collect::<Vec<_>>().join(", ")));
    }
    text + &more(cases.len())
}

fn more(number: usize) -> String {
    match number.saturating_sub(MOST) {
        0 => String::new(),
        more => format!("\nand {more} more\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renamed::Renamed;
    use crate::render::diff::two_samples;

    #[test]
    fn every_kind_of_difference() {
        let (old, new) = two_samples();
        insta::assert_snapshot!(render(&Diff::of(&old, &new, Renamed::embedded())));
    }
}
