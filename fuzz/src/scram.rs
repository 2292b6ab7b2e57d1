//! Properties of SCRAM.

use arbitrary::{Arbitrary, Unstructured};
use wirecheck_codecs::xmpp::scram::{
    ChannelBinding, Client, ClientFinal, ClientFirst, Hash, Keys, Server, ServerFinal, ServerFirst,
};

/// The longest input that is looked at.
const LONGEST: usize = 1024;

/// The first byte chooses: a message of each kind from any bytes, or a whole exchange that is made
/// of them.
pub fn xmpp_scram(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    if rest.len() > LONGEST {
        return;
    }
    if first % 2 == 0 {
        messages(rest);
    } else {
        // Too few bytes make no exchange.
        let _ = exchange(&mut Unstructured::new(rest));
    }
}

/// Any bytes are judged, an error lies within them, and what is read stands in them.
fn messages(bytes: &[u8]) {
    match ClientFirst::parse(bytes) {
        Ok(first) => {
            assert_eq!([first.gs2_header, first.bare].concat().as_bytes(), bytes);
            assert!(!first.nonce.is_empty());
            assert!(first.bare.contains(&format!("r={}", first.nonce)));
        }
        Err(error) => assert!(error.at <= bytes.len(), "{error:?}"),
    }
    match ServerFirst::parse(bytes) {
        Ok(first) => assert!(first.iterations > 0 && !first.nonce.is_empty()),
        Err(error) => assert!(error.at <= bytes.len(), "{error:?}"),
    }
    match ClientFinal::parse(bytes) {
        Ok(last) => {
            let text = std::str::from_utf8(bytes).expect("what is read is text");
            let rest = text.strip_prefix(last.without_proof).expect("the front of the message");
            assert!(rest.starts_with(",p="), "{rest}");
        }
        Err(error) => assert!(error.at <= bytes.len(), "{error:?}"),
    }
    if let Err(error) = ServerFinal::parse(bytes) {
        assert!(error.at <= bytes.len(), "{error:?}");
    }
}

/// A name without what nobody may have in one.
fn name(u: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    let text: String = String::arbitrary(u)?.chars().filter(|c| *c != '\0').take(20).collect();
    Ok(if text.is_empty() { "=,".to_owned() } else { text })
}

fn nonce(u: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    let letters = u.int_in_range(1..=16)?;
    let letter = |u: &mut Unstructured<'_>| {
        u.int_in_range(b'!'..=b'~').map(|byte| if byte == b',' { 'x' } else { char::from(byte) })
    };
    (0..letters).map(|_| letter(u)).collect()
}

/// Who knows the password comes through and knows the server; with one bit changed nobody does.
fn exchange(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let (user, password, identity) = (name(u)?, name(u)?, name(u)?);
    let hash = if bool::arbitrary(u)? { Hash::Sha256 } else { Hash::Sha1 };
    let (ours, theirs, salt) = (nonce(u)?, nonce(u)?, <[u8; 8]>::arbitrary(u)?);
    let binding = <[u8; 4]>::arbitrary(u)?;
    let (flag, data): (_, &[u8]) = match u.int_in_range(0..=2)? {
        0 => (ChannelBinding::Unsupported, &[]),
        1 => (ChannelBinding::Unused, &[]),
        _ => (ChannelBinding::Required("tls-exporter"), &binding),
    };
    let authzid = bool::arbitrary(u)?.then_some(identity);
    let client = Client::new(hash, &user, &ours).with_header(flag, authzid.as_deref(), data);
    let message = client.first();
    let first = ClientFirst::parse(message.as_bytes()).expect("our own message");
    assert_eq!((&first.username, &first.authzid), (&user, &authzid));
    assert_eq!((first.channel_binding, first.nonce), (flag, ours.as_str()));
    let keys = Keys::derive(hash, &password, &salt, 1);
    let server = Server::new(&first, &theirs, &salt, 1, keys);
    let last = client.answer(server.first().as_bytes(), &password).expect("the server's message");
    let right = server.verify(last.message.as_bytes(), data).expect("the right password");
    assert_eq!(last.check(right.message.as_bytes()), Ok(()));
    let mut bytes = last.message.clone().into_bytes();
    let place = u.choose_index(bytes.len())?;
    bytes[place] ^= 1 << u.int_in_range(0..=6)?;
    assert!(server.verify(&bytes, data).is_err(), "{}", String::from_utf8_lossy(&bytes));
    let other = [data, &[0]].concat();
    assert!(server.verify(last.message.as_bytes(), &other).is_err(), "another channel");
    Ok(())
}

/// An input for [`xmpp_scram`] that holds an exchange, by number.
pub fn generated_exchange(seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed) << 1 | 1;
    let random = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(0x9e37_79b9_7f4a_7c15);
        (state >> 56) as u8
    });
    let mut input: Vec<u8> = random.take(300).collect();
    input[0] |= 1;
    input
}
