//! Encoders of CoAP messages. The messages are taken apart beforehand; that is not measured.

use std::cell::{Cell, RefCell};

use coap_lite::Packet;
use wirecheck_codecs::coap::{CoapOption, Context, Message, Options, decode};

use super::{Codec, unexpected};
use crate::fold::Fold;
use crate::input::{COAP_ENCODE, cases};

/// The datagrams of the case; they live as long as the program.
fn datagrams() -> impl Iterator<Item = &'static [u8]> {
    let case = cases().into_iter().find(|case| case.traffic == COAP_ENCODE).expect("the case");
    case.packets.into_iter().map(|packet| &*packet.leak())
}

/// Adds what was written; it must be what the other encoders write.
#[inline]
fn sum(written: &[u8]) -> u64 {
    let mut fold = Fold::default();
    fold.bytes(written);
    fold.number(u64::from(written.last().copied().unwrap_or(0)) << 24);
    fold.0
}

/// Its messages have lists of options, not ones that were read from the wire.
pub struct Wirecheck {
    messages: Vec<Message<'static>>,
    next: Cell<usize>,
    buffer: RefCell<[u8; 2048]>,
}

impl Default for Wirecheck {
    fn default() -> Self {
        let message = |bytes: &'static [u8]| {
            let decoded = decode(bytes, &Context::default()).expect("a valid message");
            let (message, _) = decoded.complete().expect("a whole message");
            let options: &'static [CoapOption<'static>] =
                message.options.iter().collect::<Vec<_>>().leak();
            Message { options: Options::new(options).expect("options in order"), ..message }
        };
        let messages = datagrams().map(message).collect();
        Self { messages, next: Cell::new(0), buffer: RefCell::new([0; 2048]) }
    }
}

impl Codec for Wirecheck {
    fn name(&self) -> &'static str {
        "wirecheck (coap encode)"
    }

    fn traffic(&self) -> &'static str {
        COAP_ENCODE
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let index = self.next.get();
        self.next.set((index + 1) % self.messages.len());
        let mut buffer = self.buffer.borrow_mut();
        let Ok(length) = self.messages[index].encode(&mut *buffer, &Context::default()) else {
            unexpected()
        };
        debug_assert_eq!(&buffer[..length], packet);
        sum(&buffer[..length])
    }
}

pub struct CoapLite {
    messages: Vec<Packet>,
    next: Cell<usize>,
}

impl Default for CoapLite {
    fn default() -> Self {
        let message = |bytes| Packet::from_bytes(bytes).expect("a valid message");
        Self { messages: datagrams().map(message).collect(), next: Cell::new(0) }
    }
}

impl Codec for CoapLite {
    fn name(&self) -> &'static str {
        "coap-lite 0.13.3 (encode)"
    }

    fn traffic(&self) -> &'static str {
        COAP_ENCODE
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let index = self.next.get();
        self.next.set((index + 1) % self.messages.len());
        let Ok(bytes) = self.messages[index].to_bytes() else { unexpected() };
        debug_assert_eq!(bytes, packet);
        sum(&bytes)
    }
}
