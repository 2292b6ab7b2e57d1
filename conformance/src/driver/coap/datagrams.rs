//! The engine's own exchange of datagrams: requests, sent again and again, and their responses.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::{encode, to_json};
use wirecheck_codecs::coap::{Context, Message, MessageType, decode};
use wirecheck_codecs::json::bytes_to_json;

use super::session::encoded;
use crate::transport::Link;

/// When a message is sent again, counted from the first time.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(6), Duration::from_secs(14)];
/// Message IDs from here on are the engine's own, which makes them easy to tell in a capture.
const ENGINE_MESSAGE_IDS: u16 = 0xF000;

pub(super) struct Datagrams {
    link: Link,
    next: u16,
}

impl Datagrams {
    pub(super) fn new(link: Link) -> Self {
        Self { link, next: ENGINE_MESSAGE_IDS }
    }

    /// Whether anybody answers a ping.
    pub(super) async fn ping(&mut self, limit: Duration) -> Result<(), String> {
        let id = self.id();
        let ping = encoded(&Message::ping(id));
        self.ask(&ping, limit, |message| message.message_id == id).await.map(|_| ())
    }

    /// Whether a message is answered by anything but a Reset; false if it asks for no answer.
    pub(super) async fn takes(&mut self, message: &[u8], limit: Duration) -> Result<bool, String> {
        let Ok(Decoded::Complete { message: ours, .. }) = decode(message, &Context::default())
        else {
            return Err("it is no message".to_owned());
        };
        if !ours.code.is_request() {
            self.link.writer.write(message).await.map_err(|error| error.to_string())?;
            return Ok(false);
        }
        let (id, token) = (ours.message_id, ours.token.to_vec());
        let answers = |message: &Message<'_>| {
            message.message_id == id && message.message_type == MessageType::Reset
                || message.code.is_response() && message.token == token
        };
        let answer = self.ask(message, limit, answers).await?;
        match answer.pointer("/coap/type").and_then(Value::as_str) {
            Some("RST") => Err("it is answered with a Reset".to_owned()),
            _ => Ok(true),
        }
    }

    /// One request and its response: the members of its JSON form.
    pub(super) async fn request(
        &mut self,
        code: &str,
        options: Value,
        payload: &[u8],
        limit: Duration,
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
        let answer = self.ask(&bytes, limit, answers).await?;
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
        let deadline = begin + limit;
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
