//! The JSON form of CoAP messages.
//!
//! ```text
//! coap   type (CON, NON, ACK, RST), code ("2.05"), message_id, token (hex digits),
//!        options [{uri_path: "a"}, {observe: 0}, {block2: {num, more, size}}, {"2053": "x"}],
//!        payload
//! raw    hex: any datagram
//! ```
//!
//! An option is an object with the option's name as its only key, in lower case with `_`, or its
//! number if nothing is defined for it. Values of the format uint are numbers, those of Block1,
//! Block2, Q-Block1 and Q-Block2 are objects, all others are bytes; a value whose length is not
//! that of its option is `{"hex": …}`. Size 2048 stands for the size exponent 7, which is reserved
//! over UDP and means a BERT block over TCP and WebSocket.
//!
//! [`to_json`] prints every field. [`encode`] takes a form that leaves out what has a default
//! (CON, no token, no options, no payload, block number 0 and no more), puts options in ascending
//! order, which is the only one that can be written, expands `{"uri": "/a/b?x=1"}` to Uri-Path
//! and Uri-Query, and writes numbers without leading zeros. For what is wrong on purpose it also
//! takes `version`, `token_length` (the four bits alone), `payload_marker` (true without a payload,
//! false with one) and in `options` `{"raw": {"hex": …}}`, bytes that go behind all options.
//!
//! The forms of [`reliable`] lack `type` and `message_id`, and options of signalling codes have
//! names of their own.

mod read;
pub mod reliable;
mod uri;
mod write;

use serde_json::Value;

use super::{Context, fields};
use crate::json::{self, Notes};

pub use read::encode;
pub use write::{option_to_json, to_json};

/// The fields that the form called `kind` can have; `None` for what is no form.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "coap" => &[
            "type",
            "code",
            "message_id",
            "token",
            "options",
            "payload",
            "version",
            "token_length",
            "payload_marker",
        ],
        "raw" => &["hex"],
        _ => return None,
    })
}

/// What a decoder makes of the datagram `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`.
pub fn envelope(bytes: &[u8], ctx: &Context) -> Value {
    let mut notes = Notes::default();
    let found = fields(bytes, ctx, &mut notes);
    let found = found.map(|found| found.map(|message| to_json(&message)));
    json::envelope(bytes, found, notes, json::error_to_json)
}
