//! One instance of a case, from the first step to the report of its checks.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::collect::Collected;
use super::environment::{Environment, Names};
use super::ledger::Ledger;
use super::record::{Declared, Record};
use crate::case::{Branch, Role, Step, instance::Instance};
use crate::codec::Codec;
use crate::driver::actor::{Actor, Shared, lock};
use crate::driver::inbox::{Arrival, Bell};
use crate::driver::{self, Driver};
use crate::passive::Finding;
use crate::template::{self, TemplateError};
use crate::verdict::{CheckResult, Verdict};
use crate::wire_log::{Entry, Event, WireLog};

/// A wait that ends this much too late may have been too long for the target.
const OVERSLEPT: Duration = Duration::from_millis(500);

/// How long the steps of a case may take before it is given up as our own fault.
const LIMIT: Duration = Duration::from_secs(180);

/// How long the target may take to end what it was told to do, once that is asked for.
const VERB_LIMIT: Duration = Duration::from_secs(60);

/// Why no further step of a case is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The point cannot be reached.
    Inconclusive(String),
    /// The target lacks what the case is about.
    Skip(String),
    /// Our own fault.
    Error(String),
}

impl From<TemplateError> for Stop {
    fn from(error: TemplateError) -> Self {
        match &error.unbound {
            Some(name) => Self::Inconclusive(format!("`{name}` was never bound: {error}")),
            None => Self::Error(error.to_string()),
        }
    }
}

/// The result of a verb.
async fn done(doing: JoinHandle<Result<Value, String>>) -> Result<Value, Stop> {
    match doing.await {
        Ok(result) => result.map_err(Stop::Inconclusive),
        Err(error) => Err(Stop::Error(format!("a verb of the target: {error}"))),
    }
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct CaseOutcome {
    /// The instance.
    pub id: String,
    /// Its checks, `#alive` last.
    pub checks: Vec<CheckResult>,
    /// What the passive rules found on its links.
    pub findings: Vec<Finding>,
    /// The passive rules that had something to judge.
    pub applied: Vec<&'static str>,
    /// The exchange.
    pub log: Vec<Entry>,
    /// Messages that no step took, in one line each.
    pub left_over: Vec<String>,
    /// How long it took.
    pub ms: u64,
    /// Whether the target serves a fresh client afterwards.
    pub alive: bool,
}

impl CaseOutcome {
    /// The worst verdict of its checks.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Error)
    }
}

/// A running instance.
pub(crate) struct Run<'e> {
    pub(crate) env: &'e Environment,
    pub(crate) instance: &'e Instance,
    /// Of the case; an actor at another endpoint may have a driver of its own.
    pub(crate) driver: &'static dyn Driver,
    pub(crate) names: Names,
    pub(crate) scope: Map<String, Value>,
    /// When what `as` bound happened.
    pub(crate) moments: HashMap<String, Instant>,
    /// The messages behind a bound name.
    pub(crate) saved: HashMap<String, Vec<Arrival>>,
    /// What was collected under a name, and from whom.
    pub(crate) collected: HashMap<String, Collected>,
    /// What the target was told to do and is still doing.
    pub(crate) doing: HashMap<String, JoinHandle<Result<Value, String>>>,
    /// Whether a wait was much longer than it should have been.
    pub(crate) overslept: bool,
    /// The bytes behind a bound `send`.
    pub(crate) sent: HashMap<String, Vec<u8>>,
    pub(crate) actors: HashMap<String, Actor>,
    pub(crate) sessions: Vec<Shared>,
    pub(crate) log: WireLog,
    pub(crate) bell: Bell,
    pub(super) record: Record,
    pub(crate) ledger: Ledger,
    /// The requirement that our last wrong message broke.
    pub(crate) breaks: Option<String>,
    /// Numbers of the step and of those around it.
    pub(crate) place: Vec<usize>,
    /// How many fences were sent.
    pub(crate) fences: usize,
}

