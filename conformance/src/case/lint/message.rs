//! Kinds and fields of messages and patterns: one that does not exist would never be found, and a
//! check for its absence would always hold.

use std::collections::HashSet;

use serde_json::Value;

use super::super::locate::Path;
use super::super::{Branch, Case, Step, Until, walk};
use super::{FieldsOf, Found, Known};
use crate::pattern::kind_of;

/// The actors at other endpoints than the main one: what is spoken there, the target file says.
pub(super) fn elsewhere(case: &Case) -> HashSet<String> {
    let mut actors = HashSet::new();
    walk::visit(case, &mut |step, _| {
        if let Step::Open(step) = step
            && step.to.as_deref().is_some_and(|endpoint| endpoint != "main")
        {
            actors.insert(step.actor.to_string());
        }
    });
    actors
}

pub(super) fn step(
    step: &Step,
    path: &Path,
    known: &Known<'_>,
    elsewhere: &HashSet<String>,
    found: &mut Found,
) {
    let Some(fields) = known.fields else { return };
    let actor = match step {
        Step::Send(step) => Some(&step.actor),
        Step::Await(step) => Some(&step.actor),
        Step::Expect(step) => Some(&step.actor),
        Step::Collect(step) => step.actors.first(),
        _ => None,
    };
    if actor.is_some_and(|actor| elsewhere.contains(actor.as_str())) {
        return;
    }
    let mut look = Look { fields, path, found };
    match step {
        Step::Send(step) => {
            look.form(step.message.as_ref(), &["message"]);
            for message in step.messages.iter().flatten() {
                look.form(Some(message), &["messages"]);
            }
        }
        Step::Await(step) => {
            look.form(step.filter.as_ref(), &["where"]);
            look.form(step.is.as_ref(), &["is"]);
            look.branches(step.any_of.as_deref());
        }
        Step::Expect(step) => {
            look.form(step.filter.as_ref(), &["where"]);
            look.form(step.is.as_ref(), &["is"]);
            look.form(step.nothing.as_ref(), &["nothing"]);
            look.until(step.until.as_ref());
            look.branches(step.any_of.as_deref());
            for judge in &step.checks {
                look.form(Some(&judge.is), &["checks"]);
            }
        }
        Step::Collect(step) => {
            look.form(step.filter.as_ref(), &["where"]);
            look.until(Some(&step.until));
        }
        _ => {}
    }
}

struct Look<'a, 'k> {
    fields: &'k FieldsOf,
    path: &'a Path,
    found: &'a mut Found,
}

impl Look<'_, '_> {
    fn branches(&mut self, branches: Option<&[Branch]>) {
        for branch in branches.into_iter().flatten() {
            self.form(branch.is.as_ref(), &["any_of"]);
        }
    }

    fn until(&mut self, until: Option<&Until>) {
        self.form(until.and_then(|until| until.is.as_ref()), &["until", "is"]);
    }

    /// A message or a pattern for one; what a template fills in is not known yet.
    fn form(&mut self, form: Option<&Value>, place: &[&str]) {
        let Some((form, kind)) = form.and_then(|form| Some((form, kind_of(form)?))) else { return };
        if kind.contains("${") {
            return;
        }
        let path = place.iter().fold(self.path.clone(), |path, key| path.key(key));
        let Some(known) = (self.fields)(kind) else {
            self.found.add(&path, format!("there is no message `{kind}`"));
            return;
        };
        for (field, _) in form[kind].as_object().into_iter().flatten() {
            let open = field.contains("${") || field.starts_with('$');
            if !open && !known.contains(&field.as_str()) {
                self.found.unknown(&path, &format!("field of `{kind}`"), field, known);
            }
        }
    }
}
