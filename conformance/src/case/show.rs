//! A case as a script that reads without knowing the notation.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::{
    Auto, Await, Body, Branch, BranchForm, Case, Check, CheckForm, CloseHow, Closed, Collect,
    Expect, InOrder, Interval, Need, Ref, Send, SetOf, Slack, Step, Until, Wanted,
};
use crate::pattern::{compact, describe};

/// The whole case, one step on a line and what belongs to it indented below.
#[must_use]
pub fn show(case: &Case) -> String {
    let mut script = Script::default();
    script.line(0, &case.id);
    script.line(0, &case.title);
    let protocols = case.protocols.iter().map(ToString::to_string);
    script.line(0, format!("runs in {}; the target is a {}", list(protocols), case.role.as_str()));
    if !case.needs.is_empty() {
        script.line(0, format!("needs {}", list(case.needs.iter().map(need))));
    }
    if !case.locks.is_empty() {
        script.line(0, format!("locks {}", list(&case.locks)));
    }
    for row in &case.each {
        let values = row.values.iter().map(|(name, value)| format!("{name} {}", compact(value)));
        script.line(0, format!("row {}: {}", row.row, list(values)));
    }
    if let Ok(Value::String(from)) = serde_json::to_value(&case.each_from) {
        script.line(0, format!("rows from {from}"));
    }
    if let Some(note) = &case.note {
        script.line(0, format!("note: {note}"));
    }
    script.line(0, "");
    script.steps(1, &case.steps);
    if !case.finally.is_empty() {
        script.line(0, "finally");
        script.steps(1, &case.finally);
    }
    script.text
}

#[derive(Default)]
struct Script {
    text: String,
}

