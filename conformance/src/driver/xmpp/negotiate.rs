//! From a link to a session: stream header and features, SASL, resource binding (RFC 6120, 4 to 7).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::xmpp::sasl::{Data, Sasl, mechanisms, plain};
use wirecheck_codecs::xmpp::scram::{self, Client, Hash, Keys};
use wirecheck_codecs::xmpp::{Document, Element, XmlWriter, namespace};

use crate::codec::xmpp::document;
use crate::codec::{Codec, Xmpp};
use crate::driver::Unprobed;
use crate::driver::actor::Actor;
use crate::driver::inbox::{Bell, End};
use crate::run::case::Stop;
use crate::run::environment::Environment;

/// How long the target may take for one answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// How long the target may take to show a resource its own presence.
const ECHO_LIMIT: Duration = Duration::from_secs(2);
/// The namespace of rosters.
pub(super) const ROSTER: &str = "jabber:iq:roster";

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) local: String,
    pub(super) domain: String,
    pub(super) password: String,
}

impl Account {
    pub(super) fn bare(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }
}

/// Why something did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unmet {
    /// The target answered, but not as was hoped for.
    Answer(String),
    /// Nothing came in time, or the connection ended.
    Silence(String),
}

impl From<Unmet> for String {
    fn from(unmet: Unmet) -> Self {
        let (Unmet::Answer(why) | Unmet::Silence(why)) = unmet;
        why
    }
}

impl From<Unmet> for Unprobed {
    fn from(unmet: Unmet) -> Self {
        Self::Silent(unmet.into())
    }
}

impl From<Unmet> for Stop {
    fn from(unmet: Unmet) -> Self {
        Self::Inconclusive(unmet.into())
    }
}

/// One actor that negotiates.
pub(super) struct Negotiation<'a> {
    pub(super) actor: &'a Actor,
    pub(super) bell: &'a Bell,
    pub(super) env: &'a Environment,
}

