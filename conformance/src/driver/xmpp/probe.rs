//! What an XMPP server can do, asked before the cases run.

use wirecheck_codecs::xmpp::sasl::mechanisms;
use wirecheck_codecs::xmpp::{Document, namespace};

use super::accounts;
use super::alive::Client;
use super::negotiate::Unmet;
use crate::capability::{Capabilities, Source};
use crate::driver::Unprobed;
use crate::run::environment::Environment;

/// Asks for the features of a fresh stream and, with an account, of one that is signed in.
pub(super) async fn probe(env: &Environment) -> Result<Capabilities, Unprobed> {
    let client = Client::connect(env).await?;
    let first = client.stream().await?;
    let features = client.secured(first.clone()).await?;
    let mut found = Capabilities::default();
    found.set("tcp", true, Source::Observed, "the endpoint is a TCP port");
    for name in mechanisms(&features.element()) {
        let id = format!("mechanism:{name}");
        found.set(&id, true, Source::Advertised, "the stream features offer it");
    }
    advertised(&first, &mut found);
    advertised(&features, &mut found);
    let accounts = accounts(env);
    if let Some(account) = accounts.first() {
        found.set("accounts", true, Source::Declared, "an account is given");
        for number in 1..=accounts.len() {
            let id = format!("accounts:{number}");
            found.set(&id, true, Source::Declared, "as many accounts are given");
        }
        let features = match client.sign_in(&features, account).await {
            Err(Unmet::Answer(why)) => return Err(Unprobed::Refused(why)),
            features => features?,
        };
        advertised(&features, &mut found);
    }
    client.leave().await;
    Ok(found)
}

fn advertised(features: &Document, found: &mut Capabilities) {
    for feature in features.element().elements() {
        if feature.namespace() != namespace::STREAMS {
            let id = format!("feature:{}", feature.namespace());
            found.set(&id, true, Source::Advertised, "a stream feature");
        }
    }
}
