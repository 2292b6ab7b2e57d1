//! Laws of OSCORE, as functions that panic where one is broken.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a broken law is to be a panic"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::json::{encode, envelope, to_json};
use super::{Content, Failure, OscoreOption, SecurityContext};
use crate::coap::laws::Spans;
use crate::coap::{CoapOption, Context, OptionNumber as O, Options, decode};
use crate::laws;

/// Whatever the value, there is a verdict; errors and fields lie within it; what is valid survives
/// a round trip, and all of it has a name.
pub fn option_judged(value: &[u8]) {
    let mut spans = Spans::default();
    let found = OscoreOption::fields(value, &mut spans);
    assert_eq!(found, OscoreOption::decode(value), "walking changes the verdict");
    spans.lie_within(value);
    match found {
        Ok(option) => {
            spans.cover(value);
            let mut buffer = vec![0; value.len()];
            assert_eq!(option.encode(&mut buffer), Ok(value.len()));
            assert_eq!(buffer, value, "encoding changes the value");
            if let Some(space) = value.len().checked_sub(1) {
                assert!(option.encode(&mut buffer[..space]).is_err());
            }
            assert_eq!(encode(&to_json(&option)).as_deref(), Ok(value));
        }
        Err(error) => {
            assert!(error.at < value.len().max(1) + 1, "the error is outside");
            assert!(error.requirement.is_some());
        }
    }
    assert_ne!(envelope(value).get("message").is_some(), envelope(value).get("error").is_some());
}

/// Two endpoints of one secret.
fn pair() -> (SecurityContext, SecurityContext) {
    let secret = [7; 16];
    let derive = |own: &[u8], other: &[u8]| {
        SecurityContext::derive(&secret, b"salt", Some(b"ctx"), own, other)
    };
    (derive(b"", b"\x01").expect("short identifiers"), derive(b"\x01", b"").expect("the same"))
}

/// A valid datagram, protected as the request with this sequence number or as the response to one,
/// is verified as what it was, but for one option that is not protected; and with one bit of it
/// changed (the place is chosen by `change`), it is refused. What cannot be protected is told.
pub fn protected(bytes: &[u8], number: u64, change: u16) {
    let message = laws::complete(decode(bytes, &Context::default()), bytes);
    let (mut client, mut server) = pair();
    client.sender_sequence_number = number.min((1 << 40) - 1);
    let content =
        Content { code: message.code, options: message.options, payload: message.payload };
    let (mut buffer, mut other) = (vec![0; bytes.len() * 2 + 64], vec![0; bytes.len() * 3 + 64]);
    if message.code.is_response() {
        let get = Content { code: crate::coap::Code::GET, options: Options::EMPTY, payload: &[] };
        let mut room = [0; 64];
        let asked = client.protect_request(&get, None, &mut room).expect("a plain request");
        let (outer, mut own) = asked;
        // A response with Observe answers a request with Observe only.
        own.observe = true;
        let received = server.unprotect_request(&outer, &mut other).expect("a fresh request");
        let mut theirs = received.1;
        let made = server.protect_response(&content, &mut theirs, number & 1 == 0, &mut buffer);
        let Some(outer) = possible(made, &content) else { return };
        hides(&outer, &content);
        let taken = client.unprotect_response(&outer, &mut own.clone(), &mut other);
        same(&taken.expect("what was protected is verified"), &content);
        changed(&outer, change, |outer| {
            let mut other = vec![0; bytes.len() * 3 + 64];
            client.unprotect_response(outer, &mut own.clone(), &mut other).map(|_| ())
        });
        return;
    }
    let made = client.protect_request(&content, None, &mut buffer);
    let Some((outer, _)) = possible(made, &content) else { return };
    hides(&outer, &content);
    let fresh = server.clone();
    let (taken, _) = server.unprotect_request(&outer, &mut other).expect("a fresh request");
    same(&taken, &content);
    let again = server.unprotect_request(&outer, &mut other);
    assert_eq!(again.err(), Some(Failure::Replay));
    changed(&outer, change, |outer| {
        let mut other = vec![0; bytes.len() * 3 + 64];
        fresh.clone().unprotect_request(outer, &mut other).map(|_| ())
    });
}

/// What was protected; `None` where that is impossible by its options.
fn possible<T>(made: Result<T, Failure>, content: &Content<'_>) -> Option<T> {
    let has = |number| content.options.first(number).is_some();
    match made {
        Ok(made) => {
            assert!(!has(O::OSCORE), "an OSCORE option in the original");
            Some(made)
        }
        Err(Failure::Nested) if has(O::OSCORE) => None,
        Err(Failure::ProxyUri) if has(O::PROXY_URI) => None,
        Err(other) => panic!("{other:?}"),
    }
}

/// Nothing of what is to be encrypted is outside.
fn hides(outer: &Content<'_>, content: &Content<'_>) {
    let open = [3, 6, 7, 9, 16, 35, 39];
    assert!(outer.options.iter().all(|option| open.contains(&option.number.0)));
    assert_ne!(outer.payload, content.payload);
    assert!(outer.payload.len() > content.payload.len() + 8);
}

/// The same message, where Observe of a notification may have another value.
fn same(taken: &Content<'_>, content: &Content<'_>) {
    assert_eq!((taken.code, taken.payload), (content.code, content.payload));
    let compared = |option: &CoapOption<'_>| {
        let notification = option.number == O::OBSERVE && content.code.is_response();
        (option.number, if notification { Vec::new() } else { option.value.to_vec() })
    };
    let own: Vec<_> = taken.options.iter().map(|it| compared(&it)).collect();
    let original: Vec<_> = content.options.iter().map(|it| compared(&it)).collect();
    assert_eq!(own, original);
}

/// With one bit of ciphertext, tag or OSCORE option changed, the message is refused.
fn changed(outer: &Content<'_>, change: u16, take: impl Fn(&Content<'_>) -> Result<(), Failure>) {
    let bit = 1 << (change % 8);
    let mut payload = outer.payload.to_vec();
    let at = usize::from(change / 8) % payload.len();
    payload[at] ^= bit;
    let failure = take(&Content { payload: &payload, ..*outer }).expect_err("a changed ciphertext");
    assert_eq!(failure, Failure::Decryption);

    let mut options: Vec<CoapOption<'_>> = outer.options.iter().collect();
    let place = options.iter().position(|option| option.number == O::OSCORE).expect("an option");
    let mut value = options[place].value.to_vec();
    if value.is_empty() {
        return;
    }
    let at = usize::from(change / 8) % value.len();
    value[at] ^= bit;
    options[place].value = &value;
    let options = Options::new(&options).expect("the order is kept");
    take(&Content { options, ..*outer }).expect_err("a changed option");
}
