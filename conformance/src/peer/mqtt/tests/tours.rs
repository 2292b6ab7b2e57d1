//! Walks through the broker, area by area, in both versions.

pub(super) mod limits;
mod links;

use wirecheck_codecs::mqtt::{Disconnect, Unsubscribe, Will};

use super::differences::{Path, Tour};
use super::*;

pub(super) const ALL: &[Path] = &[
    links::connecting,
    links::refusals,
    links::takeover,
    links::keep_alive,
    sessions,
    received,
    sent,
    resent,
    retained,
    wills,
    subscribing_again,
    unsubscribing,
    topics,
    shared,
    aliases,
    flow,
    sizes,
    properties,
    expiry,
    links::authentication,
    links::ends,
    links::crash,
    links::decoder,
    limits::refused,
    limits::staying,
];

const LONG: &[Property<'_>] = &[Property::SessionExpiryInterval(100)];

fn disconnect(code: u8) -> Message<'static> {
    let properties = Properties::EMPTY;
    Message::Disconnect(Disconnect { reason_code: ReasonCode(code), properties })
}

fn sessions(tour: &mut Tour) {
    let publisher = tour.connect("p", true, &[]);
    let a = tour.connect("a", false, LONG);
    tour.subscribe(a, &[("t", 2)]);
    tour.publish(a, "t", exactly_once(5, false), "open");
    tour.publish_with(a, "r", at_least_once(6), true, "kept", &[]);
    tour.close(a);
    tour.subscribe(publisher, &[("u/", 1)]);
    tour.publish(publisher, "u/", at_least_once(2), "with a slash at the end");
    tour.publish(publisher, "t", at_least_once(1), "one");
    tour.pass(2_000);
    let a = tour.connect("a", false, LONG);
    tour.publish(a, "t", exactly_once(5, true), "open");
    tour.publish(publisher, "t", at_least_once(1), "resumed");
    tour.close(a);
    tour.pass(200_000);
    let a = tour.connect("a", false, LONG);
    tour.close(a);
    let a = tour.connect("a", true, &[]);
    tour.subscribe(a, &[("t", 1)]);
    tour.close(a);
    let a = tour.connect("a", false, &[]);
    tour.publish(publisher, "t", at_least_once(1), "two");
    tour.close(a);
    tour.subscribe(publisher, &[("r", 1)]);
    let b = tour.connect("b", false, LONG);
    tour.subscribe(b, &[("t", 1)]);
    tour.close(b);
    let b = tour.connect("b", true, LONG);
    tour.publish(publisher, "t", at_least_once(1), "three");
    if tour.v5() {
        let list = [Property::SessionExpiryInterval(5)];
        let (reason_code, properties) = (ReasonCode(0), Properties::Given(&list));
        tour.send(b, &Message::Disconnect(Disconnect { reason_code, properties }));
        tour.pass(6_000);
        tour.connect("b", false, LONG);
        let c = tour.connect("c", true, &[]);
        tour.send(c, &Message::Disconnect(Disconnect { reason_code, properties }));
    }
}

fn received(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    let p = tour.connect("p", true, &[]);
    tour.subscribe(a, &[("t", 2)]);
    tour.publish(p, "t", Delivery::AtMostOnce, "zero");
    tour.publish(p, "t", at_least_once(1), "one");
    let again = Delivery::new(QoS::AtLeastOnce, NonZeroU16::MIN, true);
    tour.publish(p, "t", again, "one");
    tour.publish(p, "t", exactly_once(2, false), "two");
    tour.publish(p, "t", exactly_once(2, true), "two");
    tour.send(p, &Message::PubRel(ack(2)));
    tour.publish(p, "t", exactly_once(2, false), "new");
    tour.publish(p, "t", exactly_once(3, true), "dup");
    tour.send(p, &Message::PubRel(ack(9)));
    tour.publish(p, "t", Delivery::AtMostOnce, "");
}

fn sent(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    tour.subscribe(a, &[("t", 2)]);
    for identifier in 1..4 {
        tour.publish(a, "t", exactly_once(identifier, true), "x");
    }
    tour.send(a, &Message::PubRec(ack(1)));
    tour.send(a, &Message::PubComp(ack(1)));
    if tour.v5() {
        tour.send(a, &Message::PubRec(refusal(2)));
    }
    tour.pass(5_000);
}

