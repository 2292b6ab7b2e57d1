//! `open`: there is nothing to be agreed on before messages are exchanged.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::Coap;
use super::session::Exchange;
use crate::case::{Auto, Open};
use crate::codec::Sender;
use crate::driver::autos;
use crate::run::case::{Run, Stop};
use crate::transport::Link;

/// What an endpoint answers if a case does not say.
pub(super) const AUTOS: &[Auto] = &[Auto::Ack];

impl Coap {
    pub(super) async fn begin(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let link = run.connect(step.to.as_deref().unwrap_or("main"), name).await?;
        self.start(run, link, name, step.auto.as_ref(), Sender::Client);
        run.bind(step.bind.as_deref(), Value::Null, Instant::now());
        Ok(())
    }

    /// Makes an actor of a link.
    pub(super) fn start(
        self,
        run: &mut Run<'_>,
        link: Link,
        name: &str,
        auto: Option<&Vec<Auto>>,
        ours: Sender,
    ) {
        let session = Exchange::new(autos(auto, AUTOS), ours.peer());
        run.start(link, name, &self, ours, Box::new(session));
        run.scope.insert(name.to_owned(), json!({}));
    }
}
