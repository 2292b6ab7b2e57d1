//! `send`: messages right and wrong, whole and in pieces.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::json::from_hex;

use super::case::{Run, Stop};
use crate::case::{Body, Send, Split, bytes};
use crate::codec::{Rejection, Taken, mutate};
use crate::driver::actor::Pieces;
use crate::template;
use crate::wire_log::Mark;

impl Run<'_> {
    pub(super) async fn send(&mut self, step: &Send) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let codec = self.actor(name)?.codec;
        let (plain, form) = self.bytes(step)?;
        let mut bytes = plain.clone();
        for mutation in &step.mutate {
            bytes = mutate(codec, &bytes, &self.expanded(mutation)?).map_err(Stop::Error)?;
        }
        let rejection = self.confirm(step, &bytes)?;
        let twin = match self.instance.each.get("twin_hex").and_then(Value::as_str) {
            Some(hex) if step.refused_as.is_some() => Some(from_hex(hex).map_err(Stop::Error)?),
            _ => (!step.mutate.is_empty()).then_some(plain),
        };
        if let Some(twin) = twin {
            self.driver.note(&mut self.ledger, &twin);
            self.control(name, &twin).await?;
        }
        self.driver.note(&mut self.ledger, &bytes);
        let (cut, pause) = self.split(step.split.as_ref(), &bytes)?;
        let pieces = Pieces { bytes: cut, pause, frame: step.frame };
        let now = Instant::now();
        let entry = self.actor(name)?.write_pieces(pieces).await;
        let entry = entry.map_err(|_| self.gone(name))?;
        if let Some(error) = rejection {
            let text = format!("{}: {}", error.field, error.text);
            self.log.set_mark(entry, Mark { at: error.at, length: 1, text });
        }
        if let Some(breaks) = &step.breaks {
            let id = breaks.get(self.instance.protocol).map(str::to_owned);
            self.breaks = match id {
                Some(id) => Some(template::expand_text(&id, &self.scope)?),
                None => None,
            };
        }
        if let (Some(_), Some(of_row)) = (&step.refused_as, self.instance.each.get("breaks")) {
            self.breaks = of_row.as_str().map(str::to_owned);
        }
        if let Some(bind) = &step.bind {
            self.sent.insert(bind.to_string(), bytes);
        }
        self.bind(step.bind.as_deref(), form, now);
        Ok(())
    }

    /// What is sent, before mutation, and its JSON form where it has one.
    fn bytes(&self, step: &Send) -> Result<(Vec<u8>, Value), Stop> {
        match step.body() {
            Some(Body::Message(form)) => {
                let form = self.expand(form)?;
                Ok((self.encode(&step.actor, &form)?, form))
            }
            Some(Body::Messages(forms)) => {
                let mut all = Vec::new();
                for form in forms {
                    all.extend(self.encode(&step.actor, &self.expand(form)?)?);
                }
                Ok((all, Value::Null))
            }
            Some(Body::Bytes(text)) => {
                let text = template::expand_text(text, &self.scope)?;
                let bytes =
                    bytes::assemble(&text).map_err(|error| Stop::Error(error.to_string()))?;
                Ok((bytes, Value::Null))
            }
            Some(Body::Again(name)) => match self.sent.get(name.as_str()) {
                Some(bytes) => Ok((bytes.clone(), Value::Null)),
                None => Err(Stop::Inconclusive(format!("`{name}` was never sent"))),
            },
            Some(Body::Xml(text)) => {
                let form = json!({ "xml": template::expand_text(text, &self.scope)? });
                Ok((self.encode(&step.actor, &form)?, form))
            }
            Some(Body::Vectors(_)) | None => {
                Err(Stop::Error("`send` says nothing that could be sent".to_owned()))
            }
        }
    }

    /// Makes sure that our own codec says of the bytes what the case says of them.
    fn confirm(&self, step: &Send, bytes: &[u8]) -> Result<Option<Rejection>, Stop> {
        let wanted = step.refused_as.as_deref().unwrap_or("accepted");
        let wanted = template::expand_text(wanted, &self.scope)?;
        let actor = self.actor(&step.actor)?;
        let mut rest = bytes;
        let (mut said, mut rejection) = ("accepted".to_owned(), None);
        while !rest.is_empty() {
            match actor.codec.take(rest, actor.ours) {
                Taken::Message { used, .. } => rest = rest.get(used..).unwrap_or_default(),
                Taken::Incomplete { .. } => {
                    said = "incomplete".to_owned();
                    break;
                }
                Taken::Rejected(error) => {
                    said = error.kind.to_owned();
                    rejection = Some(error);
                    break;
                }
            }
        }
        if said == wanted {
            return Ok(rejection);
        }
        Err(Stop::Error(format!("the case says `{wanted}` of these bytes, our codec `{said}`")))
    }

    /// Sends the unspoilt twin of a wrong message on a fresh link: a target that refuses that one
    /// too proves nothing by refusing the other.
    async fn control(&mut self, actor: &str, twin: &[u8]) -> Result<(), Stop> {
        let served = self.driver.takes(self.env, twin).await;
        served.map_err(|why| {
            let why =
                format!("`{actor}`: the same message without the fault is refused too: {why}");
            Stop::Inconclusive(why)
        })
    }

    fn split(&self, split: Option<&Split>, bytes: &[u8]) -> Result<(Vec<Vec<u8>>, Duration), Stop> {
        let Some(split) = split else { return Ok((vec![bytes.to_vec()], Duration::ZERO)) };
        let pause = split.pause.as_ref().map_or(Ok(Duration::ZERO), |time| self.time(time))?;
        if let Some(every) = &split.every {
            let every = self.number(&every.to_value())?.max(1) as usize;
            return Ok((bytes.chunks(every).map(<[u8]>::to_vec).collect(), pause));
        }
        let (mut pieces, mut rest) = (Vec::new(), bytes);
        for size in &split.sizes {
            let size = self.number(&size.to_value())? as usize;
            let (piece, tail) = rest.split_at(size.min(rest.len()));
            pieces.push(piece.to_vec());
            rest = tail;
        }
        if !rest.is_empty() {
            pieces.push(rest.to_vec());
        }
        Ok((pieces, pause))
    }

    /// The bytes of a message in its JSON form.
    fn encode(&self, actor: &str, form: &Value) -> Result<Vec<u8>, Stop> {
        self.actor(actor)?.codec.encode(form).map_err(Stop::Error)
    }

    fn expanded(&self, mutation: &crate::case::Mutation) -> Result<crate::case::Mutation, Stop> {
        let value =
            serde_json::to_value(mutation).map_err(|error| Stop::Error(error.to_string()))?;
        let value = self.expand(&value)?;
        serde_json::from_value(value).map_err(|error| Stop::Error(error.to_string()))
    }
}
