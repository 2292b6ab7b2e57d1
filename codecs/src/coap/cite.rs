//! Which requirement a rejection enforces, from kind, field, type and code.

use super::{Context, DecodeError, ErrorKind as K, MessageType as T, Raw};

/// Names the requirement of an error in `bytes`.
#[cold]
pub(super) fn cited(mut error: DecodeError, bytes: &[u8], ctx: &Context) -> DecodeError {
    let message_type = Raw::read(bytes).map(|raw| raw.message_type());
    error.requirement = match (error.kind, error.field, message_type) {
        (K::UnknownVersion, ..) => Some("RFC7252-3-1"),
        (K::Truncated, "version" | "code" | "message_id", _) => Some("RFC7252-3-p1"),
        (K::Truncated, "token_length" | "token", _) => Some("RFC7252-3-p2"),
        (K::Truncated, ..) => Some("RFC7252-3.1-p1"),
        // Over UDP no sentence says how much is to be taken.
        (K::TooLarge | K::TokenTooLong | K::LengthNotZero, ..) => None,
        (K::ReservedTokenLength, ..) if ctx.profile.extended_token_lengths => Some("RFC8974-2.1-1"),
        (K::ReservedTokenLength, ..) => Some("RFC7252-3-3"),
        (K::ReservedCodeClass, ..) => Some("RFC7252-3-p3"),
        (K::CodeNotForType, _, Ok(T::NonConfirmable)) => Some("RFC7252-4.3-1"),
        (K::CodeNotForType, _, Ok(T::Reset)) => Some("RFC7252-4.2-3"),
        (K::CodeNotForType, ..) => Some("RFC7252-4.2-2"),
        (K::EmptyWithContent, ..) => Some("RFC7252-4.1-1"),
        (K::ReservedOptionDelta, ..) => Some("RFC7252-3.1-2"),
        (K::ReservedOptionLength, ..) => Some("RFC7252-3.1-3"),
        (K::OptionNumberTooLarge, ..) => Some("RFC7252-12.2-p1"),
        (K::MarkerWithoutPayload, ..) => Some("RFC7252-3-4"),
    };
    error
}
