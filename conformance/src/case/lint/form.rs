//! Members of a step that exclude or need each other, and texts in notations of their own.

use serde_json::Value;

use super::super::locate::Path;
use super::super::{
    Await, Branch, BranchVerdict, Check, CheckForm, Expect, InOrder, Mutation, Open, Send, Step,
    Until, Wanted, bytes,
};
use super::{Found, Known};
use crate::pattern;

pub(super) fn step(step: &Step, path: &Path, known: &Known<'_>, found: &mut Found) {
    match step {
        Step::Open(step) => open(step, path, known, found),
        Step::Send(step) => send(step, path, known, found),
        Step::Await(step) => wait_for(step, path, found),
        Step::Expect(step) => expect(step, path, found),
        Step::Collect(step) => {
            if step.actors.is_empty() {
                found.add(&path.key("collect"), "no actor to collect from");
            }
            pattern_at(step.filter.as_ref(), &path.key("where"), found);
            until(&step.until, &path.key("until"), found);
        }
        Step::Check(step) => check(step, path, found),
        Step::Wait(step) if step.because.trim().is_empty() => {
            found.add(&path.key("because"), "a wait must say why nothing can be awaited");
        }
        Step::Repeat(step) if step.steps.is_empty() => {
            found.add(&path.key("steps"), "nothing to repeat");
        }
        Step::Procedure(step) => {
            let procedures = known.procedures.unwrap_or_default();
            if known.procedures.is_some() && !procedures.contains(&step.name.as_str()) {
                found.unknown(&path.key("procedure"), "procedure", &step.name, procedures);
            }
        }
        _ => {}
    }
}

/// What the driver does not read would be passed over in silence.
fn open(step: &Open, path: &Path, known: &Known<'_>, found: &mut Found) {
    let Some(opening) = &known.opening else { return };
    // What is spoken elsewhere, the target file says.
    if step.to.as_deref().is_some_and(|endpoint| endpoint != "main") {
        return;
    }
    let members = [
        ("like", step.like.is_some()),
        ("from", step.from.is_some()),
        ("session", step.session.is_some()),
        ("subscribe", step.subscribe.is_some()),
        ("account", step.account.is_some()),
    ];
    for (name, given) in members {
        if given && !opening.members.contains(&name) {
            found.add(&path.key(name), format!("`{name}` means nothing in this protocol"));
        }
    }
    if step.at.is_some_and(|at| !opening.stages.contains(&at)) {
        found.add(&path.key("at"), "this stage means nothing in this protocol");
    }
    for (place, auto) in step.auto.iter().flatten().enumerate() {
        if !opening.autos.contains(auto) {
            let text = "nothing of this protocol is answered by this name";
            found.add(&path.key("auto").index(place), text);
        }
    }
}

fn send(step: &Send, path: &Path, known: &Known<'_>, found: &mut Found) {
    if step.body().is_none() {
        let text = "a send has exactly one of `message`, `messages`, `bytes`, `xml`, `again`, \
                    `vectors`";
        found.add(path, text);
    }
    notation(step.bytes.as_deref(), &path.key("bytes"), found);
    if !step.mutate.is_empty() && step.message.is_none() {
        found.add(&path.key("mutate"), "only a `message` can be mutated");
    }
    for (i, mutation) in step.mutate.iter().enumerate() {
        let path = path.key("mutate").index(i);
        match mutation {
            Mutation::Set { to, .. } => {
                if to.as_str().is_none() && to.as_u64().is_none() {
                    found.add(&path, "`to` is a number, or bytes in a text");
                }
                notation(to.as_str(), &path, found);
            }
            Mutation::Insert { bytes, .. } => notation(Some(bytes), &path, found),
            Mutation::Append(bytes) => notation(Some(bytes), &path, found),
            _ => {}
        }
    }
    match (&step.refused_as, known.error_kinds) {
        (None, _) if step.breaks.is_some() || !step.mutate.is_empty() => {
            let text = "a send that is wrong on purpose has `refused_as`: an error kind, or \
                        `accepted`";
            found.add(path, text);
        }
        (Some(kind), Some(kinds))
            if kind != "accepted" && !kind.contains("${") && !kinds.contains(&kind.as_str()) =>
        {
            found.unknown(&path.key("refused_as"), "error kind", kind, kinds);
        }
        _ => {}
    }
    let values = step.message.iter().chain(step.messages.iter().flatten());
    for value in values {
        if let Some(name) = pattern::bound_names(value).first() {
            found.add(&path.key("message"), format!("`?{{{name}}}` belongs into a pattern"));
        }
    }
}

