//! Differences on the terminal, 80 columns wide.

use similar::{ChangeTag, TextDiff};

use super::{by_case, name, target, verdicts, warnings};
use crate::catalogue::Catalogue;
use crate::diff::{Change, Diff, Kind};
use crate::render::style::{BAD, DIM, GOOD, ODD, STRONG, of, wrap};
use crate::render::terminal::typed;
use crate::render::{count, reason_without_step};
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

const WIDTH: usize = 80;
/// How many lines a list has that nobody asked to see whole.
const MOST: usize = 10;

/// The differences. Lists are cut unless `all` is wanted; what got worse is always told whole.
#[must_use]
pub fn render(diff: &Diff<'_>, all: bool) -> String {
    let mut text = head("old", diff.old) + &head("new", diff.new);
    for line in warnings(diff) {
        text.push_str(&hanging(&format!("{ODD}note{ODD:#}"), &line));
    }
    for kind in Kind::ALL {
        let changes: Vec<_> = diff.of_kind(kind).collect();
        if changes.is_empty() {
            continue;
        }
        let colour = colour(kind);
        let title = kind.title();
        text.push_str(&format!("\n{colour}{title}{colour:#}: {}\n", changes.len()));
        text.push_str(&match kind {
            Kind::NewlyFailing | Kind::OtherFailure => failures(&changes),
            Kind::NoLongerJudged => unjudged(&changes, all),
            Kind::New | Kind::Gone => cases(&changes, all),
            _ => cut(changes.iter().map(|change| one_line(change)).collect(), all),
        });
    }
    text + &last_line(diff)
}

/// `old  mosquitto at mqtt://… · 2026-01-02T03:04:05Z · 410 checks`.
fn head(which: &str, result: &RunResult) -> String {
    let checks = count(result.checks.len(), "check");
    let words = format!("{} · {} · {checks}", target(result), result.started);
    hanging(&format!("{STRONG}{which}{STRONG:#} "), &words)
}

/// Words behind a head of four characters, wrapped under themselves.
fn hanging(head: &str, words: &str) -> String {
    let lines = wrap(words, WIDTH - 6);
    let lines = lines.iter().enumerate().map(|(place, line)| match place {
        0 => format!("{head}  {line}\n"),
        _ => format!("      {line}\n"),
    });
    lines.collect()
}

fn colour(kind: Kind) -> anstyle::Style {
    match kind {
        Kind::NewlyFailing | Kind::OtherFailure => BAD,
        Kind::NoLongerJudged => ODD,
        Kind::NewlyPassing | Kind::Milder => GOOD,
        _ => STRONG,
    }
}

fn failures(changes: &[&Change<'_>]) -> String {
    let mut text = String::new();
    for change in changes {
        let Change::Both(kind, old, new) = change else { continue };
        text.push_str(&format!("\n{}", one_line(change)));
        if let Some(known) = Catalogue::embedded().get(&new.requirement) {
            let words = format!("{} ({})  {}", known.id, known.level, known.text);
            for (place, line) in wrap(&words, WIDTH - 8).iter().enumerate() {
                let margin = if place == 0 { "    " } else { "        " };
                text.push_str(&format!("{margin}{line}\n"));
            }
        }
        text.push_str(&field("expected", &old.expected, &new.expected));
        text.push_str(&field("observed", &old.observed, &new.observed));
        let told = [&old.expected, &old.observed] != [&new.expected, &new.observed];
        if *kind == Kind::OtherFailure && !told {
            text.push_str(&field("outcome", &old.outcome, &new.outcome));
        }
        if let Some(reason) = &new.reason {
            text.push_str(&field("because", reason, reason));
        }
        text.push_str(&format!("    {DIM}again{DIM:#}      {}\n", typed(&new.again)));
    }
    text
}

/// `  pass → fail  mqtt-5.0/will/late#sent`.
fn one_line(change: &Change<'_>) -> String {
    let check = change.check();
    let colour = of(check.verdict);
    let words = match change {
        Change::Both(_, old, new) => verdicts(old, new),
        _ => check.verdict.to_string(),
    };
    let id = &check.id;
    format!("  {colour}{words}{colour:#}  {STRONG}{id}{STRONG:#}\n")
}

/// A text that is as it was, or what it was and what it is, with the words that differ in colour.
fn field(name: &str, old: &str, new: &str) -> String {
    if old.is_empty() && new.is_empty() {
        return String::new();
    }
    let head = |name: &str, sign: &str| format!("    {DIM}{name:<8}{DIM:#}{sign:>2}");
    if old == new {
        return laid_out(&[(new, None)], &head(name, ""));
    }
    let words = TextDiff::from_words(old, new);
    let side = |without: ChangeTag, style| {
        let words = words.iter_all_changes().filter(move |word| word.tag() != without);
        let words =
            words.map(|word| (word.value(), (word.tag() != ChangeTag::Equal).then_some(style)));
        words.collect::<Vec<_>>()
    };
    let before = laid_out(&side(ChangeTag::Insert, BAD), &head(name, "-"));
    before + &laid_out(&side(ChangeTag::Delete, GOOD), &head("", "+"))
}

/// Words behind a head of 14 characters and a space, as many in a line as fit.
fn laid_out(words: &[(&str, Option<anstyle::Style>)], head: &str) -> String {
    const MARGIN: usize = 15;
    let (mut text, mut column, mut space) = (head.to_owned(), MARGIN - 1, false);
    // What stands between two spaces may be made of several pieces; lines break at spaces.
    for (word, style) in words {
        for (place, part) in word.split(' ').enumerate() {
            space |= place > 0;
            if part.is_empty() {
                continue;
            }
            let length = part.chars().count();
            if space && column > MARGIN && column + 1 + length > WIDTH {
                text.push_str(&format!("\n{}", " ".repeat(MARGIN)));
                column = MARGIN;
            } else if space || column < MARGIN {
                text.push(' ');
                column += 1;
            }
            space = false;
            column += length;
            match style {
                Some(style) => text.push_str(&format!("{style}{part}{style:#}")),
                None => text.push_str(part),
            }
        }
    }
    text + "\n"
}

/// Checks that were not reached, those with one reason together.
fn unjudged(changes: &[&Change<'_>], all: bool) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for change in changes {
        let reason = reason_without_step(change.check());
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, lines)) => lines.push(one_line(change)),
            None => groups.push((reason, vec![one_line(change)])),
        }
    }
    groups.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.len()));
    let groups = groups.into_iter().map(|(reason, lines)| {
        let words = format!("{}: {reason}", count(lines.len(), "check"));
        let head = wrap(&words, WIDTH - 4).join("\n    ");
        format!("  {DIM}{head}{DIM:#}\n{}", cut(lines, all))
    });
    groups.collect()
}

