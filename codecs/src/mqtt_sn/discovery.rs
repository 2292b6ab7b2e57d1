//! ADVERTISE and GWINFO (5.4.1, 5.4.3); SEARCHGW (5.4.2) is its radius alone.
//!
//! ```text
//! ADVERTISE  GwId | Duration
//! GWINFO     GwId | GwAdd, from a client only
//! ```

use super::{Context, DecodeError, EncodeError, ErrorKind, Party};
use crate::wire::{Reader, Visit};

/// A gateway's announcement of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertise {
    /// GwId.
    pub gateway_id: u8,
    /// Duration until the next ADVERTISE, in seconds.
    pub duration: u16,
}

impl Advertise {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<Self, DecodeError> {
        Ok(Self { gateway_id: r.u8("gateway_id")?, duration: r.u16("duration")? })
    }
}

/// The answer to SEARCHGW.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GwInfo<'a> {
    /// GwId.
    pub gateway_id: u8,
    /// GwAdd, which a client adds and the gateway itself does not; its form is the network's.
    pub gateway_address: Option<&'a [u8]>,
}

impl<'a> GwInfo<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let gateway_id = r.u8("gateway_id")?;
        let at = r.at();
        let gateway_address =
            if r.is_empty() { None } else { Some(r.take_rest("gateway_address")) };
        let this = Self { gateway_id, gateway_address };
        match this.fault(ctx.from) {
            None => Ok(this),
            Some(kind) => Err(DecodeError::new(kind, at, "gateway_address")),
        }
    }

    #[inline]
    pub(super) fn check(&self, ctx: &Context) -> Result<(), EncodeError> {
        // An address without octets would be read as none.
        let kind = match self.gateway_address {
            Some([]) => Some(ErrorKind::MissingField),
            _ => self.fault(ctx.from),
        };
        match kind {
            None => Ok(()),
            Some(kind) => Err(EncodeError::Invalid { kind, field: "gateway_address" }),
        }
    }

    fn fault(&self, from: Party) -> Option<ErrorKind> {
        match (from, self.gateway_address) {
            // MQTTSN-5.4.3-1
            (Party::Gateway, Some(_)) => Some(ErrorKind::MisplacedField),
            // MQTTSN-5.4.3-2
            (Party::Client, None) => Some(ErrorKind::MissingField),
            _ => None,
        }
    }
}