/// Text in the notation of bytes; one with templates can only be judged when it runs.
fn notation(text: Option<&str>, path: &Path, found: &mut Found) {
    if let Some(text) = text.filter(|text| !text.contains("${"))
        && let Err(error) = bytes::assemble(text)
    {
        found.add(path, error.to_string());
    }
}

fn wait_for(step: &Await, path: &Path, found: &mut Found) {
    if step.wanted().is_none() {
        let text = "an await has exactly one of `is` (or `where`), `closed`, `any_of`";
        found.add(path, text);
    }
    pattern_at(step.filter.as_ref(), &path.key("where"), found);
    pattern_at(step.is.as_ref(), &path.key("is"), found);
    branches(step.any_of.as_deref(), path, found);
    for (i, branch) in step.any_of.iter().flatten().enumerate() {
        let verdict = matches!(
            branch.verdict,
            Some(BranchVerdict::Pass | BranchVerdict::Fail | BranchVerdict::Warn)
        );
        if verdict || branch.requirement.is_some() || !branch.bites.is_empty() {
            let text = "an await judges nothing: its branches end as `skip`, `info` or \
                        `inconclusive`, without `requirement` and `bites`";
            found.add(&path.key("any_of").index(i), text);
        }
    }
}

fn expect(step: &Expect, path: &Path, found: &mut Found) {
    let wanted = step.wanted();
    if step.nothing.is_some() && step.until.is_none() {
        found.add(path, "`nothing` needs `until`: how else would silence end?");
    } else if wanted.is_none() {
        let text = "an expect has exactly one of `is` (or `where`), `closed`, `nothing` with \
                    `until`, `any_of`";
        found.add(path, text);
    }
    let is_nothing = matches!(wanted, Some(Wanted::Nothing { .. }));
    if is_nothing && (step.within.is_some() || step.not_before.is_some() || step.bind.is_some()) {
        found.add(path, "`nothing` ends by `until`; it takes no `within`, `not_before` or `as`");
    }
    if !step.checks.is_empty() && !matches!(wanted, Some(Wanted::Message { .. })) {
        found.add(&path.key("checks"), "`checks` need a message: `is` or `where`");
    }
    if step.since.is_some() && step.within.is_none() && step.not_before.is_none() {
        found.add(&path.key("since"), "`since` needs `within` or `not_before`");
    }
    for (key, pattern) in [("where", &step.filter), ("is", &step.is), ("nothing", &step.nothing)] {
        pattern_at(pattern.as_ref(), &path.key(key), found);
    }
    for (i, judge) in step.checks.iter().enumerate() {
        pattern_at(Some(&judge.is), &path.key("checks").index(i).key("is"), found);
    }
    if let Some(end) = &step.until {
        until(end, &path.key("until"), found);
        if end.count.is_some() || end.quiet.is_some() {
            found.add(&path.key("until"), "`count` and `quiet` belong to `collect`");
        }
    }
    branches(step.any_of.as_deref(), path, found);
    for (i, branch) in step.any_of.iter().flatten().enumerate() {
        let judged = matches!(branch.verdict, Some(BranchVerdict::Fail | BranchVerdict::Warn));
        if judged && branch.requirement.is_some() && branch.bites.is_empty() {
            let text = "no fault proves that this branch can be reached";
            found.add(&path.key("any_of").index(i), text);
        }
    }
}

