//! What a CoAP server can do, asked before the cases run.

use std::time::Duration;

use serde_json::{Value, json};
use wirecheck_codecs::coap::reliable::Framing;
use wirecheck_codecs::json::bytes_from_json;

use super::client::{CORE, Client};
use crate::capability::{Capabilities, Source};
use crate::codec::link_format::LinkFormat;
use crate::codec::{Codec, Sender, Taken};
use crate::driver::Unprobed;
use crate::run::environment::Environment;

/// How long the target may take to say that it is there.
const LIMIT: Duration = Duration::from_secs(15);
/// How many of the links are tried.
const MOST_LINKS: usize = 8;
/// How many bytes make a representation large.
const LARGE: usize = 65;

/// Pings, and looks for resources that cases can read.
pub(super) async fn probe(
    env: &Environment,
    framing: Option<Framing>,
) -> Result<Capabilities, Unprobed> {
    let asking = async {
        let mut client = Client::new(env, framing).await?;
        client.ping().await.map(|()| client)
    };
    let answer = tokio::time::timeout(env.stretch(LIMIT), asking).await;
    let silent = || "no answer to a ping or to GET /.well-known/core".to_owned();
    let mut client = answer.map_err(|_| silent())??;
    let mut found = Capabilities::default();
    let carrier = if framing.is_none() { "udp" } else { "tcp" };
    found.set(carrier, true, Source::Observed, "a ping or a GET was answered");
    if env.oscore.is_some() && framing.is_none() {
        found.set("oscore", true, Source::Declared, "a context is given");
    }
    let named = |name: &str| env.resources.contains_key(name);
    if ["test", "observable", "large"].into_iter().all(named) {
        return Ok(found);
    }
    // A target that lists nothing that can be read lacks what cases need, and is none the worse.
    let looking = discover(&mut client, &mut found);
    let _ = tokio::time::timeout(env.stretch(LIMIT), looking).await;
    Ok(found)
}

/// Finds resources in what the target lists: one that can be observed, one that can be read, and a
/// large one. What a case would change, the target file has to name.
async fn discover(client: &mut Client, found: &mut Capabilities) -> Result<(), String> {
    let list = client.get(CORE).await?;
    let bytes = bytes_from_json(&list["payload"], "payload").map_err(|error| error.to_string())?;
    let Taken::Message { form, .. } = LinkFormat.take(&bytes, Sender::Server) else {
        return Ok(());
    };
    let links = form["links"].as_array().cloned().unwrap_or_default();
    let path = |link: &Value| link["target"].as_str().map(str::to_owned);
    let local = |path: &String| path.starts_with('/') && !path.starts_with("//") && path != CORE;
    let mut note = |name: &str, path: &str, why: &str| {
        let id = format!("resource:{name}");
        if found.get(&id).is_none() {
            found.set(&id, path, Source::Observed, why);
        }
    };
    let observable = links.iter().find(|link| {
        let attributes = link["attributes"].as_array().into_iter().flatten();
        attributes.into_iter().any(|it| it.get("obs").is_some())
    });
    if let Some(path) = observable.and_then(path).filter(local) {
        note("observable", &path, "/.well-known/core lists it with obs");
    }
    for path in links.iter().filter_map(path).filter(local).take(MOST_LINKS) {
        let Ok(answer) = client.get(&path).await else { continue };
        if answer["code"] != json!("2.05") {
            continue;
        }
        note("test", &path, "/.well-known/core lists it, and it can be read");
        let length = bytes_from_json(&answer["payload"], "payload").map_or(0, |it| it.len());
        if length >= LARGE {
            note("large", &path, "/.well-known/core lists it, and it has more than 64 bytes");
        }
    }
    Ok(())
}
