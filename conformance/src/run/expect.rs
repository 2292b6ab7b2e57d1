//! `await`, `expect` and `collect`: waiting for what the target does.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::case::{Run, Stop};
use super::collect::{BEHIND_FENCE, is_fence};
use super::record::cited;
use super::wait::{Limit, Observed};
use crate::case::{
    Await, Branch, BranchForm, BranchVerdict, Closed, Expect, Until, Wanted, names_one_code,
};
use crate::codec::{Codec, bytes_of_field};
use crate::driver::inbox::{Arrival, End, Inbox};
use crate::pattern::{self, kind_of, match_value};
use crate::verdict::Verdict;
use crate::wire_log::{Event, Mark};

/// What an observation means for a check, before levels are looked at.
pub(super) struct Finding<'b> {
    pub(super) verdict: Option<Verdict>,
    pub(super) broken: bool,
    pub(super) outcome: String,
    pub(super) observed: String,
    pub(super) at: Instant,
    pub(super) message: Option<Box<Arrival>>,
    pub(super) mismatch: Option<pattern::Mismatch>,
    pub(super) reason: Option<String>,
    pub(super) branch: Option<&'b Branch>,
}

impl<'b> Finding<'b> {
    fn new(broken: bool, outcome: &str, observed: String, at: Instant) -> Self {
        let outcome = outcome.to_owned();
        Self {
            verdict: None,
            broken,
            outcome,
            observed,
            at,
            message: None,
            mismatch: None,
            reason: None,
            branch: None,
        }
    }

    fn inconclusive(reason: String, at: Instant) -> Self {
        let mut this = Self::new(false, "not-reached", String::new(), at);
        this.verdict = Some(Verdict::Inconclusive);
        this.reason = Some(reason);
        this
    }
}

