//! XMPP from the bytes up: the restricted XML of RFC 6120 section 11 and what streams make of it.
//!
//! A [`Tokenizer`] takes the bytes of one stream in pieces of any size and gives [`Event`]s: the
//! stream header, each complete first-level element, white space between them, the end. Elements
//! lie in one arena that is used again; what holds between two calls is copied into a
//! [`Document`]. It is strict: a rejection names what is wrong, where, and by
//! [`ErrorKind::condition`] the stream error that a receiver owes. [`decode`] and [`fields`] look at
//! the front of a buffer; [`Element`] writes itself in one canonical form; [`pattern`] compares.
//!
//! Memory is bounded by [`Limits`]; nothing panics.

mod character;
mod condition;
mod declaration;
mod decode;
mod document;
#[cfg(feature = "arbitrary")]
pub mod generate;
mod header;
#[cfg(feature = "json")]
pub mod json;
mod kind;
#[cfg(feature = "arbitrary")]
pub mod laws;
pub mod pattern;
mod plain;
mod reference;
pub mod sasl;
mod scope;
pub mod scram;
mod stanza;
mod step;
mod tokenizer;
mod tree;
mod write;

pub use condition::{SaslCondition, StanzaCondition, StreamCondition};
pub use decode::{decode, fields};
pub use document::Document;
pub use header::Header;
pub use kind::ErrorKind;
pub use stanza::{ErrorType, Stanza, StanzaError, StanzaKind, StreamError, stream_error};
pub use tokenizer::{Event, Tokenizer};
pub use tree::{Attribute, Child, Element};
pub use write::XmlWriter;

/// Rejected XML.
pub type DecodeError = crate::DecodeError<ErrorKind>;
/// An element that could not be written.
pub type EncodeError = crate::EncodeError<ErrorKind>;

/// Names of namespaces.
pub mod namespace {
    /// Of the stream header, stream features and stream errors (4.8.1).
    pub const STREAMS: &str = "http://etherx.jabber.org/streams";
    /// The content namespace between client and server (4.8.3).
    pub const CLIENT: &str = "jabber:client";
    /// The content namespace between servers (4.8.3).
    pub const SERVER: &str = "jabber:server";
    /// Of the conditions in stream errors (4.9.2).
    pub const STREAM_CONDITIONS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
    /// Of the conditions in stanza errors (8.3.2).
    pub const STANZA_CONDITIONS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
    /// Of SASL negotiation (6.4).
    pub const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
    /// Of STARTTLS negotiation (5.4).
    pub const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
    /// Of resource binding (7.4).
    pub const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
    /// Of stream management (XEP-0198).
    pub const STREAM_MANAGEMENT: &str = "urn:xmpp:sm:3";
    /// Of framing over WebSocket (RFC 7395).
    pub const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";
    /// What the prefix `xml` stands for.
    pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
    /// What the prefix `xmlns` stands for.
    pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
}

/// What the bytes begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Start {
    /// A stream header.
    Stream,
    /// A first-level element of a stream whose header is not there: `jabber:client` is the default
    /// namespace and the prefix `stream` is declared.
    Element,
    /// Either of the two.
    #[default]
    Either,
}

/// How much is taken. Each is a local policy of a receiver, so what is beyond is a
/// `policy-violation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a first-level element, or of the stream header with its XML declaration.
    pub stanza_bytes: usize,
    /// Elements within each other, a first-level element counting as one; at most
    /// [`Limits::DEEPEST`].
    pub depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Bytes of a name, its prefix included.
    pub name_bytes: usize,
}

impl Limits {
    /// The highest depth that is taken whatever the limits, so that walking cannot exhaust a stack.
    pub const DEEPEST: usize = 256;
}

impl Default for Limits {
    /// 256 KiB, 64 levels, 64 attributes, 256 bytes.
    fn default() -> Self {
        Self { stanza_bytes: 1 << 18, depth: 64, attributes: 64, name_bytes: 256 }
    }
}

/// Choices that the specification leaves to a receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Take no prefix but `stream` for the stream namespace (4.8.5).
    pub only_stream_prefix: bool,
    /// Take no default namespace but `jabber:client` and `jabber:server` in a header (4.8.3).
    pub only_xmpp_content: bool,
}

/// What a decoder has to know beside the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// What the bytes begin with.
    pub start: Start,
    /// How much is taken.
    pub limits: Limits,
    /// Choices left open by the specification.
    pub profile: Profile,
}

impl Context {
    /// The default limits, no profile.
    pub fn new(start: Start) -> Self {
        Self { start, ..Self::default() }
    }
}
