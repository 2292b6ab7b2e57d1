//! ADVERTISE and GWINFO (3.20.1, 3.20.3); SEARCHGW (3.20.2) is its Additional Network Information
//! alone.
//!
//! ```text
//! ADVERTISE  Gateway Identifier | Duration
//! GWINFO     Gateway Identifier | Gateway Address, from a client only
//! ```

use super::encode::Put;
use super::{DecodeError, EncodeError, ErrorKind, Party};
use crate::wire::{Reader, Visit};

/// A gateway's announcement of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertise {
    /// Gateway Identifier.
    pub gateway_identifier: u8,
    /// Duration until the next ADVERTISE, in seconds.
    pub duration: u16,
}

impl Advertise {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<Self, DecodeError> {
        Ok(Self { gateway_identifier: r.u8("gateway_identifier")?, duration: r.u16("duration")? })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(self.gateway_identifier)?;
        Ok(w.u16(self.duration)?)
    }
}

/// The answer to SEARCHGW.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GwInfo<'a> {
    /// Gateway Identifier.
    pub gateway_identifier: u8,
    /// Gateway Address, which a client adds and the gateway itself does not; empty if absent.
    pub gateway_address: &'a [u8],
}

impl<'a> GwInfo<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        from: Party,
    ) -> Result<Self, DecodeError> {
        let gateway_identifier = r.u8("gateway_identifier")?;
        let (at, field) = (r.at(), "gateway_address");
        let gateway_address = r.take_rest(field);
        let kind = match (from, gateway_address.is_empty()) {
            // MQTTSN2-3.20.3.3-p1
            (Party::Server, false) => ErrorKind::MisplacedField,
            // MQTTSN2-3.20.3-p1
            (Party::Client, true) => ErrorKind::MissingField,
            _ => return Ok(Self { gateway_identifier, gateway_address }),
        };
        Err(DecodeError::new(kind, at, field))
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(self.gateway_identifier)?;
        Ok(w.bytes(self.gateway_address)?)
    }
}
