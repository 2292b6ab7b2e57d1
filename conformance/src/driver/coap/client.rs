//! A small client of the engine's own: pings, and whole transfers in blocks.

use std::time::Duration;

use serde_json::{Value, json};
use wirecheck_codecs::coap::reliable::Framing;
use wirecheck_codecs::json::{bytes_from_json, bytes_to_json};

use super::connection::Connection;
use super::datagrams::Datagrams;
use crate::run::environment::Environment;

/// How long an answer to a ping may take before something else is tried.
const PING_LIMIT: Duration = Duration::from_secs(5);
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(20);
/// The size of the blocks of our own transfers.
const BLOCK: usize = 64;
/// Where every server lists its resources.
pub(super) const CORE: &str = "/.well-known/core";
/// How many blocks make a transfer endless.
const MOST_BLOCKS: usize = 10_000;

/// A client at an endpoint of its own.
pub(super) struct Client {
    wire: Wire,
    patience: u32,
}

/// What carries its messages.
enum Wire {
    Datagrams(Datagrams),
    Connection(Connection),
}

impl Client {
    /// A client that speaks over UDP, or in this framing.
    pub(super) async fn new(env: &Environment, framing: Option<Framing>) -> Result<Self, String> {
        let link = env.connector.connect("main").await;
        let link = link.map_err(|error| format!("cannot reach the target: {error}"))?;
        let wire = match framing {
            None => Wire::Datagrams(Datagrams::new(link)),
            Some(framing) => Wire::Connection(Connection::open(link, framing).await?),
        };
        Ok(Self { wire, patience: env.patience })
    }

    /// Whether anybody answers a ping, or a GET of what every server has.
    pub(super) async fn ping(&mut self) -> Result<(), String> {
        let limit = PING_LIMIT * self.patience / 100;
        let answered = match &mut self.wire {
            Wire::Datagrams(datagrams) => datagrams.ping(limit).await,
            Wire::Connection(connection) => connection.ping(limit).await,
        };
        match answered {
            Ok(()) => Ok(()),
            Err(_) => self.request("0.01", json!([{ "uri": CORE }]), &[]).await.map(|_| ()),
        }
    }

    /// Whether a message is answered by anything but a refusal of the message layer.
    pub(super) async fn takes(&mut self, message: &[u8]) -> Result<(), String> {
        let limit = LIMIT * self.patience / 100;
        let served = match &mut self.wire {
            Wire::Datagrams(datagrams) => datagrams.takes(message, limit).await?,
            Wire::Connection(connection) => connection.takes(message).await?,
        };
        match served {
            true => Ok(()),
            // It asks for no answer.
            false => self.ping().await,
        }
    }

    /// One request and its response: the members of its JSON form.
    async fn request(
        &mut self,
        code: &str,
        options: Value,
        payload: &[u8],
    ) -> Result<Value, String> {
        let limit = LIMIT * self.patience / 100;
        match &mut self.wire {
            Wire::Datagrams(datagrams) => datagrams.request(code, options, payload, limit).await,
            Wire::Connection(connection) => {
                let asking = connection.request(code, options, payload);
                let answer = tokio::time::timeout(limit, asking).await;
                answer.map_err(|_| "no answer".to_owned())?
            }
        }
    }

    /// The representation of a resource, whole: `{code, content_format, payload}`.
    pub(super) async fn get(&mut self, path: &str) -> Result<Value, String> {
        let mut all = Vec::new();
        for number in 0..MOST_BLOCKS {
            let mut options = vec![json!({ "uri": path })];
            if number > 0 {
                options.push(json!({ "block2": { "num": number, "more": false, "size": BLOCK } }));
            }
            let answer = self.request("0.01", Value::Array(options), &[]).await?;
            served(&answer)?;
            all.extend(bytes_from_json(&answer["payload"], "payload").unwrap_or_default());
            let block = answer["options"].as_array().into_iter().flatten();
            let block = block.filter_map(|option| option.get("block2")).next().cloned();
            let more = block.as_ref().is_some_and(|block| block["more"] == json!(true));
            let size = block.and_then(|block| block["size"].as_u64()).unwrap_or(0) as usize;
            if !more {
                return Ok(whole(&answer, &all));
            }
            if number == 0 && size != BLOCK {
                // Blocks of another size begin elsewhere: start again with ours.
                all.clear();
                return Box::pin(self.get_in_blocks(path)).await;
            }
        }
        Err("the transfer has no end".to_owned())
    }

    async fn get_in_blocks(&mut self, path: &str) -> Result<Value, String> {
        let mut all = Vec::new();
        let mut size = BLOCK;
        for _ in 0..MOST_BLOCKS {
            let block = json!({ "num": all.len() / size, "more": false, "size": size });
            let options = json!([{ "uri": path }, { "block2": block }]);
            let answer = self.request("0.01", options, &[]).await?;
            served(&answer)?;
            all.extend(bytes_from_json(&answer["payload"], "payload").unwrap_or_default());
            let options = answer["options"].as_array().into_iter().flatten();
            let block = options.filter_map(|option| option.get("block2")).next().cloned();
            let Some(block) = block.filter(|block| block["more"] == json!(true)) else {
                return Ok(whole(&answer, &all));
            };
            size = block["size"].as_u64().unwrap_or(size as u64) as usize;
        }
        Err("the transfer has no end".to_owned())
    }

    /// Replaces a representation: `{code, payload}` of the last answer.
    pub(super) async fn put(&mut self, path: &str, payload: &Value) -> Result<Value, String> {
        let bytes = bytes_from_json(payload, "payload").map_err(|error| error.to_string())?;
        if bytes.len() <= BLOCK {
            return self.request("0.03", json!([{ "uri": path }]), &bytes).await;
        }
        let mut last = Value::Null;
        let count = bytes.len().div_ceil(BLOCK);
        for (number, block) in bytes.chunks(BLOCK).enumerate() {
            let more = number + 1 < count;
            let said = json!({ "num": number, "more": more, "size": BLOCK });
            last =
                self.request("0.03", json!([{ "uri": path }, { "block1": said }]), block).await?;
        }
        Ok(last)
    }
}

/// What a transfer gave, by its last answer and all its bytes.
fn whole(answer: &Value, bytes: &[u8]) -> Value {
    let options = answer["options"].as_array().into_iter().flatten();
    let format = options.filter_map(|option| option.get("content_format")).next();
    json!({ "code": answer["code"], "content_format": format, "payload": bytes_to_json(bytes) })
}

/// Whether an answer has a representation, or part of one.
fn served(answer: &Value) -> Result<(), String> {
    let code = answer["code"].as_str().unwrap_or_default();
    if code.starts_with("2.") { Ok(()) } else { Err(format!("answered {code}")) }
}
