//! What a broker does not take, and what is asked of one that has less than all.

use super::*;

/// The variants of the broker that lack something a Client may ask for.
pub(in super::super) const VARIANTS: [&str; 5] = [
    "maximum-qos-1",
    "no-retain",
    "no-wildcards",
    "no-subscription-identifiers",
    "no-shared-subscriptions",
];

/// Asks for everything that one of the variants lacks, each time on a connection of its own.
pub(in super::super) fn asking(tour: &mut Tour) {
    let p = tour.connect("p", true, &[]);
    tour.publish(p, "t", exactly_once(1, false), "two");
    let p = tour.connect("p", true, &[]);
    tour.publish_with(p, "t", Delivery::AtMostOnce, true, "kept", &[]);
    for (qos, retain) in [(QoS::ExactlyOnce, false), (QoS::AtMostOnce, true)] {
        let will =
            Will { qos, retain, topic: "w", payload: b"gone", properties: Properties::EMPTY };
        tour.open(Connect { will: Some(will), ..plain("w", true) });
    }
    for filter in ["t", "t/+", "$share/s/t"] {
        let a = tour.connect("a", true, &[]);
        tour.subscribe(a, &[(filter, 2)]);
    }
    let a = tour.connect("a", true, &[]);
    tour.subscribe_with(a, &[("t", 0)], &[Property::SubscriptionIdentifier(7)]);
}

/// Messages that are refused, or that expire while they are exchanged.
pub(super) fn refused(tour: &mut Tour) {
    let p = tour.connect("p", true, &[]);
    tour.publish(p, "$SYS/x", at_least_once(6), "refused");
    tour.publish(p, "$SYS/x", exactly_once(7, false), "refused");
    tour.publish(p, "t", exactly_once(7, false), "new");
    let expiry = [Property::MessageExpiryInterval(1)];
    tour.publish_with(p, "t", exactly_once(8, false), false, "stale", &expiry);
    tour.pass(2_000);
    tour.send(p, &Message::PubRel(ack(8)));
}

/// A Session that is to end soon, while its Client is connected; and one without the Will of before.
pub(super) fn staying(tour: &mut Tour) {
    let a = tour.connect("a", true, &[Property::SessionExpiryInterval(1)]);
    tour.subscribe(a, &[("t", 0), ("w", 0)]);
    tour.pass(4_000);
    tour.publish(a, "t", Delivery::AtMostOnce, "still there");
    let watcher = tour.connect("b", false, &[]);
    tour.subscribe(watcher, &[("w", 0)]);
    let will = Will {
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "w",
        payload: b"gone",
        properties: Properties::EMPTY,
    };
    tour.open(Connect { will: Some(will), ..plain("c", false) });
    let again = tour.connect("c", false, &[]);
    tour.close(again);
}
