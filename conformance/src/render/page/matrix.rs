//! The page of all implementations: requirement by implementation.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::place::{Groups, Place, Rule, by_requirement};
use super::tally::{self, DOUBTED, Doubted, Standing, Standings, Tally, breaks, tallies};
use super::{fragment, percent, words};
use crate::published::Published;
use crate::render::count;
use crate::verdict::{CheckResult, Verdict};

/// Checks that fail on every implementation that they judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// All of them, with the sentence that somebody quoted, if anybody has.
    pub everywhere: BTreeMap<String, Option<String>>,
    /// Those without a sentence: they may be wrong themselves, and are not counted.
    pub unquoted: Doubted,
}

impl Doubts {
    /// Looks for checks that fail everywhere. One implementation alone proves nothing, in however
    /// many versions.
    #[must_use]
    pub fn of(results: &[Published]) -> Self {
        let mut judged: BTreeMap<&str, (BTreeSet<&str>, bool)> = BTreeMap::new();
        for published in results {
            let judgements = published.result.checks.iter().filter(|it| it.verdict.is_judgement());
            for check in judgements {
                let (names, all_fail) = judged.entry(&check.id).or_insert((BTreeSet::new(), true));
                names.insert(published.name());
                *all_fail &= fails(check);
            }
        }
        let everywhere = judged.into_iter().filter(|(_, (names, all))| *all && names.len() > 1);
        let quote = |id: &str| {
            let records = results.iter().filter_map(|it| it.known.as_ref()?.known.get(id));
            records.filter_map(|it| it.quote.clone()).find(|quote| !quote.trim().is_empty())
        };
        let everywhere: BTreeMap<_, _> =
            everywhere.map(|(id, _)| (id.to_owned(), quote(id))).collect();
        let unquoted = everywhere.iter().filter(|(_, quote)| quote.is_none());
        Self { unquoted: unquoted.map(|(id, _)| id.clone()).collect(), everywhere }
    }
}

/// Whether a MUST is broken, known or not.
fn fails(check: &CheckResult) -> bool {
    let must = Verdict::of_breach(check.level) == Verdict::Fail;
    check.verdict == Verdict::Fail || check.verdict == Verdict::Xfail && must
}

/// The model of the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matrix {
    /// The implementations.
    pub columns: Vec<Column>,
    /// How each does in each document.
    pub lines: Vec<Line>,
    /// The protocols that were tested.
    pub protocols: Vec<String>,
    /// The states that cells have.
    pub states: Vec<&'static str>,
    /// Checks that fail everywhere.
    pub everywhere: Vec<Everywhere>,
    /// The requirements that somebody breaks, then the others.
    pub parts: Vec<Part>,
}

/// One implementation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// `mosquitto/2.0.11`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The way to its page.
    pub href: String,
    /// When it was tested: the day.
    pub day: String,
}

/// How one implementation does in one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The document.
    pub document: &'static str,
    /// The implementation.
    pub column: Column,
    /// How many MUST requirements were tested.
    pub must: usize,
    /// How many of these are broken.
    pub must_broken: usize,
    /// How many requirements that are SHOULD or stated were tested.
    pub should: usize,
    /// How many of these are broken.
    pub should_broken: usize,
    /// How many requirements were tested at all.
    pub tested: usize,
    /// How many can be.
    pub reach: usize,
}

/// A check that fails on every implementation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Everywhere {
    /// The check.
    pub id: String,
    /// Its requirement.
    pub rule: Rule,
    /// The sentence of the specification.
    pub quote: Option<String>,
    /// The ways to the evidence.
    pub links: Vec<Link>,
}

/// A way to somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its words.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

/// A part of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Its id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its documents.
    pub documents: Vec<Document>,
}

/// The requirements of one document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// The document.
    pub title: String,
    /// The implementations that were asked about it.
    pub columns: Vec<Column>,
    /// The requirements.
    pub rows: Vec<Row>,
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The requirement.
    pub rule: Rule,
    /// The states of its cells, for the filter.
    pub states: String,
    /// The protocols of its checks.
    pub protocols: String,
    /// Who breaks it: `everywhere`, `differ`, `by:KEY`, `only:KEY`.
    pub who: String,
    /// One cell for each implementation, or nothing where it was not asked.
    pub cells: Vec<Option<Cell>>,
}

