//! A case becomes one instance for each protocol and row, with its citations resolved.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::walk::try_visit_mut;
use super::{Branch, Case, Name, Need, Protocol, Ref, Row, Step, walk};
use crate::template;

/// One run of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// `mqtt-5.0/will/takeover[no-delay]`.
    pub id: String,
    /// The protocol it runs in.
    pub protocol: Protocol,
    /// The name of its row.
    pub row: Option<Name>,
    /// What `${each.…}` gives: the values of the row, and its name as `row`. The values may have
    /// templates of their own, with the roots that every case has.
    pub each: Map<String, Value>,
    /// What the case and the row need.
    pub needs: Vec<Need>,
    /// The case, in which every `requirement` and `breaks` is one id and every `bites` is a list
    /// of fault ids. It has no rows: that of the instance is in `each`.
    pub case: Case,
}

impl Instance {
    /// The id of a check: `mqtt-5.0/will/takeover[no-delay]#closed`.
    #[must_use]
    pub fn check_id(&self, name: &str) -> String {
        format!("{}#{name}", self.id)
    }
}

/// A citation that a protocol or a row of the case leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceError {
    /// The instance.
    pub instance: String,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for InstanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.instance, self.text)
    }
}

impl std::error::Error for InstanceError {}

/// What a receiver owes on a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receiver {
    /// It must refuse: a check.
    Refuses,
    /// It must ignore it: a check.
    Ignores,
    /// It may do either: reported.
    Free,
    /// The specification does not say: not run.
    Unspecified,
}

/// A vector as a row of a case that sends vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorRow {
    /// The id of the vector, which is the name of the row.
    pub id: Name,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the target owes.
    pub receiver: Receiver,
    /// The requirement that says so.
    pub requirement: Option<String>,
}

/// The instances of a case: for each protocol, one for each of its rows and of `more` rows that
/// the caller found for [`Case::each_from`], or a single one when there are no rows at all.
///
/// # Errors
/// A citation without an id for some protocol or row.
pub fn instances(case: &Case, more: &[Row]) -> Result<Vec<Instance>, InstanceError> {
    let from_elsewhere = case.each_from.is_some() || vectors(case).is_some();
    let has_rows = from_elsewhere || !case.each.is_empty();
    // Each instance owns its case, but all rows in each of them would be too much.
    let rows = &case.each;
    let case = &Case { each: Vec::new(), ..case.clone() };
    let mut instances = Vec::new();
    for &protocol in &case.protocols {
        if !has_rows {
            instances.push(instance(case, protocol, None)?);
        }
        for row in rows.iter().chain(more) {
            if row.protocols.is_empty() || row.protocols.contains(&protocol) {
                instances.push(instance(case, protocol, Some(row))?);
            }
        }
    }
    Ok(instances)
}

/// The area of vectors, `<spec>/<area>`, that a case sends.
#[must_use]
pub fn vectors(case: &Case) -> Option<&str> {
    let mut area = None;
    walk::visit(case, &mut |step, _| {
        if let Step::Send(step) = step {
            area = area.or(step.vectors.as_deref());
        }
    });
    area
}

fn instance(case: &Case, protocol: Protocol, row: Option<&Row>) -> Result<Instance, InstanceError> {
    let mut id = format!("{protocol}/{}", case.id);
    let mut each = Map::new();
    let mut needs = case.needs.clone();
    if let Some(row) = row {
        id.push_str(&format!("[{}]", row.row));
        each.clone_from(&row.values);
        each.insert("row".to_owned(), row.row.as_str().into());
        needs.extend(row.needs.iter().cloned());
    }
    let mut case = case.clone();
    let resolver = Resolver { protocol, scope: Map::from_iter([("each".to_owned(), each.into())]) };
    let mut resolve = |step: &mut Step| resolver.step(step);
    try_visit_mut(&mut case.steps, &mut resolve)
        .and_then(|()| try_visit_mut(&mut case.finally, &mut resolve))
        .map_err(|text| InstanceError { instance: id.clone(), text })?;
    let each = match resolver.scope.into_iter().next() {
        Some((_, Value::Object(each))) => each,
        _ => Map::new(),
    };
    Ok(Instance { id, protocol, row: row.map(|row| row.row.clone()), each, needs, case })
}

/// Resolves citations for one protocol and row.
struct Resolver {
    protocol: Protocol,
    scope: Map<String, Value>,
}

impl Resolver {
    fn step(&self, step: &mut Step) -> Result<(), String> {
        match step {
            Step::Send(step) => self.optional(&mut step.breaks),
            Step::Await(step) => self.branches(step.any_of.as_deref_mut()),
            Step::Expect(step) => {
                self.reference(&mut step.requirement)?;
                self.bites(&mut step.bites)?;
                self.branches(step.any_of.as_deref_mut())?;
                step.checks.iter_mut().try_for_each(|judge| {
                    self.reference(&mut judge.requirement)?;
                    self.bites(&mut judge.bites)
                })
            }
            Step::Check(step) => {
                self.optional(&mut step.requirement)?;
                self.bites(&mut step.bites)
            }
            _ => Ok(()),
        }
    }