/// Cases whose checks only one result has: `topics/new  #first, #second (fail)`.
fn cases(changes: &[&Change<'_>], all: bool) -> String {
    let told = |check: &CheckResult| match check.verdict {
        Verdict::Pass => format!("#{}", name(check)),
        verdict => format!("#{} ({verdict})", name(check)),
    };
    let mut cases = by_case(changes);
    // What fails is of more interest than what does not.
    cases.sort_by_key(|(_, checks)| {
        std::cmp::Reverse(checks.iter().map(|check| check.verdict).max())
    });
    let lines = cases.iter().map(|(case, checks)| {
        let names: Vec<_> = checks.iter().map(|check| told(check)).collect();
        wrap(&format!("  {case}  {}", names.join(", ")), WIDTH - 4).join("\n      ") + "\n"
    });
    cut(lines.collect(), all)
}

fn cut(mut lines: Vec<String>, all: bool) -> String {
    let more = lines.len().saturating_sub(MOST);
    if all || more < 2 {
        return lines.concat();
    }
    lines.truncate(MOST);
    lines.concat() + &format!("  {DIM}… and {more} more; -v shows all{DIM:#}\n")
}

/// `410 checks as before · 2 newly failing · 1 no longer judged`.
fn last_line(diff: &Diff<'_>) -> String {
    let mut text = format!("\n{} as before", count(diff.same, "check"));
    let mut column = text.len() - 1;
    for kind in Kind::ALL {
        let number = diff.of_kind(kind).count();
        if number == 0 {
            continue;
        }
        let (colour, title) = (colour(kind), kind.title());
        let length = format!("{number} {title}").len();
        if column + 3 + length <= WIDTH {
            text.push_str(" · ");
            column += 3 + length;
        } else {
            text.push('\n');
            column = length;
        }
        text.push_str(&format!("{colour}{number}{colour:#} {title}"));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renamed::Renamed;
    use crate::render::diff::two_samples;

    #[test]
    fn every_kind_of_difference() {
        let (old, new) = two_samples();
        let text = render(&Diff::of(&old, &new, Renamed::embedded()), false);
        let text = anstream::adapter::strip_str(&text).to_string();
        insta::assert_snapshot!(text);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH || line.contains("again")));
    }

    #[test]
    fn nothing_is_different() {
        let (old, _) = two_samples();
        let text = render(&Diff::of(&old, &old, Renamed::embedded()), false);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
    }

    #[test]
    fn words_that_differ_are_coloured() {
        let text = field("observed", "CONNACK 0x00 Success", "CONNACK 0x81 Success");
        assert!(text.contains(&format!("CONNACK {BAD}0x00{BAD:#} Success")), "{text:?}");
        assert!(text.contains(&format!("CONNACK {GOOD}0x81{GOOD:#} Success")), "{text:?}");
    }

    #[test]
    fn long_lists_are_cut_unless_all_is_wanted() {
        let lines = |count| vec!["  a\n".to_owned(); count];
        assert_eq!(cut(lines(11), false).lines().count(), 11);
        assert_eq!(cut(lines(30), false).lines().count(), 11);
        assert_eq!(cut(lines(30), true).lines().count(), 30);
    }
}
