//! Packets to bytes.

use super::packet::{Place, walk};
use super::{Context, EncodeError, ErrorKind, Packet, PacketType};
use crate::Decoded;
use crate::wire::{Full, Ignore, Writer};

/// What a packet is written to.
pub(super) trait Put {
    /// These bytes.
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Full>;

    /// One byte.
    #[inline]
    fn u8(&mut self, value: u8) -> Result<(), Full> {
        self.bytes(&[value])
    }

    /// Two bytes, the most significant first.
    #[inline]
    fn u16(&mut self, value: u16) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// Four bytes, the most significant first.
    #[inline]
    fn u32(&mut self, value: u32) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// A two-byte length and these bytes.
    #[inline]
    fn sized(&mut self, bytes: &[u8], field: &'static str) -> Result<(), EncodeError> {
        let Ok(length) = u16::try_from(bytes.len()) else {
            return Err(EncodeError::Invalid { kind: ErrorKind::TooLarge, field });
        };
        self.u16(length)?;
        Ok(self.bytes(bytes)?)
    }
}

impl Put for Writer<'_> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Full> {
        Writer::bytes(self, bytes)
    }
}

/// Counts what would be written.
struct Count(usize);

impl Put for Count {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.0 = self.0.wrapping_add(bytes.len());
        Ok(())
    }
}

impl Packet<'_> {
    /// The packet type.
    #[inline]
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
            Self::PingReq(_) => PacketType::PINGREQ,
            Self::PingResp(_) => PacketType::PINGRESP,
            Self::Disconnect(_) => PacketType::DISCONNECT,
            Self::Auth(_) => PacketType::AUTH,
            Self::Register(_) => PacketType::REGISTER,
            Self::RegAck(_) => PacketType::REGACK,
            Self::PubWos(_) => PacketType::PUBWOS,
            Self::SleepReq(_) => PacketType::SLEEPREQ,
            Self::SleepResp(_) => PacketType::SLEEPRESP,
            Self::WakeUp => PacketType::WAKEUP,
            Self::Advertise(_) => PacketType::ADVERTISE,
            Self::SearchGw(_) => PacketType::SEARCHGW,
            Self::GwInfo(_) => PacketType::GWINFO,
            Self::ForwarderEncapsulation(_) => PacketType::FORWARDER_ENCAPSULATION,
            Self::ConnectionEncapsulation(_) => PacketType::CONNECTION_ENCAPSULATION,
            Self::ProtectionEncapsulation(_) => PacketType::PROTECTION_ENCAPSULATION,
        }
    }

    /// Length in bytes of what [`Packet::encode`] writes. Only what no Length can express is
    /// refused here.
    pub fn encoded_len(&self) -> Result<usize, EncodeError> {
        Ok(self.framed_len()?.wrapping_add(self.behind().len()))
    }

    /// Writes the packet to the front of `buffer`, with the shorter form of Length if that is
    /// possible, and returns its length in bytes. What is written is read again: what
    /// [`super::decode`] refuses from `ctx.from`, or takes for something else, is refused here.
    pub fn encode(&self, buffer: &mut [u8], ctx: &Context) -> Result<usize, EncodeError> {
        let (framed, behind) = (self.framed_len()?, self.behind());
        let Some(buffer) = buffer.get_mut(..framed.wrapping_add(behind.len())) else {
            return Err(Full.into());
        };
        let mut w = Writer::new(buffer);
        match u8::try_from(framed) {
            Ok(length) => w.bytes(&[length, self.packet_type().0])?,
            Err(_) => {
                let [high, low] = (framed as u16).to_be_bytes();
                w.bytes(&[1, high, low, self.packet_type().0])?;
            }
        }
        self.put_body(&mut w)?;
        w.bytes(behind)?;
        let written = w.written();
        let invalid = |kind, field| Err(EncodeError::Invalid { kind, field });
        match walk(
            buffer,
            Place::FRONT,
            &Context { profile: Default::default(), ..*ctx },
            &mut Ignore,
        ) {
            Ok(Decoded::Complete { message, used }) if used == written && message == *self => {
                Ok(written)
            }
            Ok(Decoded::Complete { used, .. }) if used < written => {
                invalid(ErrorKind::TrailingBytes, "packet")
            }
            Ok(Decoded::Complete { .. }) => {
                invalid(ErrorKind::FlagConflict, self.packet_type().key())
            }
            Ok(Decoded::Incomplete { .. }) => invalid(ErrorKind::Truncated, "packet"),
            Err(error) => invalid(error.kind, error.field),
        }
    }

    /// What the Length counts.
    fn framed_len(&self) -> Result<usize, EncodeError> {
        let mut count = Count(0);
        self.put_body(&mut count)?;
        match count.0 {
            length @ 0..=253 => Ok(length.wrapping_add(2)),
            length @ 254..=65_531 => Ok(length.wrapping_add(4)),
            _ => Err(EncodeError::Invalid { kind: ErrorKind::TooLarge, field: "length" }),
        }
    }

    /// The packet behind an encapsulation that does not count it.
    const fn behind(&self) -> &[u8] {
        match self {
            Self::ConnectionEncapsulation(connection) => connection.packet,
            Self::ForwarderEncapsulation(forwarder) => forwarder.packet,
            _ => &[],
        }
    }

    fn put_body(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        match self {
            Self::Connect(packet) => packet.put(w),
            Self::ConnAck(packet) => packet.put(w),
            Self::Publish(packet) => packet.put(w),
            Self::PubAck(packet)
            | Self::PubRec(packet)
            | Self::PubRel(packet)
            | Self::PubComp(packet)
            | Self::UnsubAck(packet) => packet.put(w),
            Self::Subscribe(packet) => packet.put(w),
            Self::SubAck(packet) | Self::RegAck(packet) => packet.put(w),
            Self::Unsubscribe(packet) => packet.put(w),
            Self::PingReq(packet_identifier) => Ok(w.u16(*packet_identifier)?),
            Self::PingResp(packet) => packet.put(w),
            Self::Disconnect(packet) => packet.put(w),
            Self::Auth(packet) => packet.put(w),
            Self::Register(packet) => packet.put(w),
            Self::PubWos(packet) => packet.put(w),
            Self::SleepReq(packet) => packet.put(w),
            Self::SleepResp(packet) => packet.put(w),
            Self::WakeUp => Ok(()),
            Self::Advertise(packet) => packet.put(w),
            Self::SearchGw(information) => Ok(w.bytes(information)?),
            Self::GwInfo(packet) => packet.put(w),
            Self::ForwarderEncapsulation(packet) => {
                Ok(w.bytes(packet.client_addressing_information)?)
            }
            Self::ConnectionEncapsulation(packet) => {
                Ok(w.bytes(packet.client_identifier.as_bytes())?)
            }
            Self::ProtectionEncapsulation(packet) => packet.put(w),
        }
    }
}
