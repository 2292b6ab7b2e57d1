//! What is wrong with a case although its file loads: citations that do not exist or do not bind
//! the target, actors and values used before they are there, forms that exclude each other.

mod citation;
mod flow;
mod form;
mod message;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::load::{LoadedFile, MOST_PROBLEMS, Problem};
use super::locate::Path;
use super::{Case, Step, suggest, walk};
use crate::capability;
use crate::driver::Opening;

/// What the catalogue knows about a requirement, as far as it matters here. One that binds every
/// sender or every receiver binds both; a gateway counts as a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementInfo {
    /// Whether it binds a server.
    pub binds_server: bool,
    /// Whether it binds a client.
    pub binds_client: bool,
    /// `MUST`, `MUST NOT`, `SHOULD`, `SHOULD NOT`, `MAY` or `stated`.
    pub level: String,
}

/// Gives the fields that a message of a kind can have; `None` for an unknown kind.
pub type FieldsOf = dyn Fn(&str) -> Option<&'static [&'static str]>;

/// What cases may refer to. A list that is `None` is not checked.
pub struct Known<'a> {
    /// Finds a requirement by its id.
    pub requirement: &'a dyn Fn(&str) -> Option<RequirementInfo>,
    /// The names of the driver's procedures.
    pub procedures: Option<&'a [&'a str]>,
    /// The ids of all faults of the reference peers.
    pub faults: Option<&'a [&'a str]>,
    /// What `open` can say.
    pub opening: Option<Opening>,
    /// The error kinds of the family's codec, without `accepted`.
    pub error_kinds: Option<&'a [&'a str]>,
    /// The messages of the family's codec.
    pub fields: Option<&'a FieldsOf>,
    /// Whether each check must name a fault that proves it; a user's own case need not.
    pub proof: bool,
}

/// Every problem in a file, in the order of the text.
#[must_use]
pub fn lint(file: &LoadedFile, known: &Known<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, case) in file.file.cases.iter().enumerate() {
        let root = Path::default().key("cases").index(i);
        for (path, text) in lint_case(case, known) {
            let mut full = root.clone();
            full.0.extend(path.0);
            if problems.len() == MOST_PROBLEMS {
                break;
            }
            problems.push(file.problem(&full, text));
        }
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

/// Every problem in a case, with its path from the case.
#[must_use]
pub fn lint_case(case: &Case, known: &Known<'_>) -> Vec<(Path, String)> {
    let mut found = Found::default();
    header(case, &mut found);
    names(case, &mut found);
    let elsewhere = message::elsewhere(case);
    walk::visit(case, &mut |step, path| {
        form::step(step, path, known, &mut found);
        message::step(step, path, known, &elsewhere, &mut found);
        citation::step(case, step, path, known, &mut found);
    });
    flow::case(case, &mut found);
    found.0
}

/// The problems found so far.
#[derive(Default)]
struct Found(Vec<(Path, String)>);

impl Found {
    fn add(&mut self, path: &Path, text: impl Into<String>) {
        self.0.push((path.clone(), text.into()));
    }

    /// A word that is not in a list, with a suggestion.
    fn unknown(&mut self, path: &Path, what: &str, word: &str, known: &[&str]) {
        let guess = suggest::phrase(word, known.iter().copied());
        self.add(path, format!("unknown {what} `{word}`{guess}"));
    }
}

fn header(case: &Case, found: &mut Found) {
    let root = Path::default();
    if case.steps.is_empty() {
        found.add(&root.key("steps"), "a case without steps");
    }
    if case.protocols.is_empty() {
        found.add(&root.key("protocols"), "a case without protocols");
    }
    for (i, protocol) in case.protocols.iter().enumerate() {
        if case.protocols.iter().take(i).any(|earlier| earlier == protocol) {
            found.add(&root.key("protocols").index(i), format!("`{protocol}` is there twice"));
        }
    }
    for (i, lock) in case.locks.iter().enumerate() {
        let known = lock == "run"
            || ["account:", "resource:", "client:", "topics:"]
                .iter()
                .any(|start| lock.strip_prefix(start).is_some_and(|rest| !rest.is_empty()));
        if !known {
            let text = format!(
                "unknown lock `{lock}`; it can be `run`, `account:N`, `resource:NAME`, `client:NAME`, `topics:#`"
            );
            found.add(&root.key("locks").index(i), text);
        }
    }
    for (i, need) in case.needs.iter().enumerate() {
        if !capability::is_known(&need.id) {
            let known: Vec<_> = capability::KNOWN.iter().map(|known| known.id).collect();
            found.unknown(&root.key("needs").index(i), "capability", &need.id, &known);
        }
    }
    for (i, row) in case.each.iter().enumerate() {
        let path = root.key("each").index(i);
        if case.each.iter().take(i).any(|earlier| earlier.row == row.row) {
            found.add(&path.key("row"), format!("a second row `{}`", row.row));
        }
        for protocol in &row.protocols {
            if !case.protocols.contains(protocol) {
                let text = format!("the case does not run in `{protocol}`");
                found.add(&path.key("protocols"), text);
            }
        }
    }
}

/// The names of checks are unique within a case, whichever branches run.
fn names(case: &Case, found: &mut Found) {
    let mut seen = HashSet::from(["alive".to_owned()]);
    walk::visit(case, &mut |step, path| {
        let mut name = |name: &str, path: Path| {
            if !seen.insert(name.to_owned()) {
                let text = match name {
                    "alive" => "the check `alive` is every case's own".to_owned(),
                    _ => format!("a second check `{name}`"),
                };
                found.add(&path.key("name"), text);
            }
        };
        match step {
            Step::Expect(step) => {
                name(&step.name, path.clone());
                for (i, judge) in step.checks.iter().enumerate() {
                    name(&judge.name, path.key("checks").index(i));
                }
            }
            Step::Check(step) => name(&step.name, path.clone()),
            _ => {}
        }
    });
}