fn resent(tour: &mut Tour) {
    let p = tour.connect("p", true, &[]);
    let a = tour.connect("a", false, LONG);
    tour.subscribe(a, &[("t", 2)]);
    let expiring = [Property::MessageExpiryInterval(3)];
    for identifier in 1..5 {
        tour.publish(p, "t", at_least_once(identifier), "one");
        let two = exactly_once(identifier + 10, false);
        tour.publish_with(p, "t", two, false, "two", &expiring);
    }
    tour.send(a, &Message::PubAck(ack(1)));
    tour.send(a, &Message::PubRec(ack(2)));
    tour.send(a, &Message::PubComp(ack(2)));
    tour.send(a, &Message::PubRec(ack(4)));
    if tour.v5() {
        tour.send(a, &Message::PubAck(refusal(3)));
    }
    tour.close(a);
    tour.pass(4_000);
    let a = tour.connect("a", false, LONG);
    tour.send(a, &Message::PubComp(ack(4)));
}

fn retained(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    let live = tour.connect("live", true, &[]);
    tour.subscribe(live, &[("r/#", 0x12)]);
    let kept = [Property::ContentType("text"), Property::UserProperty(("k", "v"))];
    tour.publish_with(a, "r/1", at_least_once(1), true, "first", &kept);
    tour.publish_with(a, "r/1", at_least_once(1), true, "second", &kept);
    tour.publish(a, "r/1", at_least_once(1), "plain");
    tour.publish(a, "r/2", at_least_once(1), "plain");
    tour.publish(a, "r/1", at_least_once(1), "");
    for options in [0x02, 0x12, 0x12, 0x22, 0x0A] {
        tour.subscribe(a, &[("r/#", options)]);
    }
    tour.subscribe(a, &[("r/+", 0x12)]);
    tour.publish_with(a, "r/1", at_least_once(1), true, "published", &[]);
    tour.publish_with(a, "r/1", Delivery::AtMostOnce, true, "third", &[]);
    tour.subscribe(a, &[("r/1", 2)]);
    tour.publish_with(a, "r/1", at_least_once(1), true, "", &[]);
    let b = tour.connect("b", true, &[]);
    tour.subscribe(b, &[("r/#", 2)]);
}

fn wills(tour: &mut Tour) {
    let watcher = tour.connect("watcher", true, &[]);
    tour.subscribe(watcher, &[("will/#", 0x0A)]);
    let users = [
        Property::UserProperty(("b", "1")),
        Property::UserProperty(("a", "2")),
        Property::WillDelayInterval(5),
    ];
    let short = [Property::SessionExpiryInterval(2)];
    let v5 = tour.v5();
    let will = |retain, delayed| Will {
        qos: QoS::AtLeastOnce,
        retain,
        properties: match (v5, delayed) {
            (true, true) => Properties::Given(&users),
            (true, false) => Properties::Given(&users[..2]),
            _ => Properties::EMPTY,
        },
        topic: "will/a",
        payload: b"gone",
    };
    let connect = |list: &'static [Property<'static>], will| Connect {
        properties: if v5 { Properties::Given(list) } else { Properties::EMPTY },
        will: Some(will),
        ..plain("a", false)
    };
    for retain in [true, false] {
        let a = tour.open(connect(LONG, will(retain, false)));
        tour.close(a);
    }
    let a = tour.open(connect(LONG, will(false, false)));
    tour.send(a, &Message::Connect(plain("a", true)));
    let a = tour.open(Connect { keep_alive: 1, ..connect(LONG, will(false, false)) });
    tour.pass(2_000);
    tour.close(a);
    let a = tour.open(connect(LONG, will(false, false)));
    let again = tour.open(connect(LONG, will(false, false)));
    tour.close(a);
    tour.send(again, &disconnect(0));
    let a = tour.open(Connect { clean_start: !v5, ..connect(LONG, will(false, false)) });
    tour.close(a);
    tour.pass(101_000);
    if v5 {
        let a = tour.open(connect(LONG, will(false, false)));
        tour.send(a, &disconnect(4));
        let a = tour.open(connect(LONG, will(false, true)));
        tour.send(a, &disconnect(4));
        tour.pass(2_000);
        let a = tour.connect("a", false, LONG);
        tour.pass(4_000);
        tour.send(a, &disconnect(0));
        let properties = Properties::Given(&short);
        let a = tour.open(Connect { properties, ..connect(LONG, will(false, true)) });
        tour.close(a);
    }
    tour.pass(3_000);
    tour.pass(100_000);
}

