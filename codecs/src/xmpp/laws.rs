//! Laws that XMPP obeys, as functions that panic where one is broken. Property tests and fuzz
//! targets try them on their own inputs.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a broken law is to be a panic"
)]

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde_json::Value;

use super::json::{encode, envelope, to_json};
use super::{Context, DecodeError, Element, Event, Start, Tokenizer, decode, fields, namespace};
use crate::Decoded;
use crate::wire::{Note, Span, Visit};

/// The forms of events with the offset behind each, and what ended the stream. White space that is
/// told of in parts is put together.
pub type Stream = (Vec<(Value, usize)>, Option<DecodeError>);

/// What a tokenizer makes of `chunks`.
pub fn chunked<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, ctx: &Context) -> Stream {
    let mut tokenizer = Tokenizer::new(*ctx);
    let mut events: Vec<(Value, usize)> = Vec::new();
    for mut chunk in chunks {
        loop {
            let form = match tokenizer.feed(&mut chunk) {
                Ok(Some(event)) => to_json(&event),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(tokenizer.feed(&mut chunk).err(), Some(error), "no way back");
                    return (events, Some(error));
                }
            };
            let at = tokenizer.at();
            match (form.get("space").and_then(Value::as_u64), events.last_mut()) {
                (Some(more), Some((last, end))) if last.get("space").is_some() => {
                    let before = last["space"].as_u64().unwrap_or(0);
                    *last = serde_json::json!({ "space": before + more });
                    *end = at;
                }
                _ => events.push((form, at)),
            }
        }
        assert!(chunk.is_empty(), "bytes are left");
    }
    (events, None)
}

/// Chunks make the same events and the same rejection as the whole.
pub fn chunks_make_the_same(chunks: &[&[u8]], ctx: &Context) {
    let bytes = chunks.concat();
    let at_once = chunked([bytes.as_slice()], ctx);
    assert_eq!(chunked(chunks.iter().copied(), ctx), at_once, "{bytes:02x?} in {chunks:02x?}");
}

/// The canonical form is read as the same element and written as the same text, within exactly the
/// bytes that were promised.
pub fn element_round_trip(element: &Element<'_>) {
    let text = element.to_string();
    let length = element.encoded_len(namespace::CLIENT);
    assert_eq!(length, text.len());
    let mut buffer = vec![0; length];
    assert_eq!(element.encode(&mut buffer, namespace::CLIENT), Ok(length));
    assert_eq!(buffer, text.as_bytes());
    for space in (0..length.min(64)).chain(length.checked_sub(1)) {
        let written = element.encode(&mut vec![0; space], namespace::CLIENT);
        assert!(written.is_err(), "{space} bytes are too few");
    }
    let mut ctx = Context::new(Start::Element);
    // Escapes and prefixes may have made it longer than what was read.
    ctx.limits.stanza_bytes = usize::MAX;
    ctx.limits.attributes = usize::MAX;
    ctx.limits.depth = usize::MAX;
    ctx.limits.name_bytes = usize::MAX;
    let mut tokenizer = Tokenizer::new(ctx);
    match decode(text.as_bytes(), &ctx, &mut tokenizer) {
        Ok(Decoded::Complete { message: Event::Element(again), used }) => {
            assert_eq!(used, length);
            assert_eq!(again, *element, "another element is read from {text}");
            assert_eq!(again.to_string(), text, "the canonical form is not final");
        }
        other => panic!("{other:?} from {text}"),
    }
    let elsewhere = element.encoded_len("");
    assert_eq!(element.encode(&mut vec![0; elsewhere], ""), Ok(elsewhere));
}

/// decode -> form -> encode -> decode gives the same form; elements obey
/// [`element_round_trip`]. `bytes` begin with a valid event.
pub fn round_trip(bytes: &[u8], ctx: &Context) {
    let mut tokenizer = Tokenizer::new(*ctx);
    let (form, event) = match decode(bytes, ctx, &mut tokenizer) {
        Ok(Decoded::Complete { message, .. }) => (to_json(&message), message),
        other => panic!("{other:?} from {bytes:02x?}"),
    };
    let written = match event {
        Event::Element(element) => {
            element_round_trip(&element);
            element.to_string().into_bytes()
        }
        _ => match encode(&form) {
            Ok(written) => written,
            // Only a form with more white space than is written.
            Err(_) if form.get("space").is_some() => return,
            Err(error) => panic!("{error} of {form}"),
        },
    };
    let mut wide = *ctx;
    wide.limits.stanza_bytes = usize::MAX;
    wide.limits.attributes = usize::MAX;
    wide.limits.name_bytes = usize::MAX;
    let mut other = Tokenizer::new(wide);
    match decode(&written, &wide, &mut other) {
        Ok(Decoded::Complete { message, used }) => {
            assert_eq!(used, written.len());
            assert_eq!(to_json(&message), form);
        }
        other => panic!("{other:?} from {}", String::from_utf8_lossy(&written)),
    }
}

/// Every shorter prefix is incomplete. `bytes` are one valid event and no white space.
pub fn prefixes(bytes: &[u8], ctx: &Context) {
    for end in 0..bytes.len() {
        match decode(&bytes[..end], ctx, &mut Tokenizer::new(*ctx)) {
            Ok(Decoded::Incomplete { need }) => assert!(need > 0 && end + need <= bytes.len()),
            other => panic!("{other:?} from a prefix of {end} bytes"),
        }
    }
}

#[derive(Default)]
struct Spans(Vec<Span>);

impl Visit for Spans {
    fn field(&mut self, span: Span) {
        self.0.push(span);
    }
    fn note(&mut self, _: Note) {}
}

/// Whatever the bytes, there is a verdict; walking them changes none; spans and errors lie within
/// them. What is valid obeys [`round_trip`].
pub fn judged(bytes: &[u8], ctx: &Context) {
    let mut spans = Spans::default();
    let (mut walker, mut plain) = (Tokenizer::new(*ctx), Tokenizer::new(*ctx));
    let walked = fields(bytes, ctx, &mut walker, &mut spans);
    let decoded = decode(bytes, ctx, &mut plain);
    match (&walked, &decoded) {
        (
            Ok(Decoded::Complete { message: a, used }),
            Ok(Decoded::Complete { message: b, used: same }),
        ) => {
            assert_eq!((to_json(a), used), (to_json(b), same), "walking changes the verdict");
            round_trip(&bytes[..*used], ctx);
        }
        (Ok(Decoded::Incomplete { need }), Ok(Decoded::Incomplete { .. })) => assert!(*need > 0),
        (Err(error), Err(same)) => {
            assert_eq!(error, same, "walking changes the verdict");
            assert!(error.at <= bytes.len(), "the error is outside");
            assert!(!error.field.is_empty(), "the error is nowhere");
        }
        _ => panic!("walking changes the verdict: {walked:?}, {decoded:?}"),
    }
    for span in &spans.0 {
        assert!(span.start <= span.end && span.end <= bytes.len(), "{span:?} is outside");
    }
    let said = envelope(bytes, ctx);
    assert_ne!(said.get("message").is_some(), said.get("error").is_some());
}
