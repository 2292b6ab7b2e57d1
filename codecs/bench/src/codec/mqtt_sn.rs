//! Codecs of MQTT-SN messages.

use byte::{BytesExt, TryRead, TryWrite};
use mqtt_sn::{MaybeForwardedMessage, Message as Other, RejectedReason, ReturnCode, TopicNameOrId};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt_sn::{Acknowledgement, Context, Filter, Message, Party, decode};

use super::encoding::{Consuming, Encoder, Encoding, SPACE, Slice};
use super::{Codec, unexpected};
use crate::fold::Fold;
use crate::input::Traffic;

pub struct Wirecheck;

impl Wirecheck {
    fn context() -> Context {
        Context::new(Party::Either)
    }
}

impl Codec for Wirecheck {
    fn name(&self) -> &'static str {
        "wirecheck"
    }

    fn traffic(&self) -> Traffic {
        Traffic::MqttSn
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        let decoded = decode(bytes, &Self::context());
        matches!(decoded, Ok(Decoded::Complete { used, .. }) if used == bytes.len())
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        let context = Self::context();
        let read = |packet: &'a Vec<u8>| match decode(packet, &context) {
            Ok(Decoded::Complete { message, .. }) => message,
            _ => unexpected(),
        };
        let write = move |message: &Message<'a>, buffer: &mut Slice| {
            buffer.append(|free| match message.encode(free, &context) {
                Ok(length) => length,
                Err(_) => unexpected(),
            });
        };
        let packets = packets.iter().map(read).collect();
        Some(Box::new(Encoding { packets, buffer: Slice::new(SPACE), write }))
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Ok(Decoded::Complete { message, .. }) = decode(packet, &Self::context()) else {
            unexpected()
        };
        let mut fold = Fold::default();
        match message {
            Message::Publish(publish) => {
                fold.number(publish.dup);
                fold.number(publish.qos.bits());
                fold.number(publish.retain);
                fold.number(publish.topic.topic_id_type());
                fold.number(u16::from_be_bytes(publish.topic.octets()));
                fold.number(publish.message_id);
                fold.bytes(publish.data);
            }
            Message::PubAck(ack) | Message::RegAck(ack) => acknowledgement(&mut fold, &ack),
            Message::Register(register) => {
                fold.number(register.topic_id);
                fold.number(register.message_id);
                fold.bytes(register.topic_name);
            }
            Message::Subscribe(subscribe) => {
                fold.number(subscribe.dup);
                fold.number(subscribe.qos.bits());
                fold.number(subscribe.filter.topic_id_type());
                fold.number(subscribe.message_id);
                match subscribe.filter {
                    Filter::Name(name) => fold.bytes(name),
                    _ => unexpected(),
                }
            }
            Message::Connect(connect) => {
                fold.number(connect.will);
                fold.number(connect.clean_session);
                fold.number(connect.duration);
                fold.bytes(connect.client_id);
            }
            Message::ConnAck(code) => fold.number(code.0),
            Message::PingReq(client_id) => fold.maybe_bytes(client_id),
            Message::PingResp => {}
            _ => unexpected(),
        }
        fold.0
    }
}

#[inline]
fn acknowledgement(fold: &mut Fold, ack: &Acknowledgement) {
    fold.number(ack.topic_id);
    fold.number(ack.message_id);
    fold.number(ack.return_code.0);
}

pub struct MqttSn;

impl Codec for MqttSn {
    fn name(&self) -> &'static str {
        "mqtt-sn 0.2.2"
    }

    fn traffic(&self) -> Traffic {
        Traffic::MqttSn
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        matches!(MaybeForwardedMessage::try_read(bytes, ()), Ok((_, used)) if used == bytes.len())
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        let read = |packet: &Vec<u8>| {
            Other::try_read(packet, ()).map_or_else(|_| unexpected(), |(message, _)| message)
        };
        let write = |message: Other, buffer: &mut Slice| {
            buffer.append(|free| message.try_write(free, ()).unwrap_or_else(|_| unexpected()));
        };
        let packets = packets.iter().map(read).collect();
        Some(Box::new(Consuming { packets, copies: Vec::new(), buffer: Slice::new(SPACE), write }))
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Ok(message) = packet.read::<Other>(&mut 0) else { unexpected() };
        let mut fold = Fold::default();
        match message {
            Other::Publish(publish) => {
                fold.number(publish.flags.dup());
                fold.number(publish.flags.qos());
                fold.number(publish.flags.retain());
                fold.number(publish.flags.topic_id_type());
                fold.number(publish.topic_id);
                fold.number(publish.msg_id);
                fold.bytes(publish.data.as_str());
            }
            Other::PubAck(ack) => {
                answer(&mut fold, ack.topic_id, ack.msg_id, ack.code);
            }
            Other::RegAck(ack) => {
                answer(&mut fold, ack.topic_id, ack.msg_id, ack.code);
            }
            Other::Register(register) => {
                fold.number(register.topic_id);
                fold.number(register.msg_id);
                fold.bytes(register.topic_name.as_str());
            }
            Other::Subscribe(subscribe) => {
                fold.number(subscribe.flags.dup());
                fold.number(subscribe.flags.qos());
                fold.number(subscribe.flags.topic_id_type());
                fold.number(subscribe.msg_id);
                match &subscribe.topic {
                    TopicNameOrId::Name(name) => fold.bytes(name.as_str()),
                    TopicNameOrId::Id(_) => unexpected(),
                }
            }
            Other::Connect(connect) => {
                fold.number(connect.flags.will());
                fold.number(connect.flags.clean_session());
                fold.number(connect.duration);
                fold.bytes(connect.client_id.as_str());
            }
            Other::ConnAck(connack) => fold.number(code(connack.code)),
            Other::PingReq(pingreq) => fold.bytes(pingreq.client_id.as_str()),
            Other::PingResp(_) => {}
            _ => unexpected(),
        }
        fold.0
    }
}

#[inline]
fn answer(fold: &mut Fold, topic_id: u16, message_id: u16, return_code: ReturnCode) {
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