impl Script {
    fn line(&mut self, depth: usize, text: impl Display) {
        let text = format!("{}{text}", "  ".repeat(depth));
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn steps(&mut self, depth: usize, steps: &[Step]) {
        for step in steps {
            self.step(depth, step);
        }
    }

    fn step(&mut self, depth: usize, step: &Step) {
        match step {
            Step::Open(step) => {
                let mut line = Line::new("open", &step.actor);
                line.part("to", step.to.as_ref());
                line.part("like", step.like.as_ref());
                line.part("from", step.from.map(word));
                line.part("up to", step.at.map(word));
                line.part("account", step.account.as_ref());
                line.with(step.with.as_ref());
                line.part("session", step.session.as_ref().map(json));
                line.part("subscribed to", step.subscribe.as_ref().map(json));
                line.auto(step.auto.as_deref());
                line.part("as", step.bind.as_ref());
                self.line(depth, line.0);
            }
            Step::Accept(step) => {
                let mut line = Line::new("accept", &step.actor);
                line.part("up to", step.at.map(word));
                line.with(step.with.as_ref());
                line.auto(step.auto.as_deref());
                line.part("within", step.within.as_ref());
                line.part("as", step.bind.as_ref());
                self.line(depth, line.0);
            }
            Step::Do(step) => {
                let mut line = Line::new("do", &step.verb);
                line.with(step.with.as_ref());
                line.part("as", step.bind.as_ref());
                self.line(depth, line.0);
            }
            Step::Send(step) => self.send(depth, step),
            Step::Await(step) => self.wait_for(depth, step),
            Step::Expect(step) => self.expect(depth, step),
            Step::Collect(step) => self.line(depth, collect(step)),
            Step::Check(step) => self.check(depth, step),
            Step::Close(step) => {
                let how = match step.how {
                    CloseHow::Clean => "cleanly",
                    CloseHow::Fin => "by FIN",
                    CloseHow::Reset => "by reset",
                    CloseHow::Vanish => "by vanishing",
                };
                let mut line = Line::new("close", &step.actor);
                line.part(how, Some(""));
                line.part("as", step.bind.as_ref());
                self.line(depth, line.0);
            }
            Step::Wait(step) => {
                let mut line = Line::new("wait", &step.time);
                line.part("since", step.since.as_ref());
                self.line(depth, format!("{}: {}", line.0, step.because));
            }
            Step::Repeat(step) => {
                let times = compact(&step.times.to_value()).replace('"', "");
                self.line(depth, format!("repeat {times} times as {}", step.bind));
                self.steps(depth + 1, &step.steps);
            }
            Step::Procedure(step) => {
                let mut line = Line::new("procedure", &step.name);
                line.part("on", Some(&step.on));
                line.with(step.with.as_ref());
                line.part("as", step.bind.as_ref());
                self.line(depth, line.0);
            }
        }
    }

    fn send(&mut self, depth: usize, step: &Send) {
        let mut line = Line::new("send", &step.actor);
        match step.body() {
            Some(Body::Message(message)) => line.part("", Some(compact(message))),
            Some(Body::Messages(messages)) => {
                line.part("in one write", Some(list(messages.iter().map(compact))));
            }
            Some(Body::Bytes(bytes)) => line.part("bytes", Some(bytes)),
            Some(Body::Xml(xml)) => line.part("", Some(xml)),
            Some(Body::Again(earlier)) => line.part("again", Some(earlier)),
            Some(Body::Vectors(area)) => line.part("vectors", Some(area)),
            None => line.part("?", Some("")),
        }
        line.part("as", step.bind.as_ref());
        self.line(depth, line.0);
        for mutation in &step.mutate {
            self.line(depth + 1, format!("but {}", json(mutation)));
        }
        if let Some(frame) = step.frame {
            self.line(depth + 1, frame.words().to_owned());
        }
        if let Some(split) = &step.split {
            self.line(depth + 1, format!("cut into writes {}", json(split)));
        }
        match step.refused_as.as_deref() {
            Some("accepted") => self.line(depth + 1, "our codec accepts it"),
            Some(kind) => self.line(depth + 1, format!("our codec refuses it as {kind}")),
            None => {}
        }
        if let Some(breaks) = &step.breaks {
            self.line(depth + 1, format!("breaks {}", reference(breaks)));
        }
    }

    fn wait_for(&mut self, depth: usize, step: &Await) {
        let mut line = Line::new("await", &step.actor);
        line.wanted(step.wanted());
        line.part("within", step.within.as_ref());
        line.part("as", step.bind.as_ref());
        self.line(depth, line.0);
        self.branches(depth + 1, step.any_of.as_deref());
    }

    fn expect(&mut self, depth: usize, step: &Expect) {
        let mut line = Line::new("expect", &step.actor);
        line.wanted(step.wanted());
        line.part("not before", step.not_before.as_ref());
        line.part("within", step.within.as_ref());
        line.part("since", step.since.as_ref());
        line.part("as", step.bind.as_ref());
        self.line(depth, line.0);
        self.branches(depth + 1, step.any_of.as_deref());
        self.citation(depth + 1, &step.name, None, &step.requirement, &step.bites);
        for judge in &step.checks {
            let is = describe(&judge.is);
            self.citation(depth + 1, &judge.name, Some(&is), &judge.requirement, &judge.bites);
        }
    }

    fn branches(&mut self, depth: usize, branches: Option<&[Branch]>) {
        for branch in branches.unwrap_or_default() {
            let mut line = Line(String::from("or"));
            match branch.form() {
                Some(BranchForm::Is(pattern)) => line.part("", Some(describe(pattern))),
                Some(BranchForm::Closed(how)) => line.part(closed(how), Some("")),
                Some(BranchForm::Nothing) => line.part("nothing", Some("")),
                None => line.part("?", Some("")),
            }
            if let Some(verdict) = branch.verdict {
                line.part("->", Some(word(verdict)));
            }
            line.part("under", branch.requirement.as_ref().map(reference));
            if !branch.bites.is_empty() {
                line.part("fails with", Some(list(&branch.bites)));
            }
            if let Some(note) = &branch.note {
                line.0.push_str(&format!(": {note}"));
            }
            self.line(depth, line.0);
            self.steps(depth + 1, &branch.then);
        }
    }

    fn check(&mut self, depth: usize, step: &Check) {
        let mut line = Line::new("check", &step.subject);
        match step.form() {
            Some(CheckForm::Is(pattern)) => line.part("is", Some(describe(pattern))),
            Some(CheckForm::Each(pattern)) => line.part("each is", Some(describe(pattern))),
            Some(CheckForm::Count(pattern)) => line.part("has length", Some(describe(pattern))),
            Some(CheckForm::Last(pattern)) => line.part("last is", Some(describe(pattern))),
            Some(CheckForm::SetOf(set)) => set_of(set, &mut line),
            Some(CheckForm::InOrder(order)) => in_order(order, &mut line),
            Some(CheckForm::Intervals(rules, slack)) => intervals(rules, slack, &mut line),
            Some(CheckForm::SameBytes) => line.part("has the same bytes throughout", Some("")),
            Some(CheckForm::Report(words)) => line.part("reports", Some(words)),
            None => line.part("?", Some("")),
        }
        self.line(depth, line.0);
        match &step.requirement {
            Some(requirement) => {
                self.citation(depth + 1, &step.name, None, requirement, &step.bites);
            }
            None => self.line(depth + 1, format!("#{}", step.name)),
        }
    }

    fn citation(
        &mut self,
        depth: usize,
        name: &str,
        is: Option<&str>,
        requirement: &Ref,
        bites: &[String],
    ) {
        let is = is.map(|is| format!(" {is}")).unwrap_or_default();
        let bites = list(bites);
        self.line(depth, format!("#{name}{is}  {}  fails with {bites}", reference(requirement)));
    }
}

/// A line that grows by a word and a value at a time.
struct Line(String);

impl Line {
    fn new(verb: &str, subject: impl Display) -> Self {
        Self(format!("{verb} {subject}"))
    }

    fn part(&mut self, word: &str, value: Option<impl Display>) {
        let Some(value) = value.map(|value| value.to_string()) else { return };
        for piece in [word, value.as_str()] {
            if !piece.is_empty() {
                self.0.push(' ');
                self.0.push_str(piece);
            }
        }
    }

    fn with(&mut self, with: Option<&Map<String, Value>>) {
        self.part("with", with.map(json));
    }

