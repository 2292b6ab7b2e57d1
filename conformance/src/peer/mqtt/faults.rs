//! What the broker can be told to do wrong: one behaviour each, and nothing else.

pub mod connections;
pub mod messages;

use crate::peer::Fault;

/// The faults that are not generated.
pub fn table() -> impl Iterator<Item = &'static Fault> {
    connections::FAULTS.iter().chain(messages::FAULTS).chain(super::websocket::FAULTS)
}
