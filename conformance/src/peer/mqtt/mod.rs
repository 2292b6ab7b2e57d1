//! The reference MQTT broker, 3.1.1 and 5.0.
//!
//! [`Broker`] serves any byte stream. Behind it lies one synchronous state machine ([`State`]):
//! bytes, ends of connections and the time go in, packets come out; it opens no socket, reads no
//! clock and can be tested alone. Everything it keeps is bounded (`limits` in `state.rs`).

mod authenticate;
mod connect;
mod deliver;
pub mod faults;
mod incoming;
mod matching;
mod outgoing;
mod owned;
mod publish;
mod route;
mod send;
mod session;
mod shell;
mod state;
mod subscribe;
#[cfg(test)]
mod tests;
mod timers;
mod tolerate;
pub mod variants;
mod will;

use std::collections::BTreeMap;

pub use faults::{FAULTS, fault};
pub use shell::Broker;
pub use state::{LinkId, State};
pub use variants::{VARIANTS, variant};

/// What a broker is told before it starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Id of the one [`Fault`](super::Fault) to show; an id that [`fault`] does not know has no
    /// effect.
    pub fault: Option<String>,
    /// Id of the one [`Variant`](super::Variant) to show.
    pub variant: Option<String>,
    /// Seed of every choice.
    pub seed: u64,
    /// Passwords by user name; where there are any, a CONNECT without good ones is refused.
    pub accounts: BTreeMap<String, String>,
}
