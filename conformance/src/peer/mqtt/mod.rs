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
mod retained;
mod route;
mod says;
mod send;
mod session;
mod shell;
mod state;
mod subscribe;
#[cfg(test)]
mod tests;
mod timers;
mod tolerate;
mod variants;
pub mod websocket;
mod will;

use std::borrow::Cow;
use std::sync::Arc;

use faults::table;
pub use shell::Broker;
pub use state::{LinkId, State};
pub use variants::VARIANTS;
use wirecheck_codecs::mqtt::ErrorKind;

use super::{Endpoint, Fault, Options, Peer, Variant};
use crate::case::{Family, Protocol};

/// The broker before it is started.
#[derive(Clone, Copy, Debug)]
pub struct Reference;

impl super::Reference for Reference {
    fn family(&self) -> Family {
        Family::Mqtt
    }

    fn name(&self) -> &'static str {
        "broker"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        const SPOKEN: &[Protocol] = &[Protocol::Mqtt311, Protocol::Mqtt50];
        &[
            Endpoint { name: "main", scheme: "mqtt", port: 1883, protocols: SPOKEN },
            Endpoint { name: websocket::ENDPOINT, scheme: "ws", port: 8080, protocols: SPOKEN },
        ]
    }

    fn faults(&self) -> Vec<Fault> {
        all()
    }

    fn says(&self) -> &'static [Protocol] {
        says::PROTOCOLS
    }

    fn variants(&self) -> &'static [Variant] {
        VARIANTS
    }

    fn start(&self, options: Options) -> Arc<dyn Peer> {
        Arc::new(Broker::new(options))
    }
}

/// Every fault: the table, then one for each kind of error that the decoder knows.
pub fn all() -> Vec<Fault> {
    /// No sentence obliges a server to refuse these, so a broker that tolerates them is legal.
    const FREE: [ErrorKind; 3] =
        [ErrorKind::InvalidShareName, ErrorKind::UnknownReasonCode, ErrorKind::WrongDirection];
    let owed = |kind: &ErrorKind| !FREE.contains(kind);
    let generated = ErrorKind::ALL.iter().copied().filter(owed).map(tolerates);
    table().cloned().chain(generated).collect()
}

/// The fault that takes packets which the decoder refuses with `kind`. It breaks whatever
/// requirement forbids the packet.
fn tolerates(kind: ErrorKind) -> Fault {
    Fault {
        id: Cow::Owned(format!("{}{}", tolerate::PREFIX, kind.name())),
        breaks: &[],
        doc: Cow::Owned(format!("Takes a packet although {}.", kind.text())),
    }
}
