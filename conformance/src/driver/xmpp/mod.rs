//! XMPP over TCP, as a client of a server: one actor is one stream each way.

mod accept;
mod alive;
mod negotiate;
mod open;
mod probe;
mod scram;
mod secure;
mod session;
mod subscription;

use serde_json::{Map, Value, json};
use wirecheck_codecs::xmpp::XmlWriter;
use wirecheck_codecs::xmpp::sasl::Data;
use wirecheck_codecs::xmpp::scram::{Client, Hash};

use self::negotiate::Account;
use super::{Doing, Driver, Opening, Unprobed};
use crate::capability::Capabilities;
use crate::case::{Accept, Fence, Open, Procedure, Stage};
use crate::codec::{self, Codec};
use crate::passive::Rule;
use crate::passive::xmpp::RULES;
use crate::passive::xmpp_framing;
use crate::run::case::{Run, Stop};
use crate::run::environment::{Environment, Names};
use crate::transport::Link;

/// The domain of a target in memory.
const LOCAL: &str = "localhost";

/// How many letters `account.letters` has: a message of them has almost 10,000 bytes.
const LETTERS: usize = 9_700;

/// XMPP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Xmpp;

/// The domain that the target is asked for.
fn domain(env: &Environment) -> String {
    let named = env.accounts.iter().find_map(|(user, _)| user.split_once('@'));
    let host = || env.connector.address("main").map(|address| address.host);
    named.map(|(_, domain)| domain.to_owned()).or_else(host).unwrap_or_else(|| LOCAL.to_owned())
}

/// The accounts of the target, in order; what is behind `@` is the domain.
fn accounts(env: &Environment) -> Vec<Account> {
    let domain = domain(env);
    let accounts = env.accounts.iter().map(|(user, password)| {
        let (local, domain) = user.split_once('@').unwrap_or((user, &domain));
        let (local, domain) = (local.to_owned(), domain.to_owned());
        Account { local, domain, password: password.clone() }
    });
    accounts.collect()
}

/// An account by its number, from 1: `2`, or `account.2`.
fn account(env: &Environment, number: &str) -> Result<Account, Stop> {
    let digits = number.strip_prefix("account.").unwrap_or(number);
    let place: usize = digits
        .parse()
        .map_err(|_| Stop::Error(format!("`{number}` is not the number of an account")))?;
    let account = place.checked_sub(1).and_then(|place| accounts(env).get(place).cloned());
    account.ok_or_else(|| Stop::Inconclusive(format!("there is no account {place}")))
}

impl Driver for Xmpp {
    fn codec(&self) -> &'static dyn Codec {
        &codec::Xmpp
    }

    fn opening(&self) -> Opening {
        Opening {
            stages: &[
                Stage::Transport,
                Stage::Tls,
                Stage::Stream,
                Stage::Features,
                Stage::Authenticated,
                Stage::Bound,
                Stage::Session,
            ],
            autos: open::AUTOS,
            members: &["like", "account"],
        }
    }

    fn open<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Open,
    ) -> Doing<'a, Result<(), Stop>> {
        Box::pin(self.begin(run, step))
    }

    fn accept<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        link: Link,
        step: &'a Accept,
    ) -> Doing<'a, Result<(), Stop>> {
        Box::pin(self.take_call(run, link, step))
    }

    /// A message from the one actor to the full JID of each of the others: stanzas between two
    /// entities stay in order (RFC 6120, 10.1).
    fn fence<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        fence: &'a Fence,
        watchers: &'a [&'a str],
    ) -> Doing<'a, Result<Value, Stop>> {
        Box::pin(async move {
            run.fences += 1;
            let id = format!("wirecheck-fence-{}", run.fences);
            for watcher in watchers {
                let jid = run.scope.get(*watcher).and_then(|facts| facts.get("jid"));
                let jid = jid.and_then(Value::as_str).ok_or_else(|| {
                    Stop::Error(format!("no fence reaches `{watcher}`, which has no resource"))
                })?;
                // Headlines are neither stored nor copied.
                let xml = XmlWriter::new().start("message").attribute("to", jid);
                let xml = xml.attribute("type", "headline").attribute("id", &id);
                let sent = run.actor(&fence.from)?.write_for_engine(xml.end().finish());
                sent.map_err(|_| run.gone(&fence.from))?;
            }
            Ok(json!({ "xml": format!("<message id='{id}'/>") }))
        })
    }

    fn takes<'a>(
        &'a self,
        env: &'a Environment,
        message: &'a [u8],
    ) -> Doing<'a, Result<(), String>> {
        Box::pin(alive::takes(env, message))
    }

    fn serves<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<(), String>> {
        Box::pin(alive::serves(env))
    }

    fn probe<'a>(&'a self, env: &'a Environment) -> Doing<'a, Result<Capabilities, Unprobed>> {
        Box::pin(probe::probe(env))
    }

    fn rules(&self) -> Vec<&'static Rule> {
        RULES.iter().chain(xmpp_framing::RULES).collect()
    }

    /// `account.domain`, `account.letters`, and by the number of each account `bare`, `local`, `domain` and
    /// `scram_first`: in base64, the message that begins SCRAM.
    fn values(&self, env: &Environment, _: &mut Names) -> Map<String, Value> {
        let mut values = Map::from_iter([("domain".to_owned(), domain(env).into())]);
        for (place, account) in accounts(env).iter().enumerate() {
            let scram = Client::new(Hash::Sha1, &account.local, &env.nonce);
            let facts = json!({
                "bare": account.bare(), "local": account.local, "domain": account.domain,
                "scram_first": Data::Bytes(scram.first().into_bytes()).to_text(),
            });
            values.insert((place + 1).to_string(), facts);
        }
        values.insert("letters".to_owned(), "abcdefghij".repeat(LETTERS / 10).into());
        Map::from_iter([("account".to_owned(), Value::Object(values))])
    }

    fn procedures(&self) -> &'static [&'static str] {
        &[
            "sasl-plain",
            "bind-if-authenticated",
            "subscription-state",
            "roster-item",
            "scram-as-client",
            "scram-as-server",
            "start-tls",
            "starttls-offer",
        ]
    }

    fn procedure<'a, 'e: 'a>(
        &'a self,
        run: &'a mut Run<'e>,
        step: &'a Procedure,
    ) -> Doing<'a, Result<Value, Stop>> {
        Box::pin(async move {
            match step.name.as_str() {
                "sasl-plain" => self.sasl_plain(run, step).await,
                "bind-if-authenticated" => self.bind_if_authenticated(run, step).await,
                "subscription-state" => self.subscription_state(run, step).await,
                "roster-item" => self.roster_item(run, step).await,
                "starttls-offer" => self.starttls_offer(run, step).await,
                "start-tls" => self.start_tls(run, step).await,
                "scram-as-client" => self.scram_as_client(run, step).await,
                _ => self.scram_as_server(run, step).await,
            }
        })
    }
}
