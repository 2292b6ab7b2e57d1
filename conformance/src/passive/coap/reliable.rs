//! The passive rules for CoAP over TCP and WebSocket. They know one connection, what the target
//! sends on it.

use wirecheck_codecs::coap::reliable::Message;
use wirecheck_codecs::coap::{Code, OptionNumber};

use super::super::{Findings, UNREADABLE};
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};

rules! {
    VALID UNREADABLE [CoapTcp "RFC8323-3.2-p1", CoapWs "RFC8323-4.2-p1"] [];
    CSM_FIRST "csm-first" [CoapTcp "RFC8323-3.3-1", CoapWs "RFC8323-4.3-1"] ["no-csm"];
    TOKEN_LENGTH "extended-token-length" [CoapTcp "RFC8974-2.2.1-1", CoapWs "RFC8974-2.2.1-1"]
        ["extended-token-length-7"];
}

/// Watches one connection.
#[derive(Debug)]
pub struct Observer {
    findings: Findings,
    /// Whether something has come.
    begun: bool,
}

impl Observer {
    /// Watches a connection to a server.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        Self { findings: Findings::new(protocol, Sender::Server), begun: false }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The target sent a message; `entry` is its place in the log.
    pub fn received(&mut self, message: &Message<'_>, entry: usize) {
        self.findings.kept(&VALID);
        if message.code == Code::CSM
            && let Some(said) = message.option(OptionNumber(6)).and_then(|it| it.uint())
        {
            let wrong = !(8..=65_804).contains(&said);
            self.findings.judge(&TOKEN_LENGTH, entry, wrong, || {
                (format!("an Extended-Token-Length of {said}"), "coap token_length".into())
            });
        }
        if !self.begun {
            self.begun = true;
            // Who aborts has nothing to settle.
            let other = !matches!(message.code, Code::CSM | Code::ABORT);
            self.findings.judge(&CSM_FIRST, entry, other, || {
                let text = format!("the first message is a {}", message.code);
                (text, "coap first=other".into())
            });
        }
    }

    /// The target sent what our codec rejects.
    pub fn unreadable(&mut self, error: &Rejection, entry: usize) {
        self.findings.unreadable(&VALID, error, entry);
    }
}
