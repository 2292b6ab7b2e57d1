//! Connecting, QoS, Sessions, retained messages, flow control, errors.

use super::*;

const BOTH: [Version; 2] = [Version::V311, Version::V5];

#[test]
fn each_qos_reaches_a_subscriber() {
    for version in BOTH {
        let mut bench = Bench::new(version);
        let a = bench.connect("a", true, &[]);
        let b = bench.connect("b", true, &[]);
        assert_eq!(bench.sent(a), ["connack 0x00 session_present=false"]);
        bench.sent(b);
        bench.subscribe(a, "t/#", QoS::ExactlyOnce);
        assert_eq!(bench.sent(a), ["suback [0x02]"]);
        bench.publish(b, "t", Delivery::AtMostOnce, "zero");
        assert_eq!(bench.sent(a), ["publish t qos=0 id=0 dup=false retain=false zero"]);
        bench.publish(b, "t/1", at_least_once(7), "one");
        assert_eq!(bench.sent(a), ["publish t/1 qos=1 id=1 dup=false retain=false one"]);
        assert_eq!(bench.sent(b), ["puback 7 0x00"]);
        bench.publish(b, "t/2", exactly_once(7, false), "two");
        assert_eq!(bench.sent(a), ["publish t/2 qos=2 id=2 dup=false retain=false two"]);
        bench.publish(b, "t/2", exactly_once(7, true), "two");
        assert_eq!(bench.sent(b), ["pubrec 7 0x00", "pubrec 7 0x00"]);
        bench.send(b, &Message::PubRel(ack(7)));
        assert_eq!(bench.sent(b), ["pubcomp 7 0x00"]);
        bench.send(a, &Message::PubRec(ack(2)));
        assert_eq!(bench.sent(a), ["pubrel 2 0x00"]);
        bench.send(a, &Message::PubComp(ack(2)));
        bench.send(a, &Message::PingReq);
        assert_eq!(bench.sent(a), ["PingResp"]);
    }
}

#[test]
fn what_is_unacknowledged_is_sent_again_in_order() {
    for version in BOTH {
        let mut bench = Bench::new(version);
        let expiry: &[Property<'_>] = match version {
            Version::V5 => &[Property::SessionExpiryInterval(60)],
            _ => &[],
        };
        let a = bench.connect("a", false, expiry);
        let b = bench.connect("b", true, &[]);
        bench.subscribe(a, "t", QoS::ExactlyOnce);
        bench.publish(b, "t", at_least_once(1), "one");
        bench.publish(b, "t", exactly_once(2, false), "two");
        bench.send(a, &Message::PubRec(ack(2)));
        bench.state.closed(bench.now, a);
        bench.publish(b, "t", at_least_once(3), "three");
        bench.publish(b, "t", Delivery::AtMostOnce, "zero");
        let a = bench.connect("a", false, expiry);
        assert_eq!(
            bench.sent(a),
            [
                "connack 0x00 session_present=true",
                "publish t qos=1 id=1 dup=true retain=false one",
                "pubrel 2 0x00",
                "publish t qos=1 id=3 dup=false retain=false three",
            ]
        );
        bench.send(a, &Message::PubAck(ack(1)));
        bench.send(a, &Message::PubComp(ack(2)));
        bench.send(a, &Message::PubAck(ack(3)));
        bench.state.closed(bench.now, a);
        let a = bench.connect("a", false, expiry);
        assert_eq!(bench.sent(a), ["connack 0x00 session_present=true"]);
        bench.state.closed(bench.now, a);
        bench.pass(61);
        let a = bench.connect("a", false, expiry);
        let present = version == Version::V311;
        assert_eq!(bench.sent(a), [format!("connack 0x00 session_present={present}")]);
    }
}

#[test]
fn receive_maximum_holds_both_ways() {
    let mut bench = Bench::new(Version::V5);
    let a = bench.connect("a", true, &[Property::ReceiveMaximum(2)]);
    let b = bench.connect("b", true, &[]);
    bench.subscribe(a, "t", QoS::AtLeastOnce);
    bench.sent(a);
    bench.sent(b);
    for identifier in 1..=4 {
        bench.publish(b, "t", at_least_once(identifier), "x");
    }
    assert_eq!(bench.sent(a).len(), 2);
    bench.send(a, &Message::PubAck(refusal(1)));
    assert_eq!(bench.sent(a).len(), 1);
    bench.sent(b);
    for identifier in 1..=21 {
        bench.publish(b, "none", exactly_once(identifier, false), "x");
    }
    let sent = bench.sent(b);
    assert_eq!(sent.len(), 21);
    assert_eq!(sent[20], "disconnect 0x93");
    assert!(bench.state.closing(b));
}

