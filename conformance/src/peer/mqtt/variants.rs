//! What the broker can be told to do differently without breaking a requirement.

use crate::peer::{Variant, variant};

/// Every variant.
pub const VARIANTS: &[Variant] = &[
    variant("one-byte-writes", "Writes one byte at a time."),
    variant("coalesced-writes", "Writes everything that comes up within 20 ms at once."),
    variant("slow-replies", "Writes each packet 50 to 300 ms late."),
    variant(
        "publish-before-puback",
        "Delivers to the publisher itself before acknowledging to it.",
    ),
    variant("publish-after-puback", "Acknowledges to the publisher before delivering to it."),
    variant("pingresp-overtakes", "Sends PINGRESP before the packets that wait to be written."),
    variant("one-copy", "Sends one copy for overlapping Subscriptions, with all identifiers."),
    variant(
        "copy-per-subscription",
        "Sends one copy for each of several overlapping Subscriptions.",
    ),
    variant("shuffled-properties", "Writes properties in any order; User Properties keep theirs."),
    variant("closes-abruptly", "Drops the connection instead of closing its own direction first."),
    variant("closes-without-reason", "Closes on an error without CONNACK or DISCONNECT, in 5.0."),
    variant("closes-on-unknown-level", "Closes on an unknown Protocol Level without CONNACK 0x01."),
    variant("grants-qos-0", "Grants QoS 0 to every Subscription."),
    variant("grants-qos-1", "Grants at most QoS 1 to every Subscription."),
    variant("server-keep-alive", "Announces half the Keep Alive asked for, at most 120 s."),
    variant("receive-maximum-1", "Announces a Receive Maximum of 1."),
    variant(
        "maximum-packet-size-256",
        "Announces and enforces a Maximum Packet Size of 256 bytes.",
    ),
    variant("topic-alias-maximum-0", "Announces no Topic Alias Maximum and takes no alias."),
    variant("extra-user-properties", "Adds a User Property wherever the Client allows one."),
    variant("drops-retained-qos-0", "Does not keep retained messages of QoS 0."),
    variant("refuses-by-policy", "Refuses every third SUBSCRIBE or QoS 1 or 2 PUBLISH with 0x87."),
    variant("no-shared-subscriptions", "Announces no shared Subscriptions and refuses them."),
    variant("no-wildcards", "Announces no wildcard Subscriptions and refuses them."),
    variant(
        "no-subscription-identifiers",
        "Announces no Subscription Identifiers and refuses them.",
    ),
    variant("no-retain", "Announces no retained messages and refuses RETAIN, in 5.0."),
    variant("maximum-qos-1", "Announces a Maximum QoS of 1."),
    variant("maximum-qos-0", "Announces a Maximum QoS of 0."),
    variant("onward-at-pubrel", "Passes a QoS 2 message on at PUBREL instead of at PUBLISH."),
    variant("server-assigned-session-expiry", "Shortens Session Expiry Intervals to 30 s."),
    variant("one-in-flight", "Sends the next QoS 1 or 2 message when the last is acknowledged."),
    variant("aliases-outgoing", "Uses Topic Aliases wherever the Client allows them."),
];
