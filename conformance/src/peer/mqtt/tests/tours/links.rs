//! Connections: how they start and end, and what is wrong on the wire.

use wirecheck_codecs::mqtt::Auth;

use super::*;

pub(super) fn connecting(tour: &mut Tour) {
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
    let flags = tour.connect("flags", true, &[]);
    tour.raw(flags, &[0xE1, 0]);
}

pub(super) fn refusals(tour: &mut Tour) {
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

pub(super) fn takeover(tour: &mut Tour) {
    let first = tour.connect("A", false, LONG);
    let second = tour.connect("a", false, LONG);
    let third = tour.connect("A", false, LONG);
    for link in [first, second, third] {
        tour.send(link, &Message::PingReq);
    }
}

pub(super) fn keep_alive(tour: &mut Tour) {
    let a = tour.open(Connect { keep_alive: 4, ..plain("a", true) });
    let b = tour.connect("b", true, &[]);
    for _ in 0..3 {
        tour.pass(3_000);
        tour.publish(a, "t", Delivery::AtMostOnce, "x");
    }
    tour.pass(7_000);
    tour.send(b, &Message::PingReq);
}

pub(super) fn authentication(tour: &mut Tour) {
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

pub(super) fn ends(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    tour.send(a, &Message::PingReq);
    tour.send(a, &disconnect(0));
}

pub(super) fn crash(tour: &mut Tour) {
    let a = tour.connect("a", true, &[]);
    tour.publish(a, "x/crash", at_least_once(1), "x");
    let b = tour.connect("b", true, &[]);
    tour.send(b, &Message::PingReq);
}

/// One packet for each kind of error, as far as the version has it.
pub(super) fn decoder(tour: &mut Tour) {
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
