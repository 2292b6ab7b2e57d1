//! The laws of messages over TCP and WebSocket.

use alloc::vec;
use alloc::vec::Vec;

use super::Spans;
use crate::coap::json::reliable::{encode, envelope, to_json};
use crate::coap::reliable::{Framing, Message, Raw, decode, fields};
use crate::coap::{CoapOption, Context, DecodeError, ErrorKind, Options};
use crate::{Decoded, laws};

fn complete<'a>(bytes: &'a [u8], framing: Framing, ctx: &Context) -> Message<'a> {
    laws::complete(decode(bytes, framing, ctx), bytes)
}

/// decode -> encode gives the same bytes, from the options as they were and from a list of them;
/// the JSON form says the same, though without leading zeros. `bytes` are one valid message.
pub fn round_trip(bytes: &[u8], framing: Framing, ctx: &Context) {
    let message = complete(bytes, framing, ctx);
    let options: Vec<CoapOption<'_>> = message.options.iter().collect();
    let given = Options::new(&options).expect("options come in ascending order");
    assert_eq!(given, message.options);
    for message in [message, Message { options: given, ..message }] {
        let mut buffer = vec![0; bytes.len() + 8];
        let length =
            message.encode(&mut buffer, framing, ctx).expect("what was decoded is encoded");
        assert_eq!(Ok(length), message.encoded_len(framing, ctx));
        assert_eq!(&buffer[..length], bytes, "encoding changes the message");
        for space in (0..length.min(64)).chain(length.checked_sub(1)) {
            let small = message.encode(&mut vec![0; space], framing, ctx);
            assert!(small.is_err(), "{space} bytes are too few");
        }
    }
    let raw = Raw::read(bytes, framing).expect("a message has a header");
    let mut buffer = vec![0; bytes.len()];
    assert_eq!(raw.encode(&mut buffer), Ok(bytes.len()));
    assert_eq!(buffer, bytes);

    let form = to_json(&message);
    let again = encode(&form, framing).expect("what was decoded has a JSON form");
    if to_json(&complete(&again, framing, ctx)) != form {
        panic!("the JSON form says something else: {form}");
    }
    let zeros = |option: &CoapOption<'_>| {
        let definition = option.number.definition_in(message.code);
        definition.is_some_and(|found| found.has_leading_zeros(option.value))
    };
    if options.iter().any(zeros) {
        assert!(again.len() <= bytes.len(), "the canonical form is the shortest");
    } else {
        assert_eq!(again, bytes, "the JSON form says something else");
    }
}

/// Over TCP a shorter prefix is incomplete, and never lacks fewer bytes than it says; over
/// WebSocket it is refused for what it lacks, or is the same with less behind the token. `bytes`
/// are one valid message.
pub fn prefixes(bytes: &[u8], framing: Framing, ctx: &Context) {
    let whole = complete(bytes, framing, ctx);
    for end in 0..bytes.len() {
        match (framing, decode(&bytes[..end], framing, ctx)) {
            (Framing::Tcp, Ok(Decoded::Incomplete { need })) => {
                assert!((1..=bytes.len() - end).contains(&need), "{need} more than {end}");
            }
            (Framing::WebSocket, Ok(Decoded::Complete { message, used })) => {
                assert_eq!((used, message.code, message.token), (end, whole.code, whole.token));
                let mut options = whole.options.iter();
                assert!(message.options.iter().all(|own| options.next() == Some(own)));
                assert!(whole.payload.starts_with(message.payload));
            }
            (Framing::WebSocket, Err(DecodeError { kind, .. })) => {
                let lacking = [ErrorKind::Truncated, ErrorKind::MarkerWithoutPayload];
                assert!(lacking.contains(&kind), "{kind:?} from a prefix of {end} bytes");
            }
            (_, other) => panic!("{other:?} from a prefix of {end} bytes"),
        }
    }
}

/// The named fields cover every byte of a valid message.
pub fn spans_cover(bytes: &[u8], framing: Framing, ctx: &Context) {
    let mut spans = Spans::default();
    assert_eq!(fields(bytes, framing, ctx, &mut spans), decode(bytes, framing, ctx));
    spans.cover(bytes);
}

/// Whatever the bytes, there is a verdict; walking them changes none; spans, notes and errors lie
/// within them. What is valid obeys [`round_trip`]; returns its length.
pub fn judged(bytes: &[u8], framing: Framing, ctx: &Context) -> Option<usize> {
    let mut spans = Spans::default();
    let walked = fields(bytes, framing, ctx, &mut spans);
    assert_eq!(walked, decode(bytes, framing, ctx), "walking changes the verdict");
    spans.lie_within(bytes);
    let mut length = None;
    match walked {
        Ok(Decoded::Complete { used, .. }) => {
            round_trip(&bytes[..used], framing, ctx);
            length = Some(used);
        }
        Ok(Decoded::Incomplete { need }) => {
            assert!(framing == Framing::Tcp && need > 0, "a frame is all there is");
        }
        Err(DecodeError { at, field, .. }) => {
            assert!(at <= bytes.len(), "the error is outside");
            assert!(!field.is_empty(), "the error is nowhere");
        }
    }
    let said = envelope(bytes, framing, ctx);
    assert_ne!(said.get("message").is_some(), said.get("error").is_some());
    for note in said["notes"].as_array().into_iter().flatten() {
        let at = note["at"].as_u64().expect("a place");
        assert!(at <= bytes.len() as u64, "{note} is outside");
    }
    length
}

/// Chunks of a TCP stream make the same messages as the whole, up to the first that is refused;
/// what is called missing is never more than is.
pub fn chunks(stream: &[u8], sizes: &[u8], ctx: &Context) {
    let mut whole = Vec::new();
    let mut rest = stream;
    while let Some(used) = judged(rest, Framing::Tcp, ctx) {
        whole.push(used);
        rest = &rest[used..];
    }
    let refused = decode(rest, Framing::Tcp, ctx).err();

    let (mut start, mut end, mut turn) = (0, 0, 0);
    let mut found = Vec::new();
    let error = loop {
        match decode(&stream[start..end], Framing::Tcp, ctx) {
            Ok(Decoded::Complete { used, .. }) => {
                found.push(used);
                start += used;
            }
            Ok(Decoded::Incomplete { .. }) if end == stream.len() => break None,
            Ok(Decoded::Incomplete { .. }) => {
                let size = sizes.get(turn % sizes.len().max(1)).map_or(1, |size| size % 16 + 1);
                end = stream.len().min(end + usize::from(size));
                turn += 1;
            }
            Err(error) => break Some(error),
        }
    };
    assert_eq!(found, whole);
    assert_eq!(error, refused, "the verdict depends on the chunks");
}
