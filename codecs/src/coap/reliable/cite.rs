//! Which requirement a rejection enforces, from kind, field and transport.

use super::Framing;
use crate::coap::{Context, DecodeError, ErrorKind as K};

/// Names the requirement of an error.
#[cold]
pub(super) fn cited(mut error: DecodeError, framing: Framing, ctx: &Context) -> DecodeError {
    error.requirement = match (error.kind, error.field) {
        (K::LengthNotZero, _) => Some("RFC8323-4.2-1"),
        (K::Truncated, "length" | "code") if framing == Framing::WebSocket => {
            Some("RFC8323-4.2-p1")
        }
        (K::Truncated, "token_length" | "token") => Some("RFC7252-3-p2"),
        (K::Truncated, _) => Some("RFC7252-3.1-p1"),
        // A receiver says what it takes (RFC 8323, 5.3.1); no sentence says what it owes then.
        (K::TooLarge | K::TokenTooLong, _) => None,
        (K::ReservedTokenLength, _) if ctx.profile.extended_token_lengths => Some("RFC8974-2.1-1"),
        (K::ReservedTokenLength, _) => Some("RFC7252-3-3"),
        (K::ReservedCodeClass, _) => Some("RFC7252-3-p3"),
        (K::EmptyWithContent, _) => Some("RFC7252-4.1-1"),
        (K::ReservedOptionDelta, _) => Some("RFC7252-3.1-2"),
        (K::ReservedOptionLength, _) => Some("RFC7252-3.1-3"),
        (K::OptionNumberTooLarge, _) => Some("RFC7252-12.2-p1"),
        (K::MarkerWithoutPayload, _) => Some("RFC7252-3-4"),
        // There is neither Version nor Type.
        (K::UnknownVersion | K::CodeNotForType, _) => None,
    };
    error
}
