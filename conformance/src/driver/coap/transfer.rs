//! The procedures: whole transfers in blocks.

use serde_json::Value;

use super::client::Client;
use super::{Coap, from_root};
use crate::case::Procedure;
use crate::run::case::{Run, Stop};
use crate::wire_log::Event;

impl Coap {
    /// `coap-get` and `coap-put`: a whole transfer, from an endpoint of its own.
    pub(super) async fn transfer(self, run: &mut Run<'_>, step: &Procedure) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let resource = with.get("resource").and_then(Value::as_str).unwrap_or_default();
        let path = run.env.resources.get(resource).map(|path| from_root(path));
        let path = path.ok_or_else(|| {
            Stop::Inconclusive(format!("the target has no resource for `{resource}`"))
        })?;
        let mut client = Client::new(run.env).await.map_err(Stop::Inconclusive)?;
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
}
