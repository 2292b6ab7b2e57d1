//! What the broker can be told to do differently without breaking a requirement.

use crate::peer::Variant;

const fn row(id: &'static str, doc: &'static str) -> Variant {
    Variant { id, doc }
}

/// Every variant.
pub const VARIANTS: &[Variant] = &[
    row("one-byte-writes", "Writes one byte at a time."),
    row("coalesced-writes", "Writes everything that comes up within 20 ms at once."),
    row("slow-replies", "Writes each packet 50 to 300 ms late."),
    row("publish-before-puback", "Delivers to the publisher itself before acknowledging to it."),
    row("publish-after-puback", "Acknowledges to the publisher before delivering to it."),
    row("pingresp-overtakes", "Sends PINGRESP before the packets that wait to be written."),
    row("one-copy", "Sends one copy for overlapping Subscriptions, with all identifiers."),
    row("copy-per-subscription", "Sends one copy for each of several overlapping Subscriptions."),
    row("shuffled-properties", "Writes properties in any order; User Properties keep theirs."),
    row("closes-abruptly", "Drops the connection instead of closing its own direction first."),
    row("closes-without-reason", "Closes on an error without CONNACK or DISCONNECT, in 5.0."),
    row("closes-on-unknown-level", "Closes on an unknown Protocol Level without CONNACK 0x01."),
    row("grants-qos-0", "Grants QoS 0 to every Subscription."),
    row("grants-qos-1", "Grants at most QoS 1 to every Subscription."),
    row("server-keep-alive", "Announces half the Keep Alive asked for, at most 120 s."),
    row("receive-maximum-1", "Announces a Receive Maximum of 1."),
    row("maximum-packet-size-256", "Announces and enforces a Maximum Packet Size of 256 bytes."),
    row("topic-alias-maximum-0", "Announces no Topic Alias Maximum and takes no alias."),
    row("extra-user-properties", "Adds a User Property wherever the Client allows one."),
    row("drops-retained-qos-0", "Does not keep retained messages of QoS 0."),
    row("refuses-by-policy", "Refuses every third SUBSCRIBE or QoS 1 or 2 PUBLISH with 0x87."),
    row("no-shared-subscriptions", "Announces no shared Subscriptions and refuses them."),
    row("no-wildcards", "Announces no wildcard Subscriptions and refuses them."),
    row("no-subscription-identifiers", "Announces no Subscription Identifiers and refuses them."),
    row("no-retain", "Announces no retained messages and refuses RETAIN, in 5.0."),
    row("maximum-qos-1", "Announces a Maximum QoS of 1."),
    row("maximum-qos-0", "Announces a Maximum QoS of 0."),
    row("onward-at-pubrel", "Passes a QoS 2 message on at PUBREL instead of at PUBLISH."),
    row("server-assigned-session-expiry", "Shortens Session Expiry Intervals to 30 s."),
    row("aliases-outgoing", "Uses Topic Aliases wherever the Client allows them."),
];
