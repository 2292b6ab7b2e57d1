//! What the CoAP server over TCP and WebSocket can be told to do wrong or differently.

use crate::peer::{Variant, variant};

faults! {
    "no-csm" ["RFC8323-3.3-1", "RFC8323-4.3-1"]
        "Sends no Capabilities and Settings.";
    "takes-messages-before-csm" ["RFC8323-3.3-5"]
        "Answers a request that comes before Capabilities and Settings.";
    "never-pongs" ["RFC8323-5.4-2"]
        "Says nothing to a Ping.";
    "pongs-without-token" ["RFC8323-5.4-2"]
        "Leaves the Token out of a Pong.";
    "takes-unknown-critical-signalling" ["RFC8323-5.2-1"]
        "Takes a signalling message with a critical option that it does not know.";
    "aborts-on-unknown-elective-signalling" ["RFC8323-5.4-4"]
        "Aborts at a signalling message with an elective option that it does not know.";
    "closes-on-empty" ["RFC8323-3.4-1"]
        "Closes the connection at an Empty message.";
    "closes-at-once-on-release" ["RFC8323-5.5-2"]
        "Closes the connection at a Release, without the responses that are owed.";
    "aborts-without-words" ["RFC8323-5.6-1"]
        "Says nothing in the payload of an Abort.";
    "goes-on-after-format-errors" ["RFC8323-5.6-p1", "RFC7252-3-3"]
        "Drops what is no message, and goes on.";
    "aborts-on-token-lengths" ["RFC8974-2.2.1-2", "RFC8974-2.2.1-3"]
        "Aborts at an Extended-Token-Length out of range.";
    "extended-token-length-7" ["RFC8974-2.2.1-1"]
        "Says that it takes Tokens of 7 bytes.";
    "answers-on-another-connection" ["RFC8323-3.3-6", "RFC8323-4.3-2"]
        "Answers requests on another connection, where nobody waits for it.";
    "wants-whole-messages" ["RFC8323-5.4-2"]
        "Aborts when part of a message arrives.";
    "changes-token" ["RFC7252-5.3.1-1"]
        "Changes the last byte of the Token in responses.";
    "never-notifies" ["RFC7641-4.1-1"]
        "Registers observers and tells them nothing.";
    "ignores-unknown-critical" ["RFC7252-5.4.1-2"]
        "Processes a request with a critical option that it does not know.";
}

/// Every variant.
pub const VARIANTS: &[Variant] = &[
    variant("late", "Sends everything 200 ms later."),
    variant("waits-for-csm", "Sends Capabilities and Settings once the client's have come."),
    variant("closes-without-abort", "Closes the connection where Abort is only customary."),
    variant("one-byte-writes", "Writes every byte by itself."),
    variant("coalesced-writes", "Collects what it writes."),
    variant("closes-abruptly", "Ends connections by reset."),
    variant("unavailable", "Answers every fifth request with 5.03."),
    variant("no-observe", "Answers a registration as a plain GET."),
];
