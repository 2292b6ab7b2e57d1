//! CoAP over reliable transports: TCP and WebSocket (RFC 8323).
//!
//! Code, options and payload are those of CoAP over UDP; Version, Type and Message ID are gone.
//! Over TCP the header says how long a message is, so that [`decode`] can ask for more. A
//! WebSocket frame is one message, as a datagram is, and says 0 there. Class 7 is signalling,
//! whose options are numbered per code.

mod cite;
mod header;
mod message;
mod raw;

pub use message::{Message, decode, fields};
pub use raw::Raw;

/// What carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// A stream, over TCP or TLS: each message says how long it is.
    Tcp,
    /// A WebSocket frame for each message, whose own Length is 0.
    WebSocket,
}
