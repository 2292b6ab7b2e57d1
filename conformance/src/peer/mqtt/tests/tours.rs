//! Walks through the broker, area by area, in both versions.

use wirecheck_codecs::mqtt::{Auth, Disconnect, Unsubscribe, Will};

use super::differences::{Path, Tour};
use super::*;

pub(super) const ALL: &[Path] = &[
    connecting,
    refusals,
    takeover,
    keep_alive,
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
    authentication,
    ends,
    crash,
    decoder,
];

const LONG: &[Property<'_>] = &[Property::SessionExpiryInterval(100)];

fn disconnect(code: u8) -> Message<'static> {
    let properties = Properties::EMPTY;
    Message::Disconnect(Disconnect { reason_code: ReasonCode(code), properties })
}

fn connecting(tour: &mut Tour) {
    tour.connect("", true, &[]);
    tour.connect("", true, &[]);
    tour.connect("abcdefghijklmnopqrstuvw", true, &[]);
    tour.connect("ABC", true, &[]);
    let a = tour.connect("a", false, &[]);
    tour.send(a, &Message::Connect(plain("a", true)));
    let b = tour.connect("b", true, &[Property::RequestProblemInformation(0)]);
    tour.publish(b, "nobody", at_least_once(1), "x");
    let early = tour.link();
    tour.send(early, &Message::PingReq);
    let silent = tour.link();
    tour.pass(11_000);
    tour.close(silent);
}

