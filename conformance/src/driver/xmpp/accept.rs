//! The target as a client: `accept`, and SASL from the server's side.

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use wirecheck_codecs::xmpp::sasl::{Data, Sasl};
use wirecheck_codecs::xmpp::scram::{ClientFirst, Hash, Keys, Server};
use wirecheck_codecs::xmpp::{XmlWriter, namespace};

use super::open::negotiation;
use super::session::Stream;
use super::{Xmpp, account, domain};
use crate::case::{Accept, Procedure, Stage};
use crate::codec::{self, Codec, Sender};
use crate::driver::autos;
use crate::run::case::{Run, Stop};
use crate::transport::Link;

/// How often the password is hashed; RFC 5802 asks for so many at least.
const ITERATIONS: u32 = 4096;
/// The server's part of the nonce.
const NONCE: &str = "%wirecheck";

/// What is done wrong on purpose in an exchange of SCRAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tamper {
    Nothing,
    /// The nonce in the challenge does not go on from the client's.
    Nonce,
    /// The signature shows no knowledge of the password.
    Signature,
}

impl Xmpp {
    pub(super) async fn take_call(
        self,
        run: &mut Run<'_>,
        link: Link,
        step: &Accept,
    ) -> Result<(), Stop> {
        let (name, at) = (step.actor.as_str(), step.at.unwrap_or(Stage::Transport));
        let auto = autos(step.auto.as_ref(), &[]);
        run.start(link, name, &self, Sender::Server, Box::new(Stream::new(Sender::Server, auto)));
        run.scope.insert(name.to_owned(), json!({}));
        let with = run.expand_map(step.with.as_ref())?;
        let header = match at {
            Stage::Transport => Value::Null,
            Stage::Stream | Stage::Features => {
                self.answer_header(run, name, at, &with).await.map_err(|why| match why {
                    Stop::Inconclusive(why) => Stop::Inconclusive(format!("`{name}`: {why}")),
                    other => other,
                })?
            }
            _ => {
                let why = "`accept` goes no further than `features`; SASL is a procedure";
                return Err(Stop::Error(why.to_owned()));
            }
        };
        run.bind(step.bind.as_deref(), header, Instant::now());
        Ok(())
    }

    /// Waits for the client's stream header and answers it; gives what came.
    async fn answer_header(
        self,
        run: &Run<'_>,
        name: &str,
        at: Stage,
        with: &Map<String, Value>,
    ) -> Result<Value, Stop> {
        let negotiation = negotiation(run, name)?;
        let is_header = |form: &Value| form.get("stream").is_some();
        let came = negotiation.next("a stream header", is_header).await?;
        let to = came.pointer("/stream/to").and_then(Value::as_str);
        let from = to.map_or_else(|| domain(run.env), str::to_owned);
        let id = format!("{}{name}", run.env.nonce);
        let mut header = json!({ "from": from, "id": id, "lang": "en", "version": "1.0" });
        if let (Some(Value::Object(own)), Value::Object(header)) = (with.get("stream"), &mut header)
        {
            header.extend(own.clone());
        }
        let header = run.driver.codec().encode(&json!({ "stream": header }));
        negotiation.send(header.map_err(Stop::Error)?).await?;
        if at == Stage::Features {
            let offered = with.get("mechanisms").and_then(Value::as_array);
            let offered = offered.into_iter().flatten().filter_map(Value::as_str);
            let xml = XmlWriter::new().start("stream:features").start("mechanisms");
            let mut xml = xml.attribute("xmlns", namespace::SASL);
            for mechanism in offered {
                xml = xml.start("mechanism").text(mechanism).end();
            }
            negotiation.send(xml.end().end().finish()).await?;
        }
        Ok(came)
    }

    /// SCRAM as the server of it, right or tampered with; gives the last element of the client.
    /// With `nonce` it ends at the challenge, which the client must not answer.
    pub(super) async fn scram_as_server(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let text = |key: &str| with.get(key).and_then(Value::as_str);
        let tamper = match text("tamper") {
            None => Tamper::Nothing,
            Some("nonce") => Tamper::Nonce,
            Some("server-signature") => Tamper::Signature,
            Some(other) => return Err(Stop::Error(format!("nothing is called `{other}` there"))),
        };
        let of = text("password_of").unwrap_or("account.1");
        let password = account(run.env, of)?.password;
        let negotiation = negotiation(run, &step.on)?;
        let (auth, form) = negotiation.next_sasl().await?;
        let Sasl::Auth { mechanism, data: Data::Bytes(first) } = auth else {
            return Err(unexpected(&form));
        };
        let hash = Hash::of_mechanism(&mechanism).ok_or_else(|| unexpected(&form))?;
        let first = ClientFirst::parse(&first).map_err(|_| unexpected(&form))?;
        let salt = run.env.nonce.as_bytes();
        let keys = Keys::derive(hash, &password, salt, ITERATIONS);
        let server = Server::new(&first, NONCE, salt, ITERATIONS, keys);
        let challenge = match tamper {
            Tamper::Nonce => server.first().replacen(&format!("r={}", first.nonce), "r=other", 1),
            _ => server.first().to_owned(),
        };
        negotiation.send(Sasl::Challenge(Data::Bytes(challenge.into_bytes())).to_xml()).await?;
        if tamper == Tamper::Nonce {
            return Ok(form);
        }
        let (response, form) = negotiation.next_sasl().await?;
        let Sasl::Response(Data::Bytes(last)) = response else { return Err(unexpected(&form)) };
        let right = server.verify(&last, b"");
        let right = right.map_err(|error| {
            Stop::Inconclusive(format!("the client's final message of SCRAM is wrong: {error}"))
        })?;
        let signature = match tamper {
            Tamper::Signature => other_signature(&right.message),
            _ => right.message,
        };
        negotiation.send(Sasl::Success(Data::Bytes(signature.into_bytes())).to_xml()).await?;
        Ok(form)
    }
}

/// A message with another signature of the same length: its first bits differ.
fn other_signature(message: &str) -> String {
    match message.strip_prefix("v=A") {
        Some(rest) => format!("v=B{rest}"),
        None => format!("v=A{}", message.get(3..).unwrap_or_default()),
    }
}

fn unexpected(form: &Value) -> Stop {
    let words = codec::Xmpp.describe(form);
    Stop::Inconclusive(format!("the client does not go on with SCRAM: {words}"))
}
