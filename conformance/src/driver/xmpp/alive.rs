//! Clients of the engine's own: whether the target serves, what it takes, what it can do.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use wirecheck_codecs::xmpp::sasl::mechanisms;
use wirecheck_codecs::xmpp::{Document, namespace};

use super::negotiate::Negotiation;
use super::session::Stream;
use super::{Xmpp, accounts, domain};
use crate::capability::{Capabilities, Source};
use crate::case::CloseHow;
use crate::codec::Sender;
use crate::driver::Driver;
use crate::driver::actor::{Actor, Start};
use crate::driver::inbox::Bell;
use crate::run::environment::{Environment, base36};
use crate::wire_log::WireLog;

/// One client, from its first stream header on.
struct Client<'e> {
    env: &'e Environment,
    actor: Actor,
    bell: Bell,
    resource: String,
}

impl<'e> Client<'e> {
    async fn connect(env: &'e Environment) -> Result<Self, String> {
        static CLIENTS: AtomicUsize = AtomicUsize::new(0);
        let link = env.connector.connect("main").await;
        let link = link.map_err(|error| format!("cannot connect: {error}"))?;
        let bell = Bell::new();
        let start = Start {
            name: "alive".to_owned(),
            codec: Xmpp.codec(),
            ours: Sender::Client,
            session: Box::new(Stream::new(HashSet::new())),
            log: WireLog::new(),
            bell: bell.clone(),
        };
        let number = base36(CLIENTS.fetch_add(1, Ordering::Relaxed), 4);
        let resource = format!("{}a{}{number}", env.client_prefix, env.nonce);
        Ok(Self { env, actor: Actor::start(link, start), bell, resource })
    }

    fn negotiation(&self) -> Negotiation<'_> {
        Negotiation { actor: &self.actor, bell: &self.bell, patience: self.env.patience }
    }

    async fn header(&self) -> Result<(), String> {
        let to = accounts(self.env).first().map(|account| account.domain.clone());
        let to = to.unwrap_or_else(|| domain(self.env));
        let header = json!({ "to": to, "version": "1.0" });
        self.negotiation().header(&header).await.map(|_| ())
    }

    async fn stream(&self) -> Result<Document, String> {
        self.header().await?;
        self.negotiation().features().await
    }

    /// Signs in with the first account; gives the features of the new stream.
    async fn sign_in(&self, features: &Document) -> Result<Document, String> {
        let accounts = accounts(self.env);
        let account = accounts.first().ok_or("there is no account")?;
        let negotiation = self.negotiation();
        negotiation.authenticate(&features.element(), account, &self.resource).await?;
        self.stream().await
    }

    async fn leave(self) {
        self.actor.close(CloseHow::Clean).await;
    }
}

/// Opens a stream as somebody new. Whoever answers with a stream header is there; what follows is
/// the business of cases.
pub(super) async fn serves(env: &Environment) -> Result<(), String> {
    let client = Client::connect(env).await?;
    client.header().await?;
    client.leave().await;
    Ok(())
}

/// Sends an element in a session of its own and finds out whether that goes on.
pub(super) async fn takes(env: &Environment, message: &[u8]) -> Result<(), String> {
    let client = Client::connect(env).await?;
    if message.starts_with(b"<?xml") || message.starts_with(b"<stream:stream") {
        client.negotiation().send(message.to_vec()).await?;
        client.negotiation().features().await?;
        client.leave().await;
        return Ok(());
    }
    let features = client.stream().await?;
    client.sign_in(&features).await?;
    client.negotiation().bind(&client.resource).await?;
    client.negotiation().send(message.to_vec()).await?;
    client.negotiation().ping(&client.resource).await?;
    client.leave().await;
    Ok(())
}

/// Asks for the features of a fresh stream and, with an account, of one that is signed in.
pub(super) async fn probe(env: &Environment) -> Result<Capabilities, String> {
    let client = Client::connect(env).await?;
    let features = client.stream().await?;
    let mut found = Capabilities::default();
    found.set("tcp", true, Source::Observed, "the endpoint is a TCP port");
    for name in mechanisms(&features.element()) {
        let id = format!("mechanism:{name}");
        found.set(&id, true, Source::Advertised, "the stream features offer it");
    }
    advertised(&features, &mut found);
    let known = env.accounts.len();
    if known > 0 {
        found.set("accounts", true, Source::Declared, "an account is given");
        for number in 1..=known {
            let id = format!("accounts:{number}");
            found.set(&id, true, Source::Declared, "as many accounts are given");
        }
        let features = client.sign_in(&features).await?;
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
