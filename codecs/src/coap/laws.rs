//! Laws that every CoAP message obeys, as functions that panic where one is broken. Property tests
//! and fuzz targets try them on their own inputs.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a broken law is to be a panic"
)]

use alloc::vec;
use alloc::vec::Vec;

pub mod reassembly;
pub mod reliable;

use super::json::{encode, envelope, to_json};
use super::{CoapOption, Context, DecodeError, ErrorKind, Message, Options, Raw, decode, fields};
use crate::wire::{Note, Span, Visit};
use crate::{Decoded, laws};

fn complete<'a>(bytes: &'a [u8], ctx: &Context) -> Message<'a> {
    laws::complete(decode(bytes, ctx), bytes)
}

/// decode -> encode gives the same bytes, from the options as they were and from a list of them;
/// the JSON form says the same, though without leading zeros. `bytes` are one valid message.
pub fn round_trip(bytes: &[u8], ctx: &Context) {
    let message = complete(bytes, ctx);
    let options: Vec<CoapOption<'_>> = message.options.iter().collect();
    let given = Options::new(&options).expect("options come in ascending order");
    assert_eq!(given, message.options);
    for message in [message, Message { options: given, ..message }] {
        let mut buffer = vec![0; bytes.len() + 8];
        let length = message.encode(&mut buffer, ctx).expect("what was decoded can be encoded");
        assert_eq!(Ok(length), message.encoded_len(ctx));
        assert_eq!(&buffer[..length], bytes, "encoding changes the message");
        for space in (0..length.min(64)).chain(length.checked_sub(1)) {
            assert!(message.encode(&mut vec![0; space], ctx).is_err(), "{space} bytes are too few");
        }
    }
    let raw = Raw::read(bytes).expect("a message has a header");
    let mut buffer = vec![0; bytes.len()];
    assert_eq!(raw.encode(&mut buffer), Ok(bytes.len()));
    assert_eq!(buffer, bytes);

    let form = to_json(&message);
    let again = encode(&form).expect("what was decoded has a JSON form");
    if options.iter().any(CoapOption::has_leading_zeros) {
        assert!(again.len() <= bytes.len(), "the canonical form is the shortest");
        assert_eq!(to_json(&complete(&again, ctx)), form, "the JSON form says something else");
    } else {
        assert_eq!(again, bytes, "the JSON form says something else");
    }
}

/// A shorter prefix is refused for what it lacks, or is the same message with less behind its
/// token: a datagram does not say how long it is. `bytes` are one valid message.
pub fn prefixes(bytes: &[u8], ctx: &Context) {
    let whole = complete(bytes, ctx);
    let all: Vec<CoapOption<'_>> = whole.options.iter().collect();
    for end in 0..bytes.len() {
        match decode(&bytes[..end], ctx) {
            Ok(decoded) => {
                let (message, used) = decoded.complete().expect("a datagram is all there is");
                assert_eq!(used, end);
                assert_eq!(
                    Message { options: whole.options, payload: whole.payload, ..message },
                    whole
                );
                let options: Vec<CoapOption<'_>> = message.options.iter().collect();
                assert!(all.starts_with(&options) && whole.payload.starts_with(message.payload));
            }
            Err(error) => {
                let lacking = [ErrorKind::Truncated, ErrorKind::MarkerWithoutPayload];
                assert!(lacking.contains(&error.kind), "{error:?} from a prefix of {end} bytes");
            }
        }
    }
}

/// The fields of a message, as a visitor collects them.
#[derive(Default)]
pub(super) struct Spans(Vec<Span>);

impl Spans {
    /// Every byte lies in a span.
    pub(super) fn cover(&self, bytes: &[u8]) {
        let mut covered = vec![false; bytes.len()];
        for span in &self.0 {
            covered[span.range()].fill(true);
        }
        if let Some(at) = covered.iter().position(|covered| !covered) {
            panic!("byte {at} of {bytes:02x?} has no name: {:?}", self.0);
        }
    }

    /// No span reaches beyond the bytes.
    pub(super) fn lie_within(&self, bytes: &[u8]) {
        for span in &self.0 {
            assert!(span.start <= span.end && span.end <= bytes.len(), "{span:?} is outside");
        }
    }
}

impl Visit for Spans {
    fn field(&mut self, span: Span) {
        self.0.push(span);
    }
    fn note(&mut self, _: Note) {}
}

/// The named fields cover every byte of a valid message.
pub fn spans_cover(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    assert_eq!(fields(bytes, ctx, &mut spans), decode(bytes, ctx));
    spans.cover(bytes);
}

/// Whatever the bytes, there is a verdict; walking them changes none; spans, notes and errors lie
/// within them. What is valid obeys [`round_trip`].
pub fn judged(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    let walked = fields(bytes, ctx, &mut spans);
    assert_eq!(walked, decode(bytes, ctx), "walking changes the verdict");
    spans.lie_within(bytes);
    match walked {
        Ok(Decoded::Complete { used, .. }) => round_trip(&bytes[..used], ctx),
        Ok(Decoded::Incomplete { .. }) => panic!("a datagram is all there is"),
        Err(DecodeError { at, field, .. }) => {
            assert!(at <= bytes.len(), "the error is outside");
            assert!(!field.is_empty(), "the error is nowhere");
        }
    }
    let said = envelope(bytes, ctx);
    assert_ne!(said.get("message").is_some(), said.get("error").is_some());
    for note in said["notes"].as_array().into_iter().flatten() {
        let at = note["at"].as_u64().expect("a place");
        assert!(at <= bytes.len() as u64, "{note} is outside");
    }
}