    fn auto(&mut self, auto: Option<&[Auto]>) {
        match auto {
            None => {}
            Some([]) => self.part("answering nothing by itself", Some("")),
            Some(auto) => self.part("answering by itself", Some(list(auto.iter().map(word)))),
        }
    }

    fn wanted(&mut self, wanted: Option<Wanted<'_>>) {
        match wanted {
            Some(Wanted::Message { filter, is }) => {
                self.part("", is.map(describe));
                self.part(if is.is_some() { "among" } else { "" }, filter.map(describe));
            }
            Some(Wanted::Closed(how)) => self.part(closed(how), Some("")),
            Some(Wanted::Nothing { pattern, until: end }) => {
                self.part("nothing like", Some(describe(pattern)));
                self.part("until", Some(until(end)));
            }
            Some(Wanted::AnyOf { filter, .. }) => {
                self.part("one of these", Some(""));
                self.part("among", filter.map(describe));
            }
            None => self.part("?", Some("")),
        }
    }
}

fn collect(step: &Collect) -> String {
    let mut line = Line::new("collect from", list(&step.actors));
    line.part("where", step.filter.as_ref().map(describe));
    line.part("until", Some(until(&step.until)));
    line.part("as", Some(&step.bind));
    line.0
}

fn until(until: &Until) -> String {
    let mut ends = Vec::new();
    if let Some(fence) = &until.fence {
        let mut line = Line::new("a fence from", &fence.from);
        line.part("on", fence.topic.as_ref());
        line.part("at QoS", fence.qos.as_ref().map(json));
        ends.push(line.0);
    }
    ends.extend(until.is.as_ref().map(describe));
    ends.extend(until.count.as_ref().map(|count| format!("{} of them", json(count))));
    ends.extend(until.quiet.as_ref().map(|time| format!("nothing for {time}")));
    ends.extend(until.duration.as_ref().map(|time| format!("{time} are over")));
    ends.join(" or ")
}

fn set_of(set: &SetOf, line: &mut Line) {
    line.part("has as", Some(&set.field));
    line.part("the values", set.equals.as_ref().map(json));
    line.part("the values of", set.equals_that_of.as_ref());
    if let Some(times) = &set.times {
        line.part("each", Some(json(times)));
        line.part("times", Some(""));
    }
}

fn in_order(order: &InOrder, line: &mut Line) {
    line.part("has in order", Some(""));
    line.part("among", order.filter.as_ref().map(describe));
    line.part("", order.field.as_ref());
    line.part("being", order.equals.as_ref().map(json));
    line.part("rising after", order.after.as_ref().map(compact));
    line.part("in bits", order.bits);
    line.part("repeats", order.repeats.map(word));
    line.part("each", order.each.as_ref().map(describe));
    line.part("preceded by", order.preceded_by.as_ref().map(describe));
    line.part("when", order.when.as_ref().map(describe));
}

fn intervals(rules: &[Interval], slack: Option<&Slack>, line: &mut Line) {
    let rules = rules.iter().map(|rule| match rule {
        Interval::Between([low, high]) => format!("{low} to {high}"),
        Interval::Times(factor) => format!("{factor} times that"),
    });
    line.part("comes at intervals of", Some(list(rules)));
    line.part("give or take", slack);
}

fn need(need: &Need) -> String {
    match &need.pattern {
        None => need.id.clone(),
        Some(pattern) => format!("{} {}", need.id, describe(pattern)),
    }
}

fn reference(reference: &Ref) -> String {
    match reference {
        Ref::One(id) => id.clone(),
        Ref::PerProtocol(ids) => ids.values().cloned().collect::<Vec<_>>().join(" / "),
    }
}

fn closed(how: Closed) -> &'static str {
    match how {
        Closed::Any => "closed",
        Closed::Clean => "closed cleanly",
        Closed::Fin => "closed by FIN",
        Closed::Reset => "reset",
    }
}

/// A value as compact JSON.
fn json(value: impl serde::Serialize) -> String {
    compact(&serde_json::to_value(value).unwrap_or_default())
}

/// The word of a plain enum.
fn word(value: impl serde::Serialize) -> String {
    json(value).replace('"', "")
}

fn list(entries: impl IntoIterator<Item = impl Display>) -> String {
    entries.into_iter().map(|entry| entry.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::load::load_embedded;

    fn shown(id: &str) -> String {
        let files = load_embedded().expect("valid cases");
        let mut cases = files.iter().flat_map(|file| &file.file.cases);
        show(cases.find(|case| case.id == id).expect("a case of that id"))
    }

    #[test]
    fn a_case_with_rows() {
        insta::assert_snapshot!(shown("will/takeover-ends-session"));
    }

    #[test]
    fn a_case_with_branches_and_intervals() {
        insta::assert_snapshot!(shown("reliability/separate-response-back-off"));
    }

    #[test]
    fn every_case_can_be_shown() {
        for file in load_embedded().expect("valid cases") {
            for case in &file.file.cases {
                let text = show(case);
                assert!(!text.contains(" ? "), "{text}");
            }
        }
    }
}
