//! Reference codecs for the protocols of the Internet of Things: bytes to values and back.
//!
//! Strict: what a specification forbids is rejected, and a rejection says what is wrong
//! ([`DecodeError::kind`]), where (`at`, `field`) and which requirement says so. Messages borrow
//! from the input. Nothing here allocates, reads a clock, does I/O or panics; the crate is
//! `no_std` and without `unsafe`. The feature `json` adds owned JSON forms and needs an allocator,
//! as does `xmpp`; `oscore` adds the protection of CoAP messages and needs none; `proptest` and
//! `arbitrary` add generators of messages.
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used)
)]

#[cfg(any(feature = "json", feature = "xmpp"))]
extern crate alloc;
#[cfg(any(test, feature = "proptest", feature = "arbitrary"))]
extern crate std;

pub mod coap;
mod error;
#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "arbitrary")]
mod laws;
pub mod mqtt;
pub mod mqtt_sn;
pub mod mqtt_sn_2;
pub mod wire;
#[cfg(feature = "xmpp")]
pub mod xmpp;

/// Whether the bug called `name` is planted: one for each fuzz target stands behind `--cfg planted_bug`, for
/// proof that each fuzz target finds its own. `fuzz/README.md` says how.
#[cfg(planted_bug)]
pub fn planted(name: &str) -> bool {
    option_env!("PLANTED_BUG").is_some_and(|planted| planted == name)
}

pub use error::{DecodeError, Decoded, EncodeError, Kind};
