//! SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677): the four messages, read strictly, and what
//! client and server compute from them.
//!
//! Nonces, salts and channel-binding data come from the caller. User names and passwords are used
//! as given: whoever takes other than ASCII prepares them first (SASLprep).

mod crypto;
mod exchange;
mod message;

pub use crypto::{Hash, Keys};
pub use exchange::{Client, Server, Step};
pub use message::{
    ChannelBinding, ClientFinal, ClientFirst, ServerError, ServerFinal, ServerFirst, escape_name,
};

use crate::error::kinds;

/// A message of SCRAM that is refused.
pub type Error = crate::DecodeError<ErrorKind>;

kinds! {
    /// What is wrong with a message of SCRAM, by itself or at this point of the exchange.
    InvalidUtf8 = "invalid-utf8", "the message is not UTF-8";
    WrongFlag = "wrong-flag", "the message does not begin with n, y or p=name";
    MissingAttribute = "missing-attribute", "an attribute is not where it must be";
    EmptyValue = "empty-value", "an attribute has no value";
    InvalidCharacter = "invalid-character", "a value holds a character that it must not hold";
    InvalidEscape = "invalid-escape", "= in a name is not followed by 2C or 3D";
    InvalidBase64 = "invalid-base64", "a value is not base64";
    InvalidIterations = "invalid-iterations", "the iteration count is no positive number";
    TooManyIterations = "too-many-iterations", "the iteration count is higher than is taken";
    MandatoryExtension = "mandatory-extension", "an extension is mandatory and not known";
    WrongNonce = "wrong-nonce", "the nonce is not, or does not begin with, the one sent before";
    WrongChannelBinding = "wrong-channel-binding",
        "the channel binding is not that of the first message and of the channel";
    WrongProof = "wrong-proof", "the proof is not that of the password";
    WrongSignature = "wrong-signature", "the server's signature is not that of the password";
    Refused = "refused", "the server says that authentication failed";
}

impl ErrorKind {
    /// The requirement that says so.
    fn requirement(self, field: &str) -> Option<&'static str> {
        Some(match (self, field) {
            (Self::InvalidUtf8, _) => "RFC5802-3-1",
            (Self::WrongFlag, _) => "RFC5802-5-1",
            (Self::MissingAttribute, "username") => "RFC5802-5.1-1",
            (Self::InvalidEscape, _) => "RFC5802-5.1-7",
            (Self::MandatoryExtension, _) => "RFC5802-5.1-8",
            (Self::WrongNonce, "server-first") => "RFC5802-5.1-9",
            (Self::WrongNonce, _) => "RFC5802-5.1-10",
            (Self::MissingAttribute, "channel_binding") => "RFC5802-5.1-11",
            (Self::MissingAttribute, "iteration_count") => "RFC5802-5.1-12",
            (Self::WrongChannelBinding, _) => "RFC5802-6-10",
            (Self::WrongSignature, _) => "RFC5802-5-2",
            _ => return None,
        })
    }

    fn at(self, at: usize, field: &'static str) -> Error {
        Error { kind: self, at, field, requirement: self.requirement(field) }
    }
}
