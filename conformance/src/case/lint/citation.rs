//! Requirements exist and bind whom they are cited against; faults exist.

use serde_json::{Map, Value};

use super::super::locate::Path;
use super::super::{Branch, BranchVerdict, Case, Protocol, Ref, Role, Row, Step};
use super::{Found, Known};
use crate::template;

/// Whose duty a citation is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Party {
    Target,
    Us,
}

pub(super) fn step(case: &Case, step: &Step, path: &Path, known: &Known<'_>, found: &mut Found) {
    let mut lint = Lint { case, known, found };
    match step {
        Step::Send(step) => {
            if let Some(breaks) = &step.breaks {
                lint.reference(breaks, &path.key("breaks"), Party::Us, None);
            }
        }
        Step::Await(step) => lint.branches(step.any_of.as_deref(), None, path),
        Step::Expect(step) => {
            lint.reference(&step.requirement, &path.key("requirement"), Party::Target, None);
            lint.bites(&step.bites, &path.key("bites"));
            lint.branches(step.any_of.as_deref(), Some(&step.requirement), path);
            for (i, judge) in step.checks.iter().enumerate() {
                let path = path.key("checks").index(i);
                lint.reference(&judge.requirement, &path.key("requirement"), Party::Target, None);
                lint.bites(&judge.bites, &path.key("bites"));
            }
        }
        Step::Check(step) => {
            if let Some(requirement) = &step.requirement {
                lint.reference(requirement, &path.key("requirement"), Party::Target, None);
                lint.bites(&step.bites, &path.key("bites"));
            }
        }
        _ => {}
    }
}

struct Lint<'l, 'k> {
    case: &'l Case,
    known: &'l Known<'k>,
    found: &'l mut Found,
}

impl Lint<'_, '_> {
    fn branches(&mut self, branches: Option<&[Branch]>, own: Option<&Ref>, path: &Path) {
        for (i, branch) in branches.unwrap_or_default().iter().enumerate() {
            let path = path.key("any_of").index(i);
            if let Some(reference) = &branch.requirement {
                let path = path.key("requirement");
                self.reference(reference, &path, Party::Target, branch.verdict);
            } else if branch.verdict == Some(BranchVerdict::Fail)
                && let Some(own) = own
            {
                self.reference(own, &path.key("verdict"), Party::Target, branch.verdict);
            }
            if !branch.bites.is_empty() {
                self.bites(&branch.bites, &path.key("bites"));
            }
        }
    }

    /// Checks the citation for every protocol and row, each problem once.
    fn reference(
        &mut self,
        reference: &Ref,
        path: &Path,
        party: Party,
        verdict: Option<BranchVerdict>,
    ) {
        if let Ref::PerProtocol(ids) = reference {
            for protocol in ids.keys().filter(|protocol| !self.case.protocols.contains(protocol)) {
                self.found.add(path, format!("the case does not run in `{protocol}`"));
            }
        }
        let mut ids: Vec<String> = Vec::new();
        for &protocol in &self.case.protocols {
            let Some(id) = reference.get(protocol) else {
                self.found.add(path, format!("no requirement is named for `{protocol}`"));
                continue;
            };
            for id in self.in_rows(id, protocol, path, false) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        for id in ids {
            if let Some(text) = self.wrong(&id, party, verdict) {
                self.found.add(path, text);
            }
        }
    }

    fn wrong(&self, id: &str, party: Party, verdict: Option<BranchVerdict>) -> Option<String> {
        let Some(info) = (self.known.requirement)(id) else {
            return Some(format!("unknown requirement `{id}`"));
        };
        let target_is_server = self.case.role != Role::Client;
        let (binds, whom) = match (party == Party::Target, target_is_server) {
            (true, true) | (false, false) => (info.binds_server, "a server"),
            (true, false) | (false, true) => (info.binds_client, "a client"),
        };
        let is_must = matches!(info.level.as_str(), "MUST" | "MUST NOT");
        if !binds {
            let who = if party == Party::Target { "as the target is" } else { "as we are here" };
            Some(format!("`{id}` does not bind {whom}, {who}"))
        } else if verdict == Some(BranchVerdict::Fail) && !is_must {
            Some(format!("the verdict cannot be `fail`: `{id}` is {}", info.level))
        } else {
            None
        }
    }

    /// The values of a text in all rows of a protocol; the text itself if it has no template.
    /// `many` allows a list of texts.
    fn in_rows(&mut self, text: &str, protocol: Protocol, path: &Path, many: bool) -> Vec<String> {
        if !text.contains("${") {
            return vec![text.to_owned()];
        }
        let in_protocol =
            |row: &&Row| row.protocols.is_empty() || row.protocols.contains(&protocol);
        let mut values = Vec::new();
        for row in self.case.each.iter().filter(in_protocol) {
            let each = Value::from(row.values.clone());
            let scope = Map::from_iter([("each".to_owned(), each)]);
            match template::expand_str(text, &scope) {
                Ok(Value::String(value)) => values.push(value),
                Ok(Value::Array(list)) if many && list.iter().all(Value::is_string) => {
                    values.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                Ok(_) => self.found.add(path, format!("`{text}` is not a text in `{}`", row.row)),
                Err(error) => self.found.add(path, format!("row `{}`: {error}", row.row)),
            }
        }
        values
    }

    fn bites(&mut self, bites: &[String], path: &Path) {
        if bites.is_empty() && self.known.proof {
            self.found.add(path, "no fault proves that this check can fail");
        }
        let mut faults: Vec<String> = Vec::new();
        for &protocol in &self.case.protocols {
            for fault in bites {
                faults.extend(self.in_rows(fault, protocol, path, true));
            }
        }
        faults.sort();
        faults.dedup();
        let Some(known) = self.known.faults else { return };
        for fault in faults.iter().filter(|fault| !known.contains(&fault.as_str())) {
            self.found.unknown(path, "fault", fault, known);
        }
    }
}