fn branches(branches: Option<&[Branch]>, path: &Path, found: &mut Found) {
    let Some(branches) = branches else { return };
    let path = path.key("any_of");
    if branches.len() < 2 {
        found.add(&path, "`any_of` needs two branches");
    }
    for (i, branch) in branches.iter().enumerate() {
        let path = path.index(i);
        if branch.form().is_none() {
            found.add(&path, "a branch has exactly one of `is`, `closed`, `nothing`");
        }
        pattern_at(branch.is.as_ref(), &path.key("is"), found);
    }
}

fn until(until: &Until, path: &Path, found: &mut Found) {
    if *until == Until::default() {
        found.add(path, "`until` needs one of `fence`, `is`, `count`, `quiet`, `for`");
    }
    pattern_at(until.is.as_ref(), &path.key("is"), found);
}

fn check(step: &Check, path: &Path, found: &mut Found) {
    if step.form().is_none() {
        let text = "a check has exactly one of `is`, `each`, `count`, `last`, `set_of`, \
                    `in_order`, `intervals`, `same_bytes`";
        found.add(path, text);
    }
    match (&step.requirement, &step.info) {
        (Some(_), Some(_)) => found.add(path, "a check has either `requirement` or `info`"),
        (None, None) => found.add(path, "a check has `requirement` and `bites`, or `info`"),
        (None, Some(_)) if !step.bites.is_empty() => {
            found.add(&path.key("bites"), "a check with `info` cannot fail");
        }
        _ => {}
    }
    if step.slack.is_some() && !matches!(step.form(), Some(CheckForm::Intervals(..))) {
        found.add(&path.key("slack"), "`slack` belongs to `intervals`");
    }
    if let Some(set) = &step.set_of
        && set.equals.is_some() == set.equals_that_of.is_some()
    {
        found.add(&path.key("set_of"), "`set_of` has either `equals` or `equals_that_of`");
    }
    if let Some(order) = &step.in_order {
        in_order(order, &path.key("in_order"), found);
    }
    let patterns =
        [("is", &step.is), ("each", &step.each), ("count", &step.count), ("last", &step.last)];
    for (key, pattern) in patterns {
        pattern_at(pattern.as_ref(), &path.key(key), found);
    }
}

fn in_order(order: &InOrder, path: &Path, found: &mut Found) {
    let forms = [order.equals.is_some(), order.after.is_some(), order.preceded_by.is_some()];
    if forms.iter().filter(|given| **given).count() != 1 {
        found.add(path, "`in_order` has exactly one of `equals`, `after`, `preceded_by`");
    } else if order.preceded_by.is_some() != order.each.is_some() {
        found.add(path, "`each` and `preceded_by` belong together");
    } else if order.preceded_by.is_none() && order.field.is_none() {
        found.add(path, "`equals` and `after` need the `field` that they compare");
    }
    if order.bits.is_some() && order.after.is_none() {
        found.add(&path.key("bits"), "`bits` belongs to `after`");
    }
    if order.when.is_some() && order.preceded_by.is_none() {
        found.add(&path.key("when"), "`when` belongs to `preceded_by`");
    }
    for (key, pattern) in [
        ("where", &order.filter),
        ("each", &order.each),
        ("preceded_by", &order.preceded_by),
        ("when", &order.when),
    ] {
        pattern_at(pattern.as_ref(), &path.key(key), found);
    }
}

/// Every key of a pattern that starts with `$` is an operator.
fn pattern_at(pattern: Option<&Value>, path: &Path, found: &mut Found) {
    match pattern {
        Some(Value::Object(map)) => {
            let operators = map.keys().filter(|key| is_operator(key)).count();
            if operators > 0 && operators < map.len() {
                found.add(path, "operators and members do not mix in one object");
            }
            for (key, value) in map {
                if is_operator(key) && !pattern::OPERATORS.contains(&key.as_str()) {
                    found.unknown(path, "operator", key, pattern::OPERATORS);
                }
                pattern_at(Some(value), &path.key(key), found);
            }
        }
        Some(Value::Array(entries)) => {
            for (i, entry) in entries.iter().enumerate() {
                pattern_at(Some(entry), &path.index(i), found);
            }
        }
        _ => {}
    }
}

fn is_operator(key: &str) -> bool {
    key.starts_with('$') && !key.starts_with("${") && key != "$flip"
}