fn refusals(tour: &mut Tour) {
    let level = tour.bench.version.level();
    for (level, flags) in [(2, 2), (6, 2), (level, 3), (level, 0)] {
        let bytes = [0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', level, flags, 0, 0, 0, 0];
        let a = tour.link();
        tour.raw(a, &bytes);
    }
    // What stands behind a refused CONNECT must not be published.
    let watcher = tour.connect("watcher", true, &[]);
    tour.subscribe(watcher, &[("t", 0)]);
    let a = tour.link();
    tour.raw(a, &[0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', 2, 2, 0, 0, 0, 0]);
    tour.raw(a, &[0x30, 4, 0, 1, b't', 0]);
    let b = tour.connect("b", true, &[Property::AuthenticationMethod("NONE")]);
    tour.send(b, &Message::PingReq);
}

fn takeover(tour: &mut Tour) {
    let first = tour.connect("A", false, LONG);
    let second = tour.connect("a", false, LONG);
    let third = tour.connect("A", false, LONG);
    for link in [first, second, third] {
        tour.send(link, &Message::PingReq);
    }
}

fn keep_alive(tour: &mut Tour) {
    let a = tour.open(Connect { keep_alive: 4, ..plain("a", true) });
    let b = tour.connect("b", true, &[]);
    for _ in 0..3 {
        tour.pass(3_000);
        tour.publish(a, "t", Delivery::AtMostOnce, "x");
    }
    tour.pass(7_000);
    tour.send(b, &Message::PingReq);
}

fn sessions(tour: &mut Tour) {
    let publisher = tour.connect("p", true, &[]);
    let a = tour.connect("a", false, LONG);
    tour.subscribe(a, &[("t", 2)]);
    tour.publish(a, "t", exactly_once(5, false), "open");
    tour.publish_with(a, "r", at_least_once(6), true, "kept", &[]);
    tour.close(a);
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

fn authentication(tour: &mut Tour) {
    if !tour.v5() {
        return;
    }
    let method = Property::AuthenticationMethod("WIRECHECK-ECHO");
    let auth = |code, list: &'static [Property<'static>]| {
        let properties = Properties::Given(list);
        Message::Auth(Auth { reason_code: ReasonCode(code), properties })
    };
    const GOOD: &[Property<'_>] =
        &[Property::AuthenticationMethod("WIRECHECK-ECHO"), Property::AuthenticationData(b"pong")];
    const BAD: &[Property<'_>] =
        &[Property::AuthenticationMethod("WIRECHECK-ECHO"), Property::AuthenticationData(b"no")];
    const OTHER: &[Property<'_>] = &[Property::AuthenticationMethod("OTHER")];
    let a = tour.connect("a", true, &[method]);
    tour.send(a, &auth(0x18, GOOD));
    tour.send(a, &auth(0x19, GOOD));
    tour.send(a, &auth(0x18, BAD));
    let b = tour.connect("b", true, &[method]);
    tour.send(b, &auth(0x18, BAD));
    let c = tour.connect("c", true, &[method]);
    tour.send(c, &Message::PingReq);
    let d = tour.connect("d", true, &[]);
    tour.send(d, &auth(0x19, GOOD));
    let e = tour.connect("e", true, &[method]);
    tour.send(e, &auth(0x18, GOOD));
    tour.send(e, &auth(0x19, OTHER));
}

fn ends(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    tour.send(a, &Message::PingReq);
    tour.send(a, &disconnect(0));
}

fn crash(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    tour.publish(a, "x/crash", at_least_once(1), "x");
    let b = tour.connect("b", true, &[]);
    tour.send(b, &Message::PingReq);
}

/// One packet for each kind of error, as far as the version has it.
fn decoder(tour: &mut Tour) {
    let packets: &[&[u8]] = &[
        &[0x00, 0],
        &[0xC1, 0],
        &[0xC0, 0xff, 0xff, 0xff, 0xff, 1],
        &[0xC0, 0xff, 0xff, 0xff, 0x7f],
        &[0x82, 4, 0, 1, 0, 9],
        &[0xC0, 1, 0],
        &[0x32, 6, 0, 1, 0xff, 0, 1, 0],
        &[0x32, 6, 0, 1, 0x00, 0, 1, 0],
        &[0x82, 7, 0, 1, 0, 0, 1, b't', 0xC0],
        &[0x82, 6, 0, 1, 0, 1, b't', 0xC0],
        &[0x36, 6, 0, 1, b't', 0, 1, 0],
        &[0x38, 4, 0, 1, b't', 0],
        &[0x32, 6, 0, 1, b't', 0, 0, 0],
        &[0x82, 3, 0, 1, 0],
        &[0x82, 2, 0, 1],
        &[0x32, 5, 0, 0, 0, 1, 0],
        &[0x32, 6, 0, 1, b'#', 0, 1, 0],
        &[0x82, 8, 0, 1, 0, 0, 2, b'#', b'a', 0],
        &[0x82, 7, 0, 1, 0, 2, b'#', b'a', 0],
        &[0x82, 8, 0, 1, 0, 0, 2, b'+', b'a', 0],
        &[0x82, 7, 0, 1, 0, 2, b'+', b'a', 0],
        b"\x82\x10\x00\x01\x00\x00\x0a$share//ab\x00",
        &[0x32, 8, 0, 1, b't', 0, 1, 2, 127, 0],
        &[0x32, 8, 0, 1, b't', 0, 1, 2, 36, 0],
        &[0x32, 10, 0, 1, b't', 0, 1, 4, 1, 0, 1, 0],
        &[0xF0, 4, 0x18, 2, 36, 0],
        &[0xF0, 2, 0x18, 0],
        &[0x32, 8, 0, 1, b't', 0, 1, 2, 1, 5],
        &[0x40, 3, 0, 1, 0x77],
        &[0xD0, 0],
    ];
    for packet in packets {
        let a = tour.connect("a", true, &[]);
        tour.raw(a, packet);
        tour.close(a);
    }
    let level = tour.bench.version.level();
    for bytes in [
        [0x10, 12, 0, 4, b'M', b'Q', b'T', b'X', level, 2, 0, 0, 0, 0],
        [0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', 9, 2, 0, 0, 0, 0],
        [0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', level, 0, 0, 0, 0, 0],
    ] {
        let a = tour.link();
        tour.raw(a, &bytes);
    }
}
