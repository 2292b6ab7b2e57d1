//! The front of a buffer, without a stream around it.

use super::tokenizer::{Event, Tokenizer};
use super::{Context, DecodeError};
use crate::Decoded;
use crate::wire::{Ignore, Visit};

/// Decodes what stands at the front of `bytes` into `tokenizer`, which starts over for it by its
/// context. Namespaces that an earlier header declared are not known here: streams are for
/// [`Tokenizer::feed`].
pub fn decode<'t>(
    bytes: &[u8],
    ctx: &Context,
    tokenizer: &'t mut Tokenizer,
) -> Result<Decoded<Event<'t>>, DecodeError> {
    fields(bytes, ctx, tokenizer, &mut Ignore)
}

/// [`decode`], and tells `visit` of every name, value and text, also of a rejected element up to the
/// error. The index of a span is the number of the element or text in the message.
pub fn fields<'t, V: Visit>(
    bytes: &[u8],
    ctx: &Context,
    tokenizer: &'t mut Tokenizer,
    visit: &mut V,
) -> Result<Decoded<Event<'t>>, DecodeError> {
    tokenizer.ctx = *ctx;
    tokenizer.restart(ctx.start);
    let mut rest = bytes;
    match tokenizer.feed_with(&mut rest, visit)? {
        Some(message) => {
            Ok(Decoded::Complete { message, used: bytes.len().wrapping_sub(rest.len()) })
        }
        None => Ok(Decoded::Incomplete { need: 1 }),
    }
}
