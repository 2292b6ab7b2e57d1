//! Packets that were changed at random: nothing may panic, and what is kept stays small.

use super::*;

#[test]
fn changed_packets_are_taken_or_refused() {
    let mut rng = fastrand::Rng::with_seed(1);
    for version in [Version::V311, Version::V5] {
        let mut bench = Bench::new(version);
        let subscription = Subscription {
            topic_filter: "t/#",
            maximum_qos: QoS::ExactlyOnce,
            no_local: false,
            retain_as_published: false,
            retain_handling: 0,
        };
        let packets: Vec<Vec<u8>> = [
            Message::Connect(plain("abc", true)),
            subscribing(&[subscription], &[]),
            publishing("t/1", Delivery::AtMostOnce, "zero"),
            publishing("t/1", at_least_once(3), "one"),
            publishing("t/1", exactly_once(4, true), "two"),
            Message::PubAck(ack(1)),
            Message::PubRec(ack(2)),
            Message::PubRel(ack(4)),
            Message::PubComp(ack(2)),
            Message::PingReq,
        ]
        .iter()
        .map(|message| encode(message, version))
        .collect();
        for _ in 0..2_000 {
            let id = bench.connect("a", true, &[]);
            let mut bytes = Vec::new();
            for _ in 0..8 {
                bytes.extend_from_slice(&packets[rng.usize(..packets.len())]);
            }
            for _ in 0..rng.usize(..3) {
                let at = rng.usize(..bytes.len());
                bytes[at] = rng.u8(..);
            }
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let used = bench.state.input(bench.now, id, rest);
                if used == 0 {
                    break;
                }
                rest = &rest[used..];
            }
            bench.sent(id);
            bench.state.closed(bench.now, id);
        }
        bench.pass(1);
        assert!(bench.state.links.is_empty());
    }
}
