//! DISCONNECT (3.14).
//!
//! ```text
//! [Reason Code | [Properties]] (5.0; nothing before)
//! ```

use super::acknowledgement::{put_reason_and_properties, reason_and_properties};
use super::list::Sink;
use super::{Context, DecodeError, EncodeError, PacketType, Properties, ReasonCode, Version};
use crate::wire::{Reader, Visit};

/// The last packet of a connection, from either party in 5.0, from the Client before. Reason Code
/// 0x00 and an empty property list are written in the shortest form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Reason Code; 0x00 where it was left out, and before 5.0.
    pub reason_code: ReasonCode,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let (mut reason_code, mut properties) = (ReasonCode::SUCCESS, Properties::EMPTY);
        if ctx.version == Version::V5 && !r.is_empty() {
            (reason_code, properties) = reason_and_properties(r, PacketType::DISCONNECT, ctx)?;
        }
        Ok(Self { reason_code, properties })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        let packet = PacketType::DISCONNECT;
        put_reason_and_properties(w, self.reason_code, &self.properties, packet, ctx)
    }
}
