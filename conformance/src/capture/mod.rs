//! Recordings: capture files, what lies below the messages, and the messages themselves.
//!
//! Each layer takes bytes and gives events; nothing here waits, and a file of any size takes the
//! same memory. What is wrong with a file behind its beginning ends in a note, never in an error.

mod bytes;
mod file;
mod fragments;
mod layers;
mod notes;
mod output;
mod recognise;
mod recording;
mod speech;
mod tcp;

pub use file::{Frame, Reader};
pub use layers::{Layers, Packet, Segment, Transport};
pub use notes::Notes;
pub use output::{Broken, Judged, Messages, Output, Party, Told};
pub use recognise::{Port, Spoken};
pub use recording::Recording;
pub use tcp::{Connection, Event};

/// Nanoseconds since 1970.
pub type Time = u64;

/// One second.
pub(crate) const SECOND: Time = 1_000_000_000;
