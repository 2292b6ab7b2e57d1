//! What cases do not reach: the tables of appendix A, and the end of who never signs in.

use std::collections::BTreeMap;

use tokio::time::{Duration, Instant, timeout};

use super::Reference;
use super::roster::{Item, Request};
use crate::peer::{Options, Reference as _};
use crate::transport::Link;

const NONE: u8 = 0;
const TO: u8 = 1;
const FROM: u8 = 2;
const OUT: u8 = 4;
const IN: u8 = 8;

/// The nine states of A.1, in its order.
const STATES: [u8; 9] = [NONE, OUT, IN, OUT | IN, TO, TO | IN, FROM, FROM | OUT, TO | FROM];

/// An item in a state, brought there by what leads to it.
fn item(state: u8) -> Item {
    let mut item = Item::default();
    if state & (TO | OUT) != 0 {
        item.outbound(Request::Subscribe);
    }
    if state & TO != 0 {
        item.inbound(Request::Subscribed, b"");
    }
    if state & (FROM | IN) != 0 {
        item.inbound(Request::Subscribe, b"<presence/>");
    }
    if state & FROM != 0 {
        item.outbound(Request::Subscribed);
    }
    assert_eq!(of(&item), state);
    item
}

fn of(item: &Item) -> u8 {
    let (_, to, from, out) = item.shown();
    let flags = [(to, TO), (from, FROM), (out, OUT), (item.pending_in.is_some(), IN)];
    flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag).sum()
}

#[test]
fn requests_of_the_user_change_states_as_in_a_2() {
    let new = |request, state| {
        let mut item = item(state);
        let routed = item.outbound(request);
        (routed, of(&item))
    };
    let subscribe = [OUT, OUT, OUT | IN, OUT | IN, TO, TO | IN, FROM | OUT, FROM | OUT, TO | FROM];
    let unsubscribe = [NONE, NONE, IN, IN, NONE, IN, FROM, FROM, FROM];
    let subscribed = [NONE, OUT, FROM, FROM | OUT, TO, TO | FROM, FROM, FROM | OUT, TO | FROM];
    let unsubscribed = [NONE, OUT, NONE, OUT, TO, TO, NONE, OUT, TO];
    for (place, state) in STATES.into_iter().enumerate() {
        let pending = state & IN != 0;
        assert_eq!(new(Request::Subscribe, state), (true, subscribe[place]), "{state}");
        assert_eq!(new(Request::Unsubscribe, state), (true, unsubscribe[place]), "{state}");
        assert_eq!(new(Request::Subscribed, state), (pending, subscribed[place]), "{state}");
        let routed = pending || state & FROM != 0;
        assert_eq!(new(Request::Unsubscribed, state), (routed, unsubscribed[place]), "{state}");
    }
}

#[test]
fn requests_of_the_contact_change_states_as_in_a_3() {
    let new = |request, state| {
        let mut item = item(state);
        let delivered = item.inbound(request, b"<presence/>");
        (delivered, of(&item))
    };
    let subscribe = [IN, OUT | IN, IN, OUT | IN, TO | IN, TO | IN, FROM, FROM | OUT, TO | FROM];
    let unsubscribe = [NONE, OUT, NONE, OUT, TO, TO, NONE, OUT, TO];
    let subscribed = [NONE, TO, IN, TO | IN, TO, TO | IN, FROM, TO | FROM, TO | FROM];
    let unsubscribed = [NONE, NONE, IN, IN, NONE, IN, FROM, FROM, FROM];
    let tables = [
        (Request::Subscribe, subscribe),
        (Request::Unsubscribe, unsubscribe),
        (Request::Subscribed, subscribed),
        (Request::Unsubscribed, unsubscribed),
    ];
    for (request, table) in tables {
        for (state, expected) in STATES.into_iter().zip(table) {
            // Each of these is delivered exactly when it changes the state.
            let found = new(request, state);
            assert_eq!(found, (state != expected, expected), "{request:?} in {state}");
        }
    }
}

async fn read_all(link: &mut Link) -> String {
    let mut text = Vec::new();
    while link.reader.receive(&mut text).await.is_ok_and(|count| count > 0) {}
    String::from_utf8(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn who_never_signs_in_is_sent_away() {
    let accounts = BTreeMap::from([("tester".to_owned(), "secret".to_owned())]);
    let peer = Reference.start(Options { accounts, ..Options::default() });
    let mut silent = peer.link("main").unwrap();
    let mut greets = peer.link("main").unwrap();
    let header = b"<stream:stream xmlns='jabber:client' to='localhost' version='1.0' \
                   xmlns:stream='http://etherx.jabber.org/streams'>";
    greets.writer.write(header).await.unwrap();
    let begin = Instant::now();
    for link in [&mut silent, &mut greets] {
        let text = timeout(Duration::from_secs(90), read_all(link)).await.unwrap();
        assert!(text.contains("<policy-violation"), "{text}");
        assert!(text.ends_with("</stream:stream>"), "{text}");
    }
    assert!(begin.elapsed() >= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn who_has_signed_in_stays() {
    let accounts = BTreeMap::from([("tester".to_owned(), "secret".to_owned())]);
    let peer = Reference.start(Options { accounts, ..Options::default() });
    let mut link = peer.link("main").unwrap();
    let text = b"<stream:stream xmlns='jabber:client' to='localhost' version='1.0' \
                 xmlns:stream='http://etherx.jabber.org/streams'>\
                 <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>\
                 AHRlc3RlcgBzZWNyZXQ=</auth>";
    link.writer.write(text).await.unwrap();
    assert!(timeout(Duration::from_secs(90), read_all(&mut link)).await.is_err());
}