/// What is known of one requirement and one implementation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The worst verdict, or `doubted`.
    pub state: &'static str,
    /// How many checks, and how many of these found it broken: `2/14`.
    pub number: String,
    /// The way to the evidence.
    pub href: String,
}

impl Matrix {
    /// What the page says of these results.
    #[must_use]
    pub fn of(results: &[Published]) -> Self {
        let doubts = Doubts::of(results);
        let columns: Vec<Column> = results.iter().map(Column::of).collect();
        let groups: Vec<Groups<'_>> =
            results.iter().map(|it| by_requirement(&it.result.checks)).collect();
        let standings: Vec<_> =
            groups.iter().map(|it| tally::standings(it, &doubts.unquoted)).collect();
        let mut rows = Vec::new();
        for place in groups.iter().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
            if place.id.is_empty() {
                continue;
            }
            rows.push((place, row(place, &groups, &standings, &columns)));
        }
        let states = Verdict::ALL.into_iter().map(Verdict::name).chain([DOUBTED]);
        let has = |state: &&str| {
            let mut cells = rows.iter().flat_map(|(_, row)| row.cells.iter().flatten());
            cells.any(|cell| cell.state == *state)
        };
        let states = states.filter(has).collect();
        let mut protocols: Vec<String> = Vec::new();
        for protocol in results.iter().flat_map(|it| &it.result.target.spec) {
            if !protocols.contains(protocol) {
                protocols.push(protocol.clone());
            }
        }
        let tallies: Vec<_> = standings.iter().map(tallies).collect();
        Self {
            lines: lines(&columns, &tallies),
            everywhere: everywhere(&doubts, results, &columns),
            parts: parts(rows, &columns),
            columns,
            protocols,
            states,
        }
    }

    /// How many there are of what, in a sentence.
    #[must_use]
    pub fn said(&self) -> String {
        let rows = |id: &str| {
            let parts = self.parts.iter().filter(|part| part.id == id);
            let documents = parts.flat_map(|part| &part.documents);
            documents.map(|document| document.rows.len()).sum::<usize>()
        };
        let (broken, kept) = (rows("broken"), rows("kept"));
        format!(
            "{}, {}; {broken} broken by at least one",
            count(self.columns.len(), "implementation"),
            count(broken + kept, "requirement"),
        )
    }
}

impl Column {
    fn of(published: &Published) -> Self {
        let started = &published.result.started;
        Self {
            key: published.key(),
            name: published.name().to_owned(),
            version: published.version.clone(),
            href: format!(
                "{}/{}/index.html",
                percent(&published.folder),
                percent(&published.version)
            ),
            day: started.split('T').next().unwrap_or_default().to_owned(),
        }
    }
}