/// Runs one instance; `number` tells its names from those of others.
pub async fn run_case(env: &Environment, instance: &Instance, number: usize) -> CaseOutcome {
    let started = Instant::now();
    let Some(driver) = driver::of(instance.protocol) else { return without_driver(env, instance) };
    let mut names = env.names(number);
    let filled = scope(env, instance, driver, &mut names);
    let (scope, wrong) = match filled {
        Ok(scope) => (scope, None),
        Err(error) => (Map::new(), Some(Stop::Error(format!("the row: {error}")))),
    };
    let mut run = Run {
        env,
        instance,
        driver,
        names,
        scope,
        moments: HashMap::new(),
        saved: HashMap::new(),
        collected: HashMap::new(),
        overslept: false,
        doing: HashMap::new(),
        sent: HashMap::new(),
        actors: HashMap::new(),
        sessions: Vec::new(),
        log: WireLog::new(),
        bell: Bell::new(),
        record: Record::new(instance),
        ledger: Ledger::default(),
        breaks: None,
        place: Vec::new(),
        fences: 0,
    };
    let stop = match run.missing_capability() {
        Some(evidence) => Some(Stop::Skip(evidence)),
        None if wrong.is_some() => wrong,
        None => {
            if env.names_used_before {
                run.clear_names().await;
            }
            tokio::select! {
                ended = run.all(&instance.case.steps) => ended.err(),
                () = env.halt.raised() => {
                    Some(Stop::Inconclusive("the run was broken off".to_owned()))
                }
                () = tokio::time::sleep(env.stretch(LIMIT)) => {
                    let why = format!("the case did not end within {} s", LIMIT.as_secs());
                    Some(Stop::Error(why))
                }
            }
        }
    };
    if !matches!(stop, Some(Stop::Skip(_))) {
        // What is in `finally` is tidying up: it changes no verdict.
        let _ = run.all(&instance.case.finally).await;
    }
    run.finish(stop, started).await
}

/// There is nothing that could run the case, which is our own fault.
fn without_driver(env: &Environment, instance: &Instance) -> CaseOutcome {
    let stop = Stop::Error(format!("there is no driver for {}", instance.protocol));
    CaseOutcome {
        id: instance.id.clone(),
        checks: Record::new(instance).finish(Some(&stop), "1", env, instance, &[]),
        findings: Vec::new(),
        applied: Vec::new(),
        log: Vec::new(),
        left_over: Vec::new(),
        ms: 0,
        alive: true,
    }
}

fn scope(
    env: &Environment,
    instance: &Instance,
    driver: &dyn Driver,
    names: &mut Names,
) -> Result<Map<String, Value>, TemplateError> {
    let mut scope = driver.values(env, names);
    scope.insert("topic".into(), names.topic(env).into());
    scope.insert("each".into(), Value::Object(instance.each.clone()));
    if let Some(capabilities) = env.capabilities(instance.protocol) {
        scope.insert("cap".into(), capabilities.to_scope());
    }
    let mut identifiers = Map::new();
    // The values of a row may have templates of their own.
    let text = json!([instance.case, instance.each]).to_string();
    for rest in text.split("${id.").skip(1) {
        let key: String =
            rest.chars().take_while(|c| c.is_alphanumeric() || "_-".contains(*c)).collect();
        identifiers.insert(key.clone(), names.identifier(&key, env).into());
    }
    scope.insert("id".into(), Value::Object(identifiers));
    let each = template::expand(&json!(instance.each), &scope)?;
    scope.insert("each".into(), each);
    Ok(scope)
}

