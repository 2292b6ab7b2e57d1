//! `accept`: an endpoint that the target has called.

use serde_json::Value;
use tokio::time::Instant;

use super::Coap;
use crate::case::Accept;
use crate::codec::Sender;
use crate::run::case::{Run, Stop};
use crate::transport::Link;

impl Coap {
    pub(super) async fn take_call(
        self,
        run: &mut Run<'_>,
        link: Link,
        step: &Accept,
    ) -> Result<(), Stop> {
        self.start(run, link, &step.actor, step.auto.as_ref(), Sender::Server);
        run.bind(step.bind.as_deref(), Value::Null, Instant::now());
        Ok(())
    }
}
