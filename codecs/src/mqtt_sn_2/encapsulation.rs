//! Connection and Forwarder Encapsulation (3.18, 3.19).
//!
//! ```text
//! Length, up to here only                                  | packet
//! Client Identifier, or Client Addressing Information      |
//! ```

use super::packet::{Place, walk};
use super::{Context, DecodeError, ErrorKind, Packet, PacketType, Raw, text};
use crate::Decoded;
use crate::wire::{Note, Reader, Visit};

/// A packet with the Client Identifier of the Virtual Connection that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionEncapsulation<'a> {
    /// Client Identifier.
    pub client_identifier: &'a str,
    /// One whole packet that [`super::decode`] takes.
    pub packet: &'a [u8],
}

/// A packet with what a forwarder needs to bring it to its client, or its answer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwarderEncapsulation<'a> {
    /// Client Addressing Information, in the forwarder's own form.
    pub client_addressing_information: &'a [u8],
    /// One whole packet that [`super::decode`] takes.
    pub packet: &'a [u8],
}

/// What a client may put into a Connection Encapsulation (MQTTSN2-3.18-3).
const IN_CONNECTION: [PacketType; 7] = [
    PacketType::PUBLISH,
    PacketType::SUBSCRIBE,
    PacketType::UNSUBSCRIBE,
    PacketType::REGISTER,
    PacketType::DISCONNECT,
    PacketType::SLEEPREQ,
    PacketType::PINGREQ,
];

/// Reads an encapsulation whose packet comes behind it.
#[cold]
#[inline(never)]
pub(super) fn read<'a, V: Visit>(
    raw: &Raw<'a>,
    header: usize,
    bytes: &'a [u8],
    place: Place,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Packet<'a>>, DecodeError> {
    let connection = raw.packet_type == PacketType::CONNECTION_ENCAPSULATION;
    let mut r = Reader::new(raw.body, place.start.wrapping_add(header), visit);
    let inner = enter(&mut r, place, usize::from(raw.length), header, ctx)?;
    let (mut client_identifier, mut client_addressing_information) = ("", raw.body);
    if connection {
        let (at, field) = (r.at(), "client_identifier");
        client_identifier = text::rest(&mut r, field)?;
        if client_identifier.is_empty() {
            r.note(Note { note: "empty-client-identifier", at, field, requirement: None });
        }
    } else {
        client_addressing_information = r.take_rest("client_addressing_information");
    }
    let length = usize::from(raw.length);
    let rest = bytes.get(length..).unwrap_or_default();
    let (used, packet_type) = match walk(rest, inner, ctx, visit)? {
        Decoded::Incomplete { need } => return Ok(Decoded::Incomplete { need }),
        Decoded::Complete { message, used } => (used, message.packet_type()),
    };
    if connection && !IN_CONNECTION.contains(&packet_type) {
        return Err(misplaced(rest, inner.start));
    }
    let packet = rest.get(..used).unwrap_or_default();
    let message = if connection {
        Packet::ConnectionEncapsulation(ConnectionEncapsulation { client_identifier, packet })
    } else {
        let this = ForwarderEncapsulation { client_addressing_information, packet };
        Packet::ForwarderEncapsulation(this)
    };
    Ok(Decoded::Complete { message, used: used.wrapping_add(length) })
}

/// The place of the packet `length` bytes behind the start of an encapsulation, if there may be so
/// many around it; `r` has read the header.
pub(super) fn enter<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    place: Place,
    length: usize,
    header: usize,
    ctx: &Context,
) -> Result<Place, DecodeError> {
    let at = place.start.wrapping_add(header).wrapping_sub(1);
    if place.depth >= ctx.limits.maximum_encapsulations {
        return Err(DecodeError::new(ErrorKind::NestedTooDeep, at, "packet_type"));
    }
    if place.depth > 0 {
        r.group("packet", None);
        r.note(Note { note: "nested-encapsulation", at, field: "packet_type", requirement: None });
    }
    let start = place.start.wrapping_add(length);
    Ok(Place { start, depth: place.depth.wrapping_add(1) })
}

/// The error for a packet at `start`, the bytes `rest`, that may not be encapsulated so.
#[cold]
pub(super) fn misplaced(rest: &[u8], start: usize) -> DecodeError {
    let type_at = if rest.first() == Some(&1) { 3 } else { 1 };
    DecodeError::new(ErrorKind::MisplacedPacket, start.wrapping_add(type_at), "packet_type")
}
