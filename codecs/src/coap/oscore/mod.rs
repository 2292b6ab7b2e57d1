//! OSCORE (RFC 8613): the option, and with the feature `oscore` what it stands for.
//!
//! [`OscoreOption`] is the value of the option. A [`SecurityContext`] turns the [`Content`] of a
//! message into that of an OSCORE message and back, in buffers of the caller and without a heap, so
//! that it serves UDP and TCP alike; with AES-CCM-16-64-128 and HKDF SHA-256, which are mandatory.
//! Where a context comes from, and how its numbers outlive a restart, is for the caller to know.

mod kind;
mod option;

#[cfg(feature = "oscore")]
mod class;
#[cfg(feature = "oscore")]
mod context;
#[cfg(feature = "oscore")]
mod crypto;
#[cfg(feature = "oscore")]
mod failure;
#[cfg(feature = "json")]
pub mod json;
#[cfg(all(feature = "arbitrary", feature = "oscore"))]
pub mod laws;
#[cfg(feature = "oscore")]
mod unprotect;
#[cfg(feature = "oscore")]
mod window;

pub use kind::ErrorKind;
pub use option::OscoreOption;

#[cfg(feature = "oscore")]
pub use context::{Binding, Content, SecurityContext};
#[cfg(feature = "oscore")]
pub use failure::Failure;
#[cfg(feature = "oscore")]
pub use window::ReplayWindow;

/// A rejected option value.
pub type DecodeError = crate::DecodeError<ErrorKind>;
/// An option value that could not be written.
pub type EncodeError = crate::EncodeError<ErrorKind>;
