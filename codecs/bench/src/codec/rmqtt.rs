use std::cell::RefCell;

use bytes::BytesMut;
use rmqtt_codec::{v3, v5};
use tokio_util::codec::{Decoder, Encoder as _};

use super::encoding::{Consuming, Encoder, SPACE};
use super::{Codec, unexpected};
use crate::fold::Fold;

#[derive(Default)]
pub struct Rmqtt(RefCell<(BytesMut, v3::Codec)>);

impl Codec for Rmqtt {
    fn name(&self) -> &'static str {
        "rmqtt-codec 0.3.1"
    }

    fn spec(&self) -> &'static str {
        "mqtt-3.1.1"
    }

    fn fill(&self, stream: &[u8]) {
        *self.0.borrow_mut() = (stream.into(), v3::Codec::default());
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        let mut stream = BytesMut::from(bytes);
        matches!(v3::Codec::default().decode(&mut stream), Ok(Some(_))) && stream.is_empty()
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
        let read =
            |packet: &Vec<u8>| match v3::Codec::default().decode(&mut packet.as_slice().into()) {
                Ok(Some((packet, _))) => packet,
                _ => unexpected(),
            };
        let mut codec = v3::Codec::default();
        let write = move |packet: v3::Packet, buffer: &mut BytesMut| {
            if codec.encode(packet, buffer).is_err() {
                unexpected();
            }
        };
        let packets = packets.iter().map(read).collect();
        let buffer = BytesMut::with_capacity(SPACE);
        Box::new(Consuming { packets, copies: Vec::new(), buffer, write })
    }

    #[inline]
    fn decode(&self, _: &[u8]) -> u64 {
        use v3::Packet;
        let (stream, codec) = &mut *self.0.borrow_mut();
        let Ok(Some((packet, _))) = codec.decode(stream) else { unexpected() };
        let mut fold = Fold::default();
        match packet {
            Packet::Publish(publish) => {
                fold.number(publish.qos as u64);
                fold.number(publish.dup);
                fold.maybe_number(publish.packet_id.map(u16::from));
                fold.number(publish.retain);
                fold.bytes(&publish.topic);
                fold.bytes(&publish.payload);
            }
            Packet::PublishAck { packet_id } => fold.number(packet_id.get()),
            Packet::Subscribe { packet_id, topic_filters } => {
                fold.number(packet_id.get());
                for (filter, qos) in &topic_filters {
                    fold.bytes(filter);
                    fold.number(*qos as u64);
                }
            }
            Packet::SubscribeAck { packet_id, status } => {
                fold.number(packet_id.get());
                for code in &status {
                    fold.number(match code {
                        v3::SubscribeReturnCode::Success(qos) => *qos as u64,
                        v3::SubscribeReturnCode::Failure => 0x80,
                    });
                }
            }
            Packet::Connect(connect) => {
                fold.number(connect.clean_session);
                fold.number(connect.keep_alive);
                fold.bytes(&connect.client_id);
                if let Some(will) = &connect.last_will {
                    fold.number(will.qos as u64);
                    fold.number(will.retain);
                    fold.bytes(&will.topic);
                    fold.bytes(&will.message);
                }
                fold.maybe_bytes(connect.username.as_ref());
                fold.maybe_bytes(connect.password.as_ref());
            }
            Packet::ConnectAck(connack) => {
                fold.number(connack.session_present);
                fold.number(connack.return_code as u64);
            }
            Packet::PingRequest | Packet::PingResponse => {}
            _ => unexpected(),
        }
        fold.0
    }
}

#[derive(Default)]
pub struct Rmqtt5(RefCell<(BytesMut, v5::Codec)>);

