use byte::{BytesExt, TryRead, TryWrite};
use mqtt_sn::{MaybeForwardedMessage, Message, RejectedReason, ReturnCode, TopicNameOrId};

use super::encoding::{Consuming, Encoder, SPACE, Slice};
use super::{Codec, unexpected};
use crate::fold::Fold;

pub struct MqttSn;

impl Codec for MqttSn {
    fn name(&self) -> &'static str {
        "mqtt-sn 0.2.2"
    }

    fn spec(&self) -> &'static str {
        "mqtt-sn-1.2"
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        matches!(MaybeForwardedMessage::try_read(bytes, ()), Ok((_, used)) if used == bytes.len())
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
        let read = |packet: &Vec<u8>| {
            Message::try_read(packet, ()).map_or_else(|_| unexpected(), |(message, _)| message)
        };
        let write = |message: Message, buffer: &mut Slice| {
            buffer.append(|free| message.try_write(free, ()).unwrap_or_else(|_| unexpected()));
        };
        let packets = packets.iter().map(read).collect();
        Box::new(Consuming { packets, copies: Vec::new(), buffer: Slice::new(SPACE), write })
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Ok(message) = packet.read::<Message>(&mut 0) else { unexpected() };
        let mut fold = Fold::default();
        match message {
            Message::Publish(publish) => {
                fold.number(publish.flags.dup());
                fold.number(publish.flags.qos());
                fold.number(publish.flags.retain());
                fold.number(publish.flags.topic_id_type());
                fold.number(publish.topic_id);
                fold.number(publish.msg_id);
                fold.bytes(publish.data.as_str());
            }
            Message::PubAck(ack) => {
                acknowledgement(&mut fold, ack.topic_id, ack.msg_id, ack.code);
            }
            Message::RegAck(ack) => {
                acknowledgement(&mut fold, ack.topic_id, ack.msg_id, ack.code);
            }
            Message::Register(register) => {
                fold.number(register.topic_id);
                fold.number(register.msg_id);
                fold.bytes(register.topic_name.as_str());
            }
            Message::Subscribe(subscribe) => {
                fold.number(subscribe.flags.dup());
                fold.number(subscribe.flags.qos());
                fold.number(subscribe.flags.topic_id_type());
                fold.number(subscribe.msg_id);
                match &subscribe.topic {
                    TopicNameOrId::Name(name) => fold.bytes(name.as_str()),
                    TopicNameOrId::Id(_) => unexpected(),
                }
            }
            Message::Connect(connect) => {
                fold.number(connect.flags.will());
                fold.number(connect.flags.clean_session());
                fold.number(connect.duration);
                fold.bytes(connect.client_id.as_str());
            }
            Message::ConnAck(connack) => fold.number(code(connack.code)),
            Message::PingReq(pingreq) => fold.bytes(pingreq.client_id.as_str()),
            Message::PingResp(_) => {}
            _ => unexpected(),
        }
        fold.0
    }
}

#[inline]
fn acknowledgement(fold: &mut Fold, topic_id: u16, message_id: u16, return_code: ReturnCode) {
    fold.number(topic_id);
    fold.number(message_id);
    fold.number(code(return_code));
}

#[inline]
fn code(code: ReturnCode) -> u8 {
    match code {
        ReturnCode::Accepted => 0,
        ReturnCode::Rejected(RejectedReason::Congestion) => 1,
        ReturnCode::Rejected(RejectedReason::InvalidTopicId) => 2,
        ReturnCode::Rejected(RejectedReason::NotSupported) => 3,
        ReturnCode::Rejected(RejectedReason::Reserved(code)) => code,
    }
}
