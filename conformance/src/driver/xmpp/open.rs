//! `open` to each of its stages, and the procedures that go on from there.

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use wirecheck_codecs::xmpp::XmlWriter;
use wirecheck_codecs::xmpp::sasl::{Data, Sasl, plain};

use super::negotiate::{Account, Negotiation, Unmet};
use super::session::Stream;
use super::{Xmpp, account, accounts, domain};
use crate::case::{Auto, Open, Procedure, Stage};
use crate::codec::Sender;
use crate::driver::autos;
use crate::run::case::{Run, Stop};
/// What a client that is connected answers if a case does not say.
pub(super) const AUTOS: &[Auto] = &[Auto::Iq, Auto::Roster, Auto::R];

impl Xmpp {
    pub(super) async fn begin(self, run: &mut Run<'_>, step: &Open) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let at = step.at.unwrap_or(Stage::Session);
        let like = step.like.as_ref().and_then(|like| run.scope.get(like.as_str()));
        let of_like = like.and_then(|like| like.get("account")).and_then(Value::as_str);
        let number = step.account.clone().or_else(|| of_like.map(str::to_owned));
        let known = accounts(run.env);
        let account = match number.as_deref() {
            Some(number) => Some(account(run.env, number)?),
            None => known.first().cloned(),
        };
        let with = run.expand_map(step.with.as_ref())?;
        let resource = match (with.get("resource"), like.and_then(|like| like.get("resource"))) {
            (Some(Value::String(resource)), _) | (None, Some(Value::String(resource))) => {
                resource.clone()
            }
            _ => run.names.identifier(name, run.env),
        };
        let usual = if at == Stage::Session { AUTOS } else { &[] };
        let auto = autos(step.auto.as_ref(), usual);
        let link = run.connect(step.to.as_deref().unwrap_or("main"), name).await?;
        let below = Value::Object(link.facts.clone());
        // Where TLS comes first there is nothing to ask for.
        let at = match at {
            Stage::Tls if link.facts.contains_key("tls") => Stage::Transport,
            at => at,
        };
        let framed = link.facts.contains_key("websocket");
        let session = Stream::new(Sender::Client, auto).in_frames(framed);
        run.start(link, name, &self, Sender::Client, Box::new(session));
        let number = number.unwrap_or_else(|| "1".to_owned());
        let mut facts = Map::from_iter([("account".to_owned(), number.into())]);
        let reached = negotiate(run, name, at, account.as_ref(), &resource, &with, &mut facts);
        let answer = reached.await.map_err(|why| match why {
            Stop::Inconclusive(why) => Stop::Inconclusive(format!("`{name}`: {why}")),
            other => other,
        })?;
        let answer = if at == Stage::Transport { below } else { answer };
        run.scope.insert(name.to_owned(), Value::Object(facts));
        run.bind(step.bind.as_deref(), answer, Instant::now());
        Ok(())
    }

    /// PLAIN with any identities; gives what the target answers, whatever that is.
    pub(super) async fn sasl_plain(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let text = |key: &str| with.get(key).and_then(Value::as_str);
        let password = match (text("password"), text("password_of")) {
            (Some(password), _) => password.to_owned(),
            (None, Some(of)) => account(run.env, of)?.password,
            (None, None) => return Err(Stop::Error("`sasl-plain` needs a password".to_owned())),
        };
        let negotiation = negotiation(run, &step.on)?;
        let (authzid, authcid) = (text("authzid").unwrap_or(""), text("authcid").unwrap_or(""));
        let data = Data::Bytes(plain(authzid, authcid, &password));
        let data = match text("base64") {
            None => data,
            Some(how) => Data::Wrong(spoilt(&data.to_text(), how)?),
        };
        let auth = Sasl::Auth { mechanism: "PLAIN".to_owned(), data };
        let (answer, form) = negotiation.sasl(&auth).await?;
        if with.get("else_stop") == Some(&Value::Bool(true)) && !matches!(answer, Sasl::Success(_))
        {
            let words = run.driver.codec().describe(&form);
            return Err(Stop::Inconclusive(format!("`{}` is not let in: {words}", step.on)));
        }
        if let (Some(why), false) = (text("else_skip"), matches!(answer, Sasl::Success(_))) {
            return Err(Stop::Skip(why.to_owned()));
        }
        if matches!(answer, Sasl::Success(_))
            && let Some(Value::Object(facts)) = run.scope.get_mut(step.on.as_str())
        {
            facts.insert("authenticated".to_owned(), true.into());
        }
        Ok(form)
    }

