//! CONNECT (5.4.4).
//!
//! ```text
//! Flags: Will, CleanSession | ProtocolId | Duration | ClientId
//! ```

use super::flags::{self, CLEAN_SESSION, WILL, when};
use super::topic::{client_id, is_client_id};
use super::{DecodeError, EncodeError, ErrorKind};
use crate::wire::{Reader, Visit, Writer};

/// The only ProtocolId that is not reserved (5.3.8).
pub(super) const PROTOCOL_ID: u8 = 1;

/// A client's request for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Will: the gateway is to ask for Will topic and Will message.
    pub will: bool,
    /// CleanSession, which also covers the Will data (6.3).
    pub clean_session: bool,
    /// Duration: the Keep Alive timer in seconds.
    pub duration: u16,
    /// ClientId, 1 to 23 characters.
    pub client_id: &'a str,
}

impl<'a> Connect<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let flags = flags::read(r, WILL | CLEAN_SESSION)?;
        let at = r.at();
        if r.u8("protocol_id")? != PROTOCOL_ID {
            // MQTTSN-5.3.8-1
            return Err(DecodeError::new(ErrorKind::ReservedProtocolId, at, "protocol_id"));
        }
        let duration = r.u16("duration")?;
        let client_id = client_id(r)?;
        let (will, clean_session) = (flags & WILL != 0, flags & CLEAN_SESSION != 0);
        Ok(Self { will, clean_session, duration, client_id })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        if !is_client_id(self.client_id) {
            let (kind, field) = (ErrorKind::ClientIdLength, "client_id");
            return Err(EncodeError::Invalid { kind, field });
        }
        let flags = when(self.will, WILL) | when(self.clean_session, CLEAN_SESSION);
        w.bytes(&[flags, PROTOCOL_ID])?;
        w.u16(self.duration)?;
        w.bytes(self.client_id.as_bytes())?;
        Ok(())
    }
}
