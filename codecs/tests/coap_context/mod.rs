//! What a vector of CoAP says of its receiver.

use serde_json::Value;
use wirecheck_codecs::coap::Context;

/// `ctx` with the limits and choices that a vector names.
pub(crate) fn context(mut ctx: Context, vector: &Value) -> Context {
    let profile = &vector["profile"];
    ctx.profile.extended_token_lengths = profile["extended_token_lengths"] == true;
    if let Some(size) = profile["maximum_message_size"].as_u64() {
        ctx.limits.maximum_message_size = size as usize;
    }
    if let Some(length) = profile["maximum_token_length"].as_u64() {
        ctx.limits.maximum_token_length = length as usize;
    }
    ctx
}