    /// Goes on to a bound resource if SASL has succeeded; gives `jid`, `bare` and `resource`, or
    /// nothing.
    pub(super) async fn bind_if_authenticated(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let known = run.scope.get(step.on.as_str()).and_then(|of| of.get("authenticated"));
        if known != Some(&Value::Bool(true)) {
            return Ok(json!({}));
        }
        let with = run.expand_map(step.with.as_ref())?;
        let resource = with.get("resource").and_then(Value::as_str).unwrap_or("wirecheck");
        let negotiation = negotiation(run, &step.on)?;
        let header = json!({ "to": domain(run.env), "version": "1.0" });
        negotiation.header(&header).await?;
        negotiation.features().await?;
        let jid = negotiation.bind(resource).await?;
        Ok(identity(&jid))
    }
}

/// Base64 that is none any more.
fn spoilt(text: &str, how: &str) -> Result<String, Stop> {
    let (head, tail) = text.split_at(text.len().min(4));
    match how {
        "foreign-character" => Ok(format!("{head}!{tail}")),
        "pad-inside" => Ok(format!("{head}={tail}")),
        other => Err(Stop::Error(format!("base64 cannot be spoilt by `{other}`"))),
    }
}

pub(super) fn negotiation<'a>(run: &'a Run<'_>, actor: &str) -> Result<Negotiation<'a>, Stop> {
    Ok(Negotiation { actor: run.actor(actor)?, bell: &run.bell, env: run.env })
}

/// `jid`, `bare` and `resource` of a full JID.
fn identity(jid: &str) -> Value {
    let (bare, resource) = jid.split_once('/').unwrap_or((jid, ""));
    json!({ "jid": jid, "bare": bare, "resource": resource })
}

/// Goes on to the stage, and gives the target's last answer.
async fn negotiate(
    run: &Run<'_>,
    name: &str,
    at: Stage,
    account: Option<&Account>,
    resource: &str,
    with: &Map<String, Value>,
    facts: &mut Map<String, Value>,
) -> Result<Value, Stop> {
    if at == Stage::Transport {
        return Ok(Value::Null);
    }
    let negotiation = negotiation(run, name)?;
    let to = account.map_or_else(|| domain(run.env), |account| account.domain.clone());
    let mut header = json!({ "to": to, "version": "1.0" });
    if let (Some(Value::Object(own)), Value::Object(header)) = (with.get("stream"), &mut header) {
        header.extend(own.clone());
    }
    if at == Stage::Opening {
        let bytes = run.driver.codec().encode(&json!({ "stream": header }));
        let sent = negotiation.send(bytes.map_err(Stop::Error)?).await;
        return Ok(sent.map(|()| Value::Null)?);
    }
    let answer = negotiation.header(&header).await?;
    if at == Stage::Stream {
        return Ok(answer);
    }
    let features = negotiation.features().await?;
    if at == Stage::Tls {
        return Ok(negotiation.start_tls().await?.facts());
    }
    let features = negotiation.secured(features, &header).await?;
    let form =
        |features: &wirecheck_codecs::xmpp::Document| json!({ "xml": String::from(features) });
    if at == Stage::Features {
        return Ok(form(&features));
    }
    let account = account.ok_or_else(|| Stop::Inconclusive("there is no account".to_owned()))?;
    let nonce = format!("{resource}{name}");
    let signed_in = negotiation.authenticate(&features.element(), account, &nonce).await;
    signed_in?;
    negotiation.header(&header).await?;
    let features = negotiation.features().await?;
    facts.insert("authenticated".to_owned(), true.into());
    if at == Stage::Authenticated {
        return Ok(form(&features));
    }
    let jid = negotiation.bind(resource).await?;
    let bound = identity(&jid);
    if let Value::Object(bound) = &bound {
        facts.extend(bound.clone());
    }
    if at == Stage::Session {
        let presence = XmlWriter::new().start("presence");
        let priority = with.get("presence").and_then(|presence| presence.get("priority"));
        let presence = match priority {
            Some(priority) => presence.start("priority").text(&priority.to_string()).end(),
            None => presence,
        };
        // A target that has no rosters says so, or says nothing.
        if let Err(Unmet::Answer(why)) = negotiation.roster(&format!("{resource}-roster")).await {
            return Err(Stop::Inconclusive(why));
        }
        negotiation.become_available(&jid, presence.end().finish()).await?;
    }
    Ok(bound)
}
