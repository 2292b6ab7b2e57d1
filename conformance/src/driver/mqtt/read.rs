//! The reading task of an actor: bytes to packets, to the log, the passive rules and the inbox.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::json::to_json;
use wirecheck_codecs::mqtt::{Context, DecodeError, Limits, Message, Version, decode};

use super::answers::reaction;
use super::{Actor, Command, Settings, text};
use crate::driver::inbox::{Arrival, End, Inbox};
use crate::transport::Reader;
use crate::wire_log::{Event, Mark};

/// The largest packet that is taken from a target.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Reads until the link ends or what arrives cannot be read.
pub(super) async fn run(
    mut reader: Reader,
    settings: Settings,
    inbox: Inbox,
    commands: mpsc::UnboundedSender<Command>,
) {
    let mut buffer = Vec::new();
    let mut order = 0;
    let end = loop {
        match take(&mut buffer, &settings, &inbox, &commands, &mut order) {
            Ok(()) => {}
            Err(end) => break end,
        }
        match reader.read_buf(&mut buffer).await {
            Ok(0) => break End::Closed,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break End::Reset,
            Err(_) => break End::Closed,
        }
    };
    let (event, words) = match &end {
        End::Reset => (Event::Reset, "reset by the target".to_owned()),
        End::Unreadable(why) => (Event::Note, why.clone()),
        _ => (Event::Close, "closed by the target".to_owned()),
    };
    if inbox.ended().is_none() {
        settings.log.add(&settings.name, event, None, words);
    }
    inbox.end(end);
}

/// Takes all whole packets off the front of the buffer.
fn take(
    buffer: &mut Vec<u8>,
    settings: &Settings,
    inbox: &Inbox,
    commands: &mpsc::UnboundedSender<Command>,
    order: &mut u64,
) -> Result<(), End> {
    let ctx = Context {
        limits: Limits { maximum_packet_size: MOST_BYTES },
        ..Context::new(settings.version, settings.target)
    };
    let mut start = 0;
    while let Some(rest) = buffer.get(start..).filter(|rest| !rest.is_empty()) {
        let (message, used, version) = match decode(rest, &ctx) {
            Ok(Decoded::Complete { message, used }) => (message, used, settings.version),
            Ok(Decoded::Incomplete { .. }) => break,
            Err(error) => match connack_of_another_version(rest, settings) {
                Some((message, used, version)) => (message, used, version),
                None => return Err(refuse(rest, &error, settings)),
            },
        };
        let bytes = rest.get(..used).unwrap_or_default();
        let form = to_json(&message, version);
        let words = text::describe(&form, version);
        let entry = settings.log.add(&settings.name, Event::Recv, Some(bytes), words);
        Actor::observe(&settings.observer, |observer| {
            observer.received(&message, bytes, entry);
        });
        react(&message, settings, commands);
        let reaction = reaction(&message, &settings.auto, settings.version);
        if reaction.to_inbox {
            *order += 1;
            let arrival = Arrival {
                actor: settings.name.clone(),
                at: Instant::now(),
                order: *order,
                form,
                bytes: bytes.into(),
                entry,
            };
            if !inbox.push(arrival) {
                return Err(End::Unreadable("the target floods the connection".to_owned()));
            }
        } else {
            settings.log.set_auto(entry);
            settings.bell.ring();
        }
        start += used;
    }
    buffer.drain(..start);
    Ok(())
}

/// A CONNECT that asked for no version of ours may be answered in the form of any.
fn connack_of_another_version<'b>(
    rest: &'b [u8],
    settings: &Settings,
) -> Option<(Message<'b>, usize, Version)> {
    let mut open = false;
    Actor::observe(&settings.observer, |observer| open = observer.version_is_open());
    let version = match settings.version {
        Version::V5 => Version::V311,
        Version::V31 | Version::V311 => Version::V5,
    };
    match decode(rest, &Context::new(version, settings.target)) {
        Ok(Decoded::Complete { message: message @ Message::ConnAck(_), used }) if open => {
            Some((message, used, version))
        }
        _ => None,
    }
}

fn react(message: &Message<'_>, settings: &Settings, commands: &mpsc::UnboundedSender<Command>) {
    if let Some(bytes) = reaction(message, &settings.auto, settings.version).answer {
        let pieces = vec![bytes];
        let command = Command::Write { pieces, pause: Duration::ZERO, auto: true, done: None };
        // A writer that is gone has nobody to answer.
        let _ = commands.send(command);
    }
}

fn refuse(rest: &[u8], error: &DecodeError, settings: &Settings) -> End {
    let words = format!("not a valid packet: {error}");
    let entry = settings.log.add(&settings.name, Event::Recv, Some(rest), words.clone());
    let text = format!("{}: {}", error.field, error.kind.text());
    settings.log.set_mark(entry, Mark { at: error.at, length: 1, text });
    Actor::observe(&settings.observer, |observer| {
        observer.unreadable(error, entry);
    });
    End::Unreadable(words)
}
