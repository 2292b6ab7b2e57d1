//! Properties of the codec of the MQTT-SN 2.0 draft.

use arbitrary::Unstructured;
use wirecheck_codecs::mqtt_sn_2::generate::{Taste, form};
use wirecheck_codecs::mqtt_sn_2::json::{encode, to_json};
use wirecheck_codecs::mqtt_sn_2::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::mqtt_sn_2::{Context, Party, decode};

use crate::mqtt::includes;

const PARTIES: [Party; 3] = [Party::Client, Party::Server, Party::Either];

/// The longest input that is looked at: no property is to take more than a millisecond.
const LONGEST: usize = 2048;

/// Party, limits and profile of a byte.
fn context(byte: u8) -> Context {
    let byte = usize::from(byte);
    let mut ctx = Context::new(PARTIES[byte % 3]);
    ctx.profile.datagram = byte / 3 % 2 == 1;
    if byte / 6 % 2 == 1 {
        ctx.limits.maximum_message_size = 64;
        ctx.limits.maximum_encapsulations = 1;
    }
    ctx
}

/// The first byte chooses the context; the rest is judged.
pub fn mqtt_sn_2_decode(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    if bytes.len() <= LONGEST {
        judged(bytes, &context(first));
    }
}

/// The first byte chooses party and taste; the rest feeds the generator of packets.
pub fn mqtt_sn_2_round_trip(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    let from = PARTIES[usize::from(first) % 3];
    let taste = if first / 3 % 2 == 0 { Taste::Valid } else { Taste::Wild };
    let Ok(form) = form(&mut Unstructured::new(bytes), from, taste) else { return };
    let ctx = Context::new(from);
    match (taste, encode(&form)) {
        (Taste::Valid, bytes) => {
            let bytes = bytes.expect("a valid form can be encoded");
            round_trip(&bytes, &ctx);
            prefixes(&bytes, &ctx);
            spans_cover(&bytes, &ctx);
            let decoded = decode(&bytes, &ctx).ok().and_then(|decoded| decoded.complete());
            let (packet, _) = decoded.expect("a valid packet");
            includes(&form, &to_json(&packet));
        }
        (Taste::Wild, Ok(bytes)) => judged(&bytes, &ctx),
        (Taste::Wild, Err(_)) => {}
    }
}
