//! The writing task of an actor: what it is told to send, what is due, and the ends of a link.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::{Command, Gone, Pieces, Shared, lock};
use crate::case::CloseHow;
use crate::driver::inbox::End;
use crate::driver::session::{Outgoing, Port};
use crate::transport::Writer;
use crate::wire_log::Event;

/// How long one write may take before the target counts as gone.
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// How long the target has to close its side after we closed ours.
const CLOSE_LIMIT: Duration = Duration::from_millis(500);

/// Writes until told to close or nobody tells anything any more.
pub(super) async fn run(
    mut writer: Writer,
    session: Shared,
    port: Port,
    mut queue: mpsc::UnboundedReceiver<Command>,
    stop_reading: AbortHandle,
) {
    loop {
        let due = lock(&session).due();
        let command = match due {
            None => queue.recv().await,
            Some(due) => match tokio::time::timeout_at(due, queue.recv()).await {
                Ok(command) => command,
                Err(_) => {
                    lock(&session).tick(Instant::now(), &port);
                    continue;
                }
            },
        };
        match command {
            None => return,
            Some(Command::Wake) => {}
            Some(Command::Write { pieces, auto, done }) => {
                let result = write(&mut writer, &session, &port, pieces, auto).await;
                if let Some(done) = done {
                    let _ = done.send(result);
                }
            }
            Some(Command::Close { how: CloseHow::Vanish, done }) => {
                let words = "we go silent; the link stays".to_owned();
                port.log.add(&port.name, Event::Note, None, words);
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
                close(writer, &session, &port, how, stop_reading).await;
                let _ = done.send(());
                return;
            }
        }
    }
}

async fn write(
    writer: &mut Writer,
    session: &Shared,
    port: &Port,
    pieces: Pieces,
    auto: bool,
) -> Result<usize, Gone> {
    writer.turn().await;
    if port.inbox.ended().is_some() {
        return Err(Gone);
    }
    let Pieces { bytes, pause, frame } = pieces;
    let framed = lock(session).frames(&bytes);
    let bytes = framed.unwrap_or(bytes);
    let outgoing = Outgoing { bytes: &bytes.concat(), pieces: bytes.len(), auto };
    let entry = lock(session).send(&outgoing, port);
    if let Some(frame) = frame {
        port.log.add(&port.name, Event::Note, None, frame.words().to_owned());
    }
    for (index, piece) in bytes.iter().enumerate() {
        if index > 0 && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let writing = async {
            match frame {
                Some(frame) => writer.write_as(frame, piece).await,
                None => writer.write(piece).await,
            }
        };
        match tokio::time::timeout(WRITE_LIMIT, writing).await {
            Ok(Ok(())) => {}
            // A write that fails after a close is the close (the reader may see it later).
            Ok(Err(_)) | Err(_) => {
                port.inbox.end(End::Closed);
                // The target has seen a part of it and closed: that is its answer.
                return if index > 0 { Ok(entry) } else { Err(Gone) };
            }
        }
    }
    Ok(entry)
}

async fn close(
    mut writer: Writer,
    session: &Shared,
    port: &Port,
    how: CloseHow,
    stop_reading: AbortHandle,
) {
    let over = port.inbox.ended().is_some();
    let reset = how == CloseHow::Reset;
    if how == CloseHow::Clean && !over {
        let farewell = lock(session).farewell();
        if let Some(bytes) = farewell {
            let _ = write(&mut writer, session, port, bytes.into(), false).await;
        }
    }
    if !over {
        let (event, words) =
            if reset { (Event::Reset, "reset by us") } else { (Event::Close, "closed by us") };
        port.log.add(&port.name, event, None, words.to_owned());
    }
    port.inbox.end(End::Ours);
    if reset {
        stop_reading.abort();
        writer.abort();
        return;
    }
    let _ = writer.finish().await;
    if !writer.is_stream() {
        stop_reading.abort();
        return;
    }
    // Closing a socket with unread data would reset it: let the target finish first.
    let deadline = Instant::now() + CLOSE_LIMIT;
    while !stop_reading.is_finished() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stop_reading.abort();
}