fn row(place: &Place, groups: &[Groups<'_>], standings: &[Standings], columns: &[Column]) -> Row {
    let all = || groups.iter().filter_map(|group| group.get(place)).flatten();
    let found: Vec<Option<&Standing>> = standings.iter().map(|it| it.get(place)).collect();
    let cells = found.iter().zip(columns).map(|(standing, column)| {
        let standing = standing.as_ref()?;
        let number = match (standing.broken, standing.doubted, standing.checks) {
            (0, 0, all) => all.to_string(),
            (0, doubted, all) if standing.state == DOUBTED => format!("{doubted}/{all}"),
            (0, doubted, all) => format!("{all} ({doubted} doubted)"),
            (bad, _, all) => format!("{bad}/{all}"),
        };
        let href = format!("{}{}", column.href, fragment(&place.id));
        Some(Cell { state: standing.state, number, href })
    });
    let cells: Vec<_> = cells.collect();
    let mut states = words(cells.iter().flatten().map(|cell| cell.state));
    if all().any(|check| breaks(check.verdict)) {
        states.push_str(" problem");
    }
    Row {
        rule: Rule::of(place, all().next().copied()),
        states,
        protocols: words(all().map(|check| check.protocol.as_str())),
        who: who(&found, columns),
        cells,
    }
}

/// Who breaks a requirement, in words for the filter.
fn who(found: &[Option<&Standing>], columns: &[Column]) -> String {
    let is = |test: &dyn Fn(&Standing) -> bool| -> Vec<&Column> {
        let fitting = found.iter().zip(columns).filter(|(it, _)| it.is_some_and(test));
        fitting.map(|(_, column)| column).collect()
    };
    let breaking = is(&|it| it.broken + it.doubted > 0);
    let keeping = is(&|it| it.broken + it.doubted == 0 && it.judged > 0);
    let names: BTreeSet<&str> = breaking.iter().map(|column| column.name.as_str()).collect();
    let mut who: Vec<String> = breaking.iter().map(|it| format!("by:{}", it.key)).collect();
    match (&breaking[..], keeping.is_empty()) {
        ([one], false) => who.push(format!("only:{}", one.key)),
        (_, true) if names.len() > 1 => who.push("everywhere".to_owned()),
        _ => {}
    }
    if !breaking.is_empty() && !keeping.is_empty() {
        who.push("differ".to_owned());
    }
    // A space would end the word.
    let who: Vec<String> = who.iter().map(|word| word.replace(' ', "_")).collect();
    who.join(" ")
}

fn lines(columns: &[Column], tallies: &[Vec<Tally>]) -> Vec<Line> {
    let mut lines = Vec::new();
    for document in crate::catalogue::Catalogue::embedded().documents() {
        for (column, tallies) in columns.iter().zip(tallies) {
            let of: Vec<_> = tallies.iter().filter(|it| it.document == document.document).collect();
            if of.is_empty() {
                continue;
            }
            let sum = |strengths: &[&str], what: fn(&Tally) -> usize| -> usize {
                let fitting = of.iter().filter(|it| strengths.contains(&it.strength));
                fitting.map(|it| what(it)).sum()
            };
            let (must, should): (&[&str], &[&str]) = (&["MUST"], &["SHOULD", "stated"]);
            lines.push(Line {
                document: &document.document,
                column: column.clone(),
                must: sum(must, |it| it.tested),
                must_broken: sum(must, |it| it.broken),
                should: sum(should, |it| it.tested),
                should_broken: sum(should, |it| it.broken),
                tested: of.iter().map(|it| it.tested).sum(),
                reach: of.iter().map(|it| it.reach).sum(),
            });
        }
    }
    lines
}

fn everywhere(doubts: &Doubts, results: &[Published], columns: &[Column]) -> Vec<Everywhere> {
    let mut all = Vec::new();
    for (id, quote) in &doubts.everywhere {
        let mut links = Vec::new();
        let mut rule = None;
        for (published, column) in results.iter().zip(columns) {
            let check = published.result.checks.iter().find(|it| it.id == *id && fails(it));
            let Some(check) = check else { continue };
            rule.get_or_insert_with(|| Rule::of(&Place::of(&check.requirement), Some(check)));
            let text = format!("{} {}", column.name, column.version);
            links.push(Link { text, href: format!("{}{}", column.href, fragment(id)) });
        }
        all.extend(rule.map(|rule| Everywhere {
            id: id.clone(),
            rule,
            quote: quote.clone(),
            links,
        }));
    }
    all
}

fn parts(rows: Vec<(&Place, Row)>, columns: &[Column]) -> Vec<Part> {
    let (broken, kept): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, row)| row.states.ends_with("problem"));
    let part = |id, title, rows: Vec<(&Place, Row)>| {
        let mut documents: Vec<Document> = Vec::new();
        for (place, row) in rows {
            let title = place.title();
            if documents.last().is_none_or(|document| document.title != title) {
                let (title, columns) = (title.to_owned(), columns.to_vec());
                documents.push(Document { title, columns, rows: Vec::new() });
            }
            if let Some(document) = documents.last_mut() {
                document.rows.push(row);
            }
        }
        documents.iter_mut().for_each(narrow);
        Part { id, title, documents }
    };
    let all =
        [part("broken", "Broken by at least one", broken), part("kept", "Broken by none", kept)];
    all.into_iter().filter(|part| !part.documents.is_empty()).collect()
}

/// Leaves out the columns in which nothing stands: who does not speak the protocol.
fn narrow(document: &mut Document) {
    let used: Vec<bool> = (0..document.columns.len())
        .map(|at| document.rows.iter().any(|row| matches!(row.cells.get(at), Some(Some(_)))))
        .collect();
    let mut keep = used.iter();
    document.columns.retain(|_| keep.next().copied().unwrap_or(true));
    for row in &mut document.rows {
        let mut keep = used.iter();
        row.cells.retain(|_| keep.next().copied().unwrap_or(true));
    }
}

#[cfg(test)]
mod tests;
