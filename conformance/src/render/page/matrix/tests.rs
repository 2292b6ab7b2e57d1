use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use crate::known::{Known, Record};
use crate::render::sample;
use crate::result::Counts;

/// A result with these checks, each of them the only one of its requirement or not.
fn published(name: &str, version: &str, checks: &[(&str, &str, Verdict)]) -> Published {
    let mut result = sample();
    let template = result.checks.remove(1);
    let make = |(id, requirement, verdict): &(&str, &str, Verdict)| {
        let mut check = template.clone();
        check.id = format!("mqtt-5.0/{id}");
        check.requirement = (*requirement).to_owned();
        check.verdict = *verdict;
        check
    };
    result.checks = checks.iter().map(make).collect();
    result.summary = Counts::of(&result.checks);
    result.target.implementation = Some(name.to_owned());
    Published {
        folder: name.to_lowercase(),
        version: version.to_owned(),
        file: PathBuf::new(),
        result,
        known: None,
        target: None,
    }
}

const A: &str = "MQTT5-3.1.2-3";
const B: &str = "MQTT5-3.1.2-5";
const C: &str = "MQTT311-4.8.0-1";

/// The model, as short as it can be read.
fn said(matrix: &Matrix) -> String {
    let mut text = format!("{}\n", matrix.said());
    for line in &matrix.lines {
        let Line { document, column, must, must_broken, .. } = line;
        let _ = writeln!(text, "{document} {}: {must_broken} of {must} broken", column.key);
    }
    for document in matrix
        .parts
        .iter()
        .flat_map(|part| part.documents.iter().map(move |document| (part.title, document)))
    {
        let (part, document) = document;
        let columns: Vec<_> = document.columns.iter().map(|it| it.key.as_str()).collect();
        let _ = writeln!(text, "\n{part}, {}: {}", document.title, columns.join(" "));
        for row in &document.rows {
            let cell = |cell: &Option<Cell>| match cell {
                Some(cell) => format!("{} {}", cell.state, cell.number),
                None => "-".to_owned(),
            };
            let cells: Vec<_> = row.cells.iter().map(cell).collect();
            let _ = writeln!(text, "{}: {}", row.rule.id, cells.join(" | "));
            let _ = writeln!(text, "    states {}; who {}", row.states, row.who);
        }
    }
    text
}

#[test]
fn requirement_by_implementation() {
    use Verdict::*;
    let results = [
        published("One", "1.0", &[("a#x", A, Pass), ("a#y", A, Skip), ("b#x", B, Fail)]),
        published("Two", "2 beta", &[("a#x", A, Fail), ("a#y", A, Pass), ("b#x", B, Fail)]),
        published("Old", "0", &[("c#x", C, Inconclusive)]),
    ];
    insta::assert_snapshot!(said(&Matrix::of(&results)));
}

#[test]
fn cells_lead_to_the_requirement_on_the_page_of_the_implementation() {
    let results = [published("My broker", "1 2", &[("a#x", A, Verdict::Fail)])];
    let matrix = Matrix::of(&results);
    let cell = matrix.parts[0].documents[0].rows[0].cells[0].as_ref().expect("a cell");
    assert_eq!(cell.href, "my%20broker/1%202/index.html#MQTT5-3.1.2-3");
}

fn doubts(results: &[Published]) -> Vec<(String, bool)> {
    let doubts = Doubts::of(results);
    doubts.everywhere.keys().map(|id| (id.clone(), doubts.unquoted.contains(id))).collect()
}

#[test]
fn what_fails_everywhere_is_doubted_until_a_sentence_is_quoted() {
    use Verdict::*;
    let one = published("One", "1", &[("a#x", A, Fail), ("b#x", B, Fail), ("c#x", C, Fail)]);
    let mut two = published("Two", "1", &[("a#x", A, Xfail), ("b#x", B, Pass), ("c#x", C, Skip)]);
    let id = "mqtt-5.0/a#x".to_owned();
    assert_eq!(doubts(&[one.clone(), two.clone()]), [(id.clone(), true)]);
    let record = |quote: &str| Record {
        outcome: "open".to_owned(),
        quote: Some(quote.to_owned()),
        note: Some("a note is no quotation".to_owned()),
    };
    let mut known = Known::default();
    known.known.insert(id.clone(), record(" "));
    two.known = Some(known.clone());
    assert_eq!(doubts(&[one.clone(), two.clone()]), [(id.clone(), true)]);
    known.known.insert(id.clone(), record("the Server MUST"));
    two.known = Some(known);
    assert_eq!(doubts(&[one, two]), [(id, false)]);
}

#[test]
fn one_implementation_is_not_everywhere() {
    let version = |version| published("One", version, &[("a#x", A, Verdict::Fail)]);
    assert_eq!(doubts(&[version("1"), version("2")]), []);
}

#[test]
fn a_doubted_check_is_shown_and_not_counted() {
    use Verdict::*;
    let results = ["One", "Two"]
        .map(|name| published(name, "1", &[("a#x", A, Fail), ("a#y", A, Pass), ("b#x", B, Fail)]));
    let matrix = Matrix::of(&results);
    assert!(matrix.lines.iter().all(|line| line.must_broken == 0), "{}", said(&matrix));
    assert_eq!(matrix.everywhere.len(), 2);
    assert_eq!(matrix.everywhere[0].links.len(), 2);
    insta::assert_snapshot!(said(&matrix));
}

#[test]
fn warnings_everywhere_are_no_doubts() {
    let warn = |name| published(name, "1", &[("a#x", A, Verdict::Warn)]);
    assert_eq!(doubts(&[warn("One"), warn("Two")]), []);
}
