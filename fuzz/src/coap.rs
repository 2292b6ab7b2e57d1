//! Properties of the CoAP codec.

use arbitrary::Unstructured;
use wirecheck_codecs::coap::generate::{Taste, form};
use wirecheck_codecs::coap::json::{encode, to_json};
use wirecheck_codecs::coap::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::coap::{Context, decode};

/// The longest input that is looked at: no property is to take more than a millisecond.
const LONGEST: usize = 2048;

/// `ctx` with the limits and profile of a byte.
pub(crate) fn chosen(mut ctx: Context, byte: u8) -> Context {
    ctx.profile.extended_token_lengths = byte & 1 != 0;
    if byte & 2 != 0 {
        ctx.limits.maximum_message_size = 64;
    }
    if byte & 4 != 0 {
        ctx.limits.maximum_token_length = 20;
    }
    ctx
}

/// The first byte chooses the context; the rest is judged.
pub fn coap_decode(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    if bytes.len() <= LONGEST {
        judged(bytes, &chosen(Context::default(), first));
    }
}

/// An input for [`coap_decode`] that holds a generated message, right or wrong; one in four of its
/// mutations starts from such a message.
pub fn generated_message(seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed) << 1 | 1;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(0x9e37_79b9_7f4a_7c15);
        (state >> 56) as u8
    })
    .take(256)
    .collect();
    let first = random[0] & 1;
    let taste = if random[1].is_multiple_of(2) { Taste::Valid } else { Taste::Wild };
    let mut input = vec![first];
    if let Ok(form) = form(&mut Unstructured::new(&random[2..]), first == 1, taste) {
        input.extend(encode(&form).unwrap_or_default());
    }
    input
}

/// The first byte chooses profile and taste; the rest feeds the generator of messages.
pub fn coap_round_trip(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    let ctx = chosen(Context::default(), first & 1);
    let taste = if first & 2 == 0 { Taste::Valid } else { Taste::Wild };
    let Ok(form) = form(&mut Unstructured::new(bytes), first & 1 != 0, taste) else { return };
    let bytes = encode(&form).expect("a generated form can be encoded");
    if taste == Taste::Wild {
        judged(&bytes, &ctx);
        return;
    }
    round_trip(&bytes, &ctx);
    prefixes(&bytes, &ctx);
    spans_cover(&bytes, &ctx);
    let decoded = decode(&bytes, &ctx).expect("a valid form is a valid message");
    let (message, _) = decoded.complete().expect("a datagram is all there is");
    let printed = to_json(&message);
    for key in ["type", "code", "message_id", "token"] {
        if let Some(asked) = form["coap"].get(key) {
            assert_eq!(printed["coap"][key], *asked, "{key} of {form}");
        }
    }
    let asked = form["coap"]["options"].as_array().map_or(0, Vec::len);
    assert_eq!(message.options.iter().count(), asked, "options of {form}");
}
