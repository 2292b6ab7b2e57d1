//! Messages to bytes.

use super::topic::is_client_id;
use super::{Context, EncodeError, ErrorKind, Message, MessageType, Party, WillTopic};
use crate::wire::{Full, Writer};

impl Message<'_> {
    /// The message type.
    #[inline]
    pub const fn message_type(&self) -> MessageType {
        match self {
            Self::Advertise(_) => MessageType::ADVERTISE,
            Self::SearchGw(_) => MessageType::SEARCHGW,
            Self::GwInfo(_) => MessageType::GWINFO,
            Self::Connect(_) => MessageType::CONNECT,
            Self::ConnAck(_) => MessageType::CONNACK,
            Self::WillTopicReq => MessageType::WILLTOPICREQ,
            Self::WillTopic(_) => MessageType::WILLTOPIC,
            Self::WillMsgReq => MessageType::WILLMSGREQ,
            Self::WillMsg(_) => MessageType::WILLMSG,
            Self::Register(_) => MessageType::REGISTER,
            Self::RegAck(_) => MessageType::REGACK,
            Self::Publish(_) => MessageType::PUBLISH,
            Self::PubAck(_) => MessageType::PUBACK,
            Self::PubComp(_) => MessageType::PUBCOMP,
            Self::PubRec(_) => MessageType::PUBREC,
            Self::PubRel(_) => MessageType::PUBREL,
            Self::Subscribe(_) => MessageType::SUBSCRIBE,
            Self::SubAck(_) => MessageType::SUBACK,
            Self::Unsubscribe(_) => MessageType::UNSUBSCRIBE,
            Self::UnsubAck(_) => MessageType::UNSUBACK,
            Self::PingReq(_) => MessageType::PINGREQ,
            Self::PingResp => MessageType::PINGRESP,
            Self::Disconnect(_) => MessageType::DISCONNECT,
            Self::WillTopicUpd(_) => MessageType::WILLTOPICUPD,
            Self::WillTopicResp(_) => MessageType::WILLTOPICRESP,
            Self::WillMsgUpd(_) => MessageType::WILLMSGUPD,
            Self::WillMsgResp(_) => MessageType::WILLMSGRESP,
            Self::Encapsulated(_) => MessageType::ENCAPSULATED,
        }
    }

    /// Length in octets of what [`Message::encode`] writes. Only what a Length cannot express is
    /// refused here.
    #[inline]
    pub fn encoded_len(&self) -> Result<usize, EncodeError> {
        if let Self::Encapsulated(encapsulated) = self {
            return encapsulated.encoded_len();
        }
        match self.body_len() {
            length @ 0..=253 => Ok(length.wrapping_add(2)),
            length @ 254..=65_531 => Ok(length.wrapping_add(4)),
            _ => Err(EncodeError::Invalid { kind: ErrorKind::TooLarge, field: "length" }),
        }
    }

    /// Writes the message to the front of `buffer`, with the shorter form of Length if that is
    /// possible, and returns its length in octets. Refuses what `ctx.from` may not send.
    #[inline]
    pub fn encode(&self, buffer: &mut [u8], ctx: &Context) -> Result<usize, EncodeError> {
        let message_type = self.message_type();
        if !message_type.is_sent_by(ctx.from) {
            return Err(invalid(ErrorKind::WrongDirection, "message_type"));
        }
        if let Self::Encapsulated(encapsulated) = self {
            return encapsulated.encode(buffer, ctx);
        }
        let length = self.encoded_len()?;
        let Some(buffer) = buffer.get_mut(..length) else { return Err(Full.into()) };
        let mut w = Writer::new(buffer);
        match u8::try_from(length) {
            Ok(length) => w.bytes(&[length, message_type.0])?,
            Err(_) => {
                let [high, low] = (length as u16).to_be_bytes();
                w.bytes(&[1, high, low, message_type.0])?;
            }
        }
        self.put_body(&mut w, ctx)?;
        Ok(length)
    }

    #[inline]
    fn body_len(&self) -> usize {
        let will = |will: &Option<WillTopic<'_>>| {
            will.map_or(0, |will| will.will_topic.len().wrapping_add(1))
        };
        match self {
            Self::Publish(publish) => publish.data.len().wrapping_add(5),
            Self::WillTopicReq | Self::WillMsgReq | Self::PingResp => 0,
            Self::SearchGw(_)
            | Self::ConnAck(_)
            | Self::WillTopicResp(_)
            | Self::WillMsgResp(_) => 1,
            Self::PubComp(_) | Self::PubRec(_) | Self::PubRel(_) | Self::UnsubAck(_) => 2,
            Self::Advertise(_) => 3,
            Self::RegAck(_) | Self::PubAck(_) => 5,
            Self::SubAck(_) => 6,
            Self::Disconnect(duration) => duration.map_or(0, |_| 2),
            Self::PingReq(client_id) => client_id.map_or(0, str::len),
            Self::GwInfo(info) => info.gateway_address.map_or(0, <[u8]>::len).wrapping_add(1),
            Self::Connect(connect) => connect.client_id.len().wrapping_add(4),
            Self::WillTopic(topic) | Self::WillTopicUpd(topic) => will(topic),
            Self::WillMsg(message) | Self::WillMsgUpd(message) => message.len(),
            Self::Register(register) => register.topic_name.len().wrapping_add(4),
            Self::Subscribe(subscribe) => subscribe.filter.len().wrapping_add(3),
            Self::Unsubscribe(unsubscribe) => unsubscribe.filter.len().wrapping_add(3),
            // It counts for itself.
            Self::Encapsulated(_) => 0,
        }
    }

    #[inline]
    fn put_body(&self, w: &mut Writer<'_>, ctx: &Context) -> Result<(), EncodeError> {
        match self {
            Self::Publish(publish) => publish.put(w, ctx),
            Self::Advertise(advertise) => {
                w.u8(advertise.gateway_id)?;
                Ok(w.u16(advertise.duration)?)
            }
            Self::SearchGw(radius) => Ok(w.u8(*radius)?),
            Self::GwInfo(info) => {
                info.check(ctx)?;
                w.u8(info.gateway_id)?;
                Ok(w.bytes(info.gateway_address.unwrap_or_default())?)
            }
            Self::Connect(connect) => connect.put(w),
            Self::ConnAck(code) | Self::WillTopicResp(code) | Self::WillMsgResp(code) => {
                Ok(w.u8(code.0)?)
            }
            Self::WillTopicReq | Self::WillMsgReq | Self::PingResp => Ok(()),
            Self::WillTopic(topic) | Self::WillTopicUpd(topic) => match topic {
                Some(topic) => topic.put(w),
                None => Ok(()),
            },
            Self::WillMsg(message) | Self::WillMsgUpd(message) => Ok(w.bytes(message)?),
            Self::Register(register) => register.put(w),
            Self::RegAck(ack) | Self::PubAck(ack) => ack.put(w),
            Self::PubComp(id) | Self::PubRec(id) | Self::PubRel(id) | Self::UnsubAck(id) => {
                Ok(w.u16(*id)?)
            }
            Self::Subscribe(subscribe) => subscribe.put(w),
            Self::SubAck(suback) => suback.put(w),
            Self::Unsubscribe(unsubscribe) => unsubscribe.put(w),
            Self::PingReq(None) | Self::Disconnect(None) | Self::Encapsulated(_) => Ok(()),
            Self::PingReq(Some(client_id)) => {
                if !is_client_id(client_id) {
                    return Err(invalid(ErrorKind::ClientIdLength, "client_id"));
                }
                Ok(w.bytes(client_id.as_bytes())?)
            }
            Self::Disconnect(Some(duration)) => {
                if ctx.from == Party::Gateway {
                    return Err(invalid(ErrorKind::MisplacedField, "duration"));
                }
                Ok(w.u16(*duration)?)
            }
        }
    }
}

const fn invalid(kind: ErrorKind, field: &'static str) -> EncodeError {
    EncodeError::Invalid { kind, field }
}