fn subscribing_again(tour: &mut Tour) {
    let a = tour.connect("a", true, &[Property::ReceiveMaximum(1)]);
    let p = tour.connect("p", true, &[]);
    tour.subscribe_with(a, &[("t", 0), ("u", 1)], &[Property::SubscriptionIdentifier(1)]);
    tour.subscribe_with(a, &[("t", 1)], &[Property::SubscriptionIdentifier(2)]);
    tour.subscribe_with(a, &[("+", 0)], &[Property::SubscriptionIdentifier(3)]);
    tour.publish(p, "u", at_least_once(1), "u");
    tour.publish(p, "t", exactly_once(1, false), "t");
    tour.publish(p, "t", at_least_once(2), "queued");
    tour.subscribe(a, &[("t", 1)]);
    tour.send(a, &Message::PubAck(ack(1)));
    tour.send(a, &Message::PubAck(ack(2)));
    let own = tour.connect("own", true, &[]);
    tour.subscribe(own, &[("own", 0x05), ("t", 1), ("u", 0)]);
    tour.publish(own, "own", at_least_once(1), "mine");
    tour.publish(own, "t", at_least_once(1), "mine");
    tour.publish(own, "u", at_least_once(1), "mine");
}

fn unsubscribing(tour: &mut Tour) {
    let a = tour.connect("a", false, LONG);
    tour.subscribe(a, &[("t", 1), ("t/1", 1), ("u", 1)]);
    tour.publish(a, "u", at_least_once(1), "in flight");
    let packet = |filters| {
        Message::Unsubscribe(Unsubscribe {
            packet_identifier: NonZeroU16::MIN,
            properties: Properties::EMPTY,
            topic_filters: List::Given(filters),
        })
    };
    tour.send(a, &packet(&["none"]));
    tour.send(a, &packet(&["t", "u", "none"]));
    for topic in ["t", "t/1", "u"] {
        tour.publish(a, topic, at_least_once(1), "after");
    }
    tour.close(a);
    tour.connect("a", false, LONG);
}

fn topics(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    let p = tour.connect("p", true, &[]);
    let filters = ["t/+", "+/first", "Case", "p/#", "x/+/y", "#", "\u{feff}bom", "a/b"];
    for filter in filters {
        let one = tour.connect(filter.trim_start_matches(['#', '+']), true, &[]);
        tour.subscribe(one, &[(filter, 0)]);
    }
    tour.subscribe(a, &[("$SYS/mine", 0)]);
    let names =
        ["t/1", "t/1/2", "a/first", "case", "p", "x//y", "$dollar", "\u{feff}bom", "a//b", "a/b/c"];
    for name in names {
        tour.publish(p, name, Delivery::AtMostOnce, "x");
    }
    tour.publish(p, "$SYS/mine", Delivery::AtMostOnce, "x");
}

fn shared(tour: &mut Tour) {
    let p = tour.connect("p", true, &[]);
    tour.publish_with(p, "s", at_least_once(1), true, "kept", &[]);
    let a = tour.connect("a", false, LONG);
    let b = tour.connect("b", false, LONG);
    tour.subscribe(a, &[("$share/g/s", 1)]);
    tour.subscribe(b, &[("$share/g/s", 2), ("s", 0x20)]);
    for identifier in 101..107 {
        tour.publish(p, "s", exactly_once(identifier, false), "x");
    }
    if tour.v5() {
        tour.send(a, &Message::PubAck(refusal(1)));
        tour.send(b, &Message::PubRec(refusal(1)));
    }
    let other = tour.connect("other", true, &[]);
    tour.subscribe(other, &[("$share/h/s", 1)]);
    tour.publish(p, "s", at_least_once(9), "both groups");
    tour.publish(p, "s", at_least_once(9), "both groups");
    tour.close(b);
    let b = tour.connect("b", false, LONG);
    tour.connect("b", true, LONG);
    tour.close(b);
    tour.subscribe(p, &[("$share/g/s", 2)]);
    tour.connect("a", true, LONG);
    tour.send(
        p,
        &Message::Unsubscribe(Unsubscribe {
            packet_identifier: NonZeroU16::MIN,
            properties: Properties::EMPTY,
            topic_filters: List::Given(&["$share/g/s"]),
        }),
    );
    tour.publish(other, "s", at_least_once(1), "after");
}

