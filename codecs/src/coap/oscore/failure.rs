//! Why a message was not protected or not taken.

use super::DecodeError;
use crate::coap::Code;

/// Why a message was not protected or not taken. What a server answers to a request is a simple
/// response, without OSCORE (RFC 8613, 8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The message has no OSCORE option, or several.
    NoOption,
    /// There is no ciphertext of at least a tag and a Code.
    NoCiphertext,
    /// The value of the option is wrong.
    Option(DecodeError),
    /// The request lacks its Partial IV or its kid.
    Incomplete,
    /// The kid or the kid context is of another context.
    OtherContext,
    /// The number was received before, or is too old to tell.
    Replay,
    /// The ciphertext does not verify.
    Decryption,
    /// What was decrypted is no message, or one with an OSCORE option.
    Plaintext,
    /// A notification came for a request that asked for none.
    UnexpectedObserve,
    /// The message to be protected has an OSCORE option.
    Nested,
    /// The message to be protected has a Proxy-Uri with a path or a query, which is to be
    /// decomposed first.
    ProxyUri,
    /// An identifier is longer than seven bytes, or a context longer than 255.
    TooLong,
    /// All sequence numbers have been used.
    Exhausted,
    /// The buffer is too small.
    BufferTooSmall,
}

impl Failure {
    /// The name, for messages and tests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoOption => "no-option",
            Self::NoCiphertext => "no-ciphertext",
            Self::Option(_) => "wrong-option",
            Self::Incomplete => "incomplete",
            Self::OtherContext => "other-context",
            Self::Replay => "replay",
            Self::Decryption => "decryption",
            Self::Plaintext => "plaintext",
            Self::UnexpectedObserve => "unexpected-observe",
            Self::Nested => "nested",
            Self::ProxyUri => "proxy-uri",
            Self::TooLong => "too-long",
            Self::Exhausted => "exhausted",
            Self::BufferTooSmall => "buffer-too-small",
        }
    }

    /// What a server may answer to a request that it did not take (RFC 8613, 7.4 and 8.2).
    pub const fn response(self) -> Option<Code> {
        match self {
            Self::NoCiphertext | Self::Option(_) | Self::Incomplete => Some(Code::BAD_OPTION),
            Self::OtherContext | Self::Replay => Some(Code::UNAUTHORIZED),
            Self::Decryption | Self::Plaintext => Some(Code::BAD_REQUEST),
            _ => None,
        }
    }

    /// The requirement that is enforced, where one sentence can be named.
    pub const fn requirement(self) -> Option<&'static str> {
        match self {
            Self::Option(error) => error.requirement,
            Self::NoCiphertext => Some("RFC8613-2-2"),
            Self::Incomplete => Some("RFC8613-5-3"),
            Self::OtherContext => Some("RFC8613-8.2-3"),
            Self::Replay => Some("RFC8613-7.4-1"),
            Self::Decryption => Some("RFC8613-8.2-10"),
            Self::Nested => Some("RFC8613-4.1.3.7-1"),
            Self::Exhausted => Some("RFC8613-7.2.1-2"),
            _ => None,
        }
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Option(error) => f.write_str(error.kind.text()),
            other => f.write_str(other.name()),
        }
    }
}

impl core::error::Error for Failure {}

impl From<crate::wire::Full> for Failure {
    fn from(_: crate::wire::Full) -> Self {
        Self::BufferTooSmall
    }
}
