//! Actors are there before they are used, and values bound before they are read.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::super::locate::Path;
use super::super::{Branch, Case, Step, Until, instance};
use super::{Found, suggest};
use crate::{pattern, template};

/// The roots that every case has.
pub(super) const ROOTS: &[&str] = &["topic", "id", "each", "cap", "account", "res", "mid", "token"];

pub(super) fn case(case: &Case, found: &mut Found) {
    let mut flow =
        Flow { case, found, actors: HashMap::new(), bound: HashSet::new(), sent: HashSet::new() };
    let root = Path::default();
    flow.steps(&case.steps, &root.key("steps"));
    flow.steps(&case.finally, &root.key("finally"));
}

struct Flow<'f> {
    case: &'f Case,
    found: &'f mut Found,
    /// Whether each actor's connection is up.
    actors: HashMap<String, bool>,
    /// What `as`, `?{name}` and `repeat` bound.
    bound: HashSet<String>,
    /// Those of them that a `send` bound.
    sent: HashSet<String>,
}

impl Flow<'_> {
    fn steps(&mut self, steps: &[Step], path: &Path) {
        for (i, step) in steps.iter().enumerate() {
            self.step(step, &path.index(i));
        }
    }

    fn step(&mut self, step: &Step, path: &Path) {
        let own = without_inner(step);
        if !matches!(step, Step::Send(_) | Step::Open(_) | Step::Accept(_) | Step::Do(_)) {
            for name in pattern::bound_names(&own) {
                self.bind(name, path);
            }
        }
        // The turn is known to the steps inside, not to the number of turns.
        self.values(&own, path);
        let actor = |flow: &mut Self, name: &str, key: &str| flow.used(name, &path.key(key));
        match step {
            Step::Open(step) => {
                if let Some(like) = &step.like {
                    actor(self, like, "like");
                }
                self.opened(&step.actor, &path.key("open"));
                self.bind_optional(step.bind.as_deref(), path);
            }
            Step::Accept(step) => {
                self.opened(&step.actor, &path.key("accept"));
                self.bind_optional(step.bind.as_deref(), path);
            }
            Step::Do(step) => self.bind_optional(step.bind.as_deref(), path),
            Step::Send(step) => {
                actor(self, &step.actor, "send");
                if self.actors.get(step.actor.as_str()) == Some(&false) {
                    let text = format!("`{}` is closed by then", step.actor);
                    self.found.add(&path.key("send"), text);
                }
                if let Some(again) = &step.again
                    && !self.sent.contains(again.as_str())
                {
                    let text = format!("no send before this one is bound `as` `{again}`");
                    self.found.add(&path.key("again"), text);
                }
                self.bind_optional(step.bind.as_deref(), path);
                self.sent.extend(step.bind.as_ref().map(ToString::to_string));
            }
            Step::Await(step) => {
                actor(self, &step.actor, "await");
                self.bind_optional(step.bind.as_deref(), path);
                if step.closed.is_some() {
                    self.actors.insert(step.actor.to_string(), false);
                }
                self.branches(step.any_of.as_deref(), path);
            }
            Step::Expect(step) => {
                actor(self, &step.actor, "expect");
                self.known(step.since.as_deref(), &path.key("since"));
                self.until(step.until.as_ref(), path);
                self.bind_optional(step.bind.as_deref(), path);
                if step.closed.is_some() {
                    self.actors.insert(step.actor.to_string(), false);
                }
                self.branches(step.any_of.as_deref(), path);
            }
            Step::Collect(step) => {
                for (i, name) in step.actors.iter().enumerate() {
                    self.used(name, &path.key("collect").index(i));
                }
                self.until(Some(&step.until), path);
                self.bind(&step.bind, path);
            }
            Step::Check(step) => {
                self.known(Some(&step.subject), &path.key("check"));
                let other = step.set_of.as_ref().and_then(|set| set.equals_that_of.as_deref());
                self.known(other, &path.key("set_of"));
            }
            Step::Close(step) => {
                actor(self, &step.actor, "close");
                if self.actors.insert(step.actor.to_string(), false) == Some(false) {
                    let text = format!("`{}` is closed already", step.actor);
                    self.found.add(&path.key("close"), text);
                }
                self.bind_optional(step.bind.as_deref(), path);
            }
            Step::Wait(step) => self.known(step.since.as_deref(), &path.key("since")),
            Step::Repeat(step) => {
                self.bind(&step.bind, path);
                let before = self.actors.clone();
                self.steps(&step.steps, &path.key("steps"));
                for (name, open) in &self.actors {
                    if *open && before.get(name) != Some(&true) {
                        let text = format!("`{name}` is opened in every turn and never closed");
                        self.found.add(&path.key("steps"), text);
                    }
                }
            }
            Step::Procedure(step) => {
                if step.on != "accounts" {
                    actor(self, &step.on, "on");
                }
                self.bind_optional(step.bind.as_deref(), path);
            }
        }
    }

    /// Only one branch runs; what any of them binds may be used behind, and a step that needs
    /// what was not bound is inconclusive.
    fn branches(&mut self, branches: Option<&[Branch]>, path: &Path) {
        let before = self.actors.clone();
        for (i, branch) in branches.unwrap_or_default().iter().enumerate() {
            let after = std::mem::replace(&mut self.actors, before.clone());
            self.steps(&branch.then, &path.key("any_of").index(i).key("then"));
            // An actor that may be up is taken to be up, so that nothing legal is refused.
            for (name, open) in after {
                let merged = self.actors.entry(name).or_insert(open);
                *merged |= open;
            }
        }
    }

    fn opened(&mut self, name: &str, path: &Path) {
        if self.bound.contains(name) || ROOTS.contains(&name) {
            self.found.add(path, format!("`{name}` is the name of a value"));
        }
        if self.actors.insert(name.to_owned(), true) == Some(true) {
            self.found.add(path, format!("`{name}` is open already; close it first"));
        }
    }

    fn used(&mut self, name: &str, path: &Path) {
        if !self.actors.contains_key(name) {
            let guess = suggest::phrase(name, self.actors.keys().map(String::as_str));
            self.found.add(path, format!("`{name}` was not opened or accepted before{guess}"));
        }
    }

    fn until(&mut self, until: Option<&Until>, path: &Path) {
        if let Some(fence) = until.and_then(|until| until.fence.as_ref()) {
            self.used(&fence.from, &path.key("until").key("fence").key("from"));
        }
    }

    fn bind_optional(&mut self, name: Option<&str>, path: &Path) {
        if let Some(name) = name {
            self.bind(name, &path.key("as"));
        }
    }

    fn bind(&mut self, name: &str, path: &Path) {
        if ROOTS.contains(&name) {
            self.found.add(path, format!("`{name}` has a meaning of its own; bind another name"));
        } else if self.actors.contains_key(name) {
            self.found.add(path, format!("`{name}` is the name of an actor"));
        }
        self.bound.insert(name.to_owned());
    }

    fn known(&mut self, name: Option<&str>, path: &Path) {
        if let Some(name) = name.filter(|name| !self.bound.contains(*name)) {
            let guess = suggest::phrase(name, self.bound.iter().map(String::as_str));
            self.found.add(path, format!("`{name}` was not bound before{guess}"));
        }
    }

    /// Every template in a value reads what is there.
    fn values(&mut self, value: &Value, path: &Path) {
        match value {
            Value::String(text) => self.text(text, path),
            Value::Array(entries) => {
                for (i, entry) in entries.iter().enumerate() {
                    self.values(entry, &path.index(i));
                }
            }
            Value::Object(map) => {
                for (key, value) in map {
                    let path = path.key(key);
                    self.text(key, &path);
                    self.values(value, &path);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, path: &Path) {
        if let Some(error) = template::unclosed(text) {
            return self.found.add(path, error.to_string());
        }
        for expression in template::expressions_in(text) {
            match template::paths(expression) {
                Err(error) => self.found.add(path, error.to_string()),
                Ok(names) => names.into_iter().for_each(|name| self.read(name, path)),
            }
        }
    }

    fn read(&mut self, name: &str, path: &Path) {
        let (root, rest) = name.split_once('.').unwrap_or((name, ""));
        if root == "each" {
            return self.column(rest, path);
        }
        let known =
            ROOTS.contains(&root) || self.bound.contains(root) || self.actors.contains_key(root);
        if !known {
            let names = ROOTS.iter().copied().chain(self.bound.iter().map(String::as_str));
            let guess = suggest::phrase(root, names);
            self.found.add(path, format!("`{root}` was not bound before{guess}"));
        }
    }

    fn column(&mut self, name: &str, path: &Path) {
        let column = name.split('.').next().unwrap_or_default();
        let from_elsewhere =
            self.case.each_from.is_some() || instance::vectors(self.case).is_some();
        if self.case.each.is_empty() && !from_elsewhere {
            self.found.add(path, format!("`${{each.{name}}}` without rows"));
        }
        for row in &self.case.each {
            if column != "row" && !row.values.contains_key(column) {
                self.found.add(path, format!("the row `{}` has no `{column}`", row.row));
            }
        }
    }
}

/// The step as JSON without the steps inside it.
fn without_inner(step: &Step) -> Value {
    let mut value = serde_json::to_value(step).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.remove("steps");
    }
    let branches = value.get_mut("any_of").and_then(Value::as_array_mut);
    for branch in branches.into_iter().flatten().filter_map(Value::as_object_mut) {
        branch.remove("then");
    }
    value
}
