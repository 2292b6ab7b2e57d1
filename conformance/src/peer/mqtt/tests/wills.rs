//! Wills, takeover, authentication, time.

use wirecheck_codecs::mqtt::{Auth, Disconnect, Will};

use super::*;

fn with_will<'a>(
    client: &'a str,
    properties: &'a [Property<'a>],
    will: &'a [Property<'a>],
) -> Connect<'a> {
    Connect {
        properties: Properties::Given(properties),
        will: Some(Will {
            qos: QoS::AtMostOnce,
            retain: false,
            properties: Properties::Given(will),
            topic: "will",
            payload: b"gone",
        }),
        ..plain(client, false)
    }
}

fn watched(version: Version) -> (Bench, LinkId) {
    let mut bench = Bench::new(version);
    let watcher = bench.connect("watcher", true, &[]);
    bench.subscribe(watcher, "will", QoS::AtMostOnce);
    bench.sent(watcher);
    (bench, watcher)
}

const GONE: &str = "publish will qos=0 id=0 dup=false retain=false gone";

#[test]
fn a_will_comes_after_a_lost_connection_and_not_after_disconnect() {
    for version in [Version::V311, Version::V5] {
        let (mut bench, watcher) = watched(version);
        let a = bench.open(with_will("a", &[], &[]));
        bench.state.closed(bench.now, a);
        assert_eq!(bench.sent(watcher), [GONE]);
        let a = bench.open(with_will("a", &[], &[]));
        let (reason_code, properties) = (ReasonCode(0), Properties::EMPTY);
        bench.send(a, &Message::Disconnect(Disconnect { reason_code, properties }));
        bench.state.closed(bench.now, a);
        assert!(bench.sent(watcher).is_empty());
    }
}

#[test]
fn a_will_waits_and_is_cancelled_by_a_reconnection() {
    let (mut bench, watcher) = watched(Version::V5);
    let expiry = [Property::SessionExpiryInterval(60)];
    let delay = [Property::WillDelayInterval(2)];
    let a = bench.open(with_will("a", &expiry, &delay));
    bench.state.closed(bench.now, a);
    bench.pass(1);
    assert!(bench.sent(watcher).is_empty());
    let again = bench.connect("a", false, &expiry);
    bench.pass(5);
    assert!(bench.sent(watcher).is_empty());
    bench.state.closed(bench.now, again);
    let a = bench.open(with_will("a", &expiry, &delay));
    bench.state.closed(bench.now, a);
    bench.pass(2);
    assert_eq!(bench.sent(watcher), [GONE]);
    let short = [Property::SessionExpiryInterval(2)];
    let a = bench.open(with_will("a", &short, &[Property::WillDelayInterval(60)]));
    bench.state.closed(bench.now, a);
    bench.pass(1);
    assert!(bench.sent(watcher).is_empty());
    bench.pass(1);
    assert_eq!(bench.sent(watcher), [GONE]);
}

#[test]
fn a_takeover_tells_the_first_client() {
    let (mut bench, watcher) = watched(Version::V5);
    let expiry = [Property::SessionExpiryInterval(60)];
    let a = bench.open(with_will("a", &expiry, &[]));
    bench.sent(a);
    bench.connect("a", false, &expiry);
    assert_eq!(bench.sent(a), ["disconnect 0x8E"]);
    assert!(bench.state.closing(a));
    assert_eq!(bench.sent(watcher), [GONE]);
}

#[test]
fn keep_alive_and_connect_are_waited_for() {
    let mut bench = Bench::new(Version::V5);
    let silent = bench.state.open(bench.now);
    let a = bench.open(Connect { keep_alive: 4, ..plain("a", true) });
    bench.sent(a);
    bench.pass(5);
    assert!(!bench.state.closing(a) && !bench.state.closing(silent));
    bench.pass(1);
    assert_eq!(bench.sent(a), ["disconnect 0x8D"]);
    bench.pass(4);
    assert!(bench.state.closing(a) && bench.state.closing(silent));
}

#[test]
fn enhanced_authentication() {
    let method = Property::AuthenticationMethod("WIRECHECK-ECHO");
    let answer = |code, data: &'static [u8]| (ReasonCode(code), Property::AuthenticationData(data));
    for (data, expected) in [(b"pong", "connack 0x00"), (b"pang", "connack 0x87")] {
        let mut bench = Bench::new(Version::V5);
        let a = bench.connect("a", true, &[method]);
        assert!(bench.sent(a)[0].contains("Auth(Auth { reason_code: 0x18"));
        let (reason_code, data) = answer(0x18, data);
        let properties = [method, data];
        let properties = Properties::Given(&properties);
        bench.send(a, &Message::Auth(Auth { reason_code, properties }));
        assert!(bench.sent(a)[0].starts_with(expected));
    }
    let mut bench = Bench::new(Version::V5);
    let a = bench.connect("a", true, &[Property::AuthenticationMethod("OTHER")]);
    assert_eq!(bench.sent(a), ["connack 0x8C session_present=false"]);
    assert!(bench.state.closing(a));
}
