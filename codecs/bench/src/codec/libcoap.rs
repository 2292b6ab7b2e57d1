//! libcoap, which is written in C; `libcoap.c` is what is called of it.

use wirecheck_codecs::coap::Message;

use super::coap::with_list;
use super::encoding::{Encoder, Encoding, SPACE, Slice};
use super::{Codec, unexpected};
use crate::input::Traffic;

/// An option as `libcoap.c` takes it.
#[repr(C)]
struct Option {
    number: u16,
    length: usize,
    value: *const u8,
}

unsafe extern "C" {
    fn libcoap_takes(bytes: *const u8, length: usize) -> i32;
    fn libcoap_decode(bytes: *const u8, length: usize) -> u64;
    fn libcoap_encode(
        message_type: u8,
        code: u8,
        id: u16,
        token: *const u8,
        token_length: usize,
        options: *const Option,
        count: usize,
        payload: *const u8,
        payload_length: usize,
        out: *mut u8,
        length: usize,
    ) -> usize;
}

pub struct Libcoap;

impl Codec for Libcoap {
    fn name(&self) -> &'static str {
        concat!("libcoap ", env!("LIBCOAP_VERSION"))
    }

    fn traffic(&self) -> Traffic {
        Traffic::Coap
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        // SAFETY: it reads that many bytes and keeps none.
        unsafe { libcoap_takes(bytes.as_ptr(), bytes.len()) != 0 }
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> std::option::Option<Box<dyn Encoder + 'a>> {
        let packets = packets.iter().map(|packet| Listed::of(packet)).collect();
        let write = |listed: &Listed<'a>, buffer: &mut Slice| {
            buffer.append(|free| listed.written(free).unwrap_or_else(|| unexpected()));
        };
        Some(Box::new(Encoding { packets, buffer: Slice::new(SPACE), write }))
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        // SAFETY: it reads that many bytes and keeps none.
        match unsafe { libcoap_decode(packet.as_ptr(), packet.len()) } {
            0 => unexpected(),
            sum => sum,
        }
    }
}

/// A message with its options in a list.
struct Listed<'a> {
    message: Message<'a>,
    options: Vec<Option>,
    length: usize,
}

impl<'a> Listed<'a> {
    fn of(packet: &'a [u8]) -> Self {
        let message = with_list(packet);
        let option = |it: wirecheck_codecs::coap::CoapOption<'_>| Option {
            number: it.number.0,
            length: it.value.len(),
            value: it.value.as_ptr(),
        };
        Self {
            message,
            options: message.options.iter().map(option).collect(),
            length: packet.len(),
        }
    }

    #[inline]
    fn written(&self, free: &mut [u8]) -> std::option::Option<usize> {
        let Self { message, options, length } = self;
        if free.len() < *length {
            return None;
        }
        // SAFETY: what it reads lives as long as `message`, and it writes `length` bytes, for which
        // there is room.
        let written = unsafe {
            libcoap_encode(
                message.message_type.bits(),
                message.code.0,
                message.message_id,
                message.token.as_ptr(),
                message.token.len(),
                options.as_ptr(),
                options.len(),
                message.payload.as_ptr(),
                message.payload.len(),
                free.as_mut_ptr(),
                *length,
            )
        };
        (written > 0).then_some(written)
    }
}
