//! AUTH (3.15), 5.0 only.
//!
//! ```text
//! [Reason Code | Properties]
//! ```

use super::acknowledgement::{put_reason_and_properties, reason_and_properties};
use super::cite::other_side;
use super::list::Sink;
use super::{
    Context, DecodeError, EncodeError, ErrorKind, PacketType, Party, Properties, ReasonCode,
};
use crate::wire::{Note, Reader, Visit};

/// A step of an authentication exchange.
///
/// 3.15.2.1 allows a packet of Remaining Length 0, 3.15.2.2.2 calls the absence of the
/// Authentication Method a Protocol Error. The short form is taken and noted; with a Reason Code
/// on the wire the Method must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Reason Code; 0x00 where it was left out.
    pub reason_code: ReasonCode,
    /// Properties.
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        if r.is_empty() {
            let (at, field) = (r.at(), "authentication_method");
            // MQTT5-3.15.2.1-p1: what is left out is 0x00, which comes from the Server alone.
            if ctx.from == Party::Client {
                let mut error = DecodeError::new(ErrorKind::UnknownReasonCode, at, "reason_code");
                error.requirement = other_side(PacketType::AUTH);
                return Err(error);
            }
            r.note(Note { note: "auth-without-method", at, field, requirement: None });
            return Ok(Self { reason_code: ReasonCode::SUCCESS, properties: Properties::EMPTY });
        }
        let (reason_code, properties) = reason_and_properties(r, PacketType::AUTH, ctx)?;
        if properties.is_empty() {
            let (kind, at) = (ErrorKind::MissingProperty, r.at());
            return Err(DecodeError::new(kind, at, "authentication_method"));
        }
        Ok(Self { reason_code, properties })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        if self.reason_code != ReasonCode::SUCCESS && self.properties.is_empty() {
            let (kind, field) = (ErrorKind::MissingProperty, "authentication_method");
            return Err(EncodeError::Invalid { kind, field });
        }
        put_reason_and_properties(w, self.reason_code, &self.properties, PacketType::AUTH, ctx)
    }
}
