//! The reading task of an actor: bytes to the session, and the end of the link to the inbox.

use super::{Shared, lock};
use crate::driver::inbox::End;
use crate::driver::session::Port;
use crate::transport::Reader;
use crate::transport::dtls::Unprotected;
use crate::transport::websocket::OtherFrame;
use crate::wire_log::Event;

/// Reads until the link ends or what arrives cannot be read.
pub(super) async fn run(mut reader: Reader, session: Shared, port: Port) {
    let mut buffer = Vec::new();
    let end = loop {
        match reader.receive(&mut buffer).await {
            Ok(0) if reader.is_stream() => break End::Closed,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break End::Reset,
            // It is no part of the session, whatever it says.
            Err(error) if error.get_ref().is_some_and(|error| error.is::<Unprotected>()) => {
                port.log.add(&port.name, Event::Note, None, error.to_string());
                continue;
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                let entry = port.log.add(&port.name, Event::Recv, None, error.to_string());
                if error.get_ref().is_some_and(|error| error.is::<OtherFrame>()) {
                    lock(&session).other_frame(entry);
                }
                break End::Unreadable(error.to_string());
            }
            Err(_) => break End::Closed,
        }
        let taken = lock(&session).receive(&buffer, &port);
        match taken {
            // What is left of a datagram is no beginning of the next one.
            Ok(_) if !reader.is_stream() => buffer.clear(),
            Ok(used) => {
                buffer.drain(..used.min(buffer.len()));
            }
            Err(end) => break end,
        }
    };
    let (event, words) = match &end {
        End::Reset => (Event::Reset, "reset by the target".to_owned()),
        End::Unreadable(why) => (Event::Note, why.clone()),
        _ => (Event::Close, "closed by the target".to_owned()),
    };
    if port.inbox.ended().is_none() {
        port.log.add(&port.name, event, None, words);
    }
    port.inbox.end(end);
}
