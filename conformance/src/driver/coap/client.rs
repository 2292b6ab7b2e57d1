//! A small client of the engine's own: pings, and whole transfers in blocks.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::{encode, to_json};
use wirecheck_codecs::coap::{Context, Message, MessageType, decode};
use wirecheck_codecs::json::{bytes_from_json, bytes_to_json};

use super::session::{ENGINE_MESSAGE_IDS, encoded};
use crate::run::environment::Environment;
use crate::transport::Link;

/// When a message is sent again, counted from the first time.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(6), Duration::from_secs(14)];
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How long an answer to a ping may take before something else is tried.
const PING_LIMIT: Duration = Duration::from_secs(5);
/// The size of the blocks of our own transfers.
const BLOCK: usize = 64;
/// How many blocks make a transfer endless.
const MOST_BLOCKS: usize = 10_000;

pub(super) struct Client {
    link: Link,
    next: u16,
    patience: u32,
}

impl Client {
    pub(super) async fn new(env: &Environment) -> Result<Self, String> {
        let link = env.connector.connect("main").await;
        let link = link.map_err(|error| format!("cannot reach the target: {error}"))?;
        Ok(Self { link, next: ENGINE_MESSAGE_IDS, patience: env.patience })
    }

    /// Whether anybody answers a ping, or a GET of what every server has.
    pub(super) async fn ping(&mut self) -> Result<(), String> {
        let id = self.id();
        let ping = encoded(&Message::ping(id));
        let pong = |message: &Message<'_>| message.message_id == id;
        if self.ask(&ping, PING_LIMIT, pong).await.is_ok() {
            return Ok(());
        }
        self.request("0.01", json!([{ "uri": "/.well-known/core" }]), &[]).await.map(|_| ())
    }

    /// Whether a message is answered by anything but a Reset.
    pub(super) async fn takes(&mut self, message: &[u8]) -> Result<(), String> {
        let Ok(Decoded::Complete { message: ours, .. }) = decode(message, &Context::default())
        else {
            return Err("it is no message".to_owned());
        };
        if !ours.code.is_request() {
            self.link.writer.write(message).await.map_err(|error| error.to_string())?;
            return self.ping().await;
        }
        let (id, token) = (ours.message_id, ours.token.to_vec());
        let answers = |message: &Message<'_>| {
            message.message_id == id && message.message_type == MessageType::Reset
                || message.code.is_response() && message.token == token
        };
        let answer = self.ask(message, LIMIT, answers).await?;
        match answer.pointer("/coap/type").and_then(Value::as_str) {
            Some("RST") => Err("it is answered with a Reset".to_owned()),
            _ => Ok(()),
        }
    }

    /// The representation of a resource, whole: `{code, payload}`.
    pub(super) async fn get(&mut self, path: &str) -> Result<Value, String> {
        let mut all = Vec::new();
        for number in 0..MOST_BLOCKS {
            let mut options = vec![json!({ "uri": path })];
            if number > 0 {
                options.push(json!({ "block2": { "num": number, "more": false, "size": BLOCK } }));
            }
            let answer = self.request("0.01", Value::Array(options), &[]).await?;
            all.extend(bytes_from_json(&answer["payload"], "payload").unwrap_or_default());
            let block = answer["options"].as_array().into_iter().flatten();
            let block = block.filter_map(|option| option.get("block2")).next().cloned();
            let more = block.as_ref().is_some_and(|block| block["more"] == json!(true));
            let size = block.and_then(|block| block["size"].as_u64()).unwrap_or(0) as usize;
            if !more {
                return Ok(json!({ "code": answer["code"], "payload": bytes_to_json(&all) }));
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
            all.extend(bytes_from_json(&answer["payload"], "payload").unwrap_or_default());
            let options = answer["options"].as_array().into_iter().flatten();
            let block = options.filter_map(|option| option.get("block2")).next().cloned();
            let Some(block) = block.filter(|block| block["more"] == json!(true)) else {
                return Ok(json!({ "code": answer["code"], "payload": bytes_to_json(&all) }));
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

    /// One request and its response: the members of its JSON form.
    async fn request(
        &mut self,
        code: &str,
        options: Value,
        payload: &[u8],
    ) -> Result<Value, String> {
        let id = self.id();
        let token = format!("{id:04x}");
        let form = json!({ "coap": { "type": "CON", "code": code, "message_id": id,
            "token": token, "options": options, "payload": bytes_to_json(payload) } });
        let bytes = encode(&form).map_err(|error| error.to_string())?;
        let ours = id.to_be_bytes();
        let answers = |message: &Message<'_>| {
            message.code.is_response() && message.token == ours
                || message.message_type == MessageType::Reset && message.message_id == id
        };
        let answer = self.ask(&bytes, LIMIT, answers).await?;
        match answer.pointer("/coap/type").and_then(Value::as_str) {
            Some("RST") => Err("answered with a Reset".to_owned()),
            _ => Ok(answer["coap"].clone()),
        }
    }

    /// Sends a message, again and again by the protocol, until something answers it.
    async fn ask(
        &mut self,
        bytes: &[u8],
        limit: Duration,
        answers: impl Fn(&Message<'_>) -> bool,
    ) -> Result<Value, String> {
        let begin = Instant::now();
        let deadline = begin + limit * self.patience / 100;
        let mut again = AGAIN.iter().map(|after| begin + *after);
        self.link.writer.write(bytes).await.map_err(|error| error.to_string())?;
        let mut next = again.next();
        loop {
            let until = next.map_or(deadline, |next| next.min(deadline));
            let mut datagram = Vec::new();
            match timeout_at(until, self.link.reader.receive(&mut datagram)).await {
                Ok(Ok(_)) => {
                    let Ok(Decoded::Complete { message, .. }) =
                        decode(&datagram, &Context::default())
                    else {
                        continue;
                    };
                    if message.message_type == MessageType::Confirmable {
                        let ack = encoded(&Message::acknowledgement(message.message_id));
                        let _ = self.link.writer.write(&ack).await;
                    }
                    if answers(&message) {
                        return Ok(to_json(&message));
                    }
                }
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_) if Instant::now() >= deadline => {
                    return Err("no answer".to_owned());
                }
                Err(_) => {
                    next = again.next();
                    let _ = self.link.writer.write(bytes).await;
                }
            }
        }
    }

    fn id(&mut self) -> u16 {
        self.next = self.next.wrapping_add(1).max(ENGINE_MESSAGE_IDS);
        self.next
    }
}
