//! `dtls-handshake`: what comes of a handshake with only some cipher suites on offer.

use std::io::ErrorKind;

use serde_json::{Value, json};

use crate::case::Procedure;
use crate::run::case::{Run, Stop};
use crate::wire_log::Event;

/// The name of the procedure.
pub(super) const NAME: &str = "dtls-handshake";

/// Shakes hands with the endpoint `to`, with `suites` on offer. Gives `{agreed}`, the cipher suite,
/// or `{refused}`, why; with `else_skip` a refusal ends the case. A target that says nothing at all
/// stops it in any case.
pub(super) async fn shake(run: &mut Run<'_>, step: &Procedure) -> Result<Value, Stop> {
    let with = run.expand_map(step.with.as_ref())?;
    let to = with.get("to").and_then(Value::as_str).unwrap_or("main");
    let suites = with.get("suites").and_then(Value::as_array).into_iter().flatten();
    let suites: Vec<_> = suites.filter_map(Value::as_str).map(str::to_owned).collect();
    let skips = with.get("else_skip") == Some(&Value::Bool(true));
    let shaken = run.env.connector.shake(to, &suites).await;
    let (words, result) = match shaken {
        Ok(link) => {
            let agreed = link.facts["dtls"]["cipher"].clone();
            (format!("DTLS with {agreed}"), Ok(json!({ "agreed": agreed })))
        }
        Err(error) => {
            let words = error.to_string();
            let result = match error.kind() {
                ErrorKind::ConnectionRefused if skips => Err(Stop::Skip(words.clone())),
                ErrorKind::ConnectionRefused => Ok(json!({ "refused": words })),
                ErrorKind::InvalidInput => Err(Stop::Skip(words.clone())),
                _ => Err(Stop::Inconclusive(words.clone())),
            };
            (words, result)
        }
    };
    let offered = suites.join(", ");
    run.log.add(&step.on, Event::Note, None, format!("{offered} on offer: {words}"));
    result
}
