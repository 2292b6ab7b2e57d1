//! The connections of the gateway to its broker: bytes between streams and the machine.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;

use serde_json::Value;
use tokio::sync::mpsc;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::{encode, to_json};
use wirecheck_codecs::mqtt::{Context, Party, Version, decode};

use super::gateway::Gateway;
use crate::peer::datagram::Shell;
use crate::transport::{Link, Reader, Writer};

/// What the gateway speaks with its broker.
const VERSION: Version = Version::V311;
/// Messages that wait for the broker to take them, on one connection.
const WAITING: usize = 4096;

/// A connection to the broker.
pub(super) type Connection = u64;

/// What the machine wants of its broker.
#[derive(Debug)]
pub(super) enum Told {
    /// A new connection.
    Open(Connection),
    /// A packet in its JSON form.
    Send(Connection, Value),
    /// An orderly end.
    Close(Connection),
}

/// Makes connections to a broker.
pub type Dial = Box<dyn Fn() -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send>> + Send>;

/// Does what the machine wants until nobody holds the machine any more.
pub(super) async fn run(
    dial: Dial,
    shell: Shell<Gateway>,
    mut told: mpsc::UnboundedReceiver<Told>,
) {
    let mut connections: HashMap<Connection, mpsc::Sender<Vec<u8>>> = HashMap::new();
    while let Some(told) = told.recv().await {
        match told {
            Told::Open(id) => {
                let (sender, packets) = mpsc::channel(WAITING);
                connections.insert(id, sender);
                let (link, shell) = (dial(), shell.clone());
                tokio::spawn(async move {
                    if let Ok(link) = link.await {
                        let writing = tokio::spawn(write(link.writer, packets));
                        read(link.reader, id, &shell).await;
                        writing.abort();
                    }
                    shell.with(|machine, now, out| machine.cut(now, id, out)).await;
                });
            }
            Told::Send(id, form) => {
                if let Some(sender) = connections.get(&id)
                    && let Ok(bytes) = encode(&form, VERSION)
                {
                    // A broker that takes nothing loses messages.
                    let _ = sender.try_send(bytes);
                }
            }
            Told::Close(id) => {
                connections.remove(&id);
            }
        }
    }
}

async fn write(mut writer: Writer, mut packets: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = packets.recv().await {
        if writer.write(&bytes).await.is_err() {
            return;
        }
    }
    let _ = writer.finish().await;
}

/// Hands packets to the machine until the broker closes, or sends what is none.
async fn read(mut reader: Reader, id: Connection, shell: &Shell<Gateway>) {
    let ctx = Context::new(VERSION, Party::Server);
    let mut buffer = Vec::new();
    while let Ok(1..) = reader.receive(&mut buffer).await {
        let mut start = 0;
        loop {
            let rest = buffer.get(start..).unwrap_or_default();
            match decode(rest, &ctx) {
                Ok(Decoded::Complete { message, used }) => {
                    let form = to_json(&message, VERSION);
                    start += used;
                    shell.with(|machine, now, out| machine.packet(now, id, &form, out)).await;
                }
                Ok(Decoded::Incomplete { .. }) => break,
                Err(_) => return,
            }
        }
        buffer.drain(..start);
    }
}
