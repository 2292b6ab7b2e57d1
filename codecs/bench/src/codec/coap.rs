//! Codecs of CoAP messages.

use bytes::BytesMut;
use coap_lite::{MessageType as LiteType, Packet};
use coap_message::{MessageOption as _, MinimalWritableMessage as _, ReadableMessage as _};
use coap_message_implementations::inmemory::{
    Message as SliceMessage, MessageMut as SliceMessageMut,
};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::{CoapOption, Context, Limits, Message, Options, Profile, decode};

use super::encoding::{Encoder, Encoding, SPACE, Slice};
use super::{Codec, unexpected};
use crate::fold::Fold;
use crate::input::Traffic;

/// Messages of RFC 7252 alone.
const PLAIN: Context = Context {
    limits: Limits { maximum_message_size: 65_535, maximum_token_length: 65_804 },
    profile: Profile { extended_token_lengths: false },
};

pub struct Wirecheck;

impl Codec for Wirecheck {
    fn name(&self) -> &'static str {
        "wirecheck"
    }

    fn traffic(&self) -> Traffic {
        Traffic::Coap
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        decode(bytes, &PLAIN).is_ok_and(|decoded| decoded.complete().is_some())
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        let write = |message: &Message<'a>, buffer: &mut Slice| {
            buffer.append(|free| match message.encode(free, &PLAIN) {
                Ok(length) => length,
                Err(_) => unexpected(),
            });
        };
        let packets = packets.iter().map(|packet| with_list(packet)).collect();
        Some(Box::new(Encoding { packets, buffer: Slice::new(SPACE), write }))
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Ok(Decoded::Complete { message, .. }) = decode(packet, &PLAIN) else { unexpected() };
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

/// A message whose options are a list, not bytes of the wire that could be copied as they are.
pub fn with_list(packet: &[u8]) -> Message<'_> {
    let Ok(Decoded::Complete { message, .. }) = decode(packet, &PLAIN) else { unexpected() };
    // It lives as long as the program, which is short.
    let options: &[CoapOption<'_>] = message.options.iter().collect::<Vec<_>>().leak();
    let options = Options::new(options).unwrap_or_else(|| unexpected());
    Message { options, ..message }
}

/// The header, the token and what is behind it, as far as one must look to go on.
#[inline]
fn parts(packet: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (header, rest) = packet.split_first_chunk::<4>()?;
    let length = usize::from(header[0] & 15);
    if header[0] >> 6 != 1 || length > 8 {
        return None;
    }
    let (token, tail) = rest.split_at_checked(length)?;
    Some((*header, token, tail))
}

/// Writes a message with a [`SliceMessageMut`]; gives its length.
#[inline]
fn written_by_parts(message: &Message<'_>, free: &mut [u8]) -> Option<usize> {
    let (header, rest) = free.split_first_chunk_mut::<4>()?;
    let length = message.token.len();
    let [high, low] = message.message_id.to_be_bytes();
    *header = [1 << 6 | message.message_type.bits() << 4 | length as u8, 0, high, low];
    let (token, tail) = rest.split_at_mut_checked(length)?;
    token.copy_from_slice(message.token);
    let mut written = SliceMessageMut::new_in_slice(&mut header[1], tail);
    written.set_code(message.code.0);
    for option in message.options {
        written.add_option(option.number.0, option.value).ok()?;
    }
    written.set_payload(message.payload).ok()?;
    Some(4 + length + written.finish().0)
}

/// It leaves the header and the token to its user.
pub struct CoapMessage;

impl Codec for CoapMessage {
    fn name(&self) -> &'static str {
        "coap-message-implementations 0.2.0"
    }

    fn traffic(&self) -> Traffic {
        Traffic::Coap
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        parts(bytes).is_some()
    }

    /// The header and the token are written here.
    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        let write = |message: &Message<'a>, buffer: &mut Slice| {
            buffer.append(|free| written_by_parts(message, free).unwrap_or_else(|| unexpected()));
        };
        let packets = packets.iter().map(|packet| with_list(packet)).collect();
        Some(Box::new(Encoding { packets, buffer: Slice::new(SPACE), write }))
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Some(([first, code, high, low], token, tail)) = parts(packet) else { unexpected() };
        let message = SliceMessage::new_from_slice(code, tail);
        let mut fold = Fold::default();
        fold.number(first >> 4 & 3);
        fold.number(message.code());
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

    fn traffic(&self) -> Traffic {
        Traffic::Coap
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        Packet::from_bytes(bytes).is_ok()
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        let read = |packet: &Vec<u8>| Packet::from_bytes(packet).unwrap_or_else(|_| unexpected());
        // It gives a vector of its own for each message.
        let write = |packet: &Packet, buffer: &mut BytesMut| match packet.to_bytes() {
            Ok(bytes) => buffer.extend_from_slice(&bytes),
            Err(_) => unexpected(),
        };
        let packets = packets.iter().map(read).collect();
        Some(Box::new(Encoding { packets, buffer: BytesMut::with_capacity(SPACE), write }))
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
