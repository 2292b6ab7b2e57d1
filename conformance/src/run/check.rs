//! `check`: judging what earlier steps bound.

use std::time::Duration;

use serde_json::{Map, Value};
use wirecheck_codecs::json::from_hex;

use super::case::{Run, Stop};
use super::record::{Declared, breach, cited, short};
use crate::case::{Check, CheckForm, InOrder, Interval, Repeats, SetOf, Slack};
use crate::codec::{Sender, Taken};
use crate::pattern::{self, fits, match_value};
use crate::verdict::Verdict;
use crate::wire_log::Event;

/// The outcome of a check of what did not come.
const NOT_REACHED: &str = "not-reached";

/// What a check found: whether it holds, the outcome token, expected and observed.
struct Judged {
    holds: bool,
    outcome: String,
    expected: String,
    observed: String,
    reason: Option<String>,
}

impl Judged {
    fn new(holds: bool, outcome: &str, expected: String, observed: String) -> Self {
        Self { holds, outcome: outcome.to_owned(), expected, observed, reason: None }
    }
}

impl Run<'_> {
    pub(super) fn check(&mut self, step: &Check) -> Result<(), Stop> {
        let form = step
            .form()
            .ok_or_else(|| Stop::Error("`check` has no form, or more than one".to_owned()))?;
        let requirement =
            step.requirement.as_ref().and_then(|reference| cited(self.instance, reference));
        let messages = self.saved.get(step.subject.as_str());
        let frames = messages.into_iter().flatten().map(|arrival| arrival.entry).collect();
        let actor = messages.and_then(|all| all.first()).map(|arrival| arrival.actor.clone());
        let mut declared = Declared {
            requirement,
            verdict: Verdict::Pass,
            outcome: NOT_REACHED.to_owned(),
            expected: String::new(),
            observed: String::new(),
            ms: 0,
            limit_ms: 0,
            reason: None,
            frames,
            actor,
        };
        match self.scope.get(step.subject.as_str()).cloned() {
            None | Some(Value::Null) => {
                declared.verdict = Verdict::Inconclusive;
                declared.reason = Some(format!("`{}` was never bound", step.subject));
            }
            Some(value) => {
                let judged = self.form(&form, &value, step.subject.as_str())?;
                if let CheckForm::Report(_) = form {
                    declared.verdict = Verdict::Info;
                } else if judged.outcome == NOT_REACHED {
                    declared.verdict = Verdict::Inconclusive;
                } else if !judged.holds {
                    declared.verdict = breach(declared.requirement.as_deref());
                }
                declared.outcome = judged.outcome;
                declared.expected = judged.expected;
                declared.observed = judged.observed;
                declared.reason = judged.reason;
                let refused = || self.refused_instead(step.subject.as_str());
                if let Some(reason) = (!judged.holds).then(refused).flatten() {
                    declared.verdict = Verdict::Inconclusive;
                    declared.reason = Some(reason);
                }
            }
        }
        self.judge(&step.name, declared);
        Ok(())
    }

    /// How the target refused by policy or load, among what was collected or instead of it.
    fn refused_instead(&self, name: &str) -> Option<String> {
        let collected = self.collected.get(name)?;
        let messages = self.saved.get(name).into_iter().flatten().cloned();
        let inboxes = collected.actors.iter().filter_map(|actor| self.actors.get(actor));
        let mut all = messages.chain(inboxes.flat_map(|actor| actor.inbox.left_over()));
        all.find_map(|arrival| self.codec(&arrival.actor).refusal(&arrival.form))
    }

    fn form(&mut self, form: &CheckForm<'_>, value: &Value, name: &str) -> Result<Judged, Stop> {
        match form {
            CheckForm::Is(is) => {
                let is = self.expand(is)?;
                Ok(self.one(&is, value))
            }
            CheckForm::Last(is) => {
                let is = self.expand(is)?;
                let last = value.as_array().and_then(|list| list.last());
                Ok(self.one(&is, last.unwrap_or(&Value::Null)))
            }
            CheckForm::Each(is) => {
                let is = self.expand(is)?;
                for entry in list(value) {
                    let judged = self.one(&is, entry);
                    if !judged.holds {
                        return Ok(judged);
                    }
                }
                let count = list(value).len();
                if count == 0 && self.collected.get(name).is_some_and(|it| !it.fenced) {
                    let mut judged = Judged::new(true, NOT_REACHED, String::new(), String::new());
                    judged.reason = Some("nothing came that could be judged".to_owned());
                    return Ok(judged);
                }
                let observed = format!("all {count} messages are");
                Ok(Judged::new(true, "each", self.driver.codec().describe(&is), observed))
            }
            CheckForm::Count(pattern) => {
                let pattern = self.expand(pattern)?;
                let count = Value::from(list(value).len());
                let what = self.collected.get(name).and_then(|it| it.what.as_deref());
                let what = what.unwrap_or("messages");
                let expected = format!("{} of {what}", pattern::describe(&pattern));
                let holds = fits(&pattern, &count);
                let observed = if count == 0 { "none".to_owned() } else { count.to_string() };
                let mut judged = Judged::new(holds, "count", expected, observed);
                if !holds {
                    judged.outcome = format!("count={count}");
                }
                Ok(judged)
            }
            CheckForm::SetOf(rule) => self.set_of(rule, value),
            CheckForm::InOrder(rule) => self.in_order(rule, value, name),
            CheckForm::Intervals(rules, slack) => self.intervals(rules, *slack, name),
            CheckForm::SameBytes => {
                let all = self.saved.get(name).map(Vec::as_slice).unwrap_or_default();
                let same = all.windows(2).all(|pair| pair[0].bytes == pair[1].bytes);
                let words = if same { "they are" } else { "the bytes differ" };
                Ok(Judged::new(same, "same-bytes", "the same bytes each time".into(), words.into()))
            }
            CheckForm::Report(words) => {
                let observed = report(value, self.saved.get(name).map(Vec::as_slice));
                Ok(Judged::new(true, "reported", (*words).to_owned(), observed))
            }
        }
    }

    fn one(&mut self, is: &Value, value: &Value) -> Judged {
        let expected = self.driver.codec().describe(is);
        let observed = self.driver.codec().describe(value);
        match match_value(is, value, &mut self.scope) {
            Ok(()) => {
                let kind = pattern::kind_of(value).unwrap_or("value");
                Judged::new(true, kind, expected, observed)
            }
            Err(mismatch) => {
                let outcome = mismatch.token(self.driver.codec().changing());
                let mut judged = Judged::new(false, &outcome, expected, observed);
                judged.reason = Some(mismatch.to_string());
                judged
            }
        }
    }

    fn set_of(&self, rule: &SetOf, value: &Value) -> Result<Judged, Stop> {
        let got: Vec<_> =
            list(value).iter().flat_map(|form| fields_at(form, &rule.field)).collect();
        let wanted: Vec<Value> = match (&rule.equals, &rule.equals_that_of) {
            (Some(values), _) => match self.expand(&Value::Array(values.clone()))? {
                Value::Array(values) => values,
                _ => Vec::new(),
            },
            (None, Some(other)) => {
                let other = self
                    .scope
                    .get(other.as_str())
                    .ok_or_else(|| Stop::Inconclusive(format!("`{other}` was never bound")))?;
                list(other).iter().flat_map(|form| fields_at(form, &rule.field)).collect()
            }
            (None, None) => return Err(Stop::Error("`set_of` has nothing to compare".to_owned())),
        };
        let times = rule.times.as_ref().map(|times| self.number(&times.to_value())).transpose()?;
        let count = |value: &Value| got.iter().filter(|other| *other == value).count() as u64;
        let wrong = |value: &&Value| match times {
            Some(times) => count(value) != times,
            None => count(value) == 0,
        };
        let missing: Vec<_> = wanted.iter().filter(wrong).collect();
        let foreign: Vec<_> = got.iter().filter(|value| !wanted.contains(value)).collect();
        let expected = format!(
            "{} values of {}, each {}",
            wanted.len(),
            rule.field,
            times.map_or("at least once".to_owned(), |times| format!("{times} times"))
        );
        let mut observed = format!("{} values", got.len());
        for value in missing.iter().take(5) {
            observed.push_str(&format!(", {} {} times", short(value), count(value)));
        }
        for value in foreign.iter().take(5) {
            observed.push_str(&format!(", {} unexpectedly", short(value)));
        }
        let fewer = missing.iter().any(|value| count(value) < times.unwrap_or(1));
        let outcome = match (missing.is_empty(), foreign.is_empty(), fewer) {
            (true, true, _) => "set",
            (true, false, _) => "foreign values",
            (false, _, true) => "values missing",
            (false, _, false) => "values repeated",
        };
        Ok(Judged::new(missing.is_empty() && foreign.is_empty(), outcome, expected, observed))
    }

    fn in_order(&self, rule: &InOrder, value: &Value, name: &str) -> Result<Judged, Stop> {
        let filter = rule.filter.as_ref().map(|filter| self.expand(filter)).transpose()?;
        let chosen = |form: &&Value| filter.as_ref().is_none_or(|filter| fits(filter, form));
        if let (Some(each), Some(before)) = (&rule.each, &rule.preceded_by) {
            let all = self.with_ours(name);
            let forms: Vec<&Value> = all.iter().filter(chosen).collect();
            return self.preceded(&forms, each, before, rule.when.as_ref());
        }
        let forms: Vec<&Value> = list(value).iter().filter(chosen).collect();
        let name = rule.field.as_deref().unwrap_or("kind");
        let mut got: Vec<Value> = Vec::new();
        for form in forms {
            let Some(value) = field(form, name) else { continue };
            let duplicate = form.pointer("/publish/dup") == Some(&Value::Bool(true));
            let again = match rule.repeats.unwrap_or_default() {
                Repeats::None => false,
                Repeats::DupOnly => duplicate && got.contains(&value),
                Repeats::Any => got.contains(&value),
            };
            if !again {
                got.push(value);
            }
        }
        let observed = format!("{name}: {}", short(&Value::Array(got.clone())));
        if let Some(wanted) = &rule.equals {
            let wanted = self.expand(&Value::Array(wanted.clone()))?;
            let holds = wanted == Value::Array(got);
            let outcome = if holds { "in-order" } else { "out-of-order" };
            return Ok(Judged::new(holds, outcome, short(&wanted), observed));
        }
        let after = rule.after.as_ref().map(|after| self.expand(after)).transpose()?;
        let numbers: Vec<u64> = after.iter().chain(&got).filter_map(Value::as_u64).collect();
        let holds = numbers.windows(2).all(|pair| match rule.bits {
            // Serial numbers: ahead by less than half of the circle.
            Some(bits) => {
                let ahead = pair[1].wrapping_sub(pair[0]) & ((1 << bits) - 1);
                ahead > 0 && ahead < 1 << (bits - 1)
            }
            None => pair[1] > pair[0],
        });
        let outcome = if holds { "increasing" } else { "not-increasing" };
        Ok(Judged::new(holds, outcome, "strictly increasing".into(), observed))
    }

    /// The messages of a collection in the order of the log, with what its actors sent from the
    /// first one on.
    fn with_ours(&self, name: &str) -> Vec<Value> {
        let got = self.saved.get(name).map(Vec::as_slice).unwrap_or_default();
        let first = got.iter().map(|arrival| arrival.entry).min().unwrap_or(usize::MAX);
        let mut all: Vec<(usize, Value)> =
            got.iter().map(|arrival| (arrival.entry, arrival.form.clone())).collect();
        for (place, entry) in self.log.entries().iter().enumerate().skip(first) {
            let collects = got.iter().any(|arrival| arrival.actor == entry.actor);
            let bytes = entry.hex.as_deref().and_then(|hex| from_hex(hex).ok());
            let (true, Some(bytes)) = (collects && entry.event == Event::Send, bytes) else {
                continue;
            };
            let taken = self.codec(&entry.actor).take(&bytes, Sender::Either);
            if let Taken::Message { form, .. } = taken {
                all.push((place, form));
            }
        }
        all.sort_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, form)| form).collect()
    }

    fn preceded(
        &self,
        forms: &[&Value],
        each: &Value,
        before: &Value,
        when: Option<&Value>,
    ) -> Result<Judged, Stop> {
        let (each, before) = (self.expand(each)?, self.expand(before)?);
        let when = when.map(|when| self.expand(when)).transpose()?;
        let mut holds = true;
        for (place, form) in forms.iter().enumerate().filter(|(_, form)| fits(&each, form)) {
            let earlier = forms.get(..place).unwrap_or_default();
            let applies =
                when.as_ref().is_none_or(|when| earlier.iter().any(|other| fits(when, other)));
            holds &= !applies || earlier.iter().any(|other| fits(&before, other));
            let _ = form;
        }
        let expected = format!("{} first", pattern::describe(&before));
        let observed = if holds { "it does" } else { "it comes too early" };
        Ok(Judged::new(holds, if holds { "preceded" } else { "early" }, expected, observed.into()))
    }

    fn intervals(
        &self,
        rules: &[Interval],
        slack: Option<&Slack>,
        name: &str,
    ) -> Result<Judged, Stop> {
        let (percent, constant) = slack.map(Slack::parts).unwrap_or_default();
        let all = self.saved.get(name).map(Vec::as_slice).unwrap_or_default();
        let gaps: Vec<Duration> =
            all.windows(2).map(|pair| pair[1].at.saturating_duration_since(pair[0].at)).collect();
        let loose = |time: Duration| time.mul_f64(percent as f64 / 100.0) + constant;
        let mut holds = true;
        for (place, gap) in gaps.iter().enumerate() {
            let (low, high) = match rules.get(place).or(rules.last()) {
                Some(Interval::Between([low, high])) => (self.time(low)?, self.time(high)?),
                Some(Interval::Times(factor)) => {
                    let before = place.checked_sub(1).and_then(|place| gaps.get(place));
                    let time = before.copied().unwrap_or_default().saturating_mul(*factor as u32);
                    (time, time)
                }
                None => break,
            };
            holds &= *gap + loose(low) >= low && *gap <= high + loose(high);
        }
        if gaps.is_empty() {
            let mut judged = Judged::new(true, NOT_REACHED, String::new(), String::new());
            judged.reason = Some("fewer than two messages came".to_owned());
            return Ok(judged);
        }
        let shown: Vec<_> = gaps.iter().map(|gap| format!("{} ms", gap.as_millis())).collect();
        let outcome = if holds { "intervals" } else { "wrong-intervals" };
        Ok(Judged::new(
            holds,
            outcome,
            format!("{} gaps by the rules", gaps.len()),
            shown.join(", "),
        ))
    }
}

