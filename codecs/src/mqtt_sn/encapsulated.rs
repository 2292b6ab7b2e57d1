//! Forwarder encapsulation (5.5).
//!
//! ```text
//! Length, up to here only     | message
//! Ctrl: reserved 7-2, radius 1-0 | Wireless Node Id |
//! ```

use super::message::{Place, walk};
use super::{Context, DecodeError, EncodeError, ErrorKind, Message, MessageType, Raw};
use crate::Decoded;
use crate::wire::{Ignore, Note, Reader, Visit, Writer};

/// A message with the node on the wireless side that sent it or is to get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encapsulated<'a> {
    /// Ctrl: the broadcast radius, which matters from gateway to forwarder, and reserved bits.
    pub ctrl: u8,
    /// Wireless Node Id, at most 252 octets.
    pub wireless_node_id: &'a [u8],
    /// One whole message that [`super::decode`] takes.
    pub message: &'a [u8],
}

/// The parts of an encapsulation, and the message behind it.
#[cold]
#[inline(never)]
pub(super) fn read<'a, V: Visit>(
    raw: &Raw<'a>,
    bytes: &'a [u8],
    place: Place,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    if raw.long {
        // MQTTSN-5.5-1: the Length has one octet.
        return Err(DecodeError::new(ErrorKind::InvalidLength, place.start, "length"));
    }
    let at = place.start.wrapping_add(1);
    if place.depth >= ctx.limits.maximum_encapsulations {
        return Err(DecodeError::new(ErrorKind::NestedTooDeep, at, "message_type"));
    }
    let mut r = Reader::new(raw.body, at.wrapping_add(1), visit);
    if place.depth > 0 {
        r.group("message", None);
        r.note(Note { note: "nested-encapsulation", at, field: "message_type", requirement: None });
    }
    let ctrl_at = r.at();
    let ctrl = r.flags("ctrl")?;
    r.bits("reserved", 7, 2);
    r.bits("radius", 1, 0);
    if ctrl >> 2 != 0 {
        let requirement = Some("MQTTSN-5.5-2");
        r.note(Note { note: "reserved-bits", at: ctrl_at, field: "reserved", requirement });
    }
    let (at, field) = (r.at(), "wireless_node_id");
    let wireless_node_id = r.take_rest(field);
    if wireless_node_id.is_empty() {
        r.note(Note { note: "empty-wireless-node-id", at, field, requirement: None });
    }
    let length = usize::from(raw.length);
    let rest = bytes.get(length..).unwrap_or_default();
    let inner =
        Place { start: place.start.wrapping_add(length), depth: place.depth.wrapping_add(1) };
    Ok(match walk(rest, inner, ctx, visit)? {
        Decoded::Incomplete { need } => Decoded::Incomplete { need },
        Decoded::Complete { used, .. } => {
            let message = rest.get(..used).unwrap_or_default();
            let this = Encapsulated { ctrl, wireless_node_id, message };
            let used = used.wrapping_add(length);
            Decoded::Complete { message: Message::Encapsulated(this), used }
        }
    })
}

impl Encapsulated<'_> {
    /// The broadcast radius, bits 1 and 0 of Ctrl.
    pub const fn radius(&self) -> u8 {
        self.ctrl & 3
    }

    /// The six reserved bits of Ctrl, as a number.
    pub const fn reserved(&self) -> u8 {
        self.ctrl >> 2
    }

    /// Ctrl, Wireless Node Id and the message, header included, are so long.
    pub(super) fn encoded_len(&self) -> Result<usize, EncodeError> {
        if self.wireless_node_id.len() > 252 {
            let (kind, field) = (ErrorKind::InvalidLength, "wireless_node_id");
            return Err(EncodeError::Invalid { kind, field });
        }
        let head = self.wireless_node_id.len().wrapping_add(3);
        Ok(head.wrapping_add(self.message.len()))
    }

    pub(super) fn encode(&self, buffer: &mut [u8], ctx: &Context) -> Result<usize, EncodeError> {
        self.encoded_len()?;
        let invalid = |kind, field| Err(EncodeError::Invalid { kind, field });
        match walk(self.message, Place { start: 0, depth: 1 }, ctx, &mut Ignore) {
            Ok(Decoded::Complete { used, .. }) if used == self.message.len() => {}
            Ok(Decoded::Complete { .. }) => return invalid(ErrorKind::TrailingBytes, "message"),
            Ok(Decoded::Incomplete { .. }) => return invalid(ErrorKind::Truncated, "message"),
            Err(error) => return invalid(error.kind, error.field),
        }
        let mut w = Writer::new(buffer);
        let length = self.wireless_node_id.len().wrapping_add(3) as u8;
        w.bytes(&[length, MessageType::ENCAPSULATED.0, self.ctrl])?;
        w.bytes(self.wireless_node_id)?;
        w.bytes(self.message)?;
        Ok(w.written())
    }
}