impl Negotiation<'_> {
    /// Sends a stream header and waits for that of the target; gives its form.
    pub(super) async fn header(&self, header: &Value) -> Result<Value, Unmet> {
        let bytes = Xmpp.encode(&json!({ "stream": header })).map_err(Unmet::Silence)?;
        self.send(bytes).await?;
        let answer = self.next("a stream header", |form| form.get("stream").is_some()).await?;
        Ok(answer)
    }

    /// Waits for the stream features.
    pub(super) async fn features(&self) -> Result<Document, Unmet> {
        let form = self.next("stream features", is(namespace::STREAMS, "features")).await?;
        let unreadable = || Unmet::Answer("the stream features cannot be read".to_owned());
        document(&form).ok_or_else(unreadable)
    }

    /// Sends an element and waits for the next one of SASL.
    pub(super) async fn sasl(&self, element: &Sasl) -> Result<(Sasl, Value), Unmet> {
        self.send(element.to_xml()).await?;
        self.next_sasl().await
    }

    /// Waits for an element of SASL.
    pub(super) async fn next_sasl(&self) -> Result<(Sasl, Value), Unmet> {
        let of_sasl = |form: &Value| {
            document(form).is_some_and(|document| document.element().namespace() == namespace::SASL)
        };
        let form = self.next("an element of SASL", of_sasl).await?;
        let read = document(&form).and_then(|document| Sasl::of(&document.element()));
        let unknown = || Unmet::Answer("an unknown element of SASL".to_owned());
        read.map(|sasl| (sasl, form)).ok_or_else(unknown)
    }

    /// PLAIN; gives what the target answered.
    pub(super) async fn plain(
        &self,
        authzid: &str,
        authcid: &str,
        password: &str,
    ) -> Result<(Sasl, Value), Unmet> {
        let data = Data::Bytes(plain(authzid, authcid, password));
        self.sasl(&Sasl::Auth { mechanism: "PLAIN".to_owned(), data }).await
    }

    /// Signs in by SCRAM-SHA-1, or by PLAIN where that is all there is.
    pub(super) async fn authenticate(
        &self,
        features: &Element<'_>,
        account: &Account,
        nonce: &str,
    ) -> Result<(), Unmet> {
        let offered = mechanisms(features);
        let offers = |name: &str| offered.iter().any(|offered| offered == name);
        let refused = |form: &Value| {
            let words = || format!("refused: {}", Xmpp.describe(form));
            Unmet::Answer(Xmpp.refusal(form).unwrap_or_else(words))
        };
        if !offers(Hash::Sha1.mechanism()) {
            if !offers("PLAIN") {
                let names = offered.join(", ");
                let why = format!("neither SCRAM-SHA-1 nor PLAIN is offered, but: {names}");
                return Err(Unmet::Answer(why));
            }
            let (answer, form) = self.plain("", &account.local, &account.password).await?;
            return match answer {
                Sasl::Success(_) => Ok(()),
                _ => Err(refused(&form)),
            };
        }
        let client = Client::new(Hash::Sha1, &account.local, nonce);
        let mechanism = Hash::Sha1.mechanism().to_owned();
        let data = Data::Bytes(client.first().into_bytes());
        let (answer, form) = self.sasl(&Sasl::Auth { mechanism, data }).await?;
        let Sasl::Challenge(Data::Bytes(challenge)) = answer else { return Err(refused(&form)) };
        let step = client
            .answer_with(&challenge, |salt, iterations| keys(&account.password, salt, iterations));
        let step = step.map_err(|error| wrong("challenge", &error))?;
        let data = Data::Bytes(step.message.clone().into_bytes());
        let (mut answer, mut form) = self.sasl(&Sasl::Response(data)).await?;
        if let Sasl::Challenge(Data::Bytes(last)) = &answer {
            // The signature may come as a challenge of its own.
            step.check(last).map_err(|error| wrong("signature", &error))?;
            (answer, form) = self.sasl(&Sasl::Response(Data::Absent)).await?;
        } else if let Sasl::Success(Data::Bytes(last)) = &answer {
            step.check(last).map_err(|error| wrong("signature", &error))?;
        }
        match answer {
            Sasl::Success(_) => Ok(()),
            _ => Err(refused(&form)),
        }
    }

    /// Binds a resource; gives the full JID.
    pub(super) async fn bind(&self, resource: &str) -> Result<String, Unmet> {
        let id = format!("wirecheck-bind-{resource}");
        let request = XmlWriter::new().start("iq").attribute("type", "set").attribute("id", &id);
        let request = request.start("bind").attribute("xmlns", namespace::BIND);
        let request = request.start("resource").text(resource).end().end().end().finish();
        self.send(request).await?;
        let answer = self.answer_to(&id).await?;
        let unbound = || Unmet::Answer(format!("no resource is bound: {}", Xmpp.describe(&answer)));
        let document = document(&answer).ok_or_else(unbound)?;
        let element = document.element();
        let bound = element.child(namespace::BIND, "bind");
        let jid = bound.and_then(|bind| bind.child(namespace::BIND, "jid")).map(|jid| jid.text());
        jid.ok_or_else(unbound)
    }

    /// Asks for the roster, which makes the resource an interested one (RFC 6121, 2.2); gives the
    /// answer.
    pub(super) async fn roster(&self, id: &str) -> Result<Value, Unmet> {
        let get = XmlWriter::new().start("iq").attribute("type", "get").attribute("id", id);
        let get = get.start("query").attribute("xmlns", ROSTER).end().end().finish();
        self.send(get).await?;
        self.answer_to(id).await
    }

    /// Sends initial presence. The target shows it to the resource itself, too (RFC 6121, 4.2.2),
    /// and then the resource is available to all; a target that does not has a moment for it.
    pub(super) async fn become_available(&self, jid: &str, presence: Vec<u8>) -> Result<(), Unmet> {
        self.send(presence).await?;
        let own = |form: &Value| {
            document(form).is_some_and(|document| {
                let element = document.element();
                element.is(namespace::CLIENT, "presence")
                    && element.attribute("from") == Some(jid)
                    && element.attribute("type").is_none()
            })
        };
        let deadline = Instant::now() + ECHO_LIMIT * self.env.patience / 100;
        let inbox = &self.actor.inbox;
        self.bell.wait(deadline, || inbox.take(|arrival| own(&arrival.form))).await;
        Ok(())
    }

    /// Asks for a ping (XEP-0199); any answer will do.
    pub(super) async fn ping(&self, id: &str) -> Result<(), Unmet> {
        let ping = XmlWriter::new().start("iq").attribute("type", "get").attribute("id", id);
        let ping = ping.start("ping").attribute("xmlns", "urn:xmpp:ping").end().end().finish();
        self.send(ping).await?;
        self.answer_to(id).await.map(|_| ())
    }

    pub(super) async fn answer_to(&self, id: &str) -> Result<Value, Unmet> {
        let answers = |form: &Value| {
            document(form).is_some_and(|document| {
                let element = document.element();
                let kind = element.attribute("type");
                element.is(namespace::CLIENT, "iq")
                    && element.attribute("id") == Some(id)
                    && matches!(kind, Some("result" | "error"))
            })
        };
        self.next("an answer to an IQ", answers).await
    }

    /// Ends the stream and waits until the target does, or closes the connection.
    pub(super) async fn end(&self) -> Result<(), Unmet> {
        self.send(b"</stream:stream>".to_vec()).await?;
        let inbox = &self.actor.inbox;
        let deadline = Instant::now() + ANSWER_LIMIT * self.env.patience / 100;
        let is_end = |form: &Value| form.get("stream_end").is_some();
        let ended = || {
            let end = inbox.take(|arrival| is_end(&arrival.form)).is_some();
            (end || inbox.ended().is_some()).then_some(())
        };
        let silence = || Unmet::Silence("the stream is not ended".to_owned());
        self.bell.wait(deadline, ended).await.ok_or_else(silence)
    }

    pub(super) async fn send(&self, bytes: Vec<u8>) -> Result<(), Unmet> {
        let written = self.actor.write(bytes).await;
        let gone = |_| Unmet::Silence("the connection was closed".to_owned());
        written.map(|_| ()).map_err(gone)
    }

    /// Takes the next message that fits out of the inbox. A stream error ends the wait.
    pub(super) async fn next(
        &self,
        what: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Value, Unmet> {
        let inbox = &self.actor.inbox;
        let deadline = Instant::now() + ANSWER_LIMIT * self.env.patience / 100;
        let failed = is(namespace::STREAMS, "error");
        let found = self.bell.wait(deadline, || {
            if let Some(arrival) = inbox.take(|arrival| fits(&arrival.form)) {
                return Some(Ok(arrival.form));
            }
            let left = inbox.left_over();
            if let Some(error) = left.iter().find(|arrival| failed(&arrival.form)) {
                let why = format!("a stream error: {}", Xmpp.describe(&error.form));
                return Some(Err(Unmet::Answer(why)));
            }
            inbox.ended().map(|(end, _)| {
                Err(match end {
                    End::Unreadable(why) => Unmet::Answer(why),
                    _ => Unmet::Silence(format!("the connection was closed before {what} came")),
                })
            })
        });
        let silence =
            || Err(Unmet::Silence(format!("no {what} within {} s", ANSWER_LIMIT.as_secs())));
        found.await.unwrap_or_else(silence)
    }
}

/// What keys are derived from: password, salt, iterations.
type Derived = (String, Vec<u8>, u32);

/// The keys of a password, which take time to compute; they are kept for who signs in again.
fn keys(password: &str, salt: &[u8], iterations: u32) -> Keys {
    const MOST: usize = 1_000;
    static KNOWN: Mutex<BTreeMap<Derived, Keys>> = Mutex::new(BTreeMap::new());
    let of = (password.to_owned(), salt.to_vec(), iterations);
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(&of).cloned();
    known.unwrap_or_else(|| {
        let keys = Keys::derive(Hash::Sha1, password, salt, iterations);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST {
            known.insert(of, keys.clone());
        }
        keys
    })
}

fn wrong(what: &str, error: &scram::Error) -> Unmet {
    Unmet::Answer(format!("the {what} of SCRAM: {error}"))
}

fn is(namespace: &'static str, name: &'static str) -> impl Fn(&Value) -> bool {
    move |form| document(form).is_some_and(|document| document.element().is(namespace, name))
}
