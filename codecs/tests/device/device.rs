//! What a small device has: no standard library, no allocator, its own panic handler. If the
//! codecs brought a standard library along, there would be two handlers and this would not build.
#![no_std]

use core::panic::PanicInfo;

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
