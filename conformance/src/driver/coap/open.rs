//! `open`: there is nothing to be agreed on before messages are exchanged. Where a case opens an
//! actor to `origin`, it is a server of ours on loopback, which a proxy finds at `${actor.place}`.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::Coap;
use super::session::Exchange;
use crate::case::{Auto, Open};
use crate::codec::Sender;
use crate::driver::autos;
use crate::run::case::{Run, Stop};
use crate::transport::Link;
use crate::wire_log::{Event, SERVING};

/// What cases call the endpoint that is a server of our own.
pub(crate) const ORIGIN: &str = "origin";

/// What an endpoint answers if a case does not say.
pub(super) const AUTOS: &[Auto] = &[Auto::Ack];

impl Coap {
    pub(super) async fn begin(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let name = step.actor.as_str();
        if step.to.as_deref() == Some(ORIGIN) {
            return self.serve(run, step).await;
        }
        let link = run.connect(step.to.as_deref().unwrap_or("main"), name).await?;
        self.start(run, link, name, step.auto.as_ref(), Sender::Client);
        run.bind(step.bind.as_deref(), Value::Null, Instant::now());
        Ok(())
    }

    /// Makes an actor that the target can ask.
    async fn serve(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let serving = run.env.connector.serve().await;
        let (link, at) = serving.map_err(|why| Stop::Error(format!("cannot listen: {why}")))?;
        run.log.add(name, Event::Open, None, format!("{SERVING}coap://{at}"));
        self.start(run, link, name, step.auto.as_ref(), Sender::Server);
        let (host, port) = (at.ip().to_string(), at.port());
        let facts = json!({ "place": at.to_string(), "host": host, "port": port });
        run.scope.insert(name.to_owned(), facts);
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