    fn branches(&self, branches: Option<&mut [Branch]>) -> Result<(), String> {
        branches.unwrap_or_default().iter_mut().try_for_each(|branch| {
            self.optional(&mut branch.requirement)?;
            self.bites(&mut branch.bites)
        })
    }

    fn optional(&self, reference: &mut Option<Ref>) -> Result<(), String> {
        reference.as_mut().map_or(Ok(()), |reference| self.reference(reference))
    }

    fn reference(&self, reference: &mut Ref) -> Result<(), String> {
        let id = reference.get(self.protocol);
        let id = id.ok_or_else(|| format!("no requirement is named for {}", self.protocol))?;
        let id = template::expand_text(id, &self.scope).map_err(|error| error.to_string())?;
        *reference = Ref::One(id);
        Ok(())
    }

    /// A template among the faults may give one fault or a list of them.
    fn bites(&self, bites: &mut Vec<String>) -> Result<(), String> {
        let mut resolved = Vec::new();
        for fault in bites.iter() {
            let value = template::expand_str(fault, &self.scope);
            match value.map_err(|error| error.to_string())? {
                Value::String(fault) => resolved.push(fault),
                Value::Array(faults) if faults.iter().all(Value::is_string) => {
                    resolved.extend(faults.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                other => return Err(format!("`{fault}` gives {other}, which names no fault")),
            }
        }
        *bites = resolved;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(extra: Value) -> Case {
        let mut case = json!({"id": "a/b", "title": "t", "protocols": ["mqtt-3.1.1", "mqtt-5.0"],
            "needs": ["tcp"], "steps": [{"open": "a"}]});
        for (key, value) in extra.as_object().expect("an object") {
            case[key] = value.clone();
        }
        serde_json::from_value(case).expect("a case")
    }

    fn ids(instances: &[Instance]) -> Vec<&str> {
        instances.iter().map(|instance| instance.id.as_str()).collect()
    }

    #[test]
    fn one_for_each_protocol_and_row() {
        let plain = instances(&case(json!({})), &[]).expect("instances");
        assert_eq!(ids(&plain), ["mqtt-3.1.1/a/b", "mqtt-5.0/a/b"]);
        let rows = json!({"each": [{"row": "x", "n": 1, "needs": [{"maximum_qos": 2}]},
            {"row": "y", "n": 2, "protocols": ["mqtt-5.0"]}]});
        let rows = instances(&case(rows), &[]).expect("instances");
        assert_eq!(ids(&rows), ["mqtt-3.1.1/a/b[x]", "mqtt-5.0/a/b[x]", "mqtt-5.0/a/b[y]"]);
        assert_eq!(Value::from(rows[2].each.clone()), json!({"n": 2, "row": "y"}));
        assert_eq!(rows[0].needs.len(), 2);
        assert_eq!(rows[2].check_id("c"), "mqtt-5.0/a/b[y]#c");
    }

    #[test]
    fn rows_from_elsewhere() {
        let case = case(json!({"each_from": "vectors:mqtt-5.0/connect"}));
        assert_eq!(instances(&case, &[]), Ok(vec![]));
        let row: Row = serde_json::from_value(json!({"row": "v1"})).expect("a row");
        let found = instances(&case, &[row]).expect("instances");
        assert_eq!(ids(&found), ["mqtt-3.1.1/a/b[v1]", "mqtt-5.0/a/b[v1]"]);
    }

    #[test]
    fn citations_are_resolved() {
        let steps = json!([{"expect": "a", "name": "n", "closed": "any", "bites": ["one", "${each.f}"],
            "requirement": {"mqtt-3.1.1": "MQTT311-3.1.0-1", "mqtt-5.0": "${each.r}"}}]);
        let rows = json!([{"row": "x", "f": ["two", "three"], "r": "MQTT5-3.1.0-1"}]);
        let found =
            instances(&case(json!({"steps": steps, "each": rows})), &[]).expect("instances");
        let citation = |instance: &Instance| match &instance.case.steps[0] {
            Step::Expect(step) => (step.requirement.clone(), step.bites.join(" ")),
            other => panic!("{other:?}"),
        };
        let bites = "one two three".to_owned();
        assert_eq!(citation(&found[0]), (Ref::One("MQTT311-3.1.0-1".into()), bites.clone()));
        assert_eq!(citation(&found[1]), (Ref::One("MQTT5-3.1.0-1".into()), bites));
    }

    #[test]
    fn what_a_row_or_protocol_leaves_open_is_an_error() {
        let steps = |requirement: Value| {
            json!([{"repeat": 2, "as": "i", "steps": [{"expect": "a", "name": "n", "closed": "any",
                "bites": ["x"], "requirement": requirement}]}])
        };
        let one = case(json!({"steps": steps(json!({"mqtt-5.0": "MQTT5-3.1.0-1"}))}));
        let error = instances(&one, &[]).expect_err("an error");
        assert_eq!(error.to_string(), "mqtt-3.1.1/a/b: no requirement is named for mqtt-3.1.1");
        let one = case(json!({"steps": steps(json!("${each.r}"))}));
        let error = instances(&one, &[]).expect_err("an error");
        assert_eq!(error.text, "${each.r}: `each` has no `r`");
    }
}
