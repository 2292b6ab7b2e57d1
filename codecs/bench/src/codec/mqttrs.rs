use mqttrs::{Packet, QoS, SubscribeReturnCodes, decode_slice, encode_slice};

use super::encoding::{Encoder, Encoding, SPACE, Slice};
use super::{Codec, unexpected};
use crate::fold::Fold;

pub struct Mqttrs;

impl Codec for Mqttrs {
    fn name(&self) -> &'static str {
        "mqttrs 0.4.1"
    }

    fn spec(&self) -> &'static str {
        "mqtt-3.1.1"
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        matches!(decode_slice(bytes), Ok(Some(_)))
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
        let read = |packet: &'a Vec<u8>| match decode_slice(packet) {
            Ok(Some(packet)) => packet,
            _ => unexpected(),
        };
        let write = |packet: &Packet<'a>, buffer: &mut Slice| {
            buffer.append(|free| encode_slice(packet, free).unwrap_or_else(|_| unexpected()));
        };
        let packets = packets.iter().map(read).collect();
        Box::new(Encoding { packets, buffer: Slice::new(SPACE), write })
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Ok(Some(packet)) = decode_slice(packet) else { unexpected() };
        let mut fold = Fold::default();
        match packet {
            Packet::Publish(publish) => {
                fold.number(level(publish.qospid.qos()));
                fold.number(publish.dup);
                fold.maybe_number(publish.qospid.pid().map(|pid| pid.get()));
                fold.number(publish.retain);
                fold.bytes(publish.topic_name);
                fold.bytes(publish.payload);
            }
            Packet::Puback(pid) => fold.number(pid.get()),
            Packet::Subscribe(subscribe) => {
                fold.number(subscribe.pid.get());
                for topic in &subscribe.topics {
                    fold.bytes(&topic.topic_path);
                    fold.number(level(topic.qos));
                }
            }
            Packet::Suback(suback) => {
                fold.number(suback.pid.get());
                for code in &suback.return_codes {
                    fold.number(match code {
                        SubscribeReturnCodes::Success(qos) => level(*qos),
                        SubscribeReturnCodes::Failure => 0x80,
                    });
                }
            }
            Packet::Connect(connect) => {
                fold.number(connect.clean_session);
                fold.number(connect.keep_alive);
                fold.bytes(connect.client_id);
                if let Some(will) = connect.last_will {
                    fold.number(level(will.qos));
                    fold.number(will.retain);
                    fold.bytes(will.topic);
                    fold.bytes(will.message);
                }
                fold.maybe_bytes(connect.username);
                fold.maybe_bytes(connect.password);
            }
            Packet::Connack(connack) => {
                fold.number(connack.session_present);
                fold.number(connack.code as u64);
            }
            Packet::Pingreq | Packet::Pingresp => {}
            _ => unexpected(),
        }
        fold.0
    }
}

fn level(qos: QoS) -> u64 {
    qos as u64
}