/// The entries of a list; a single value is a list of one, nothing a list of none.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(entries) => entries,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// The first value at a dotted path, or the kind of the message.
fn field(form: &Value, path: &str) -> Option<Value> {
    fields_at(form, path).into_iter().next()
}

/// Every value at a dotted path: a name picks all entries of that name from a list of one-key
/// objects, a number the entry at that place.
fn fields_at(form: &Value, path: &str) -> Vec<Value> {
    if path == "kind" {
        return pattern::kind_of(form).map(Into::into).into_iter().collect();
    }
    let mut found = vec![form];
    for key in path.split('.') {
        let mut next: Vec<&Value> = Vec::new();
        for value in found {
            match (value, key.parse::<usize>()) {
                (Value::Array(entries), Ok(place)) => next.extend(entries.get(place)),
                (Value::Array(entries), Err(_)) => {
                    next.extend(entries.iter().filter_map(|entry| entry.get(key)));
                }
                (other, _) => next.extend(other.get(key)),
            }
        }
        found = next;
    }
    found.into_iter().cloned().collect()
}

/// What a list holds, and how it is spread over the actors.
fn report(value: &Value, messages: Option<&[crate::driver::inbox::Arrival]>) -> String {
    let Some(messages) = messages else { return short(value) };
    let mut counts: Map<String, Value> = Map::new();
    for message in messages {
        let count = counts.get(&message.actor).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(message.actor.clone(), (count + 1).into());
    }
    counts.iter().map(|(actor, count)| format!("{actor} {count}")).collect::<Vec<_>>().join(", ")
}
