//! What a CoAP server can do, asked before the cases run.

use std::time::Duration;

use super::client::Client;
use crate::capability::{Capabilities, Source};
use crate::driver::Unprobed;
use crate::run::environment::Environment;

/// How long the target may take to say that it is there.
const LIMIT: Duration = Duration::from_secs(15);

/// Pings.
pub(super) async fn probe(env: &Environment) -> Result<Capabilities, Unprobed> {
    let asking = async { Client::new(env).await?.ping().await };
    let answer = tokio::time::timeout(env.stretch(LIMIT), asking).await;
    answer.map_err(|_| "no answer to a ping or to GET /.well-known/core".to_owned())??;
    let mut found = Capabilities::default();
    found.set("udp", true, Source::Observed, "a ping or a GET was answered");
    Ok(found)
}