impl Codec for Rmqtt5 {
    fn name(&self) -> &'static str {
        "rmqtt-codec 0.3.1"
    }

    fn spec(&self) -> &'static str {
        "mqtt-5.0"
    }

    fn fill(&self, stream: &[u8]) {
        *self.0.borrow_mut() = (stream.into(), v5::Codec::default());
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        let mut stream = BytesMut::from(bytes);
        matches!(v5::Codec::default().decode(&mut stream), Ok(Some(_))) && stream.is_empty()
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
        let read =
            |packet: &Vec<u8>| match v5::Codec::default().decode(&mut packet.as_slice().into()) {
                Ok(Some((packet, _))) => packet,
                _ => unexpected(),
            };
        let mut codec = v5::Codec::default();
        let write = move |packet: v5::Packet, buffer: &mut BytesMut| {
            if codec.encode(packet, buffer).is_err() {
                unexpected();
            }
        };
        let packets = packets.iter().map(read).collect();
        let buffer = BytesMut::with_capacity(SPACE);
        Box::new(Consuming { packets, copies: Vec::new(), buffer, write })
    }

    #[inline]
    fn decode(&self, _: &[u8]) -> u64 {
        use v5::Packet;
        let (stream, codec) = &mut *self.0.borrow_mut();
        let Ok(Some((packet, _))) = codec.decode(stream) else { unexpected() };
        let mut fold = Fold::default();
        match packet {
            Packet::Publish(publish) => {
                fold.number(publish.qos as u64);
                fold.number(publish.dup);
                fold.maybe_number(publish.packet_id.map(u16::from));
                fold.number(publish.retain);
                fold.bytes(&publish.topic);
                fold.bytes(&publish.payload);
                if let Some(properties) = &publish.properties {
                    fold.number(properties.is_utf8_payload);
                    fold.maybe_number(properties.message_expiry_interval.map(u32::from));
                    fold.maybe_number(properties.topic_alias.map(u16::from));
                    fold.maybe_bytes(properties.response_topic.as_ref());
                    fold.maybe_bytes(properties.correlation_data.as_ref());
                    fold.pairs(&properties.user_properties);
                    fold.maybe_bytes(properties.content_type.as_ref());
                    for identifier in &properties.subscription_ids {
                        fold.number(identifier.get());
                    }
                }
            }
            Packet::PublishAck(puback) => {
                fold.number(puback.packet_id.get());
                fold.number(puback.reason_code as u64);
                fold.maybe_bytes(puback.reason_string.as_ref());
                fold.pairs(&puback.properties);
            }
            Packet::Subscribe(subscribe) => {
                fold.number(subscribe.packet_id.get());
                fold.maybe_number(subscribe.id.map(u32::from));
                fold.pairs(&subscribe.user_properties);
                for (filter, options) in &subscribe.topic_filters {
                    fold.bytes(filter);
                    fold.number(options.qos as u64);
                    fold.number(options.no_local);
                    fold.number(options.retain_as_published);
                    fold.number(options.retain_handling as u64);
                }
            }
            Packet::SubscribeAck(suback) => {
                fold.number(suback.packet_id.get());
                fold.maybe_bytes(suback.reason_string.as_ref());
                fold.pairs(&suback.properties);
                for code in &suback.status {
                    fold.number(*code as u64);
                }
            }
            Packet::Connect(connect) => {
                fold.number(connect.clean_start);
                fold.number(connect.keep_alive);
                fold.bytes(&connect.client_id);
                fold.number(connect.session_expiry_interval_secs);
                fold.maybe_number(connect.receive_max.map(u16::from));
                fold.maybe_number(connect.max_packet_size.map(u32::from));
                fold.number(connect.topic_alias_max);
                fold.pairs(&connect.user_properties);
                if let Some(will) = &connect.last_will {
                    fold.number(will.qos as u64);
                    fold.number(will.retain);
                    fold.bytes(&will.topic);
                    fold.bytes(&will.message);
                }
                fold.maybe_bytes(connect.username.as_ref());
                fold.maybe_bytes(connect.password.as_ref());
            }
            Packet::ConnectAck(connack) => {
                fold.number(connack.session_present);
                fold.number(connack.reason_code as u64);
                fold.maybe_number(connack.session_expiry_interval_secs);
                fold.number(connack.receive_max.get());
                fold.number(connack.topic_alias_max);
                fold.pairs(&connack.user_properties);
            }
            Packet::PingRequest | Packet::PingResponse => {}
            _ => unexpected(),
        }
        fold.0
    }
}
