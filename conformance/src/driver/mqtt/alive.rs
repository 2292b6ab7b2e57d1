//! Whether the target serves a fresh client, asked after each case and before wrong messages.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::mqtt::Version;
use wirecheck_codecs::mqtt::json::encode;

use super::Mqtt;
use super::session::Connection;
use crate::case::CloseHow;
use crate::codec::mqtt::Mqtt as Packets;
use crate::codec::{Codec, Sender};
use crate::driver::Driver;
use crate::driver::actor::{Actor, Start};
use crate::driver::inbox::{Bell, End};
use crate::pattern::kind_of;
use crate::run::alive::LIMIT;
use crate::run::environment::{Environment, base36};
use crate::wire_log::WireLog;

/// The error of a client that was answered with what is no valid packet.
const UNREADABLE: &str = "the answer is no valid packet";

/// Connects as somebody new, pings and leaves. The error says what did not happen.
pub(super) async fn serves(env: &Environment, version: Version) -> Result<(), String> {
    let served = match Client::connect(env, version, None).await {
        Ok(None) => Ok(()),
        Ok(Some(client)) => client.ping().await,
        Err(why) => Err(why),
    };
    // Whoever answers, even with what is no valid packet, is there; the passive rules judge that.
    served.or_else(|why| if why == UNREADABLE { Ok(()) } else { Err(why) })
}

/// Sends a message and finds out whether the target goes on serving the sender.
pub(super) async fn takes(
    env: &Environment,
    version: Version,
    message: &[u8],
    connects: bool,
) -> Result<(), String> {
    if connects {
        let Some(client) = Client::connect(env, version, Some(message)).await? else {
            return Err("it refuses by policy or load".to_owned());
        };
        return client.ping().await;
    }
    let Some(client) = Client::connect(env, version, None).await? else {
        return Err("it refuses by policy or load".to_owned());
    };
    client.send(message).await?;
    client.ping().await
}

struct Client {
    version: Version,
    actor: Actor,
    bell: Bell,
    deadline: Instant,
}

impl Client {
    /// Connects with `connect`, or with a plain CONNECT. `None` if the target refuses by policy:
    /// it answers, which is all that can be asked.
    async fn connect(
        env: &Environment,
        version: Version,
        connect: Option<&[u8]>,
    ) -> Result<Option<Self>, String> {
        let deadline = Instant::now() + env.stretch(LIMIT);
        let link = env.connector.connect("main").await;
        let link = link.map_err(|error| format!("cannot connect: {error}"))?;
        let bell = Bell::new();
        let start = Start {
            name: "alive".to_owned(),
            codec: Mqtt(version).codec(),
            ours: Sender::Client,
            session: Box::new(Connection::new(version, Sender::Server, HashSet::new(), 0)),
            log: WireLog::new(),
            bell: bell.clone(),
        };
        let client = Self { version, actor: Actor::start(link, start), bell, deadline };
        let plain = match connect {
            Some(bytes) => bytes.to_vec(),
            None => {
                let identifier = format!("{}a{}alive00", env.client_prefix, env.nonce);
                let identifier = format!("{identifier}{}", fresh_suffix());
                let mut form = json!({ "connect": { "client_identifier": identifier } });
                if let Some((user, password)) = env.account() {
                    form["connect"]["user_name"] = user.into();
                    form["connect"]["password"] = password.into();
                }
                encode(&form, version).map_err(|error| error.to_string())?
            }
        };
        client.send(&plain).await?;
        let answer = client.wait_for("connack").await?;
        if answer.pointer("/connack/reason_code") == Some(&json!(0)) {
            return Ok(Some(client));
        }
        match Packets(version).refusal(&answer) {
            Some(_) => Ok(None),
            None => Err(format!("refused: {}", Packets(version).describe(&answer))),
        }
    }

    async fn send(&self, bytes: &[u8]) -> Result<(), String> {
        let written = self.actor.write(bytes.to_vec()).await;
        written.map(|_| ()).map_err(|_| "the connection was closed".to_owned())
    }

    /// Finds out whether the target goes on serving. One that answers no PINGREQ breaks a rule, but
    /// it is not dead if it answers UNSUBSCRIBE.
    async fn ping(self) -> Result<(), String> {
        self.send(&[0xC0, 0]).await?;
        let now = Instant::now();
        let soon = now + self.deadline.saturating_duration_since(now) / 2;
        if let Err(why) = self.wait_until(soon, "pingresp").await {
            if self.actor.is_gone() {
                return Err(why);
            }
            let form = json!({ "unsubscribe": {
                "packet_identifier": u16::MAX, "topic_filters": ["wirecheck/alive"],
            }});
            let bytes = encode(&form, self.version).map_err(|error| error.to_string())?;
            self.send(&bytes).await?;
            self.wait_for("unsuback").await?;
        }
        self.actor.close(CloseHow::Clean).await;
        Ok(())
    }

    async fn wait_for(&self, kind: &str) -> Result<Value, String> {
        self.wait_until(self.deadline, kind).await
    }

    async fn wait_until(&self, deadline: Instant, kind: &str) -> Result<Value, String> {
        let inbox = &self.actor.inbox;
        let found = self.bell.wait(deadline, || {
            let arrival = inbox.take(|arrival| kind_of(&arrival.form) == Some(kind));
            match arrival {
                Some(arrival) => Some(Ok(arrival.form)),
                None => inbox.ended().map(|(end, _)| match end {
                    End::Unreadable(_) => Err(UNREADABLE.to_owned()),
                    _ => Err("the connection was closed".to_owned()),
                }),
            }
        });
        let silence = || Err(format!("no {} within {} s", kind.to_uppercase(), LIMIT.as_secs()));
        found.await.unwrap_or_else(silence)
    }
}

/// Two clients of one run must not take over from each other, so no number comes twice.
fn fresh_suffix() -> String {
    static CLIENTS: AtomicUsize = AtomicUsize::new(0);
    base36(CLIENTS.fetch_add(1, Ordering::Relaxed), 4)
}
