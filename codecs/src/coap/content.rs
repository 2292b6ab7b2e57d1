//! What a message is apart from its transport.

use super::{Code, Options};

/// Code, options and payload: what messages of all transports have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content<'a> {
    /// What the message is.
    pub(super) code: Code,
    /// The options.
    pub(super) options: Options<'a>,
    /// The payload; empty if there is none.
    pub(super) payload: &'a [u8],
    /// Whether the transport is reliable: size exponent 7 is then a BERT block.
    pub(super) reliable: bool,
}
