//! The XMPP client that the server can be told to be: one verb, `connect`.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use wirecheck_codecs::xmpp::sasl::{Data, Sasl, mechanisms};
use wirecheck_codecs::xmpp::scram::{Client, ErrorKind, Hash};
use wirecheck_codecs::xmpp::{
    Context, Document, Element, Event, Start, Tokenizer, XmlWriter, namespace,
};

use crate::peer::Options;
use crate::transport::Link;

/// How long the client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the client adds to the nonce: no secret, a client of its own would draw it by lot.
const NONCE: &str = "wMCzB3eRk1l0";

/// Signs in over a link of its own with SCRAM-SHA-1 and binds a resource; the full JID, or what
/// went wrong, is its output.
pub(super) async fn connect(
    set: &Options,
    links: &mpsc::Sender<Link>,
    with: &Map<String, Value>,
) -> Result<Value, String> {
    let number = with.get("account").and_then(Value::as_str).unwrap_or("account.1");
    let number = number.strip_prefix("account.").unwrap_or(number);
    let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let account = place.and_then(|place| set.accounts.iter().nth(place));
    let (user, password) = account.ok_or_else(|| format!("there is no account {number}"))?;
    let (link, stream) = Link::memory();
    links.send(link).await.map_err(|_| "nobody takes calls".to_owned())?;
    let tokenizer = Tokenizer::new(Context::new(Start::Stream));
    let mut session = Session { set, stream, tokenizer, read: Vec::new() };
    let ended = session.sign_in(user, password).await;
    // Whoever is gone already does not hear the end.
    let _ = session.send("</stream:stream>".into()).await;
    Ok(match ended {
        Ok(jid) => json!({ "stdout": jid, "stderr": "", "code": 0 }),
        Err(why) => json!({ "stdout": "", "stderr": why, "code": 1 }),
    })
}

/// One connection.
struct Session<'s> {
    set: &'s Options,
    stream: DuplexStream,
    tokenizer: Tokenizer,
    /// What was read and not looked at.
    read: Vec<u8>,
}

impl Session<'_> {
    async fn sign_in(&mut self, user: &str, password: &str) -> Result<String, String> {
        let features = self.begin().await?;
        if !mechanisms(&features.element()).iter().any(|name| name == Hash::Sha1.mechanism()) {
            return Err("SCRAM-SHA-1 is not offered".to_owned());
        }
        self.authenticate(user, password).await?;
        self.tokenizer.restart(Start::Stream);
        self.begin().await?;
        let bind = XmlWriter::new().start("iq").attribute("type", "set").attribute("id", "bind");
        let bind = bind.start("bind").attribute("xmlns", namespace::BIND).end().end();
        self.send(bind.finish()).await?;
        let bound = self.element().await?;
        let bound = bound.element();
        let bind = bound.child(namespace::BIND, "bind");
        let jid = bind.and_then(|bind| bind.child(namespace::BIND, "jid"));
        jid.map(|jid| jid.text()).ok_or_else(|| "no resource is bound".to_owned())
    }

    /// Sends a stream header and waits for the features behind that of the server.
    async fn begin(&mut self) -> Result<Document, String> {
        let xml = XmlWriter::new().start("stream:stream").attribute("xmlns", namespace::CLIENT);
        let xml = xml.attribute("xmlns:stream", namespace::STREAMS).attribute("to", "localhost");
        let header = xml.attribute("version", "1.0").finish();
        self.send([b"<?xml version='1.0'?>".as_slice(), &header].concat()).await?;
        self.element().await
    }

    async fn authenticate(&mut self, user: &str, password: &str) -> Result<(), String> {
        let client = Client::new(Hash::Sha1, user, NONCE);
        let data = Data::Bytes(client.first().into_bytes());
        let mechanism = Hash::Sha1.mechanism().to_owned();
        self.send(Sasl::Auth { mechanism, data }.to_xml()).await?;
        let Sasl::Challenge(Data::Bytes(challenge)) = self.sasl().await? else {
            return Err("the server has no challenge".to_owned());
        };
        let step = match client.answer(&challenge, password) {
            Ok(step) => step,
            Err(error) => {
                let careless = self.set.faulty("client-ignores-nonce");
                let step = (careless && error.kind == ErrorKind::WrongNonce)
                    .then(|| answer_any_nonce(user, &challenge, password));
                let Some(Ok(step)) = step else {
                    self.send(Sasl::Abort.to_xml()).await?;
                    return Err(format!("the challenge is wrong: {error}"));
                };
                step
            }
        };
        let response = Data::Bytes(step.message.clone().into_bytes());
        self.send(Sasl::Response(response).to_xml()).await?;
        match self.sasl().await? {
            Sasl::Success(Data::Bytes(last)) => match step.check(&last) {
                Err(error) if !self.set.faulty("client-ignores-server-signature") => {
                    Err(format!("the server does not know the password: {error}"))
                }
                _ => Ok(()),
            },
            _ => Err("the server refuses".to_owned()),
        }
    }

    async fn sasl(&mut self) -> Result<Sasl, String> {
        let document = self.element().await?;
        Sasl::of(&document.element()).ok_or_else(|| "no element of SASL".to_owned())
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        self.stream.write_all(&bytes).await.map_err(|error| error.to_string())
    }

    /// The next element.
    async fn element(&mut self) -> Result<Document, String> {
        let mut chunk = [0; 4096];
        loop {
            while !self.read.is_empty() {
                let mut rest = self.read.as_slice();
                let event = self.tokenizer.feed(&mut rest).map_err(|error| error.to_string())?;
                let found = match event {
                    Some(Event::Element(element)) => Some(Document::from(element)),
                    Some(Event::End) => return Err("the server ends the stream".to_owned()),
                    _ => None,
                };
                self.read = rest.to_vec();
                if let Some(found) = found {
                    return match is_stream_error(&found.element()) {
                        true => Err("a stream error".to_owned()),
                        false => Ok(found),
                    };
                }
            }
            match timeout(PATIENCE, self.stream.read(&mut chunk)).await {
                Ok(Ok(count @ 1..)) => {
                    self.read.extend_from_slice(chunk.get(..count).unwrap_or_default());
                }
                Ok(_) => return Err("the server closed the connection".to_owned()),
                Err(_) => return Err("the server is silent".to_owned()),
            }
        }
    }
}

fn is_stream_error(element: &Element<'_>) -> bool {
    element.is(namespace::STREAMS, "error")
}

/// What a client says that does not look whose nonce it is: as if it had drawn that one itself.
fn answer_any_nonce(
    user: &str,
    challenge: &[u8],
    password: &str,
) -> Result<wirecheck_codecs::xmpp::scram::Step, String> {
    let text = String::from_utf8_lossy(challenge);
    let nonce = text.split(',').find_map(|part| part.strip_prefix("r=")).unwrap_or_default();
    let shorter = nonce.get(..nonce.len().saturating_sub(1)).unwrap_or_default();
    let client = Client::new(Hash::Sha1, user, shorter);
    client.answer(challenge, password).map_err(|error| error.to_string())
}
