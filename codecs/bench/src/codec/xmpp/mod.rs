//! Codecs of XMPP, and parsers of XML. Each reads a stream whose header came first.

mod minidom;
mod quick_xml;
mod rxml;

use std::cell::RefCell;

use wirecheck_codecs::Decoded;
use wirecheck_codecs::xmpp::{Child, Context, Document, Element, Event, Start, Tokenizer, decode};

pub use self::minidom::Minidom;
pub use self::quick_xml::{QuickXml, QuickXmlNamespaces};
pub use self::rxml::Rxml;

use super::encoding::{Encoder, Encoding, SPACE, Slice};
use super::{Codec, unexpected};
use crate::fold::Fold;
use crate::input::Traffic;

/// A tokenizer within a stream.
pub struct Wirecheck(RefCell<Tokenizer>);

impl Default for Wirecheck {
    fn default() -> Self {
        Self(RefCell::new(Tokenizer::new(Context::new(Start::Stream))))
    }
}

impl Codec for Wirecheck {
    fn name(&self) -> &'static str {
        "wirecheck"
    }

    fn traffic(&self) -> Traffic {
        Traffic::Xmpp
    }

    fn fill(&self, mut stream: &[u8]) {
        let mut tokenizer = self.0.borrow_mut();
        tokenizer.restart(Start::Stream);
        if !matches!(tokenizer.feed(&mut stream), Ok(Some(Event::Header(_)))) {
            unexpected();
        }
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        let ctx = Context::new(Start::Element);
        let mut tokenizer = Tokenizer::new(ctx);
        match decode(bytes, &ctx, &mut tokenizer) {
            Ok(Decoded::Complete { message: Event::Element(_), used }) => used == bytes.len(),
            _ => false,
        }
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        let read = |packet: &Vec<u8>| {
            let text = str::from_utf8(packet).unwrap_or_else(|_| unexpected());
            Document::parse(text).unwrap_or_else(|_| unexpected())
        };
        let write = |document: &Document, buffer: &mut Slice| {
            buffer.append(|free| match document.element().encode(free, "") {
                Ok(length) => length,
                Err(_) => unexpected(),
            });
        };
        let packets = packets.iter().map(read).collect();
        Some(Box::new(Encoding { packets, buffer: Slice::new(SPACE), write }))
    }

    #[inline]
    fn decode(&self, mut packet: &[u8]) -> u64 {
        let mut fold = Fold::default();
        match self.0.borrow_mut().feed(&mut packet) {
            Ok(Some(Event::Element(element))) => add(&mut fold, element),
            _ => unexpected(),
        }
        fold.0
    }
}

fn add(fold: &mut Fold, element: Element<'_>) {
    fold.bytes(element.namespace());
    fold.bytes(element.name());
    for attribute in element.attributes() {
        fold.bytes(attribute.namespace);
        fold.bytes(attribute.name);
        fold.bytes(attribute.value);
    }
    for child in element.children() {
        match child {
            Child::Element(child) => add(fold, child),
            Child::Text(text) => fold.bytes(text),
        }
    }
}

/// The sum of the elements in `bytes`.
pub fn sum(mut bytes: &[u8]) -> u64 {
    let mut tokenizer = Tokenizer::new(Context::new(Start::Element));
    let mut fold = Fold::default();
    while !bytes.is_empty() {
        match tokenizer.feed(&mut bytes) {
            Ok(Some(Event::Element(element))) => add(&mut fold, element),
            _ => unexpected(),
        }
    }
    fold.0
}

/// Text that comes in pieces, as one.
#[derive(Default)]
struct Pieces {
    length: usize,
    first: u8,
}

impl Pieces {
    #[inline]
    fn add(&mut self, piece: &str) {
        if self.length == 0 {
            self.first = piece.bytes().next().unwrap_or(0);
        }
        self.length += piece.len();
    }

    /// What [`Fold::bytes`] does with the whole.
    #[inline]
    fn end(&mut self, fold: &mut Fold) {
        fold.number(self.length as u64);
        fold.number(u64::from(self.first) << 16);
        *self = Self::default();
    }
}
