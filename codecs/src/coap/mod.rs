//! CoAP over UDP (RFC 7252) with Observe (RFC 7641), block-wise transfer (RFC 7959) and, as a
//! profile, extended token lengths (RFC 8974). [`reliable`] has TCP and WebSocket (RFC 8323),
//! [`link`] the CoRE Link Format, [`reassembly`] bodies in blocks, and [`oscore`] OSCORE.
//!
//! A datagram is one message. [`Raw::read`] splits off its header and judges nothing else,
//! [`decode`] turns it into a [`Message`], and [`fields`] walks the same bytes and names every
//! field. A message format error is an error; what a receiver treats as an unrecognized option is
//! none: [`Message::unrecognized`] answers that question, and notes speak of it.
//! [`Message::encode`] writes into a caller's buffer.

mod cite;
mod code;
mod content;
#[cfg(feature = "arbitrary")]
pub mod generate;
#[cfg(feature = "json")]
pub mod json;
mod kind;
#[cfg(feature = "arbitrary")]
pub mod laws;
pub mod link;
mod message;
mod notes;
mod number;
mod option;
mod options;
pub mod oscore;
mod raw;
pub mod reassembly;
mod recognize;
pub mod reliable;
mod signal;
mod value;

pub use code::{Code, MessageType};
pub use kind::ErrorKind;
pub use message::{Message, decode, fields};
pub use number::{Definition, Format, OptionNumber};
pub use option::{Block, CoapOption};
pub use options::{Iter, Options};
pub use raw::Raw;
pub use recognize::{Reason, Unrecognized};
pub use signal::SIGNALLING_OPTIONS;
pub use value::{NoResponse, Observation, is_newer};

use content::Content;

/// A rejected CoAP message.
pub type DecodeError = crate::DecodeError<ErrorKind>;
/// A message that could not be written.
pub type EncodeError = crate::EncodeError<ErrorKind>;

/// How much a decoder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message in bytes.
    pub maximum_message_size: usize,
    /// Longest Token in bytes, where extended token lengths are in use.
    pub maximum_token_length: usize,
}

impl Limits {
    /// Whatever can be expressed. Whoever keeps what is incomplete sets a limit of its own, over TCP
    /// the Max-Message-Size that it has announced.
    pub const UNBOUNDED: Self =
        Self { maximum_message_size: usize::MAX, maximum_token_length: 65_804 };
}

impl Default for Limits {
    /// All that a UDP datagram can carry, and the longest Token that can be expressed.
    fn default() -> Self {
        Self { maximum_message_size: 65_535, maximum_token_length: 65_804 }
    }
}

/// Choices that the specification leaves open or that a later one changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Token Length is read as RFC 8974 defines it: up to 12 directly, more behind the header.
    pub extended_token_lengths: bool,
}

/// What a decoder has to know beside the bytes. Nothing in a message depends on who sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// How much is taken.
    pub limits: Limits,
    /// Choices left open by the specification.
    pub profile: Profile,
}
