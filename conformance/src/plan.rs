//! What a run is made of: the instances that are asked for, for the protocols at hand.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::case::instance::{self, Instance};
use crate::case::load::LoadedFile;
use crate::case::{Case, EachFrom, Protocol, Row};
use crate::catalogue::{Catalogue, Level};
use crate::vectors;

/// Which checks are wanted; an instance runs if one of its checks is.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Globs over the names of instances, see [`is_called`]; empty means all.
    pub cases: Vec<String>,
    /// Globs over requirement ids.
    pub requirements: Vec<String>,
    /// The weakest level that is still wanted.
    pub level: Option<Level>,
    /// Protocols.
    pub protocols: Vec<Protocol>,
    /// The part of the instances to run: number, from 1, and of how many.
    pub shard: Option<(usize, usize)>,
}

/// The instances of `files` that `selection` asks for, in the order of the files.
///
/// # Errors
/// A citation that cannot be resolved, or vectors that are not there.
pub fn plan(files: &[LoadedFile], selection: &Selection) -> Result<Vec<Arc<Instance>>, String> {
    let mut chosen = Vec::new();
    for case in files.iter().flat_map(|loaded| &loaded.file.cases) {
        let rows = rows_from_elsewhere(case)?;
        let instances = instance::instances(case, &rows).map_err(|error| error.to_string())?;
        chosen.extend(instances.into_iter().filter(|it| selection.wants(it)).map(Arc::new));
    }
    if let Some((part, of)) = selection.shard {
        let mut place = 0;
        chosen.retain(|_| {
            place += 1;
            (place - 1) % of == part - 1
        });
    }
    Ok(chosen)
}

/// The vectors of `each_from`, as rows.
fn rows_from_elsewhere(case: &Case) -> Result<Vec<Row>, String> {
    match &case.each_from {
        None => Ok(Vec::new()),
        Some(EachFrom::Vectors { spec, area }) if spec == "*" => {
            let mut rows = Vec::new();
            for protocol in &case.protocols {
                for mut row in vectors::rows(protocol.as_str(), area)? {
                    row.protocols = vec![*protocol];
                    rows.push(row);
                }
            }
            Ok(rows)
        }
        Some(EachFrom::Vectors { spec, area }) => vectors::rows(spec, area),
    }
}

impl Selection {
    fn wants(&self, instance: &Instance) -> bool {
        let protocol = self.protocols.is_empty() || self.protocols.contains(&instance.protocol);
        let named = self.cases.is_empty() || self.cases.iter().any(|it| is_called(it, instance));
        protocol && named && self.wants_requirement(instance)
    }

    fn wants_requirement(&self, instance: &Instance) -> bool {
        if self.requirements.is_empty() && self.level.is_none() {
            return true;
        }
        checks(instance).iter().any(|(_, requirement)| {
            let level = Catalogue::embedded().get(requirement).map(|known| known.level);
            let strong = self
                .level
                .is_none_or(|least| level.is_some_and(|level| rank(level) <= rank(least)));
            let named = self.requirements.is_empty()
                || self.requirements.iter().any(|pattern| glob(pattern, requirement));
            strong && named
        })
    }
}

/// How strongly a level binds; 0 is the strongest.
fn rank(level: Level) -> u8 {
    match level {
        Level::Must | Level::MustNot => 0,
        Level::Should | Level::ShouldNot | Level::Stated => 1,
        Level::May => 2,
    }
}

/// Names and requirements of the checks of an instance, those of branches included.
#[must_use]
pub fn checks(instance: &Instance) -> Vec<(String, String)> {
    citations(instance).into_iter().map(|one| (one.name, one.requirement)).collect()
}

/// One check of a case with everything it cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The name of the check.
    pub name: String,
    /// The requirement that a pass proves, or a branch's own.
    pub requirement: String,
    /// The faults that make it fail.
    pub bites: Vec<String>,
    /// What our own message broke before.
    pub breaks: Option<String>,
    /// False for a branch's own requirement: only its breach is seen.
    pub kept: bool,
}

/// Every check of an instance with its requirement, faults and breaks.
#[must_use]
pub fn citations(instance: &Instance) -> Vec<Citation> {
    use crate::case::{Step, walk};
    let id = |reference: &crate::case::Ref| {
        reference.get(instance.protocol).unwrap_or_default().to_owned()
    };
    let mut found = Vec::new();
    // A row that is a vector says by itself what its bytes break.
    let of_row = instance.each.get("breaks").and_then(serde_json::Value::as_str);
    let mut breaks = of_row.map(str::to_owned);
    walk::visit(&instance.case, &mut |step, _| match step {
        Step::Send(step) => breaks = step.breaks.as_ref().map(&id).or(breaks.take()),
        Step::Expect(step) => {
            let mut add = |name: &str, requirement: String, bites: &[String], kept| {
                let (name, bites, breaks) = (name.to_owned(), bites.to_vec(), breaks.clone());
                found.push(Citation { name, requirement, bites, breaks, kept });
            };
            add(&step.name, id(&step.requirement), &step.bites, true);
            for judge in &step.checks {
                add(&judge.name, id(&judge.requirement), &judge.bites, true);
            }
            for branch in step.any_of.iter().flatten() {
                if let Some(own) = &branch.requirement {
                    add(&step.name, id(own), &branch.bites, false);
                }
            }
        }
        Step::Check(step) => {
            if let Some(requirement) = &step.requirement {
                found.push(Citation {
                    name: step.name.to_string(),
                    requirement: id(requirement),
                    bites: step.bites.clone(),
                    breaks: breaks.clone(),
                    kept: true,
                });
            }
        }
        _ => {}
    });
    found
}

/// Whether a pattern fits the whole id of an instance, that id without its protocol, or the id of
/// its case: `mqtt-5.0/will/once[row]`, `will/once[row]`, `will/once`.
#[must_use]
pub fn is_called(pattern: &str, instance: &Instance) -> bool {
    let without_protocol = instance.id.split_once('/').map(|(_, rest)| rest);
    glob(pattern, &instance.id)
        || without_protocol.is_some_and(|id| glob(pattern, id))
        || glob(pattern, &instance.case.id)
}

/// Whether a text fits a pattern with `*` and `?`.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // The usual two-pointer walk: after a mismatch the last star takes one character more.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// A row from its values.
pub(crate) fn row(name: &str, values: Map<String, Value>) -> Result<Row, String> {
    let mut object = Map::from_iter([("row".to_owned(), Value::from(name))]);
    object.extend(values);
    serde_json::from_value(Value::Object(object)).map_err(|error| format!("row {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn globs() {
        for (pattern, text) in
            [("*", ""), ("a*c", "abbc"), ("a?c", "abc"), ("*/will/*", "x/will/y[z]")]
        {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*c", "abd"), ("?", ""), ("", "a")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }
}
