//! What a gateway can do, asked before the cases run.

use super::client::Client;
use crate::capability::{Capabilities, Source};
use crate::driver::Unprobed;
use crate::run::environment::Environment;

/// Connects, sleeps, and speaks as a forwarder.
pub(super) async fn probe(env: &Environment) -> Result<Capabilities, Unprobed> {
    let mut client = Client::new(env).await?;
    client.connect(env).await?;
    let mut found = Capabilities::default();
    found.set("udp", true, Source::Observed, "CONNECT was answered");
    let sleeps = client.sleeps().await;
    let evidence = if sleeps { "was answered" } else { "was not answered" };
    let evidence = format!("DISCONNECT with a duration {evidence}");
    found.set("sleep", sleeps, Source::Observed, &evidence);
    let forwards = Client::new(env).await?.is_forwarded().await;
    let evidence = if forwards { "was answered" } else { "was not answered" };
    let evidence = format!("an encapsulated SEARCHGW {evidence}");
    found.set("forwarder", forwards, Source::Observed, &evidence);
    Ok(found)
}
