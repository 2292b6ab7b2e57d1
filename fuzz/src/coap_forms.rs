//! Properties of what belongs to CoAP beside datagrams: TCP and WebSocket, links, OSCORE, blocks.

use arbitrary::Unstructured;
use wirecheck_codecs::coap::generate::{Taste, form, reliable_form};
use wirecheck_codecs::coap::json::reliable::encode;
use wirecheck_codecs::coap::laws::{reassembly, reliable};
use wirecheck_codecs::coap::link;
use wirecheck_codecs::coap::oscore::{Content, SecurityContext, laws};
use wirecheck_codecs::coap::reliable::Framing;
use wirecheck_codecs::coap::{Context, Limits, Options, decode, json};

use crate::coap::chosen;

/// The longest input that is looked at: no property is to take more than a millisecond.
const LONGEST: usize = 512;

/// Limits and profile of a byte, without limits otherwise.
fn context(byte: u8) -> Context {
    chosen(Context { limits: Limits::UNBOUNDED, ..Context::default() }, byte)
}

/// Bytes that a number stands for.
fn random(seed: u32, count: usize) -> Vec<u8> {
    let mut state = u64::from(seed) << 1 | 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(0x9e37_79b9_7f4a_7c15);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn taste(byte: u8) -> Taste {
    if byte & 1 == 0 { Taste::Valid } else { Taste::Wild }
}

/// Three bytes choose the context and the sizes of chunks; the rest is a stream.
pub fn coap_tcp_decode(input: &[u8]) {
    let [first, one, two, stream @ ..] = input else { return };
    if stream.len() <= LONGEST {
        reliable::chunks(stream, &[*one, *two], &context(*first));
    }
}

/// The first byte chooses the context; the rest is the content of a frame.
pub fn coap_ws_decode(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    if bytes.len() <= LONGEST {
        reliable::judged(bytes, Framing::WebSocket, &context(first));
    }
}

fn reliable_bytes(seed: u32, head: usize, framing: Framing) -> Vec<u8> {
    let random = random(seed, 400);
    let mut input = random[..head].to_vec();
    input[0] &= 1;
    let extended = input[0] == 1;
    let mut u = Unstructured::new(&random[head..]);
    for _ in 0..if framing == Framing::Tcp { 3 } else { 1 } {
        if let Ok(form) = reliable_form(&mut u, extended, taste(random[399])) {
            input.extend(encode(&form, framing).unwrap_or_default());
        }
    }
    input
}

/// An input for [`coap_tcp_decode`] that holds generated messages, right or wrong.
pub fn generated_stream(seed: u32) -> Vec<u8> {
    reliable_bytes(seed, 3, Framing::Tcp)
}

/// An input for [`coap_ws_decode`] that holds a generated message, right or wrong.
pub fn generated_frame(seed: u32) -> Vec<u8> {
    reliable_bytes(seed, 1, Framing::WebSocket)
}

/// All of the input is a document.
pub fn link_format(input: &[u8]) {
    if input.len() > LONGEST {
        return;
    }
    link::laws::judged(input);
    if link::decode(input).is_ok() {
        link::laws::spans_cover(input);
        if input.len() <= 128 {
            link::laws::prefixes(input);
        }
    }
}

/// A generated document, right or wrong.
pub fn generated_links(seed: u32) -> Vec<u8> {
    let random = random(seed, 200);
    let form = link::generate::form(&mut Unstructured::new(&random[1..]), taste(random[0]));
    form.ok().and_then(|form| link::json::encode(&form).ok()).unwrap_or_default()
}

/// The first byte chooses: the rest is the value of an option; or it is the payload of a message
/// with such an option, which is not taken; or it feeds the generator of messages, and what comes of
/// it is protected and verified.
pub fn oscore(input: &[u8]) {
    let [first, bytes @ ..] = input else { return };
    if bytes.len() > LONGEST {
        return;
    }
    match (first & 3, bytes) {
        (0 | 1, _) => laws::option_judged(bytes),
        (2, _) => refused(bytes),
        (_, [a, b, c, d, rest @ ..]) => {
            let Ok(form) = form(&mut Unstructured::new(rest), false, Taste::Valid) else { return };
            let bytes = json::encode(&form).expect("a generated form can be encoded");
            let number = u64::from(u32::from_be_bytes([*a, *b, *c, *d])) << (first >> 3 & 7);
            laws::protected(&bytes, number, u16::from_be_bytes([*c, *d]));
        }
        _ => {}
    }
}

/// Nobody but the other endpoint makes what is taken.
fn refused(datagram: &[u8]) {
    let Ok(decoded) = decode(datagram, &Context::default()) else { return };
    let (message, _) = decoded.complete().expect("a datagram is all there is");
    let derive = |own: &[u8], other: &[u8]| {
        SecurityContext::derive(b"secret", b"", None, own, other).expect("short identifiers")
    };
    let (mut client, mut server) = (derive(b"", b"\x01"), derive(b"\x01", b""));
    let outer = Content { code: message.code, options: message.options, payload: message.payload };
    let mut buffer = vec![0; datagram.len() * 3 + 64];
    server.unprotect_request(&outer, &mut buffer).expect_err("nobody has the key");
    let plain = Content { options: Options::EMPTY, ..outer };
    let asked = client.protect_request(&plain, None, &mut buffer).expect("nothing is in the way");
    let mut binding = asked.1;
    client.unprotect_response(&outer, &mut binding, &mut buffer).expect_err("nobody has the key");
}

/// All of the input is a script for a body that is put together.
pub fn coap_reassembly(input: &[u8]) {
    if input.len() <= 200 {
        reassembly::judged(input);
    }
}
