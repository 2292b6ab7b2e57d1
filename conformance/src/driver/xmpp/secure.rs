//! TLS in the middle of a stream (RFC 6120, 5): whether it is wanted, and how it begins.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wirecheck_codecs::xmpp::sasl::mechanisms;
use wirecheck_codecs::xmpp::{Document, XmlWriter, namespace};

use super::negotiate::{Negotiation, Unmet};
use super::open::negotiation;
use super::{Xmpp, domain};
use crate::case::Procedure;
use crate::codec::xmpp::document;
use crate::driver::inbox::End;
use crate::run::case::{Run, Stop};
use crate::run::environment::Environment;
use crate::transport::tls::Agreed;
use crate::wire_log::Event;

/// How long a handshake may take.
const SHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long the target may take to close what is no handshake.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);
/// How many bytes are read of what it says then.
const MOST_BYTES: usize = 64 * 1024;

/// Whether the target is on this machine, where nobody listens.
fn is_near(env: &Environment) -> bool {
    let Some(address) = env.connector.address("main") else { return true };
    let ip = address.host.parse::<IpAddr>();
    ip.map_or(address.host == "localhost", |ip| ip.is_loopback())
}

/// Whether a stream with these features goes on over TLS: if the target offers it, and wants it,
/// offers no SASL without it, or is on another machine.
fn is_wanted(features: &Document, env: &Environment) -> bool {
    let features = features.element();
    let Some(offer) = features.child(namespace::TLS, "starttls") else { return false };
    let required = offer.child(namespace::TLS, "required").is_some();
    required || mechanisms(&features).is_empty() || !is_near(env)
}

impl Negotiation<'_> {
    /// Goes on over TLS if that is wanted; gives the features that count then.
    pub(super) async fn secured(
        &self,
        features: Document,
        header: &Value,
    ) -> Result<Document, Unmet> {
        if !self.actor.can_begin_tls() || !is_wanted(&features, self.env) {
            return Ok(features);
        }
        self.start_tls().await?;
        self.header(header).await?;
        self.features().await
    }

    /// Asks for TLS and shakes hands.
    pub(super) async fn start_tls(&self) -> Result<Agreed, Unmet> {
        let element = XmlWriter::new().start("starttls").attribute("xmlns", namespace::TLS);
        self.send(element.end().finish()).await?;
        let of_tls = |form: &Value| {
            document(form).is_some_and(|document| document.element().namespace() == namespace::TLS)
        };
        let answer = self.next("an answer to STARTTLS", of_tls).await?;
        let proceeds =
            document(&answer).is_some_and(|of| of.element().is(namespace::TLS, "proceed"));
        if !proceeds {
            return Err(Unmet::Answer("STARTTLS is refused".to_owned()));
        }
        self.shake().await
    }

    /// Shakes hands: the target has said that it is about to.
    pub(super) async fn shake(&self) -> Result<Agreed, Unmet> {
        let tls = self.env.connector.tls("main");
        let tls = tls.ok_or_else(|| Unmet::Answer("this link can have no TLS".to_owned()))?;
        let host = domain(self.env);
        let shaking = self.actor.begin_tls(&tls, &host);
        match timeout(self.env.stretch(SHAKE_LIMIT), shaking).await {
            Ok(Ok(agreed)) => Ok(agreed),
            Ok(Err(error)) => Err(Unmet::Answer(error.to_string())),
            Err(_) => {
                self.actor.give_up("no TLS within 10 s");
                Err(Unmet::Silence("no TLS within 10 s".to_owned()))
            }
        }
    }
}

impl Xmpp {
    /// What the stream features, which are next, say of TLS: whether it is `offered` and `required`,
    /// whether that is said by an `empty` element, and whether it is offered `alone`.
    pub(super) async fn starttls_offer(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let features = negotiation(run, &step.on)?.features().await?;
        let element = features.element();
        let offer = element.child(namespace::TLS, "starttls");
        let required = offer.and_then(|offer| offer.child(namespace::TLS, "required"));
        let empty = required.is_none_or(|required| required.children().next().is_none());
        Ok(json!({
            "offered": offer.is_some(),
            "required": required.is_some(),
            "empty": empty,
            "alone": offer.is_some() && element.elements().count() == 1,
        }))
    }

    /// Shakes hands once the target has sent `<proceed/>`; gives `agreed`, `version` and `cipher`,
    /// or what went wrong, and how many bytes of white space came since we asked (`space`). With `instead` that text is sent in place of a handshake; gives whether
    /// the target `closed` the connection, and whether it ended the stream before (`end_tag`).
    pub(super) async fn start_tls(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let negotiation = negotiation(run, &step.on)?;
        if let Some(Value::String(text)) = with.get("instead") {
            return no_handshake(run, &negotiation, &step.on, text).await;
        }
        if matches!(negotiation.actor.inbox.ended(), Some((End::Closed | End::Reset, _))) {
            return Ok(json!({ "agreed": false, "why": "the connection is closed" }));
        }
        let space = negotiation.actor.session().facts().remove("space");
        let mut shaken = match negotiation.shake().await {
            Ok(agreed) => {
                json!({ "agreed": true, "version": agreed.version, "cipher": agreed.cipher })
            }
            Err(why) => json!({ "agreed": false, "why": String::from(why) }),
        };
        shaken["space"] = space.unwrap_or_default();
        Ok(shaken)
    }
}

/// Sends text where TLS should begin, and reads what the target says to that.
async fn no_handshake(
    run: &Run<'_>,
    negotiation: &Negotiation<'_>,
    name: &str,
    text: &str,
) -> Result<Value, Stop> {
    let stream = negotiation.actor.take_stream();
    let mut stream = stream.map_err(|error| Stop::Inconclusive(error.to_string()))?;
    let words = format!("{text}   (where TLS should begin)");
    run.log.add(name, Event::Send, Some(text.as_bytes()), words);
    // A write that fails is a connection that is closed already.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.flush().await;
    let mut answer = Vec::new();
    let mut limited = stream.take(MOST_BYTES as u64);
    let reading = limited.read_to_end(&mut answer);
    let closed = timeout(run.env.stretch(CLOSE_LIMIT), reading).await.is_ok();
    if !answer.is_empty() {
        let words = format!("{} bytes", answer.len());
        run.log.add(name, Event::Recv, Some(&answer), words);
    }
    let why = if closed { "closed by the target" } else { "still open; closed by us" };
    negotiation.actor.give_up(why);
    let end_tag = answer.windows(2).any(|two| two == b"</");
    Ok(json!({ "closed": closed, "end_tag": end_tag }))
}
