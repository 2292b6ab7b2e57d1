//! Decoders of CoAP messages.

use coap_lite::{MessageType as LiteType, Packet};
use coap_message::{MessageOption as _, ReadableMessage as _};
use coap_message_implementations::inmemory::Message as SliceMessage;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::{Context, Limits, Profile, decode};

use super::{Codec, unexpected};
use crate::fold::Fold;
use crate::input::COAP;

pub struct Wirecheck;

impl Codec for Wirecheck {
    fn name(&self) -> &'static str {
        "wirecheck (coap)"
    }

    fn traffic(&self) -> &'static str {
        COAP
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let limits = Limits { maximum_message_size: 65_535, maximum_token_length: 65_804 };
        let ctx = Context { limits, profile: Profile { extended_token_lengths: false } };
        let Ok(Decoded::Complete { message, .. }) = decode(packet, &ctx) else { unexpected() };
        let mut fold = Fold::default();
        fold.number(message.message_type.bits());
        fold.number(message.code.0);
        fold.number(message.message_id);
        fold.bytes(message.token);
        for option in message.options {
            fold.number(option.number.0);
            fold.bytes(option.value);
        }
        fold.bytes(message.payload);
        fold.0
    }
}

/// It leaves the header and the token to its user, who checks here what it must to go on.
pub struct CoapMessage;

impl Codec for CoapMessage {
    fn name(&self) -> &'static str {
        "coap-message-implementations 0.2.0"
    }

    fn traffic(&self) -> &'static str {
        COAP
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Some((&[first, code, high, low], rest)) = packet.split_first_chunk::<4>() else {
            unexpected()
        };
        let length = usize::from(first & 15);
        if first >> 6 != 1 || length > 8 {
            unexpected();
        }
        let Some((token, tail)) = rest.split_at_checked(length) else { unexpected() };
        let message = SliceMessage::new_from_slice(code, tail);
        let mut fold = Fold::default();
        fold.number(first >> 4 & 3);
        fold.number(u8::from(message.code()));
        fold.number(u16::from_be_bytes([high, low]));
        fold.bytes(token);
        for option in message.options() {
            fold.number(option.number());
            fold.bytes(option.value());
        }
        fold.bytes(message.payload());
        fold.0
    }
}

pub struct CoapLite;

impl Codec for CoapLite {
    fn name(&self) -> &'static str {
        "coap-lite 0.13.3"
    }

    fn traffic(&self) -> &'static str {
        COAP
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Ok(packet) = Packet::from_bytes(packet) else { unexpected() };
        let mut fold = Fold::default();
        fold.number(match packet.header.get_type() {
            LiteType::Confirmable => 0u8,
            LiteType::NonConfirmable => 1,
            LiteType::Acknowledgement => 2,
            LiteType::Reset => 3,
        });
        fold.number(u8::from(packet.header.code));
        fold.number(packet.header.message_id);
        fold.bytes(packet.get_token());
        for (number, values) in packet.options() {
            for value in values {
                fold.number(*number);
                fold.bytes(value);
            }
        }
        fold.bytes(&packet.payload);
        fold.0
    }
}
