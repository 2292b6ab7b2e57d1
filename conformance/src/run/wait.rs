//! Times: limits with their slack, and waiting for messages.

use std::time::Duration;

use tokio::time::Instant;

use super::case::{Run, Stop};
use crate::case::Time;
use crate::driver::inbox::{Arrival, End, Inbox};
use crate::template;

/// How long a step waits if it does not say.
const DEFAULT_LIMIT: Duration = Duration::from_secs(5);

/// An upper limit: what is asked for, and when to give up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) begin: Instant,
    pub(crate) asked: Duration,
    pub(crate) deadline: Instant,
}

impl Limit {
    /// Milliseconds since the wait began.
    pub(crate) fn ms(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.begin).as_millis() as u64
    }

    pub(crate) fn limit_ms(&self) -> u64 {
        self.asked.as_millis() as u64
    }

    /// Whether we noticed the end of the wait so late that nothing can be concluded from it.
    pub(crate) fn was_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.deadline) > self.asked.mul_f64(0.2)
    }
}

/// What came of waiting for a message.
#[derive(Debug)]
pub(crate) enum Observed {
    Message(Box<Arrival>),
    Ended(End, Instant),
    Nothing,
}

impl Run<'_> {
    /// The duration of a time that may hold a template.
    pub(crate) fn time(&self, time: &Time) -> Result<Duration, Stop> {
        let text = template::expand_text(time, &self.scope)?;
        Time::parse(&text).ok_or_else(|| Stop::Error(format!("`{text}` is not a time")))
    }

    /// The moment that a name was bound; now without a name.
    pub(crate) fn since(&self, name: Option<&str>) -> Result<Instant, Stop> {
        let Some(name) = name else { return Ok(Instant::now()) };
        let moment = self.moments.get(name).copied();
        moment.ok_or_else(|| Stop::Inconclusive(format!("`{name}` was never bound")))
    }

    /// An upper limit, with 10 % and 250 ms of slack.
    pub(crate) fn limit(&self, within: Option<&Time>, since: Option<&str>) -> Result<Limit, Stop> {
        let asked = within.map_or(Ok(DEFAULT_LIMIT), |time| self.time(time))?;
        let asked = self.env.stretch(asked);
        let begin = self.since(since)?;
        let deadline = begin + asked.mul_f64(1.1) + Duration::from_millis(250);
        // What is counted from a moment long ago is still looked for among what has arrived.
        Ok(Limit { begin, asked, deadline: deadline.max(Instant::now()) })
    }

    /// How long we are silent: neither the patience nor slack makes that longer, since the target
    /// measures it.
    pub(crate) fn silence_of(
        &self,
        within: Option<&Time>,
        since: Option<&str>,
    ) -> Result<Limit, Stop> {
        let asked = within.map_or(Ok(DEFAULT_LIMIT), |time| self.time(time))?;
        let begin = self.since(since)?;
        Ok(Limit { begin, asked, deadline: begin + asked })
    }

    /// Takes the first message that `fits`, or learns that there is none.
    pub(crate) async fn observe(
        &self,
        inbox: &Inbox,
        deadline: Instant,
        mut fits: impl FnMut(&Arrival) -> bool,
    ) -> Observed {
        let found = self.bell.wait(deadline, || {
            if let Some(arrival) = inbox.take(&mut fits) {
                return Some(Observed::Message(Box::new(arrival)));
            }
            inbox.ended().map(|(end, at)| Observed::Ended(end, at))
        });
        found.await.unwrap_or(Observed::Nothing)
    }
}
