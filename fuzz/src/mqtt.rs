//! Properties of the MQTT codec.

use arbitrary::Unstructured;
use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::generate::{Taste, form};
use wirecheck_codecs::mqtt::json::{encode, envelope, to_json};
use wirecheck_codecs::mqtt::laws::{
    chunks_make_the_same, judged, prefixes, round_trip, spans_cover,
};
use wirecheck_codecs::mqtt::{Context, Party, Version, decode};

const VERSIONS: [Version; 3] = [Version::V5, Version::V311, Version::V31];
const PARTIES: [Party; 3] = [Party::Client, Party::Server, Party::Either];

/// The longest input that is looked at: no property is to take more than a millisecond.
const LONGEST: usize = 4096;

/// Version, party, limit and profile of a byte.
fn context(byte: u8) -> Context {
    let byte = usize::from(byte);
    let mut ctx = Context::new(VERSIONS[byte % 3], PARTIES[byte / 3 % 3]);
    ctx.profile.shared_subscriptions_before_5 = byte / 9 % 2 == 1;
    if byte / 18 % 2 == 1 {
        ctx.limits.maximum_packet_size = 64;
    }
    ctx
}

/// The first byte chooses the context; the rest is judged.
pub fn mqtt_decode(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    if bytes.len() <= LONGEST {
        judged(bytes, &context(first));
    }
}

/// An input for [`mqtt_decode`] that holds a generated packet, right or wrong; one in four of its
/// mutations starts from such a packet, since single bytes rarely make whole properties.
pub fn generated_packet(seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed) << 1 | 1;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(0x9e37_79b9_7f4a_7c15);
        (state >> 56) as u8
    })
    .take(256)
    .collect();
    let first = random[0];
    let taste = if random[1].is_multiple_of(2) { Taste::Valid } else { Taste::Wild };
    let version = VERSIONS[usize::from(first) % 3];
    let mut input = vec![first];
    if let Ok(form) = form(&mut Unstructured::new(&random[2..]), version, taste) {
        input.extend(encode(&form, version).unwrap_or_default());
    }
    input
}

/// Two bytes choose the capacity and one the sizes of the chunks; the rest is the stream.
pub fn mqtt_stream(input: &[u8]) {
    let Some((&[high, low, sizes], mut rest)) = input.split_first_chunk::<3>() else { return };
    if rest.len() > LONGEST {
        return;
    }
    let capacity = 1 + usize::from(u16::from_be_bytes([high, low])) % 600;
    let mut sizes = u64::from(sizes) << 1 | 1;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        // A short sequence of its own for each seed; mostly small chunks.
        sizes =
            sizes.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let most = if sizes >> 62 == 0 { 200 } else { 8 };
        let (chunk, tail) = rest.split_at(rest.len().min((sizes >> 33) as usize % most));
        chunks.push(chunk);
        rest = tail;
    }
    chunks_make_the_same(&chunks, capacity);
}

/// The first byte chooses version and taste; the rest feeds the generator of packets.
pub fn mqtt_round_trip(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    let version = VERSIONS[usize::from(first) % 3];
    let taste = if first / 3 % 2 == 0 { Taste::Valid } else { Taste::Wild };
    let Ok(form) = form(&mut Unstructured::new(bytes), version, taste) else { return };
    let ctx = Context::new(version, Party::Either);
    match (taste, encode(&form, version)) {
        (Taste::Valid, bytes) => {
            let bytes = bytes.expect("a valid form can be encoded");
            round_trip(&bytes, &ctx);
            prefixes(&bytes, &ctx);
            spans_cover(&bytes, &ctx);
            let Ok(Decoded::Complete { message, .. }) = decode(&bytes, &ctx) else { return };
            includes(&form, &to_json(&message, version));
        }
        (Taste::Wild, Ok(bytes)) => judged(&bytes, &ctx),
        (Taste::Wild, Err(_)) => {}
    }
}

/// Every field of `form` is in `full` with the same value; `full` may have more.
pub(crate) fn includes(form: &Value, full: &Value) {
    match (form, full) {
        (Value::Object(form), Value::Object(full)) if !form.contains_key("hex") => {
            for (key, value) in form {
                includes(value, full.get(key).unwrap_or(&Value::Null));
            }
        }
        (Value::Array(form), Value::Array(full)) => {
            assert_eq!(form.len(), full.len());
            form.iter().zip(full).for_each(|(form, full)| includes(form, full));
        }
        // Bytes that are text have two forms.
        (Value::Object(_), Value::String(_)) => {}
        _ => assert_eq!(form, full),
    }
}

/// The first byte chooses the version; the rest is the text of a JSON form.
pub fn mqtt_json(input: &[u8]) {
    let Some((&first, text)) = input.split_first() else { return };
    if text.len() > LONGEST {
        return;
    }
    let version = VERSIONS[usize::from(first) % 3];
    let Ok(form) = serde_json::from_slice::<Value>(text) else { return };
    if too_long(&form) {
        return;
    }
    let Ok(bytes) = encode(&form, version) else { return };
    let ctx = Context::new(version, Party::Either);
    judged(&bytes, &ctx);
    let said = envelope(&bytes, &ctx);
    if let Some(message) = said.get("message") {
        let again = encode(message, version).expect("a printed form can be encoded");
        assert_eq!(envelope(&again, &ctx)["message"], *message);
    }
}

/// `{"repeat", "times"}` may ask for 256 MB, which is right but slow.
fn too_long(form: &Value) -> bool {
    match form {
        Value::Array(items) => items.iter().any(too_long),
        Value::Object(object) => {
            object.get("times").and_then(Value::as_u64).is_some_and(|times| times > 64)
                || object.values().any(too_long)
        }
        _ => false,
    }
}
