//! Packets: choosing the type, and what holds for all of them.

use super::framing::{frame, put_varint};
use super::list::{Count, Sink};
use super::publish::sender;
use super::{
    Acknowledgement, Auth, ConnAck, Connect, Context, DecodeError, Disconnect, EncodeError,
    ErrorKind, Frame, PacketType, Party, Publish, Raw, SubAck, Subscribe, UnsubAck, Unsubscribe,
    Version, cite,
};
use crate::Decoded;
use crate::wire::{Ignore, Note, Reader, Visit, Writer};

/// An MQTT Control Packet that holds nothing the specification forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum Message<'a> {
    Connect(Connect<'a>),
    ConnAck(ConnAck<'a>),
    Publish(Publish<'a>),
    PubAck(Acknowledgement<'a>),
    PubRec(Acknowledgement<'a>),
    PubRel(Acknowledgement<'a>),
    PubComp(Acknowledgement<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(UnsubAck<'a>),
    PingReq,
    PingResp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

/// Decodes the packet at the front of `bytes`; it must be one of `ctx.version` and one that
/// `ctx.from` may send.
// A message goes through memory unless its caller is where it is put together; that costs a third
// more time.
#[inline(always)]
pub fn decode<'a>(bytes: &'a [u8], ctx: &Context) -> Result<Decoded<Message<'a>>, DecodeError> {
    walk(bytes, ctx, &mut Ignore)
}

/// Decodes like [`decode`] and reports each field to `visit`; of a rejected packet those up to the
/// error.
#[inline]
pub fn fields<'a, V: Visit>(
    bytes: &'a [u8],
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    walk(bytes, ctx, visit)
}

#[inline(always)]
fn walk<'a, V: Visit>(
    bytes: &'a [u8],
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    let found = frame(bytes, ctx.limits.maximum_packet_size);
    let (raw, header) = match found {
        Ok(Frame::Complete { raw, header }) => (raw, header),
        Ok(Frame::Incomplete { need }) => return Ok(Decoded::Incomplete { need }),
        Err(error) => return Err(cited(error, bytes.first().copied().unwrap_or(0), ctx)),
    };
    let visit = &mut cite::Citing { inner: visit, version: ctx.version };
    report_header(&raw, bytes, header, visit);
    // Changed in place: a message is too large to be moved for nothing.
    let mut result = body(&raw, header, ctx, visit);
    if let Err(error) = &mut result {
        *error = cited(*error, raw.first, ctx);
    }
    result
}

#[cold]
fn cited(mut error: DecodeError, first: u8, ctx: &Context) -> DecodeError {
    if error.requirement.is_none() {
        error.requirement = cite::requirement(ctx, PacketType(first >> 4), error.kind, error.field);
    }
    error
}

fn report_header<V: Visit>(raw: &Raw<'_>, bytes: &[u8], header: usize, visit: &mut V) {
    if !V::WANTS {
        return;
    }
    let mut r = Reader::new(bytes, 0, visit);
    let _ = r.flags("packet_type");
    r.bits("packet_type", 7, 4);
    if raw.packet_type() == PacketType::PUBLISH {
        r.bits("dup", 3, 3);
        r.bits("qos", 2, 1);
        r.bits("retain", 0, 0);
    } else {
        r.bits("flags", 3, 0);
    }
    let at = r.at();
    let _ = r.take(header.wrapping_sub(1), "remaining_length");
    if header > super::varint_len(raw.length).wrapping_add(1) {
        // MQTT5-1.5.5-1 binds the sender.
        let (note, field) = ("non-minimal-varint", "remaining_length");
        r.note(Note { note, at, field, requirement: None });
    }
}

#[inline(always)]
fn body<'a, V: Visit>(
    raw: &Raw<'a>,
    header: usize,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    let packet = raw.packet_type();
    if packet != PacketType::PUBLISH {
        check_flags(raw, ctx.version)?;
    }
    if ctx.from != Party::Either && sender(packet, ctx.from) != ctx.from
        || packet == PacketType::DISCONNECT
            && ctx.version != Version::V5
            && ctx.from == Party::Server
    {
        return Err(DecodeError::new(ErrorKind::WrongDirection, 0, "packet_type"));
    }
    let mut reader = Reader::new(raw.body, header, visit);
    let r = &mut reader;
    let used = header.wrapping_add(raw.body.len());
    // Each arm ends on its own, so that no message is moved once it is put together.
    macro_rules! whole {
        ($variant:ident $(($message:expr))?) => {{
            let message = Message::$variant $(($message?))?;
            if !r.is_empty() {
                return Err(trailing(r.at(), packet));
            }
            Ok(Decoded::Complete { message, used })
        }};
    }
    match packet {
        PacketType::PUBLISH => whole!(Publish(Publish::read(r, raw.first, ctx))),
        PacketType::CONNECT => whole!(Connect(Connect::read(r, ctx))),
        PacketType::CONNACK => whole!(ConnAck(ConnAck::read(r, ctx))),
        PacketType::PUBACK => whole!(PubAck(Acknowledgement::read(r, packet, ctx))),
        PacketType::PUBREC => whole!(PubRec(Acknowledgement::read(r, packet, ctx))),
        PacketType::PUBREL => whole!(PubRel(Acknowledgement::read(r, packet, ctx))),
        PacketType::PUBCOMP => whole!(PubComp(Acknowledgement::read(r, packet, ctx))),
        PacketType::SUBSCRIBE => whole!(Subscribe(Subscribe::read(r, ctx))),
        PacketType::SUBACK => whole!(SubAck(SubAck::read(r, ctx))),
        PacketType::UNSUBSCRIBE => whole!(Unsubscribe(Unsubscribe::read(r, ctx))),
        PacketType::UNSUBACK => whole!(UnsubAck(UnsubAck::read(r, ctx))),
        PacketType::PINGREQ => whole!(PingReq),
        PacketType::PINGRESP => whole!(PingResp),
        PacketType::DISCONNECT => whole!(Disconnect(Disconnect::read(r, ctx))),
        PacketType::AUTH if ctx.version == Version::V5 => whole!(Auth(Auth::read(r, ctx))),
        _ => Err(DecodeError::new(ErrorKind::ReservedPacketType, 0, "packet_type")),
    }
}

#[cold]
fn trailing(at: usize, packet: PacketType) -> DecodeError {
    DecodeError::new(ErrorKind::TrailingBytes, at, packet.key())
}

/// MQTT5-2.1.3-1, MQTT311-2.2.2-2. MQTT 3.1 has DUP in the headers of PUBREL, SUBSCRIBE and
/// UNSUBSCRIBE and calls the other bits unused.
#[inline]
fn check_flags(raw: &Raw<'_>, version: Version) -> Result<(), DecodeError> {
    let packet = raw.packet_type();
    if raw.first & 0x0F == packet.flags() || version == Version::V31 {
        return Ok(());
    }
    if packet.0 == 0 || packet == PacketType::AUTH && version != Version::V5 {
        return Err(DecodeError::new(ErrorKind::ReservedPacketType, 0, "packet_type"));
    }
    Err(DecodeError::new(ErrorKind::WrongFlags, 0, "flags"))
}

/// The version that a CONNECT asks for, from its first bytes: `None` if they are no CONNECT, or
/// one of a version that is not known here. The packet may be cut short behind the level.
pub fn connect_version(bytes: &[u8]) -> Option<Version> {
    let (&first, mut rest) = bytes.split_first()?;
    if PacketType(first >> 4) != PacketType::CONNECT {
        return None;
    }
    for _ in 0..4 {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut ignore = Ignore;
    let mut r = Reader::new(rest, 0, &mut ignore);
    let name = r.prefixed("protocol_name").ok()?;
    let version = Version::from_level(r.u8("protocol_version").ok()?)?;
    (name == version.protocol_name().as_bytes()).then_some(version)
}

impl Message<'_> {
    /// The packet type.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::CONNECT,
            Self::ConnAck(_) => PacketType::CONNACK,
            Self::Publish(_) => PacketType::PUBLISH,
            Self::PubAck(_) => PacketType::PUBACK,
            Self::PubRec(_) => PacketType::PUBREC,
            Self::PubRel(_) => PacketType::PUBREL,
            Self::PubComp(_) => PacketType::PUBCOMP,
            Self::Subscribe(_) => PacketType::SUBSCRIBE,
            Self::SubAck(_) => PacketType::SUBACK,
            Self::Unsubscribe(_) => PacketType::UNSUBSCRIBE,
            Self::UnsubAck(_) => PacketType::UNSUBACK,
            Self::PingReq => PacketType::PINGREQ,
            Self::PingResp => PacketType::PINGRESP,
            Self::Disconnect(_) => PacketType::DISCONNECT,
            Self::Auth(_) => PacketType::AUTH,
        }
    }

    /// Length in bytes of what [`Message::encode`] writes.
    pub fn encoded_len(&self, ctx: &Context) -> Result<usize, EncodeError> {
        let body = self.body_len(ctx)?;
        Ok(body.wrapping_add(super::varint_len(body as u32)).wrapping_add(1))
    }

    /// Writes the packet to the front of `buffer` and returns its length in bytes. Refuses what
    /// `ctx.version` forbids or `ctx.from` may not send.
    pub fn encode(&self, buffer: &mut [u8], ctx: &Context) -> Result<usize, EncodeError> {
        let length = self.body_len(ctx)?;
        let packet = self.packet_type();
        let flags = match self {
            Self::Publish(publish) => publish.flags(),
            _ => packet.flags(),
        };
        let mut w = Writer::new(buffer);
        w.u8(packet.0 << 4 | flags)?;
        put_varint(&mut w, length as u32)?;
        self.put_body(&mut w, ctx)?;
        Ok(w.written())
    }

    fn body_len(&self, ctx: &Context) -> Result<usize, EncodeError> {
        let mut count = Count::default();
        self.put_body(&mut count, ctx)?;
        if count.0 > 268_435_455 {
            let (kind, field) = (ErrorKind::TooLarge, "remaining_length");
            return Err(EncodeError::Invalid { kind, field });
        }
        Ok(count.0)
    }

    #[inline]
    fn put_body(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        let packet = self.packet_type();
        let ctx = &Context { from: sender(packet, ctx.from), ..*ctx };
        match self {
            Self::Connect(connect) => connect.put(w, ctx),
            Self::ConnAck(connack) => connack.put(w, ctx),
            Self::Publish(publish) => publish.put(w, ctx),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.put(w, packet, ctx)
            }
            Self::Subscribe(subscribe) => subscribe.put(w, ctx),
            Self::SubAck(suback) => suback.put(w, ctx),
            Self::Unsubscribe(unsubscribe) => unsubscribe.put(w, ctx),
            Self::UnsubAck(unsuback) => unsuback.put(w, ctx),
            Self::PingReq | Self::PingResp => Ok(()),
            Self::Disconnect(disconnect) => disconnect.put(w, ctx),
            Self::Auth(auth) => auth.put(w, ctx),
        }
    }
}
