//! Any bytes as a file of cases.

use std::collections::HashSet;

use serde_json::Value;
use wirecheck::case::Case;
use wirecheck::case::instance::{instances, vectors};
use wirecheck::case::load::{LoadedFile, MOST_PROBLEMS, Problem, load_bytes};
use wirecheck::case::show::show;
use wirecheck::command::check::lint_file;

/// The longest file that is looked at.
const LONGEST: usize = 4096;

const NAME: &str = "fuzzed.json";

/// The file is refused, each problem with a place in it; or what is loaded is linted, can be
/// written and loaded again, shown, and expanded to instances unless the lint refuses it.
pub fn case_files(input: &[u8]) {
    if input.len() > LONGEST {
        return;
    }
    let (family, area) = folder_and_file(input);
    let file = match load_bytes(NAME, &family, &area, input) {
        Ok(file) => file,
        Err(problems) => {
            assert!(!problems.is_empty());
            return placed(&problems, input);
        }
    };
    written_and_loaded(&file, &family, &area);
    let problems = lint_file(&file, true);
    placed(&problems, input);
    for case in &file.file.cases {
        assert!(show(case).len() <= 64 * (input.len() + 64), "what is shown grows without bound");
        if problems.is_empty() {
            expanded(case);
        }
    }
}

/// The folder and the file that these cases say they are from.
fn folder_and_file(input: &[u8]) -> (String, String) {
    let value: Value = serde_json::from_slice(input).unwrap_or_default();
    let family = value["family"].as_str().unwrap_or("mqtt");
    let id = value["cases"][0]["id"].as_str().unwrap_or("area/name");
    (family.to_owned(), id.split('/').next().unwrap_or_default().to_owned())
}

/// Problems are in order, and something begins where each of them is.
fn placed(problems: &[Problem], input: &[u8]) {
    assert!(problems.len() <= 2 * MOST_PROBLEMS, "repeated keys, and all others");
    let text = String::from_utf8_lossy(input);
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in problems {
        let Problem { line, column, .. } = *problem;
        let there = lines.get(line.wrapping_sub(1)).unwrap_or_else(|| panic!("{problem}"));
        assert!((1..=there.chars().count() + 1).contains(&column), "{problem}");
        let begins = there.chars().nth(column - 1);
        let begins = begins.is_some_and(|c| !c.is_whitespace() && !",:]}".contains(c));
        assert!(problem.path.is_empty() || begins, "{problem} at {}", problem.path);
        assert!(problem.to_string().starts_with(&format!("{NAME}:{line}:{column}: ")));
    }
    assert!(problems.is_sorted_by_key(|problem| (problem.line, problem.column)));
}

fn written_and_loaded(file: &LoadedFile, family: &str, area: &str) {
    let written = serde_json::to_vec(&file.file).expect("cases can be written");
    let again = load_bytes(NAME, family, area, &written);
    assert_eq!(again.map(|again| again.file).as_ref(), Ok(&file.file));
}

/// One instance for each protocol and row, none of them twice.
fn expanded(case: &Case) {
    let has_rows = !case.each.is_empty() || case.each_from.is_some() || vectors(case).is_some();
    let expected: usize = case
        .protocols
        .iter()
        .map(|protocol| {
            let fits = |row: &&wirecheck::case::Row| {
                row.protocols.is_empty() || row.protocols.contains(protocol)
            };
            if has_rows { case.each.iter().filter(fits).count() } else { 1 }
        })
        .sum();
    let found = instances(case, &[]).unwrap_or_else(|error| panic!("not linted: {error}"));
    assert_eq!(found.len(), expected);
    let ids: HashSet<&str> = found.iter().map(|instance| instance.id.as_str()).collect();
    assert_eq!(ids.len(), found.len());
}
