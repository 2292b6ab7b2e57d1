//! The CoAP client that the server can be told to be: one verb, `get`.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::encode;
use wirecheck_codecs::coap::{Context, Message, MessageType, decode};

use crate::peer::Options;
use crate::transport::{Datagrams, Link};

/// The Token of the client's requests.
const TOKEN: &str = "c0ffee01";
/// The Message ID of the client's request.
const ID: u16 = 0x0A01;
/// How long the client waits for a response.
const PATIENCE: Duration = Duration::from_secs(60);

/// Gets a resource over a link of its own; what it was given is its output.
pub(super) async fn get(
    set: &Options,
    links: &mpsc::Sender<Link>,
    with: &Map<String, Value>,
) -> Result<Value, String> {
    let path = with.get("path").and_then(Value::as_str).unwrap_or("/");
    let (link, mut ours) = Link::datagrams();
    links.send(link).await.map_err(|_| "nobody takes calls".to_owned())?;
    let request = form(&json!({ "coap": { "type": "CON", "code": "0.01", "message_id": ID,
        "token": TOKEN, "options": [{ "uri": path }] } }));
    let deadline = Instant::now() + PATIENCE;
    let mut again = Some(Instant::now() + Duration::from_secs(2));
    send(&ours, request.clone());
    loop {
        let until = again.map_or(deadline, |again| again.min(deadline));
        let datagram = match timeout_at(until, ours.input.recv()).await {
            Ok(Some(datagram)) => datagram,
            Ok(None) => return Ok(told("", 1)),
            Err(_) if Instant::now() >= deadline => return Ok(told("", 1)),
            Err(_) => {
                send(&ours, request.clone());
                again = None;
                continue;
            }
        };
        let Ok(Decoded::Complete { message, .. }) = decode(&datagram, &Context::default()) else {
            continue;
        };
        if message.message_type == MessageType::Acknowledgement && message.message_id == ID {
            again = None;
        }
        if !message.code.is_response() {
            continue;
        }
        if taken(set, &ours, &message) {
            return Ok(told(&String::from_utf8_lossy(message.payload), 0));
        }
    }
}

/// Whether a response is the one that was asked for; it is acknowledged or rejected.
fn taken(set: &Options, ours: &Datagrams, message: &Message<'_>) -> bool {
    let known = wirecheck_codecs::json::to_hex(message.token) == TOKEN;
    let delivers = known || set.faulty("delivers-wrong-token");
    if message.message_type == MessageType::Confirmable {
        let kind = match delivers || set.faulty("acks-unknown-token") {
            true => "ACK",
            false => "RST",
        };
        if delivers || !set.faulty("silent-on-unknown-token") {
            let id = message.message_id;
            let answer = json!({ "coap": { "type": kind, "code": "0.00", "message_id": id } });
            send(ours, form(&answer));
        }
    }
    delivers
}

fn form(form: &Value) -> Vec<u8> {
    encode(form).unwrap_or_default()
}

fn send(ours: &Datagrams, bytes: Vec<u8>) {
    // A link that nobody holds any more loses what is sent.
    let _ = ours.out.try_send(bytes);
}

fn told(stdout: &str, code: i32) -> Value {
    json!({ "stdout": stdout, "stderr": "", "code": code })
}
