//! The CoRE Link Format (RFC 6690): what `/.well-known/core` has, as text.
//!
//! [`decode`] checks a whole document and hands out [`Links`], which are walked where they lie.
//! The grammar is taken by the letter, with three decisions. A parameter with a form of its own
//! has that form, though the rule for extensions would let anything pass. The values of `rt` and
//! `if` are called opaque strings by the text and relation types by the grammar; what is only the
//! former is noted. A value without quotes ends where a `ptoken` ends, also if it is a URI.

mod cite;
mod decode;
mod document;
mod form;
mod kind;
mod uri;
mod value;

#[cfg(feature = "arbitrary")]
pub mod generate;
#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "arbitrary")]
pub mod laws;

pub use decode::{decode, fields};
pub use document::{Attribute, AttributeIter, Attributes, Link, LinkIter, Links};
pub use kind::ErrorKind;
pub use value::{Unescaped, Value};

/// A rejected document.
pub type DecodeError = crate::DecodeError<ErrorKind>;
/// A document that could not be written.
pub type EncodeError = crate::EncodeError<ErrorKind>;