fn aliases(tour: &mut Tour) {
    if !tour.v5() {
        return;
    }
    let a = tour.connect("a", false, &[LONG[0], Property::TopicAliasMaximum(1)]);
    tour.subscribe(a, &[("#", 0)]);
    let none = tour.connect("none", true, &[]);
    tour.subscribe(none, &[("#", 0)]);
    let zero = Delivery::AtMostOnce;
    let alias = |value| [Property::TopicAlias(value)];
    tour.publish_with(a, "one", zero, false, "set", &alias(10));
    tour.publish_with(a, "", zero, false, "used", &alias(10));
    tour.publish_with(a, "", zero, false, "used again", &alias(10));
    tour.publish_with(a, "two", zero, false, "set again", &alias(10));
    tour.publish_with(a, "", zero, false, "used", &alias(10));
    tour.close(a);
    let a = tour.connect("a", false, LONG);
    tour.publish_with(a, "", zero, false, "unknown", &alias(10));
    let b = tour.connect("b", true, &[]);
    tour.publish_with(b, "t", zero, false, "too high", &alias(11));
}

fn flow(tour: &mut Tour) {
    let a = tour.connect("a", true, &[Property::ReceiveMaximum(2)]);
    tour.subscribe(a, &[("t", 2)]);
    for identifier in 1..4 {
        tour.publish(a, "t", at_least_once(identifier), "one");
        tour.publish(a, "t", exactly_once(identifier + 10, false), "two");
    }
    tour.send(a, &Message::PingReq);
    tour.send(a, &Message::PingReq);
    tour.send(a, &Message::PubAck(ack(1)));
    tour.send(a, &Message::PubRec(ack(2)));
    tour.send(a, &Message::PubComp(ack(2)));
    for identifier in 30..60 {
        tour.publish(a, "none", exactly_once(identifier, false), "x");
    }
}

fn sizes(tour: &mut Tour) {
    let a = tour.connect("a", true, &[Property::MaximumPacketSize(40)]);
    tour.subscribe(a, &[("t", 1)]);
    tour.publish(a, "t", at_least_once(1), &"long".repeat(20));
    tour.publish(a, "t", at_least_once(2), "short");
    tour.publish(a, "a topic that nobody has subscribed to", at_least_once(3), "x");
    let unsubscribe = Unsubscribe {
        packet_identifier: NonZeroU16::MIN,
        properties: Properties::EMPTY,
        topic_filters: List::Given(&["none"]),
    };
    tour.send(a, &Message::Unsubscribe(unsubscribe));
    let big = vec![b'x'; 2 << 20];
    let mut bytes = vec![0x30, 0x83, 0x80, 0x80, 0x01, 0, 1, b't'];
    bytes.extend(big);
    tour.raw(a, &bytes);
}

fn properties(tour: &mut Tour) {
    let a = tour.connect("a", true, &[Property::RequestResponseInformation(1)]);
    tour.subscribe_with(a, &[("t", 1)], &[Property::SubscriptionIdentifier(7)]);
    tour.subscribe_with(a, &[("+", 1)], &[Property::SubscriptionIdentifier(8)]);
    let all = [
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(60),
        Property::ContentType("text"),
        Property::ResponseTopic("answer"),
        Property::CorrelationData(b"1"),
        Property::UserProperty(("b", "1")),
        Property::UserProperty(("b", "2")),
        Property::UserProperty(("a", "3")),
    ];
    tour.publish_with(a, "t", at_least_once(1), false, "x", &all);
}

fn expiry(tour: &mut Tour) {
    let p = tour.connect("p", true, &[]);
    let a = tour.connect("a", false, LONG);
    tour.subscribe(a, &[("t", 1)]);
    tour.close(a);
    for seconds in [2, 60] {
        let list = [Property::MessageExpiryInterval(seconds)];
        tour.publish_with(p, "t", at_least_once(1), false, "x", &list);
    }
    tour.pass(3_000);
    tour.connect("a", false, LONG);
}
