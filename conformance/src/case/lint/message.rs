//! Kinds and fields of messages and patterns: one that does not exist would never be found, and a
//! check for its absence would always hold.

use serde_json::Value;

use super::super::locate::Path;
use super::super::{Branch, Step, Until};
use super::{FieldsOf, Found, Known};
use crate::pattern::kind_of;

pub(super) fn step(step: &Step, path: &Path, known: &Known<'_>, found: &mut Found) {
    let Some(fields) = known.fields else { return };
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
