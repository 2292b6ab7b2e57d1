//! The writing task of an actor: what it is told to send, keep-alive, and the ends of a link.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::to_json;
use wirecheck_codecs::mqtt::{Context, Disconnect, Message, Party, Properties, ReasonCode, decode};

use super::answers::encode;
use super::{Actor, Command, Gone, Settings, text};
use crate::case::{Auto, CloseHow};
use crate::driver::inbox::{End, Inbox};
use crate::transport::Writer;
use crate::wire_log::Event;

/// How long one write may take before the target counts as gone.
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// How long the target has to close its side after we closed ours.
const CLOSE_LIMIT: Duration = Duration::from_millis(500);

/// Writes until told to close or nobody tells anything any more.
pub(super) async fn run(
    mut writer: Writer,
    settings: Settings,
    inbox: Inbox,
    mut queue: mpsc::UnboundedReceiver<Command>,
    stop_reading: AbortHandle,
) {
    loop {
        let command = match settings.ping_every.filter(|_| settings.auto.contains(&Auto::Ping)) {
            None => queue.recv().await,
            Some(period) => match tokio::time::timeout(period, queue.recv()).await {
                Ok(command) => command,
                Err(_) => Some(ping(&settings)),
            },
        };
        match command {
            None => return,
            Some(Command::Write { pieces, pause, auto, done }) => {
                let result = write(&mut writer, &settings, &inbox, pieces, pause, auto).await;
                if let Some(done) = done {
                    let _ = done.send(result);
                }
            }
            Some(Command::Close { how: CloseHow::Vanish, done }) => {
                let words = "we go silent; the link stays".to_owned();
                settings.log.add(&settings.name, Event::Note, None, words);
                let _ = done.send(());
                // The link stays open, and its end is still noticed, as long as the actor lives.
                while let Some(command) = queue.recv().await {
                    if let Command::Close { done, .. } = command {
                        let _ = done.send(());
                    }
                }
                return;
            }
            Some(Command::Close { how, done }) => {
                close(writer, &settings, &inbox, how, stop_reading).await;
                let _ = done.send(());
                return;
            }
        }
    }
}

async fn write(
    writer: &mut Writer,
    settings: &Settings,
    inbox: &Inbox,
    pieces: Vec<Vec<u8>>,
    pause: Duration,
    auto: bool,
) -> Result<usize, Gone> {
    if inbox.ended().is_some() {
        return Err(Gone);
    }
    let whole = pieces.concat();
    let entry = log(settings, &whole, pieces.len(), auto);
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        match tokio::time::timeout(WRITE_LIMIT, writer.write(piece)).await {
            Ok(Ok(())) => {}
            // A write that fails after a close is the close (the reader may see it later).
            Ok(Err(_)) | Err(_) => {
                inbox.end(End::Closed);
                return Err(Gone);
            }
        }
    }
    Ok(entry)
}

/// One entry for each packet, or one for all bytes if they are no packets.
fn log(settings: &Settings, bytes: &[u8], pieces: usize, auto: bool) -> usize {
    let from = if settings.target == Party::Client { Party::Server } else { Party::Client };
    let ctx = Context::new(settings.version, from);
    let mut rest = bytes;
    let mut entry = 0;
    while !rest.is_empty() {
        let decoded = decode(rest, &ctx);
        let (packet, mut words) = match &decoded {
            Ok(Decoded::Complete { message, used }) => {
                let form = to_json(message, settings.version);
                (rest.get(..*used).unwrap_or(rest), text::describe(&form, settings.version))
            }
            Ok(Decoded::Incomplete { .. }) => (rest, "part of a packet".to_owned()),
            Err(error) => (rest, text::rejected(rest, error)),
        };
        if pieces > 1 {
            words.push_str(&format!("   (in {pieces} writes)"));
        }
        entry = settings.log.add(&settings.name, Event::Send, Some(packet), words);
        if auto {
            settings.log.set_auto(entry);
        }
        Actor::observe(&settings.observer, |observer| match &decoded {
            Ok(Decoded::Complete { message, .. }) => observer.sent(message),
            _ => observer.sent_something_else(),
        });
        rest = rest.get(packet.len()..).unwrap_or_default();
    }
    entry
}

fn ping(settings: &Settings) -> Command {
    let pieces = vec![encode(&Message::PingReq, settings.version).unwrap_or_default()];
    Command::Write { pieces, pause: Duration::ZERO, auto: true, done: None }
}

async fn close(
    mut writer: Writer,
    settings: &Settings,
    inbox: &Inbox,
    how: CloseHow,
    stop_reading: AbortHandle,
) {
    let over = inbox.ended().is_some();
    let reset = how == CloseHow::Reset;
    if how == CloseHow::Clean && !over {
        let disconnect =
            Disconnect { reason_code: ReasonCode::SUCCESS, properties: Properties::EMPTY };
        let bytes = encode(&Message::Disconnect(disconnect), settings.version).unwrap_or_default();
        let _ = write(&mut writer, settings, inbox, vec![bytes], Duration::ZERO, false).await;
    }
    if !over {
        let (event, words) =
            if reset { (Event::Reset, "reset by us") } else { (Event::Close, "closed by us") };
        settings.log.add(&settings.name, event, None, words.to_owned());
    }
    inbox.end(End::Ours);
    if reset {
        stop_reading.abort();
        writer.abort();
        return;
    }
    let _ = writer.finish().await;
    // Closing a socket with unread data would reset it: let the target finish first.
    let deadline = tokio::time::Instant::now() + CLOSE_LIMIT;
    while !stop_reading.is_finished() && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stop_reading.abort();
}
