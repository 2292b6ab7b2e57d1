//! The passive rules for XMPP. They know one stream, that of the target.

use super::{Findings, Rule, UNREADABLE};
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};

/// What a client sends has to be XML of a stream as much as what a server sends.
const VALID: Rule =
    Rule { of_clients: true, ..Rule::new(UNREADABLE, &[(Protocol::Xmpp, "RFC6120-11.3-1")], &[]) };

/// Every rule.
pub(crate) const RULES: &[Rule] = &[VALID];

/// Watches what the target sends on a stream.
#[derive(Debug)]
pub struct Observer {
    findings: Findings,
}

impl Observer {
    /// Watches a stream of a target that is a client or a server.
    #[must_use]
    pub fn new(target: Sender) -> Self {
        Self { findings: Findings::new(Protocol::Xmpp, target) }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The target sent something, which may be part of an element.
    pub fn received(&mut self) {
        self.findings.kept(&VALID);
    }

    /// The target sent what our codec rejects.
    pub fn unreadable(&mut self, error: &Rejection, entry: usize) {
        self.findings.unreadable(&VALID, error, entry);
    }
}
