//! Clients of the engine's own: whether the target serves, and what it takes. They sign in and bind a resource, and are never available: nobody notices them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wirecheck_codecs::xmpp::Document;

use super::negotiate::{Account, Negotiation, Unmet};
use super::session::Stream;
use super::{Xmpp, accounts, domain};
use crate::case::CloseHow;
use crate::codec::Sender;
use crate::driver::Driver;
use crate::driver::actor::{Actor, Start};
use crate::driver::inbox::Bell;
use crate::run::environment::{Environment, base36};
use crate::wire_log::WireLog;

/// One client, from its first stream header on.
pub(super) struct Client<'e> {
    env: &'e Environment,
    actor: Actor,
    bell: Bell,
    resource: String,
}

impl<'e> Client<'e> {
    pub(super) async fn connect(env: &'e Environment) -> Result<Self, Unmet> {
        static CLIENTS: AtomicUsize = AtomicUsize::new(0);
        let link = env.connector.connect("main").await;
        let link = link.map_err(|error| Unmet::Silence(format!("cannot connect: {error}")))?;
        let bell = Bell::new();
        let framed = link.facts.contains_key("websocket");
        let start = Start {
            name: "alive".to_owned(),
            codec: Xmpp.codec(),
            ours: Sender::Client,
            session: Box::new(Stream::new(Sender::Client, HashSet::new()).in_frames(framed)),
            log: WireLog::new(),
            bell: bell.clone(),
        };
        let number = base36(CLIENTS.fetch_add(1, Ordering::Relaxed), 4);
        let resource = format!("{}a{}{number}", env.client_prefix, env.nonce);
        Ok(Self { env, actor: Actor::start(link, start), bell, resource })
    }

    pub(super) fn negotiation(&self) -> Negotiation<'_> {
        Negotiation { actor: &self.actor, bell: &self.bell, env: self.env }
    }

    fn own_header(&self) -> Value {
        let to = accounts(self.env).first().map(|account| account.domain.clone());
        let to = to.unwrap_or_else(|| domain(self.env));
        json!({ "to": to, "version": "1.0" })
    }

    async fn header(&self) -> Result<(), Unmet> {
        self.negotiation().header(&self.own_header()).await.map(|_| ())
    }

    pub(super) async fn stream(&self) -> Result<Document, Unmet> {
        self.header().await?;
        self.negotiation().features().await
    }

    /// Goes on over TLS if that is wanted; gives the features that count then.
    pub(super) async fn secured(&self, features: Document) -> Result<Document, Unmet> {
        self.negotiation().secured(features, &self.own_header()).await
    }

    /// Signs in; gives the features of the new stream.
    pub(super) async fn sign_in(
        &self,
        features: &Document,
        account: &Account,
    ) -> Result<Document, Unmet> {
        let negotiation = self.negotiation();
        negotiation.authenticate(&features.element(), account, &self.resource).await?;
        self.stream().await
    }

    /// A client of an account with a bound resource.
    pub(super) async fn bound(env: &'e Environment, account: &Account) -> Result<Self, Unmet> {
        let client = Self::connect(env).await?;
        let features = client.secured(client.stream().await?).await?;
        client.sign_in(&features, account).await?;
        client.negotiation().bind(&client.resource).await?;
        Ok(client)
    }

    pub(super) async fn leave(self) {
        self.actor.close(CloseHow::Clean).await;
    }
}

/// Signs in as somebody new and binds a resource; without an account it goes as far as the features
/// of the stream, and where these are missing, to the end of the stream. Whoever answers is there,
/// even with a refusal or with what cannot be read: what is wrong with answers is the business of
/// cases.
pub(super) async fn serves(env: &Environment) -> Result<(), String> {
    let client = Client::connect(env).await?;
    let served = async {
        client.header().await?;
        let features = match client.negotiation().features().await {
            Err(Unmet::Silence(_)) => return client.negotiation().end().await,
            features => features?,
        };
        if let Some(account) = accounts(env).first() {
            let features = client.secured(features).await?;
            client.sign_in(&features, account).await?;
            client.negotiation().bind(&client.resource).await?;
        }
        Ok(())
    };
    let served = served.await;
    client.leave().await;
    match served {
        Ok(()) | Err(Unmet::Answer(_)) => Ok(()),
        Err(Unmet::Silence(why)) => Err(why),
    }
}

/// Sends an element in a session of its own and finds out whether that goes on.
pub(super) async fn takes(env: &Environment, message: &[u8]) -> Result<(), String> {
    if message.starts_with(b"<?xml") || message.starts_with(b"<stream:stream") {
        let client = Client::connect(env).await?;
        client.negotiation().send(message.to_vec()).await?;
        client.negotiation().features().await?;
        client.leave().await;
        return Ok(());
    }
    let accounts = accounts(env);
    let client = Client::bound(env, accounts.first().ok_or("there is no account")?).await?;
    client.negotiation().send(message.to_vec()).await?;
    client.negotiation().ping(&client.resource).await?;
    client.leave().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::builtin::{environment, in_memory};
    use crate::driver::{Address, Connector};
    use crate::peer::{Options, xmpp};
    use crate::transport::Link;

    const GREETING: &str = "<stream:stream xmlns='jabber:client' from='localhost' id='1' \
        xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en' version='1.0'>\
        <stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
        <mechanism>PLAIN</mechanism></mechanisms></stream:features>";
    const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    const REFUSAL: &str =
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>";

    /// Says these texts, each once something has come, and stays.
    struct Parrot(&'static [&'static str]);

    impl Connector for Parrot {
        fn connect<'a>(
            &'a self,
            _: &'a str,
        ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
            let (link, mut theirs) = Link::memory();
            let texts = self.0;
            tokio::spawn(async move {
                let mut chunk = [0; 4096];
                for text in texts {
                    if !theirs.read(&mut chunk).await.is_ok_and(|count| count > 0) {
                        return;
                    }
                    let _ = theirs.write_all(text.as_bytes()).await;
                }
                while theirs.read(&mut chunk).await.is_ok_and(|count| count > 0) {}
            });
            Box::pin(async move { Ok(link) })
        }

        fn address(&self, _: &str) -> Option<Address> {
            None
        }
    }

    async fn parrot(texts: &'static [&'static str]) -> Result<(), String> {
        let mut env = environment(Arc::new(Parrot(texts)), "abc123", "wirecheck run");
        env.accounts = vec![("tester@localhost".to_owned(), "secret".to_owned())];
        serves(&env).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_greeting_alone_is_no_service() {
        assert!(parrot(&[]).await.is_err());
        assert!(parrot(&[GREETING]).await.is_err());
        assert!(parrot(&[GREETING, SUCCESS]).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_an_answer() {
        assert_eq!(parrot(&[GREETING, REFUSAL]).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn our_server_serves_and_is_left_in_order() {
        let account = ("tester".to_owned(), "secret".to_owned());
        let options = Options { accounts: [account].into(), ..Options::default() };
        let env = in_memory(&xmpp::Reference, options, "abc123");
        assert_eq!(serves(&env).await, Ok(()));
    }
}
