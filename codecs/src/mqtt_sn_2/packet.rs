//! Packets: choosing the type, and what holds for all of them.

use super::acknowledgement::chosen;
use super::{
    Acknowledgement, Advertise, Auth, ConnAck, Connect, ConnectionEncapsulation, Context,
    DecodeError, Disconnect, ErrorKind, ForwarderEncapsulation, Frame, GwInfo, PacketType,
    PingResp, ProtectionEncapsulation, PubWos, Publish, Raw, Register, SleepReq, SleepResp,
    Subscribe, TopicAcknowledgement, Unsubscribe, cite, encapsulation, frame, protection,
};
use crate::Decoded;
use crate::wire::{Ignore, Note, Reader, Visit};

/// A packet that holds nothing the specification forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// CONNECT.
    Connect(Connect<'a>),
    /// CONNACK.
    ConnAck(ConnAck<'a>),
    /// PUBLISH.
    Publish(Publish<'a>),
    /// PUBACK.
    PubAck(Acknowledgement),
    /// PUBREC.
    PubRec(Acknowledgement),
    /// PUBREL.
    PubRel(Acknowledgement),
    /// PUBCOMP.
    PubComp(Acknowledgement),
    /// SUBSCRIBE.
    Subscribe(Subscribe<'a>),
    /// SUBACK.
    SubAck(TopicAcknowledgement),
    /// UNSUBSCRIBE.
    Unsubscribe(Unsubscribe<'a>),
    /// UNSUBACK.
    UnsubAck(Acknowledgement),
    /// PINGREQ with its Packet Identifier.
    PingReq(u16),
    /// PINGRESP.
    PingResp(PingResp),
    /// DISCONNECT.
    Disconnect(Disconnect<'a>),
    /// AUTH.
    Auth(Auth<'a>),
    /// REGISTER.
    Register(Register<'a>),
    /// REGACK.
    RegAck(TopicAcknowledgement),
    /// PUBWOS.
    PubWos(PubWos<'a>),
    /// SLEEPREQ.
    SleepReq(SleepReq),
    /// SLEEPRESP.
    SleepResp(SleepResp),
    /// WAKEUP.
    WakeUp,
    /// ADVERTISE.
    Advertise(Advertise),
    /// SEARCHGW with its Additional Network Information; empty if there is none.
    SearchGw(&'a [u8]),
    /// GWINFO.
    GwInfo(GwInfo<'a>),
    /// A packet on its way between forwarder and server or client.
    ForwarderEncapsulation(ForwarderEncapsulation<'a>),
    /// A packet that names its Virtual Connection.
    ConnectionEncapsulation(ConnectionEncapsulation<'a>),
    /// A packet that is authenticated, and maybe encrypted.
    ProtectionEncapsulation(ProtectionEncapsulation<'a>),
}

/// Decodes the packet at the front of `bytes`; it must be one that `ctx.from` may send.
#[inline]
pub fn decode<'a>(bytes: &'a [u8], ctx: &Context) -> Result<Decoded<Packet<'a>>, DecodeError> {
    walk(bytes, Place::FRONT, ctx, &mut Ignore)
}

/// Decodes like [`decode`] and reports each field to `visit`; of a rejected packet those up to the
/// error.
pub fn fields<'a, V: Visit>(
    bytes: &'a [u8],
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Packet<'a>>, DecodeError> {
    let decoded = walk(bytes, Place::FRONT, ctx, visit)?;
    if let Decoded::Complete { used, .. } = decoded
        && ctx.profile.datagram
        && used < bytes.len()
    {
        let (note, field) = ("bytes-behind-message", "length");
        visit.note(Note { note, at: used, field, requirement: None });
    }
    Ok(decoded)
}

/// Where a packet stands: its first byte, and how many encapsulations are around it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) depth: u8,
}

impl Place {
    pub(super) const FRONT: Self = Self { start: 0, depth: 0 };
}

pub(super) fn walk<'a, V: Visit>(
    bytes: &'a [u8],
    place: Place,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Packet<'a>>, DecodeError> {
    let Place { start, depth } = place;
    let (raw, header) = match frame(bytes, ctx.limits.maximum_message_size) {
        Ok(Frame::Complete { raw, header }) => (raw, header),
        Ok(Frame::Incomplete { .. }) if ctx.profile.datagram => {
            let error = DecodeError::new(ErrorKind::Truncated, start, "length");
            return Err(cite::cited(error, PacketType(0), ctx.from));
        }
        Ok(Frame::Incomplete { need }) => return Ok(Decoded::Incomplete { need }),
        Err(mut error) => {
            error.at = error.at.wrapping_add(start);
            return Err(cite::cited(error, PacketType(0), ctx.from));
        }
    };
    let packet_type = raw.packet_type;
    let group = if depth > 0 { "packet" } else { "" };
    report_header(&raw, bytes, place, header, group, visit);
    let result = if ctx.from != super::Party::Either && !packet_type.is_sent_by(ctx.from) {
        let at = start.wrapping_add(header).wrapping_sub(1);
        Err(DecodeError::new(ErrorKind::WrongDirection, at, "packet_type"))
    } else {
        match packet_type {
            PacketType::FORWARDER_ENCAPSULATION | PacketType::CONNECTION_ENCAPSULATION => {
                encapsulation::read(&raw, header, bytes, place, ctx, visit)
            }
            PacketType::PROTECTION_ENCAPSULATION => {
                protection::read(&raw, header, place, ctx, visit)
            }
            _ => {
                let mut r = Reader::new(raw.body, start.wrapping_add(header), visit);
                r.group(group, None);
                body(&mut r, packet_type, usize::from(raw.length), ctx)
            }
        }
    };
    result.map_err(|error| cite::cited(error, packet_type, ctx.from))
}

fn report_header<V: Visit>(
    raw: &Raw<'_>,
    bytes: &[u8],
    place: Place,
    header: usize,
    group: &'static str,
    visit: &mut V,
) {
    if !V::WANTS {
        return;
    }
    let mut r = Reader::new(bytes.get(..header).unwrap_or_default(), place.start, visit);
    r.group(group, None);
    let at = r.at();
    let _ = r.take(header.wrapping_sub(1), "length");
    if raw.long && raw.length < 256 {
        // 2.1.2 calls the short form more efficient, and demands nothing.
        r.note(Note { note: "long-length", at, field: "length", requirement: None });
    }
    let _ = r.u8("packet_type");
}

fn body<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    packet_type: PacketType,
    used: usize,
    ctx: &Context,
) -> Result<Decoded<Packet<'a>>, DecodeError> {
    let from = ctx.from;
    let message = match packet_type {
        PacketType::CONNECT => Packet::Connect(Connect::read(r)?),
        PacketType::CONNACK => Packet::ConnAck(ConnAck::read(r)?),
        PacketType::PUBLISH => Packet::Publish(Publish::read(r)?),
        PacketType::PUBACK => Packet::PubAck(Acknowledgement::read(r, packet_type, from)?),
        PacketType::PUBREC => Packet::PubRec(Acknowledgement::read(r, packet_type, from)?),
        PacketType::PUBREL => Packet::PubRel(Acknowledgement::read(r, packet_type, from)?),
        PacketType::PUBCOMP => Packet::PubComp(Acknowledgement::read(r, packet_type, from)?),
        PacketType::SUBSCRIBE => Packet::Subscribe(Subscribe::read(r)?),
        PacketType::SUBACK => Packet::SubAck(TopicAcknowledgement::read(r, packet_type, from)?),
        PacketType::UNSUBSCRIBE => Packet::Unsubscribe(Unsubscribe::read(r)?),
        PacketType::UNSUBACK => Packet::UnsubAck(Acknowledgement::read(r, packet_type, from)?),
        PacketType::PINGREQ => Packet::PingReq(chosen(r)?),
        PacketType::PINGRESP => Packet::PingResp(PingResp::read(r)?),
        PacketType::DISCONNECT => Packet::Disconnect(Disconnect::read(r, from)?),
        PacketType::AUTH => Packet::Auth(Auth::read(r, from)?),
        PacketType::REGISTER => Packet::Register(Register::read(r, from)?),
        PacketType::REGACK => Packet::RegAck(TopicAcknowledgement::read(r, packet_type, from)?),
        PacketType::PUBWOS => Packet::PubWos(PubWos::read(r)?),
        PacketType::SLEEPREQ => Packet::SleepReq(SleepReq::read(r)?),
        PacketType::SLEEPRESP => Packet::SleepResp(SleepResp::read(r)?),
        PacketType::WAKEUP => Packet::WakeUp,
        PacketType::ADVERTISE => Packet::Advertise(Advertise::read(r)?),
        PacketType::SEARCHGW => Packet::SearchGw(r.take_rest("additional_network_information")),
        PacketType::GWINFO => Packet::GwInfo(GwInfo::read(r, from)?),
        _ => {
            // MQTTSN2-2.1.3-p1
            let at = r.at().wrapping_sub(1);
            return Err(DecodeError::new(ErrorKind::ReservedPacketType, at, "packet_type"));
        }
    };
    if !r.is_empty() {
        return Err(DecodeError::new(ErrorKind::TrailingBytes, r.at(), packet_type.key()));
    }
    Ok(Decoded::Complete { message, used })
}
