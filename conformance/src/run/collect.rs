//! `collect`, and the fences that end it and prove silence.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::case::{Run, Stop};
use crate::case::Collect;
use crate::driver::inbox::Arrival;
use crate::pattern::{self, kind_of};

/// After a fence has come back, a straggler has this long to show up.
pub(super) const BEHIND_FENCE: Duration = Duration::from_millis(100);
/// How long the first message may take in a `collect` that ends when it is quiet.
const FIRST_LIMIT: Duration = Duration::from_secs(5);
/// How long a collection may take that ends when nothing comes any more.
const QUIET_LIMIT: Duration = Duration::from_secs(150);
/// How long a collection may take whose end does not come.
const COLLECT_LIMIT: Duration = Duration::from_secs(15);

/// What is known of a collection beside its messages.
pub(crate) struct Collected {
    /// What was collected, in words.
    pub(super) what: Option<String>,
    /// From whom.
    pub(super) actors: Vec<String>,
    /// Whether a fence shows that nothing more is to come.
    pub(super) fenced: bool,
}

impl Run<'_> {
    pub(super) async fn collect(&mut self, step: &Collect) -> Result<(), Stop> {
        let begin = Instant::now();
        let filter = step.filter.as_ref().map(|filter| self.expand(filter)).transpose()?;
        let is = step.until.is.as_ref().map(|is| self.expand(is)).transpose()?;
        let count = step.until.count.as_ref();
        let count = count.map(|count| self.number(&count.to_value())).transpose()?;
        let quiet = step.until.quiet.as_ref().map(|time| self.time(time)).transpose()?;
        let quiet = quiet.map(|quiet| self.env.stretch(quiet));
        // A target may be slow to begin; only what follows shows that it is quiet.
        let first = self.env.stretch(FIRST_LIMIT);
        let duration = step.until.duration.as_ref().map(|time| self.time(time)).transpose()?;
        let watchers: Vec<_> = step.actors.iter().map(|name| name.as_str()).collect();
        let fence = match &step.until.fence {
            Some(fence) => Some(self.driver.fence(self, fence, &watchers).await?),
            None => None,
        };
        let inboxes = step.actors.iter().map(|name| Ok(self.actor(name)?.inbox.clone()));
        let inboxes = inboxes.collect::<Result<Vec<_>, Stop>>()?;
        // Until it is quiet may take long, as retransmissions do; a case has a limit of its own.
        let limit = if quiet.is_some() { QUIET_LIMIT } else { COLLECT_LIMIT };
        let last_end = duration.map_or(begin + self.env.stretch(limit), |d| begin + d);
        let mut got: Vec<Arrival> = Vec::new();
        let mut fenced = 0;
        let complete = loop {
            if count.is_some_and(|count| got.len() as u64 >= count) {
                break true;
            }
            let quiet_at = |quiet| match got.last() {
                Some(arrival) => arrival.at.max(begin) + quiet,
                None => begin + first.max(quiet),
            };
            let deadline = quiet.map_or(last_end, |quiet| quiet_at(quiet).min(last_end));
            let next = self.bell.wait(deadline, || {
                inboxes.iter().find_map(|inbox| {
                    inbox.take(|arrival| {
                        is_fence(&arrival.form, fence.as_ref())
                            || is.as_ref().is_some_and(|is| pattern::fits(is, &arrival.form))
                            || filter.as_ref().is_none_or(|f| pattern::fits(f, &arrival.form))
                    })
                })
            });
            let Some(arrival) = next.await else {
                break quiet.is_some() || duration.is_some();
            };
            if is_fence(&arrival.form, fence.as_ref()) {
                fenced += 1;
                if fenced == inboxes.len() {
                    tokio::time::sleep(self.env.stretch(BEHIND_FENCE)).await;
                    break true;
                }
                continue;
            }
            let ends = is.as_ref().is_some_and(|is| pattern::fits(is, &arrival.form));
            got.push(arrival);
            if ends {
                break true;
            }
        };
        if !complete {
            let why = format!("the collection is not complete: {} messages came", got.len());
            return Err(Stop::Inconclusive(self.at_step(&why)));
        }
        got.sort_by_key(|arrival| (arrival.at, arrival.order));
        let forms = got.iter().map(|arrival| arrival.form.clone()).collect();
        self.bind(Some(&step.bind), Value::Array(forms), Instant::now());
        let actor = step.actors.first().map_or("", |name| name.as_str());
        let filter = filter.filter(|filter| kind_of(filter).is_some());
        let what = filter.map(|filter| self.codec(actor).describe(&filter));
        let actors = watchers.into_iter().map(str::to_owned).collect();
        self.collected
            .insert(step.bind.to_string(), Collected { what, actors, fenced: fence.is_some() });
        self.saved.insert(step.bind.to_string(), got);
        Ok(())
    }
}

/// Whether a message is the fence that fits this pattern.
pub(super) fn is_fence(form: &Value, fence: Option<&Value>) -> bool {
    fence.is_some_and(|fence| pattern::fits(fence, form))
}
