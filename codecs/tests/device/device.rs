//! What a small device has: no standard library, no allocator, its own panic handler. If the
//! codecs brought a standard library along, there would be two handlers and this would not build.
#![no_std]

use core::panic::PanicInfo;

use wirecheck_codecs::coap;
use wirecheck_codecs::mqtt::{Context, Party, Version, decode};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// True if the bytes begin with a valid packet of a server.
#[unsafe(no_mangle)]
pub extern "C" fn is_packet(bytes: &[u8; 64]) -> bool {
    decode(bytes, &Context::new(Version::V5, Party::Server)).is_ok()
}

/// Writes the Reset for a Confirmable CoAP message that is wrong; returns its length, or 0.
#[unsafe(no_mangle)]
pub extern "C" fn reset_for(datagram: &[u8; 64], answer: &mut [u8; 4]) -> usize {
    let ctx = coap::Context::default();
    let Ok(raw) = coap::Raw::read(datagram) else { return 0 };
    let confirmable = raw.message_type() == coap::MessageType::Confirmable;
    if !confirmable || raw.version() != 1 || coap::decode(datagram, &ctx).is_ok() {
        return 0;
    }
    coap::Message::reset(raw.message_id).encode(answer, &ctx).unwrap_or(0)
}

/// How many bytes of a CoAP stream over TCP make its first message; 0 if it is wrong or not whole.
#[unsafe(no_mangle)]
pub extern "C" fn first_message(stream: &[u8; 64]) -> usize {
    let found =
        coap::reliable::decode(stream, coap::reliable::Framing::Tcp, &coap::Context::default());
    found.ok().and_then(|found| found.complete()).map_or(0, |(_, used)| used)
}

/// How many links a document has; none if it is wrong.
#[unsafe(no_mangle)]
pub extern "C" fn links(document: &[u8; 64]) -> usize {
    coap::link::decode(document).map_or(0, |links| links.iter().count())
}