impl Run<'_> {
    /// Removes what an earlier run may have left under the names of this case.
    async fn clear_names(&mut self) {
        let identifiers = self.scope.get("id").and_then(Value::as_object).into_iter().flatten();
        let identifiers = identifiers.filter_map(|(_, name)| name.as_str().map(str::to_owned));
        let identifiers: Vec<_> = identifiers.collect();
        let topic = self.names.topic(self.env);
        self.driver.clear(self.env, topic, identifiers).await;
    }

    fn missing_capability(&self) -> Option<String> {
        if self.instance.case.role == Role::Client && self.env.incoming.is_none() {
            return Some("nothing is known of a client that could be told to connect".to_owned());
        }
        let known = self.env.capabilities(self.instance.protocol)?;
        self.instance.needs.iter().find_map(|need| known.lacks(need))
    }

    /// Runs steps one after the other.
    pub(crate) async fn all(&mut self, steps: &[Step]) -> Result<(), Stop> {
        self.place.push(0);
        for (index, step) in steps.iter().enumerate() {
            if let Some(place) = self.place.last_mut() {
                *place = index + 1;
            }
            Box::pin(self.step(step)).await?;
        }
        self.place.pop();
        Ok(())
    }

    /// Brings what the sessions know of their links into the scope.
    fn refresh(&mut self) {
        for (name, actor) in &self.actors {
            let facts = actor.session().facts();
            if facts.is_empty() {
                continue;
            }
            if let Some(Value::Object(known)) = self.scope.get_mut(name) {
                known.extend(facts);
            }
        }
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        self.refresh();
        match step {
            Step::Open(step) => self.open(step).await,
            Step::Accept(step) => self.accept(step).await,
            Step::Do(step) => {
                let with = self.expand_map(step.with.as_ref())?;
                let (verbs, verb) = (self.env.verbs.clone(), step.verb.to_string());
                let doing = tokio::spawn(async move { verbs.run(&verb, &with).await });
                if self.instance.case.role == Role::Client {
                    // What a client does ends with the exchange that is about to begin.
                    let name = step.bind.as_ref().map(ToString::to_string).unwrap_or_default();
                    self.doing.insert(name, doing);
                    return Ok(());
                }
                let value = done(doing).await?;
                self.bind(step.bind.as_deref(), value, Instant::now());
                Ok(())
            }
            Step::Send(step) => self.send(step).await,
            Step::Await(step) => self.await_message(step).await,
            Step::Expect(step) => self.expect(step).await,
            Step::Collect(step) => self.collect(step).await,
            Step::Check(step) => {
                if let Some(doing) = self.doing.remove(step.subject.as_str()) {
                    let limit = self.env.stretch(VERB_LIMIT);
                    let value =
                        tokio::time::timeout(limit, done(doing)).await.map_err(|_| {
                            Stop::Inconclusive("the target did not end what it was told".to_owned())
                        })??;
                    self.bind(Some(&step.subject), value, Instant::now());
                }
                self.check(step)
            }
            Step::Close(step) => {
                let now = Instant::now();
                self.actor(&step.actor)?.close(step.how).await;
                self.bind(step.bind.as_deref(), Value::Null, now);
                Ok(())
            }
            Step::Wait(step) => {
                let before = Instant::now();
                let time = self.time(&step.time)?;
                let since = self.since(step.since.as_deref())?;
                let due = since + time;
                tokio::time::sleep_until(due).await;
                self.overslept |= due.elapsed() > OVERSLEPT && due > before;
                Ok(())
            }
            Step::Repeat(step) => {
                let times = self.number(&step.times.to_value())?;
                for turn in 0..times {
                    self.scope.insert(step.bind.to_string(), turn.into());
                    self.all(&step.steps).await?;
                }
                Ok(())
            }
            Step::Procedure(step) => {
                if !self.driver.procedures().contains(&step.name.as_str()) {
                    let why = format!("there is no procedure `{}` in this protocol", step.name);
                    return Err(Stop::Error(why));
                }
                let value = self.driver.procedure(self, step).await?;
                self.bind(step.bind.as_deref(), value, Instant::now());
                Ok(())
            }
        }
    }

    /// Runs the steps that follow in a branch.
    pub(crate) async fn branch(&mut self, branch: &Branch) -> Result<(), Stop> {
        self.all(&branch.then).await
    }

    pub(crate) fn actor(&self, name: &str) -> Result<&Actor, Stop> {
        self.actors
            .get(name)
            .ok_or_else(|| Stop::Error(format!("there is no actor `{name}` at this step")))
    }

    /// The messages that an actor exchanges; those of the case for one that is not there.
    pub(crate) fn codec(&self, actor: &str) -> &'static dyn Codec {
        self.actors.get(actor).map_or_else(|| self.driver.codec(), |actor| actor.codec)
    }

    pub(crate) fn expand(&self, value: &Value) -> Result<Value, Stop> {
        Ok(template::expand(value, &self.scope)?)
    }

    pub(crate) fn expand_map(
        &self,
        map: Option<&Map<String, Value>>,
    ) -> Result<Map<String, Value>, Stop> {
        let Some(map) = map else { return Ok(Map::new()) };
        match self.expand(&Value::Object(map.clone()))? {
            Value::Object(map) => Ok(map),
            _ => Ok(Map::new()),
        }
    }

    /// A whole number, written out or by a template.
    pub(crate) fn number(&self, value: &Value) -> Result<u64, Stop> {
        let value = self.expand(value)?;
        let text = value.as_str().and_then(|text| text.parse().ok());
        value.as_u64().or(text).ok_or_else(|| Stop::Error(format!("{value} is not a number")))
    }

    /// Binds a name to a value and a moment.
    pub(crate) fn bind(&mut self, name: Option<&str>, value: Value, at: Instant) {
        if let Some(name) = name {
            self.scope.insert(name.to_owned(), value);
            self.moments.insert(name.to_owned(), at);
        }
    }

    /// The place of the step, for results: `3.2`.
    pub(crate) fn place(&self) -> String {
        let numbers: Vec<_> = self.place.iter().map(usize::to_string).collect();
        numbers.join(".")
    }

    /// A reason with the step that gave it.
    pub(crate) fn at_step(&self, reason: &str) -> String {
        format!("step {}: {reason}", self.place())
    }

    async fn finish(mut self, stop: Option<Stop>, started: Instant) -> CaseOutcome {
        let place = self.place();
        let left_over = self.left_over();
        for (_, actor) in self.actors.drain() {
            actor.close(crate::case::CloseHow::Fin).await;
        }
        let skipped = matches!(stop, Some(Stop::Skip(_)));
        if !skipped && !self.ledger.is_empty() {
            self.driver.undo(self.env, std::mem::take(&mut self.ledger)).await;
        }
        for (_, doing) in self.doing.drain() {
            doing.abort();
        }
        let client = self.instance.case.role == Role::Client;
        let unasked = skipped || client || self.env.halt.is_raised();
        let alive = match unasked {
            true => Ok(()),
            false => self.driver.serves(self.env).await,
        };
        if let Some(stop) = &stop {
            let (Stop::Inconclusive(why) | Stop::Skip(why) | Stop::Error(why)) = stop;
            self.log.add("", Event::Note, None, format!("stopped at step {place}: {why}"));
        }
        let (mut findings, mut applied) = (Vec::new(), Vec::new());
        for session in &self.sessions {
            let session = lock(session);
            findings.extend_from_slice(session.findings().broken());
            applied.extend(session.findings().applied());
        }
        let log = self.log.entries();
        let ms = started.elapsed().as_millis() as u64;
        let mut checks = self.record.finish(stop.as_ref(), &place, self.env, self.instance, &log);
        if !unasked {
            checks.push(super::alive::check(self.env, self.instance, &alive, &log));
        }
        let id = self.instance.id.clone();
        CaseOutcome { id, checks, findings, applied, log, left_over, ms, alive: alive.is_ok() }
    }

    fn left_over(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, actor) in &self.actors {
            for arrival in actor.inbox.left_over() {
                let line = actor.codec.describe(&arrival.form);
                lines.push(format!("{name}: {line}"));
            }
        }
        lines.sort();
        lines
    }

    /// Records what a check found.
    pub(super) fn judge(&mut self, name: &str, declared: Declared) {
        let (breaks, place) = (self.breaks.clone(), self.place());
        self.record.add(name, declared, breaks, place);
    }
}
