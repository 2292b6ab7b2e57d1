//! The page of one result: what is broken and how badly, then the evidence, then every check.

use serde::Serialize;

use super::evidence::{Broken, broken};
use super::fragment;
use super::place::{Groups, Rule, by_requirement};
use super::tally::{
    self, Count, Doubted, Headline, Standings, Tally, counts, is_problem, state_of, tallies,
};
use crate::known::Known;
use crate::render::{count, grouped, reason_without_step};
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// What a published result knows besides the result.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The name that the result is published under, where it is.
    pub name: Option<String>,
    /// The version of the implementation.
    pub version: Option<String>,
    /// The recorded failures, for the words of the specification in them.
    pub known: Option<Known>,
    /// Checks that fail everywhere and are not counted.
    pub doubted: Doubted,
    /// How to get the same result: what to do, and how.
    pub recipe: Vec<Fact>,
    /// The way to the page of all implementations.
    pub index: Option<String>,
    /// The way to the result that the page is made of.
    pub source: Option<String>,
}

/// The model of the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What was tested.
    pub name: String,
    /// Its version, if the result is published.
    pub version: Option<String>,
    /// Where it was.
    pub url: String,
    /// The protocols.
    pub protocols: Vec<String>,
    /// How badly it does.
    pub headline: Headline,
    /// What casts doubt on the whole run.
    pub alarms: Vec<String>,
    /// How many checks there are.
    pub checks: usize,
    /// How many ended how.
    pub counts: Vec<Count>,
    /// How many requirements are kept, by document and strength.
    pub tallies: Vec<Tally>,
    /// What is broken, the worst first.
    pub broken: Vec<Broken>,
    /// Why other checks judged nothing.
    pub unjudged: Vec<Reason>,
    /// Every check, by document and section.
    pub documents: Vec<Document>,
    /// What the target can do.
    pub capabilities: Vec<Capability>,
    /// How it was found out.
    pub facts: Vec<Fact>,
    /// How to get the same result.
    pub recipe: Vec<Fact>,
    /// The way to the page of all implementations.
    pub index: Option<String>,
    /// The way to the result that the page is made of.
    pub source: Option<String>,
}

/// Why checks judged nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// `inconclusive`, `skip`.
    pub state: &'static str,
    /// `3 checks`.
    pub number: String,
    /// The reason.
    pub reason: String,
}

/// The checks of one document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// Its name for people.
    pub title: String,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// The checks of one section.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// `3.1.2`.
    pub number: String,
    /// How many of its requirements are kept.
    pub kept: usize,
    /// How many are broken.
    pub broken: usize,
    /// How many were not judged.
    pub open: usize,
    /// `12 checks`.
    pub checks: String,
    /// The requirements.
    pub requirements: Vec<Requirement>,
}

/// The checks of one requirement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requirement {
    /// The requirement.
    pub rule: Rule,
    /// Its id in the page, unless the evidence has it.
    pub anchor: Option<String>,
    /// The checks.
    pub checks: Vec<Row>,
}

/// A check in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The check.
    pub id: String,
    /// The way to its evidence; without one, this line is what links lead to.
    pub evidence: Option<String>,
    /// Its verdict, or `doubted`.
    pub state: &'static str,
    /// The protocol.
    pub protocol: String,
    /// Whether it is one of those that a reader has to look at.
    pub problem: bool,
    /// What was observed, or why nothing was.
    pub words: String,
}

/// One capability of the target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capability {
    /// The protocol.
    pub protocol: String,
    /// Which one.
    pub id: String,
    /// `true`, `false` or a number.
    pub value: String,
    /// How it is known.
    pub evidence: String,
}

/// A name and what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The words.
    pub text: String,
    /// Whether the words are a command.
    pub command: bool,
}

impl Fact {
    /// Words beside a name.
    #[must_use]
    pub fn words(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), command: false }
    }

    /// A command beside a name.
    #[must_use]
    pub fn command(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), command: true }
    }
}

impl Report {
    /// What a page says of a result.
    #[must_use]
    pub fn of(result: &RunResult, around: &Around) -> Self {
        let groups = by_requirement(&result.checks);
        let standings = tally::standings(&groups, &around.doubted);
        let tallies = tallies(&standings);
        let implementation = result.target.implementation.clone();
        let mut headline = Headline::of(&tallies);
        if result.died_after.is_some() {
            // Whatever it keeps: it does not serve any more.
            headline.state = Verdict::Fail.name();
        }
        Self {
            name: around
                .name
                .clone()
                .or(implementation)
                .unwrap_or_else(|| result.target.url.clone()),
            version: around.version.clone(),
            url: result.target.url.clone(),
            protocols: result.target.spec.clone(),
            headline,
            alarms: alarms(result),
            checks: result.checks.len(),
            counts: counts(&result.checks, &around.doubted),
            tallies,
            broken: broken(&groups, &standings, result, around),
            unjudged: unjudged(&result.checks),
            documents: documents(&groups, &standings, &around.doubted),
            capabilities: capabilities(result),
            facts: facts(result),
            recipe: around.recipe.clone(),
            index: around.index.clone(),
            source: around.source.clone(),
        }
    }
}