impl Run<'_> {
    pub(super) async fn await_message(&mut self, step: &Await) -> Result<(), Stop> {
        let limit = self.limit(step.within.as_ref(), None)?;
        let wanted = step.wanted().ok_or_else(|| no_form("await"))?;
        let found = self.look(&step.actor, &wanted, &limit, false).await?;
        if let Some(reason) = found.reason.clone().filter(|_| found.verdict.is_some()) {
            return Err(Stop::Inconclusive(self.at_step(&reason)));
        }
        if found.broken {
            let expected = self.expected(&step.actor, &wanted)?;
            let words = format!("waited for {expected}; observed {}", found.observed);
            return Err(Stop::Inconclusive(self.at_step(&words)));
        }
        if let Some(message) = &found.message
            && !wanted.names_a_code()
            && let Some(refusal) = self.codec(&message.actor).refusal(&message.form)
        {
            return Err(Stop::Inconclusive(self.at_step(&refusal)));
        }
        self.bind_message(step.bind.as_deref(), &found);
        let Some(branch) = found.branch else { return Ok(()) };
        let note = || branch.note.clone().unwrap_or_else(|| found.observed.clone());
        match branch.verdict {
            Some(BranchVerdict::Skip) => Err(Stop::Skip(note())),
            Some(BranchVerdict::Inconclusive) => Err(Stop::Inconclusive(self.at_step(&note()))),
            _ => self.branch(branch).await,
        }
    }

    pub(super) async fn expect(&mut self, step: &Expect) -> Result<(), Stop> {
        let wanted = step.wanted().ok_or_else(|| no_form("expect"))?;
        let (within, since) = (step.within.as_ref(), step.since.as_deref());
        let limit = match wanted.is_our_silence() {
            true => self.silence_of(within, since)?,
            false => self.limit(within, since)?,
        };
        let not_before = match &step.not_before {
            Some(time) => {
                let slack = Duration::from_millis(50);
                Some(limit.begin + self.time(time)?.mul_f64(0.95).saturating_sub(slack))
            }
            None => None,
        };
        let mut found = self.look(&step.actor, &wanted, &limit, true).await?;
        if wanted.is_our_silence()
            && self.overslept
            && matches!(found.outcome.as_str(), "closed" | "reset")
        {
            found = Finding::inconclusive("runner too slow".to_owned(), found.at);
        }
        let early = not_before.is_some_and(|not_before| found.at < not_before);
        if !found.broken && found.verdict.is_none() && early {
            found.broken = true;
            found.observed = format!("{} after {} ms", found.observed, limit.ms(found.at));
            found.outcome = format!("{} early", found.outcome);
        }
        self.mark(&found);
        self.bind_message(step.bind.as_deref(), &found);
        let mut expected = self.expected(&step.actor, &wanted)?;
        if let Some(time) = &step.not_before {
            expected.push_str(&format!(", not before {}", time.as_str()));
        }
        let declared = self.declare(step, &found, expected, &limit);
        let decided = declared.verdict;
        self.judge(&step.name, declared);
        for judge in &step.checks {
            let requirement = cited(self.instance, &judge.requirement);
            let declared = self.further(&judge.is, requirement, &found, &limit)?;
            self.judge(&judge.name, declared);
        }
        match decided {
            Verdict::Skip => return Err(Stop::Skip(found.reason.unwrap_or(found.observed))),
            // What comes later rests on what this one did not get to.
            Verdict::Inconclusive => {
                let reason = found.reason.unwrap_or(found.observed);
                return Err(Stop::Inconclusive(self.at_step(&reason)));
            }
            _ => {}
        }
        match found.branch {
            Some(branch) => self.branch(branch).await,
            None => Ok(()),
        }
    }

    /// Waits for what is wanted, and says what came of it.
    async fn look<'s>(
        &mut self,
        actor: &str,
        wanted: &Wanted<'s>,
        limit: &Limit,
        judged: bool,
    ) -> Result<Finding<'s>, Stop> {
        let inbox = self.actor(actor)?.inbox.clone();
        // Where all messages are of one kind, set-up waits for the one that fits.
        let codec = self.codec(actor);
        let any = !judged && codec.has_one_kind();
        match wanted {
            Wanted::Message { filter, is } => {
                let is = is.map(|is| self.expand(is)).transpose()?;
                let filter = filter.map(|filter| self.expand(filter)).transpose()?;
                let kind = is.as_ref().and_then(|is| codec.kind(is));
                let chosen = |arrival: &Arrival| match &filter {
                    Some(filter) => pattern::fits(filter, &arrival.form),
                    None if any => is.as_ref().is_none_or(|is| pattern::fits(is, &arrival.form)),
                    None => kind.is_none() || codec.kind(&arrival.form) == kind,
                };
                let observed = self.observe(&inbox, limit.deadline, chosen).await;
                Ok(self.message_found(observed, &inbox, is.as_ref(), limit))
            }
            Wanted::Closed(how) => Ok(self.look_for_end(actor, &inbox, *how, limit).await),
            Wanted::Nothing { pattern, until } => {
                let pattern = self.expand(pattern)?;
                self.look_for_nothing(actor, &pattern, until, limit).await
            }
            Wanted::AnyOf { filter, branches } => {
                self.look_for_any(&inbox, *filter, branches, limit, (codec, any)).await
            }
        }
    }

    fn message_found<'s>(
        &mut self,
        observed: Observed,
        inbox: &Inbox,
        is: Option<&Value>,
        limit: &Limit,
    ) -> Finding<'s> {
        match observed {
            Observed::Message(arrival) => {
                let words = self.words(&arrival);
                let kind = kind_of(&arrival.form).unwrap_or_default().to_owned();
                let mut found = Finding::new(false, &kind, words, arrival.at);
                if let Some(is) = is
                    && let Err(mismatch) = match_value(is, &arrival.form, &mut self.scope)
                {
                    found.broken = true;
                    found.outcome = mismatch.token(self.codec(&arrival.actor).changing());
                    found.mismatch = Some(*mismatch);
                    self.excuse(&mut found, &arrival);
                }
                found.message = Some(arrival);
                found
            }
            Observed::Ended(end, at) => {
                let mut found = self.ended(&end, at);
                if let Some(refusal) = inbox.left_over().iter().find_map(|left| self.refusal(left))
                {
                    found.verdict = Some(Verdict::Inconclusive);
                    found.reason = Some(refusal);
                }
                found
            }
            Observed::Nothing => self.silence(limit),
        }
    }

    /// How a message refuses by policy or load, if it does.
    fn refusal(&self, arrival: &Arrival) -> Option<String> {
        self.codec(&arrival.actor).refusal(&arrival.form)
    }

    /// A refusal by policy or load is no failure of what the check is about.
    fn excuse(&self, found: &mut Finding<'_>, arrival: &Arrival) {
        if let Some(reason) = self.refusal(arrival) {
            found.verdict = Some(Verdict::Inconclusive);
            found.reason = Some(reason);
        }
    }

    fn ended<'s>(&self, end: &End, at: Instant) -> Finding<'s> {
        match end {
            End::Closed => Finding::new(true, "closed", "the connection was closed".into(), at),
            End::Reset => Finding::new(true, "reset", "the connection was reset".into(), at),
            End::Ours => Finding::inconclusive("we had closed the link".to_owned(), at),
            End::Unreadable(why) => {
                Finding::inconclusive(format!("the target sent what cannot be read: {why}"), at)
            }
        }
    }

    fn silence<'s>(&self, limit: &Limit) -> Finding<'s> {
        let now = Instant::now();
        if limit.was_late(now) {
            return Finding::inconclusive("runner too slow".to_owned(), now);
        }
        Finding::new(true, "silence", "nothing".to_owned(), now)
    }

    async fn look_for_end<'s>(
        &mut self,
        actor: &str,
        inbox: &Inbox,
        how: Closed,
        limit: &Limit,
    ) -> Finding<'s> {
        let ended = self.bell.wait(limit.deadline, || inbox.ended()).await;
        let Some((end, at)) = ended else {
            let mut found = self.silence(limit);
            if found.broken {
                found.outcome = "open".to_owned();
                found.observed = self.meanwhile(inbox, limit);
            }
            return found;
        };
        let mut found = self.ended(&end, at);
        if matches!(end, End::Ours | End::Unreadable(_)) {
            return found;
        }
        let codec = self.codec(actor);
        let farewell = || {
            let left = inbox.left_over();
            left.iter().any(|left| kind_of(&left.form).is_some_and(|kind| codec.is_farewell(kind)))
        };
        found.broken = match how {
            Closed::Any => false,
            Closed::Reset => end != End::Reset,
            Closed::Fin => end == End::Reset,
            Closed::Clean => end == End::Reset || !farewell(),
        };
        found
    }

    /// What came instead of the end of a link.
    fn meanwhile(&self, inbox: &Inbox, limit: &Limit) -> String {
        let came = inbox.left_over().into_iter().filter(|arrival| arrival.at >= limit.begin);
        let mut words: Vec<_> = came.take(2).map(|arrival| self.words(&arrival)).collect();
        if words.is_empty() {
            words.push("nothing".to_owned());
        }
        format!("{}, and the connection is still open", words.join(", "))
    }

    async fn look_for_any<'s>(
        &mut self,
        inbox: &Inbox,
        filter: Option<&Value>,
        branches: &'s [Branch],
        limit: &Limit,
        (codec, any): (&dyn Codec, bool),
    ) -> Result<Finding<'s>, Stop> {
        let filter = filter.map(|filter| self.expand(filter)).transpose()?;
        let mut patterns = Vec::new();
        for branch in branches {
            match branch.form().ok_or_else(|| no_form("a branch"))? {
                BranchForm::Is(is) => patterns.push(Some(self.expand(is)?)),
                BranchForm::Closed(_) | BranchForm::Nothing => patterns.push(None),
            }
        }
        let kinds: Vec<_> = patterns.iter().flatten().filter_map(|is| codec.kind(is)).collect();
        let chosen = |arrival: &Arrival| match &filter {
            Some(filter) => pattern::fits(filter, &arrival.form),
            None if any => patterns.iter().flatten().any(|is| pattern::fits(is, &arrival.form)),
            None => codec.kind(&arrival.form).is_some_and(|kind| kinds.contains(&kind)),
        };
        let observed = self.observe(inbox, limit.deadline, chosen).await;
        let taken = match &observed {
            Observed::Message(arrival) => {
                let mut bound = Map::new();
                let place = patterns.iter().position(|is| {
                    is.as_ref().is_some_and(|is| match_value(is, &arrival.form, &mut bound).is_ok())
                });
                self.scope.extend(bound);
                place
            }
            Observed::Ended(End::Closed | End::Reset, _) => {
                branches.iter().position(|branch| branch.closed.is_some())
            }
            Observed::Nothing if !limit.was_late(Instant::now()) => {
                branches.iter().position(|branch| branch.nothing)
            }
            _ => None,
        };
        let mut found = match &observed {
            Observed::Message(arrival) => {
                let kind = kind_of(&arrival.form).unwrap_or_default().to_owned();
                let words = self.words(arrival);
                let mut found = Finding::new(true, &kind, words, arrival.at);
                let first = patterns.iter().flatten().find(|is| kind_of(is) == Some(&kind));
                if let (None, Some(first)) = (taken, first)
                    && let Err(mismatch) = match_value(first, &arrival.form, &mut Map::new())
                {
                    found.outcome = mismatch.token(self.codec(&arrival.actor).changing());
                    found.mismatch = Some(*mismatch);
                }
                if taken.is_none() {
                    self.excuse(&mut found, arrival);
                }
                found
            }
            Observed::Ended(end, at) => self.ended(end, *at),
            Observed::Nothing => {
                let mut found = self.silence(limit);
                if found.broken && branches.iter().any(|branch| branch.closed.is_some()) {
                    found.outcome = "open".to_owned();
                    found.observed = self.meanwhile(inbox, limit);
                }
                found
            }
        };
        if let Some(branch) = taken.and_then(|place| branches.get(place)) {
            found.broken = false;
            found.branch = Some(branch);
            found.reason = branch.note.clone();
            if let Some(code) = first_code(&observed) {
                found.outcome = format!("{} reason_code={code}", found.outcome);
            }
            // A branch for whatever else is said is not about who may do what.
            let against = matches!(branch.verdict, Some(BranchVerdict::Fail | BranchVerdict::Warn));
            let one = branch.is.as_ref().is_some_and(names_one_code);
            if let (Observed::Message(arrival), true, false) = (&observed, against, one)
                && let Some(refusal) = self.refusal(arrival)
            {
                found.branch = None;
                found.verdict = Some(Verdict::Inconclusive);
                found.reason = Some(refusal);
            }
        }
        if let Observed::Message(arrival) = observed {
            found.message = Some(arrival);
        }
        Ok(found)
    }

    async fn look_for_nothing<'s>(
        &mut self,
        actor: &str,
        pattern: &Value,
        until: &Until,
        limit: &Limit,
    ) -> Result<Finding<'s>, Stop> {
        let inbox = self.actor(actor)?.inbox.clone();
        let is = until.is.as_ref().map(|is| self.expand(is)).transpose()?;
        let fence = match &until.fence {
            Some(fence) => Some(self.driver.fence(self, fence, &[actor]).await?),
            None => None,
        };
        let until_time = until.duration.as_ref().or(until.quiet.as_ref());
        let deadline = match until_time {
            Some(time) if fence.is_none() && is.is_none() => Instant::now() + self.time(time)?,
            _ => limit.deadline,
        };
        enum Seen {
            Breach(Box<Arrival>),
            End,
            Gone(End, Instant),
        }
        let seen = self.bell.wait(deadline, || {
            if let Some(arrival) = inbox.take(|arrival| {
                pattern::fits(pattern, &arrival.form) && !is_fence(&arrival.form, fence.as_ref())
            }) {
                return Some(Seen::Breach(Box::new(arrival)));
            }
            let ends = |arrival: &Arrival| {
                is_fence(&arrival.form, fence.as_ref())
                    || is.as_ref().is_some_and(|is| pattern::fits(is, &arrival.form))
            };
            if inbox.take(ends).is_some() {
                return Some(Seen::End);
            }
            inbox.ended().map(|(end, at)| Seen::Gone(end, at))
        });
        let mut seen = seen.await;
        if matches!(seen, Some(Seen::End)) && fence.is_some() {
            let deadline = Instant::now() + self.env.stretch(BEHIND_FENCE);
            let straggler = self
                .bell
                .wait(deadline, || inbox.take(|arrival| pattern::fits(pattern, &arrival.form)));
            if let Some(arrival) = straggler.await {
                seen = Some(Seen::Breach(Box::new(arrival)));
            }
        }
        let now = Instant::now();
        Ok(match seen {
            Some(Seen::Breach(arrival)) => {
                let words = self.words(&arrival);
                let kind = kind_of(&arrival.form).unwrap_or_default().to_owned();
                let mut found = Finding::new(true, &kind, words, arrival.at);
                found.message = Some(arrival);
                found
            }
            Some(Seen::End) => Finding::new(false, "silence", "nothing of the kind".into(), now),
            Some(Seen::Gone(end, at)) => {
                let mut found = self.ended(&end, at);
                found.verdict = Some(Verdict::Inconclusive);
                let why = "the connection ended before silence could be proved".to_owned();
                found.reason = found.reason.or(Some(why));
                found
            }
            None if fence.is_some() => {
                Finding::inconclusive("the fence did not come back".to_owned(), now)
            }
            None if is.is_some() => {
                Finding::inconclusive("the message that ends the wait did not come".into(), now)
            }
            None => Finding::new(false, "silence", "nothing of the kind".into(), now),
        })
    }

    fn bind_message(&mut self, name: Option<&str>, found: &Finding<'_>) {
        let (Some(name), Some(message)) = (name, &found.message) else {
            if !found.broken && found.verdict.is_none() {
                self.bind(name, Value::Null, found.at);
            }
            return;
        };
        self.bind(Some(name), message.form.clone(), message.at);
        self.saved.insert(name.to_owned(), vec![(**message).clone()]);
    }

    /// A message that arrived, as one line.
    fn words(&self, arrival: &Arrival) -> String {
        self.codec(&arrival.actor).describe(&arrival.form)
    }

    /// Puts a caret under the bytes that do not fit.
    fn mark(&self, found: &Finding<'_>) {
        if let (Some(message), Some(mismatch)) = (&found.message, &found.mismatch) {
            let field = mismatch.path.split_once('.').map_or("", |(_, field)| field);
            let text = mismatch.to_string();
            let codec = self.codec(&message.actor);
            let (at, length) = bytes_of_field(codec, &message.bytes, field);
            self.log.set_mark(message.entry, Mark { at, length, text });
        } else if found.message.is_none() && found.broken && found.outcome != "closed" {
            let words = match found.outcome.as_str() {
                "open" => "still open",
                "silence" => "nothing",
                _ => &found.observed,
            };
            self.log.add("", Event::Timeout, None, words.to_owned());
        }
    }
}

fn first_code(observed: &Observed) -> Option<u64> {
    let Observed::Message(arrival) = observed else { return None };
    let (_, body) = arrival.form.as_object()?.iter().next()?;
    body.get("reason_code").and_then(Value::as_u64)
}

fn no_form(verb: &str) -> Stop {
    Stop::Error(format!("`{verb}` has no form, or more than one"))
}
