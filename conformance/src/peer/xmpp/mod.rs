//! The reference XMPP server over TCP: streams, SASL, resource binding, messages between accounts,
//! and stream management.

mod faults;
mod manage;
mod sasl;
mod server;
mod shell;
mod stanza;

use std::sync::Arc;

pub use faults::{FAULTS, VARIANTS};

use self::shell::Shell;
use super::{Endpoint, Fault, Options, Peer, Variant};
use crate::case::{Family, Protocol};

/// The server before it is started.
#[derive(Clone, Copy, Debug)]
pub struct Reference;

impl super::Reference for Reference {
    fn family(&self) -> Family {
        Family::Xmpp
    }

    fn name(&self) -> &'static str {
        "XMPP server"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &[Endpoint { name: "main", scheme: "xmpp", port: 5222, protocols: &[Protocol::Xmpp] }]
    }

    fn faults(&self) -> Vec<Fault> {
        FAULTS.to_vec()
    }

    fn variants(&self) -> &'static [Variant] {
        VARIANTS
    }

    fn accounts(&self) -> &'static [(&'static str, &'static str)] {
        &[("tester", "secret"), ("uncle", "secret")]
    }

    fn start(&self, options: Options) -> Arc<dyn Peer> {
        Arc::new(Shell::new(options))
    }
}
