//! The procedures: whole transfers in blocks.

use serde_json::{Value, json};
use wirecheck_codecs::coap::reliable::Framing;
use wirecheck_codecs::json::bytes_from_json;

use super::client::{CORE, Client};
use super::{from_root, handshake, protected, resources};
use crate::case::Procedure;
use crate::codec::link_format::LinkFormat;
use crate::codec::{Codec, Seen, Sender, Taken};
use crate::run::case::{Run, Stop};
use crate::wire_log::Event;

/// The names of the procedures.
pub(super) const PROCEDURES: &[&str] = &[
    "coap-get",
    "coap-put",
    "coap-links",
    handshake::NAME,
    protected::REQUEST,
    protected::RESPONSE,
];

/// `coap-get` and `coap-put`: a whole transfer, from an endpoint of its own.
pub(super) async fn transfer(
    run: &mut Run<'_>,
    step: &Procedure,
    framing: Option<Framing>,
) -> Result<Value, Stop> {
    match step.name.as_str() {
        "coap-links" => return links(run, step, framing).await,
        handshake::NAME => return handshake::shake(run, step).await,
        protected::REQUEST => return protected::request(run, step),
        protected::RESPONSE => return protected::response(run, step),
        _ => {}
    }
    let with = run.expand_map(step.with.as_ref())?;
    let resource = with.get("resource").and_then(Value::as_str).unwrap_or_default();
    let known = resources(run.env, run.instance.protocol);
    let path = known.get(resource).map(|path| from_root(path));
    let path = path.ok_or_else(|| {
        Stop::Inconclusive(format!("the target has no resource for `{resource}`"))
    })?;
    let mut client = Client::new(run.env, framing).await.map_err(Stop::Inconclusive)?;
    let answer = match step.name.as_str() {
        "coap-get" => client.get(&path).await,
        _ => client.put(&path, with.get("payload").unwrap_or(&Value::Null)).await,
    };
    let words = match &answer {
        Ok(answer) => format!("{} {path}: {}", step.name, answer["code"]),
        Err(why) => format!("{} {path}: {why}", step.name),
    };
    run.log.add(&step.on, Event::Note, None, words);
    answer.map_err(Stop::Inconclusive)
}

/// `coap-links`: what the target says of its resources, and which requirements it breaks with
/// that.
async fn links(
    run: &mut Run<'_>,
    step: &Procedure,
    framing: Option<Framing>,
) -> Result<Value, Stop> {
    let mut client = Client::new(run.env, framing).await.map_err(Stop::Inconclusive)?;
    let answer = client.get(CORE).await.map_err(Stop::Inconclusive)?;
    let code = answer["code"].as_str().unwrap_or_default();
    run.log.add(&step.on, Event::Note, None, format!("{CORE}: {code} {}", answer["payload"]));
    let bytes = bytes_from_json(&answer["payload"], "payload").unwrap_or_default();
    let mut seen = Seen::default();
    let taken = LinkFormat.fields(&bytes, Sender::Server, &mut seen);
    let mut broken: Vec<_> = seen.notes.iter().filter_map(|note| note.requirement).collect();
    let links = match taken {
        Taken::Message { form, .. } => form["links"].clone(),
        Taken::Incomplete { .. } => Value::Null,
        Taken::Rejected(error) => {
            let words = format!("not a valid document: {error}");
            run.log.add(&step.on, Event::Note, None, words);
            broken.extend(error.requirement);
            Value::Null
        }
    };
    let format = &answer["content_format"];
    Ok(json!({ "content_format": format, "links": links, "broken": broken }))
}
