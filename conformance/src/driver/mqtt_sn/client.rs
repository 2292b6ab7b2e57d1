//! A small client of the engine's own: whether the gateway serves, and what it can do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt_sn::decode;
use wirecheck_codecs::mqtt_sn::json::to_json;

use super::session::bytes_of;
use crate::codec::Sender;
use crate::codec::mqtt_sn::context;
use crate::pattern::kind_of;
use crate::run::alive::LIMIT;
use crate::run::environment::{Environment, base36};
use crate::transport::Link;

/// When a message is sent again: sooner than a client does, for the sake of those who wait.
const AGAIN: Duration = Duration::from_secs(3);
/// How long an answer to what may not be supported can take.
const TRY_LIMIT: Duration = Duration::from_secs(3);
/// The Wireless Node Id of the forwarder's node that we pretend to be.
const NODE: &str = "776331";

pub(super) struct Client {
    link: Link,
    limit: Duration,
}

impl Client {
    pub(super) async fn new(env: &Environment) -> Result<Self, String> {
        let link = env.connector.connect("main").await;
        let link = link.map_err(|error| format!("cannot reach the target: {error}"))?;
        Ok(Self { link, limit: env.stretch(LIMIT) })
    }

    /// Connects as somebody new. The error says what did not happen.
    pub(super) async fn connect(&mut self, env: &Environment) -> Result<Value, String> {
        let connect = json!({ "connect": { "client_id": fresh_identifier(env) } });
        self.ask(&bytes_of(&connect), &["connack", "willtopicreq"], self.limit).await
    }

    /// Whether anybody answers CONNECT and PINGREQ, whatever the answers are: what is wrong with
    /// them is the business of other checks.
    pub(super) async fn serves(&mut self, env: &Environment) -> Result<(), String> {
        let answer = self.connect(env).await?;
        if answer.pointer("/connack/return_code") != Some(&json!(0)) {
            return Ok(());
        }
        let ping = bytes_of(&json!({ "pingreq": {} }));
        self.ask(&ping, &["pingresp", "disconnect"], self.limit).await?;
        self.leave().await;
        Ok(())
    }

    /// Whether the gateway goes on serving a client that sends a message.
    pub(super) async fn takes(&mut self, env: &Environment, message: &[u8]) -> Result<(), String> {
        let form = match decode(message, &context(Sender::Client)) {
            Ok(Decoded::Complete { message, .. }) => to_json(&message),
            _ => return Err("it is no message".to_owned()),
        };
        if kind_of(&form) == Some("connect") {
            let answer = self.ask(message, &["connack", "willtopicreq"], self.limit).await?;
            let refused = answer.pointer("/connack/return_code").is_some_and(|code| *code != 0);
            return if refused { Err("it is refused".to_owned()) } else { Ok(()) };
        }
        self.connect(env).await?;
        self.link.writer.write(message).await.map_err(|error| error.to_string())?;
        let ping = bytes_of(&json!({ "pingreq": {} }));
        self.ask(&ping, &["pingresp"], self.limit).await.map(|_| ())
    }

    /// Whether the gateway lets a client sleep; the client is gone afterwards.
    pub(super) async fn sleeps(&mut self) -> bool {
        let sleep = bytes_of(&json!({ "disconnect": { "duration": 60 } }));
        let slept = self.ask(&sleep, &["disconnect"], TRY_LIMIT).await.is_ok();
        self.leave().await;
        slept
    }

    /// Whether the gateway answers a SEARCHGW that a forwarder passes on.
    pub(super) async fn is_forwarded(&mut self) -> bool {
        let search = json!({ "encapsulated": { "wireless_node_id": { "hex": NODE },
            "message": { "searchgw": { "radius": 1 } } } });
        self.ask(&bytes_of(&search), &["encapsulated"], TRY_LIMIT).await.is_ok()
    }

    async fn leave(&mut self) {
        // Nobody waits for the answer; a client that is forgotten is supervised anyway.
        let _ = self.link.writer.write(&bytes_of(&json!({ "disconnect": {} }))).await;
    }

    /// Sends a message, again and again, until a message of one of the kinds comes.
    async fn ask(
        &mut self,
        bytes: &[u8],
        kinds: &[&str],
        limit: Duration,
    ) -> Result<Value, String> {
        let deadline = Instant::now() + limit;
        let mut again = Instant::now();
        loop {
            if Instant::now() >= again {
                self.link.writer.write(bytes).await.map_err(|error| error.to_string())?;
                again = Instant::now() + AGAIN;
            }
            let mut datagram = Vec::new();
            let until = again.min(deadline);
            match timeout_at(until, self.link.reader.receive(&mut datagram)).await {
                Ok(Ok(_)) => {
                    // What a gateway may not send is an answer all the same.
                    let decoded = decode(&datagram, &context(Sender::Either));
                    let Ok(Decoded::Complete { message, .. }) = decoded else { continue };
                    let form = to_json(&message);
                    if kind_of(&form).is_some_and(|kind| kinds.contains(&kind)) {
                        return Ok(form);
                    }
                }
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_) if Instant::now() >= deadline => {
                    let wanted = kinds.join(" or ").to_uppercase();
                    return Err(format!("no {wanted} within {} s", limit.as_secs()));
                }
                Err(_) => {}
            }
        }
    }
}

/// Two clients of one run must not take over from each other, so no number comes twice.
fn fresh_identifier(env: &Environment) -> String {
    static CLIENTS: AtomicUsize = AtomicUsize::new(0);
    let number = CLIENTS.fetch_add(1, Ordering::Relaxed);
    format!("{}a{}{}", env.client_prefix, env.nonce, base36(number, 4))
}
