#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
//! Reference codecs: bytes to values and back.
#[cfg(feature = "json")]
extern crate alloc;