#[test]
fn retained_messages_follow_retain_handling() {
    let mut bench = Bench::new(Version::V5);
    let b = bench.connect("b", true, &[]);
    let retained = Message::Publish(Publish {
        delivery: Delivery::AtMostOnce,
        retain: true,
        topic_name: "r",
        properties: Properties::Given(&[Property::MessageExpiryInterval(10)]),
        payload: b"kept",
    });
    bench.send(b, &retained);
    bench.sent(b);
    let subscription = |retain_handling| Subscription {
        topic_filter: "r",
        maximum_qos: QoS::AtMostOnce,
        no_local: false,
        retain_as_published: false,
        retain_handling,
    };
    for (handling, count) in [(1, 2), (1, 1), (0, 2), (2, 1)] {
        bench.send(b, &subscribing(&[subscription(handling)], &[]));
        assert_eq!(bench.sent(b).len(), count, "{handling}");
    }
    bench.pass(11);
    bench.send(b, &subscribing(&[subscription(0)], &[]));
    assert_eq!(bench.sent(b), ["suback [0x00]"]);
}

#[test]
fn a_share_takes_turns() {
    let mut bench = Bench::new(Version::V5);
    let members: Vec<LinkId> =
        ["a", "b", "c"].iter().map(|name| bench.connect(name, true, &[])).collect();
    for member in &members {
        bench.subscribe(*member, "$share/g/t", QoS::AtMostOnce);
        bench.sent(*member);
    }
    for _ in 0..9 {
        bench.publish(members[0], "t", Delivery::AtMostOnce, "x");
    }
    for member in members {
        assert_eq!(bench.sent(member).len(), 3);
    }
}

#[test]
fn errors_have_the_most_specific_reason() {
    let cases: [(&[u8], &str); 5] = [
        (&[0x30, 6, 0, 0, 3, 0x23, 0, 0], "disconnect 0x94"),
        (&[0x30, 6, 0, 0, 3, 0x23, 0, 11], "disconnect 0x94"),
        (&[0x82, 3, 0, 1, 0], "disconnect 0x82"),
        (&[0x83, 3, 0, 1, 0], "disconnect 0x81"),
        (&[0x30, 0xff, 0xff, 0xff, 0x7f], "disconnect 0x95"),
    ];
    for (bytes, expected) in cases {
        let mut bench = Bench::new(Version::V5);
        let a = bench.connect("a", true, &[]);
        bench.sent(a);
        bench.state.input(bench.now, a, bytes);
        let sent = bench.sent(a);
        assert_eq!(sent.len(), 1, "{bytes:02x?} {sent:?}");
        assert_eq!(sent[0], expected, "{bytes:02x?}");
        assert!(bench.state.closing(a));
    }
}

#[test]
fn levels_that_are_not_known_are_refused() {
    for (level, answer) in [(2, "connack 0x01"), (4, "connack 0x00"), (6, "connack 0x84")] {
        let version = if level == 6 { Version::V5 } else { Version::V311 };
        let mut bench = Bench::new(version);
        let a = bench.state.open(bench.now);
        let bytes = [0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', level, 2, 0, 0, 0, 1, b'a'];
        assert_eq!(bench.state.input(bench.now, a, &bytes), bytes.len());
        let sent = bench.sent(a);
        assert!(sent[0].starts_with(answer), "{level}: {sent:?}");
        assert_eq!(bench.state.closing(a), level != 4);
    }
}

#[test]
fn a_decoder_fault_takes_what_is_wrong() {
    let wrong = [0x83, 6, 0, 9, 0, 1, b't', 0];
    let mut bench = Bench::faulty(Version::V311, "tolerates-wrong-flags");
    let a = bench.connect("a", true, &[]);
    bench.sent(a);
    bench.state.input(bench.now, a, &wrong);
    assert_eq!(bench.sent(a), ["suback [0x00]"]);
    assert!(!bench.state.closing(a));
}

#[test]
fn every_fault_and_variant_serves_or_refuses_without_panic() {
    let faults = super::super::all();
    let faults = faults.iter().map(|fault| (Some(fault.id.to_string()), None));
    let variants = super::super::VARIANTS.iter().map(|row| (None, Some(row.id.to_owned())));
    for (fault, variant) in faults.chain(variants) {
        for version in BOTH {
            let options =
                Options { fault: fault.clone(), variant: variant.clone(), ..Options::default() };
            let mut bench = Bench::with(version, options);
            for round in 0..3 {
                let a = bench.connect("A", round == 0, &[]);
                let b = bench.connect("b", true, &[]);
                bench.subscribe(a, "t/+", QoS::ExactlyOnce);
                bench.subscribe(a, "#", QoS::AtLeastOnce);
                for identifier in 1..=25 {
                    bench.publish(b, "t/1", at_least_once(identifier), "one");
                    bench.publish(b, "t/2", exactly_once(identifier + 100, false), "two");
                    bench.publish(b, "t/0", Delivery::AtMostOnce, "");
                }
                bench.send(a, &Message::PubAck(ack(1)));
                bench.send(a, &Message::PubRec(ack(2)));
                bench.send(a, &Message::PubComp(ack(2)));
                bench.send(a, &Message::PingReq);
                bench.pass(3);
                bench.sent(a);
                bench.sent(b);
                bench.state.closed(bench.now, a);
                bench.state.closed(bench.now, b);
                bench.pass(3);
            }
        }
    }
}
