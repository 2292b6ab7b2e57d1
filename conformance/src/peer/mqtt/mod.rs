//! The reference MQTT broker, 3.1.1 and 5.0.
//!
//! [`Broker`] serves any byte stream. Behind it lies one synchronous state machine ([`State`]):
//! bytes, ends of connections and the time go in, packets come out; it opens no socket, reads no
//! clock and can be tested alone. Everything it keeps is bounded (`limits` in `state.rs`).

mod authenticate;
mod connect;
mod deliver;
mod faults;
mod incoming;
mod matching;
mod outgoing;
mod owned;
mod publish;
mod retained;
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
mod variants;
mod will;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use faults::FAULTS;
pub use shell::Broker;
pub use state::{LinkId, State};
pub use variants::VARIANTS;
use wirecheck_codecs::mqtt::ErrorKind;

use super::{Fault, Variant};

/// What a broker is told before it starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Id of the one [`Fault`] to show; an id that [`fault`] does not know has no
    /// effect.
    pub fault: Option<String>,
    /// Id of the one [`Variant`] to show.
    pub variant: Option<String>,
    /// Seed of every choice.
    pub seed: u64,
    /// Passwords by user name; where there are any, a CONNECT without good ones is refused.
    pub accounts: BTreeMap<String, String>,
}

/// The fault called `id`, from the table or generated.
pub fn fault(id: &str) -> Option<Fault> {
    let listed = FAULTS.iter().find(|fault| fault.id == id).cloned();
    listed.or_else(|| ErrorKind::from_name(id.strip_prefix(tolerate::PREFIX)?).map(tolerates))
}

/// Every fault: the table, then one for each kind of error that the decoder knows.
pub fn all() -> Vec<Fault> {
    /// No sentence obliges a server to refuse these, so a broker that tolerates them is legal.
    const FREE: [ErrorKind; 3] =
        [ErrorKind::InvalidShareName, ErrorKind::UnknownReasonCode, ErrorKind::WrongDirection];
    let owed = |kind: &ErrorKind| !FREE.contains(kind);
    let generated = ErrorKind::ALL.iter().copied().filter(owed).map(tolerates);
    FAULTS.iter().cloned().chain(generated).collect()
}

/// The variant called `id`.
pub fn variant(id: &str) -> Option<Variant> {
    VARIANTS.iter().find(|variant| variant.id == id).copied()
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