fn alarms(result: &RunResult) -> Vec<String> {
    let mut alarms = Vec::new();
    if result.partial {
        alarms.push("The run was broken off; this is what is known.".to_owned());
    }
    if let Some(case) = &result.died_after {
        alarms.push(format!("The target stopped serving after {case}."));
    }
    let number = |verdict| result.checks.iter().filter(|it| it.verdict == verdict).count();
    let errors = number(Verdict::Error);
    if errors > 0 {
        alarms.push(format!("{} ended in an error of the suite.", count(errors, "check")));
    }
    let gone = number(Verdict::Xpass);
    if gone > 0 {
        alarms.push(format!("{} recorded to fail, and not failing.", count(gone, "check")));
    }
    alarms
}

fn unjudged(checks: &[CheckResult]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for verdict in [Verdict::Inconclusive, Verdict::Skip] {
        let of = checks.iter().filter(|it| it.verdict == verdict && !it.withheld);
        for (reason, number) in grouped(of, reason_without_step) {
            let number = count(number, "check");
            reasons.push(Reason { state: verdict.name(), number, reason });
        }
    }
    reasons
}

fn documents(groups: &Groups<'_>, standings: &Standings, doubted: &Doubted) -> Vec<Document> {
    let mut documents: Vec<Document> = Vec::new();
    for (place, checks) in groups {
        let title = place.title();
        if documents.last().is_none_or(|document| document.title != title) {
            documents.push(Document { title: title.to_owned(), sections: Vec::new() });
        }
        let Some(document) = documents.last_mut() else { continue };
        let number = place.section();
        if document.sections.last().is_none_or(|section| section.number != number) {
            let (checks, requirements) = (String::new(), Vec::new());
            document.sections.push(Section {
                number,
                kept: 0,
                broken: 0,
                open: 0,
                checks,
                requirements,
            });
        }
        let (Some(section), Some(standing)) = (document.sections.last_mut(), standings.get(place))
        else {
            continue;
        };
        section.kept += usize::from(standing.is_kept());
        section.broken += usize::from(standing.broken > 0);
        section.open += usize::from(standing.judged == 0);
        let shown = checks.iter().any(|check| is_problem(check.verdict));
        section.requirements.push(Requirement {
            rule: Rule::of(place, checks.first().copied()),
            anchor: (!shown && !place.id.is_empty()).then(|| place.id.clone()),
            checks: checks.iter().map(|check| row(check, doubted)).collect(),
        });
    }
    for section in documents.iter_mut().flat_map(|document| &mut document.sections) {
        let checks = section.requirements.iter().map(|it| it.checks.len()).sum();
        section.checks = count(checks, "check");
    }
    documents
}

fn row(check: &CheckResult, doubted: &Doubted) -> Row {
    let problem = is_problem(check.verdict);
    let words = match (&check.reason, check.observed.is_empty()) {
        _ if check.withheld => "withheld".to_owned(),
        (Some(reason), true) => reason.clone(),
        (Some(reason), false) => format!("{} ({reason})", check.observed),
        (None, _) => check.observed.clone(),
    };
    Row {
        id: check.id.clone(),
        evidence: problem.then(|| fragment(&check.id)),
        state: state_of(check, doubted),
        protocol: check.protocol.clone(),
        problem,
        words,
    }
}

fn capabilities(result: &RunResult) -> Vec<Capability> {
    let all = result.capabilities.iter().map(|it| {
        let source = serde_json::to_value(it.source).unwrap_or_default();
        let source = source.as_str().unwrap_or_default();
        Capability {
            protocol: it.protocol.clone(),
            id: it.id.clone(),
            value: it.value.as_str().map_or_else(|| it.value.to_string(), str::to_owned),
            evidence: format!("{} ({source})", it.evidence),
        }
    });
    all.collect()
}

fn facts(result: &RunResult) -> Vec<Fact> {
    let environment = &result.environment;
    let jobs = format!("{} at a time", count(environment.jobs, "case"));
    vec![
        Fact::words("target", &result.target.url),
        Fact::words("protocols", result.target.spec.join(", ")),
        Fact::words("started", &result.started),
        Fact::words("took", format!("{} s", result.seconds)),
        Fact::words(
            "suite",
            format!("wirecheck {} ({})", result.suite.version, result.suite.commit),
        ),
        Fact::words(
            "machine",
            format!("{}, {}", environment.os, count(environment.cores, "processor")),
        ),
        Fact::words(
            "manner",
            format!(
                "{jobs}, patience {}, seed {}, nonce {}",
                environment.patience, result.seed, result.nonce
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    fn json(value: &impl Serialize) -> String {
        serde_json::to_string_pretty(value).expect("JSON")
    }

    #[test]
    fn what_a_page_says() {
        insta::assert_snapshot!(json(&Report::of(&sample(), &Around::default())));
    }

    #[test]
    fn of_a_withheld_check_only_id_and_class_are_shown() {
        let mut result = sample();
        result.checks[0].withheld = true;
        let report = Report::of(&result, &Around::default());
        let shown = report.broken[0].evidence.iter().find(|it| it.withheld).expect("the check");
        let rows = report.documents.iter().flat_map(|it| &it.sections);
        let mut rows = rows.flat_map(|it| &it.requirements).flat_map(|it| &it.checks);
        let row = rows.find(|row| row.id == shown.id).expect("its line");
        insta::assert_snapshot!(json(&(shown, row)));
    }

    #[test]
    fn a_requirement_that_is_not_in_the_catalogue_is_shown_all_the_same() {
        let mut result = sample();
        result.checks[0].requirement = "NOBODY-4.4-1".to_owned();
        let report = Report::of(&result, &Around::default());
        assert_eq!(report.broken[0].rule.id, "NOBODY-4.4-1");
        assert_eq!(report.documents.last().map(|it| &*it.title), Some("Not in this catalogue"));
    }
}
