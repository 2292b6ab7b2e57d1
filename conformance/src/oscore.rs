//! What a target and we share for OSCORE (RFC 8613): a context, and the sequence numbers of a run.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use wirecheck_codecs::coap::oscore::SecurityContext;

/// What a context is derived from, seen from one endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The Master Secret.
    pub master_secret: Vec<u8>,
    /// The Master Salt; empty if there is none.
    pub master_salt: Vec<u8>,
    /// The ID Context.
    pub id_context: Option<Vec<u8>>,
    /// What the other endpoint calls this one.
    pub sender_id: Vec<u8>,
    /// What this endpoint calls the other one.
    pub recipient_id: Vec<u8>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Keys");
        shown.field("sender_id", &self.sender_id).field("recipient_id", &self.recipient_id);
        shown.finish_non_exhaustive()
    }
}

impl Keys {
    /// The context of these keys.
    ///
    /// # Errors
    /// An identifier that is too long.
    pub fn context(&self) -> Result<SecurityContext, String> {
        let id_context = self.id_context.as_deref();
        let (secret, salt) = (&self.master_secret, &self.master_salt);
        SecurityContext::derive(secret, salt, id_context, &self.sender_id, &self.recipient_id)
            .map_err(|failure| format!("oscore: {failure}"))
    }

    /// The same keys, seen from the other endpoint.
    #[must_use]
    pub fn of_the_other(&self) -> Self {
        let (sender_id, recipient_id) = (self.recipient_id.clone(), self.sender_id.clone());
        Self { sender_id, recipient_id, ..self.clone() }
    }
}

/// The context of a run.
#[derive(Debug)]
pub struct Oscore {
    context: SecurityContext,
    id_context: Option<Vec<u8>>,
    next: AtomicU64,
}

impl Oscore {
    /// A context whose first sequence number is `first`; no number may be used twice.
    ///
    /// # Errors
    /// An identifier that is too long.
    pub fn new(keys: &Keys, first: u64) -> Result<Self, String> {
        let (context, next) = (keys.context()?, AtomicU64::new(first));
        Ok(Self { context, id_context: keys.id_context.clone(), next })
    }

    /// A sequence number that nobody has used.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The context as it is when this number is the next one.
    #[must_use]
    pub fn at(&self, number: u64) -> SecurityContext {
        let mut context = self.context.clone();
        context.sender_sequence_number = number;
        context
    }

    /// The ID Context, which is sent along.
    #[must_use]
    pub fn id_context(&self) -> Option<&[u8]> {
        self.id_context.as_deref()
    }
}
