//! The engine's own connections over TCP and WebSocket: requests and their responses.

use std::time::Duration;

use serde_json::{Value, json};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::reliable::{encode, to_json};
use wirecheck_codecs::coap::reliable::{Framing, Message, decode};
use wirecheck_codecs::coap::{Code, Context, Limits, Profile};
use wirecheck_codecs::json::{bytes_to_json, to_hex};

use crate::transport::Link;

/// Whoever keeps what is incomplete says how much it takes.
pub(super) const CONTEXT: Context = Context {
    limits: Limits { maximum_message_size: 1 << 20, ..Limits::UNBOUNDED },
    profile: Profile { extended_token_lengths: false },
};

/// Capabilities and Settings that ask for nothing: the base values hold.
pub(super) fn csm() -> Value {
    json!({ "coap": { "code": "7.01", "options": [{ "block_wise_transfer": "" }] } })
}

/// The bytes of a form of ours.
pub(super) fn encoded(form: &Value, framing: Framing) -> Result<Vec<u8>, String> {
    encode(form, framing).map_err(|error| error.to_string())
}

/// The Pong for a Ping.
pub(super) fn pong(ping: &Message<'_>) -> Value {
    json!({ "coap": { "code": "7.03", "token": to_hex(ping.token) } })
}

pub(super) struct Connection {
    link: Link,
    framing: Framing,
    buffer: Vec<u8>,
    next: u16,
}

impl Connection {
    /// Sends Capabilities and Settings, which nobody has to wait for.
    pub(super) async fn open(link: Link, framing: Framing) -> Result<Self, String> {
        let mut this = Self { link, framing, buffer: Vec::new(), next: 0xF000 };
        this.write(&csm()).await?;
        Ok(this)
    }

    pub(super) async fn ping(&mut self, limit: Duration) -> Result<(), String> {
        self.write(&json!({ "coap": { "code": "7.02", "token": "77" } })).await?;
        let waiting = self.until(|form| form["code"] == json!("7.03"));
        let answer = tokio::time::timeout(limit, waiting).await;
        answer.map_err(|_| "no answer".to_owned())?.map(|_| ())
    }

    /// Sends a message; false, since nothing tells that it was taken but what comes next.
    pub(super) async fn takes(&mut self, message: &[u8]) -> Result<bool, String> {
        let written = self.link.writer.write(message).await;
        written.map_err(|error| error.to_string())?;
        Ok(false)
    }

    /// One request and its response: the members of its JSON form.
    pub(super) async fn request(
        &mut self,
        code: &str,
        options: Value,
        payload: &[u8],
    ) -> Result<Value, String> {
        self.next = self.next.wrapping_add(1);
        let token = format!("{:04x}", self.next);
        let form = json!({ "coap": { "code": code, "token": token, "options": options,
            "payload": bytes_to_json(payload) } });
        self.write(&form).await?;
        self.until(|form| form["token"] == json!(token)).await
    }

    async fn write(&mut self, form: &Value) -> Result<(), String> {
        let bytes = encoded(form, self.framing)?;
        self.link.writer.write(&bytes).await.map_err(|error| error.to_string())
    }

    /// The members of the next message that fits; a Ping is answered meanwhile.
    async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Result<Value, String> {
        loop {
            let found = decode(&self.buffer, self.framing, &CONTEXT);
            let (form, used, answer) = match found {
                Ok(Decoded::Complete { message, used }) => {
                    let answer = (message.code == Code::PING).then(|| pong(&message));
                    (to_json(&message), used, answer)
                }
                Ok(Decoded::Incomplete { .. }) => {
                    self.read().await?;
                    continue;
                }
                // A frame of WebSocket is a whole message, and there is none yet.
                Err(_) if self.buffer.is_empty() => {
                    self.read().await?;
                    continue;
                }
                Err(error) => return Err(format!("not a valid message: {error}")),
            };
            self.buffer.drain(..used);
            if let Some(answer) = answer {
                self.write(&answer).await?;
            }
            let form = form["coap"].clone();
            if form["code"] == json!("7.05") {
                return Err(format!("answered with Abort: {}", form["payload"]));
            }
            if fits(&form) {
                return Ok(form);
            }
        }
    }

    async fn read(&mut self) -> Result<(), String> {
        match self.link.reader.receive(&mut self.buffer).await {
            Ok(0) => Err("the connection was closed".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}
