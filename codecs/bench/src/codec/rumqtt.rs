use std::cell::RefCell;

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::v5::{Packet, SubscribeReasonCode};

use super::encoding::{Encoder, Encoding, SPACE};
use super::{Codec, unexpected};
use crate::fold::Fold;

/// mqttbytes lives on in rumqttc; their 3.1.1 packets are alike.
macro_rules! version_3_1_1 {
    ($codec:ident, $name:literal, $($v4:ident)::+, $read:path, $write:path) => {
        #[derive(Default)]
        pub struct $codec(RefCell<BytesMut>);

        impl Codec for $codec {
            fn name(&self) -> &'static str {
                $name
            }

            fn spec(&self) -> &'static str {
                "mqtt-3.1.1"
            }

            fn fill(&self, stream: &[u8]) {
                *self.0.borrow_mut() = stream.into();
            }

            fn takes(&self, bytes: &[u8]) -> bool {
                let mut stream = BytesMut::from(bytes);
                $read(&mut stream, usize::MAX).is_ok() && stream.is_empty()
            }

            fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
                use $($v4)::+::Packet;
                let read = |packet: &Vec<u8>| {
                    $read(&mut packet.as_slice().into(), usize::MAX).unwrap_or_else(|_| unexpected())
                };
                let write = |packet: &Packet, buffer: &mut BytesMut| {
                    $write(packet, buffer);
                };
                let packets = packets.iter().map(read).collect();
                Box::new(Encoding { packets, buffer: BytesMut::with_capacity(SPACE), write })
            }

            #[inline]
            fn decode(&self, _: &[u8]) -> u64 {
                use $($v4)::+::{Packet, SubscribeReasonCode};
                let packet = $read(&mut self.0.borrow_mut(), usize::MAX);
                let Ok(packet) = packet else { unexpected() };
                let mut fold = Fold::default();
                match packet {
                    Packet::Publish(publish) => {
                        fold.number(publish.qos as u64);
                        fold.number(publish.dup);
                        fold.number(publish.pkid);
                        fold.number(publish.retain);
                        fold.bytes(&publish.topic);
                        fold.bytes(&publish.payload);
                    }
                    Packet::PubAck(puback) => fold.number(puback.pkid),
                    Packet::Subscribe(subscribe) => {
                        fold.number(subscribe.pkid);
                        for filter in &subscribe.filters {
                            fold.bytes(&filter.path);
                            fold.number(filter.qos as u64);
                        }
                    }
                    Packet::SubAck(suback) => {
                        fold.number(suback.pkid);
                        for code in &suback.return_codes {
                            fold.number(match code {
                                SubscribeReasonCode::Success(qos) => *qos as u64,
                                SubscribeReasonCode::Failure => 0x80,
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
                        if let Some(login) = &connect.login {
                            fold.bytes(&login.username);
                            fold.bytes(&login.password);
                        }
                    }
                    Packet::ConnAck(connack) => {
                        fold.number(connack.session_present);
                        fold.number(connack.code as u64);
                    }
                    Packet::PingReq | Packet::PingResp => {}
                    _ => unexpected(),
                }
                fold.0
            }
        }
    };
}

version_3_1_1!(Mqttbytes, "mqttbytes 0.6.0", mqttbytes::v4, mqttbytes::v4::read, write_mqttbytes);
version_3_1_1!(
    Rumqttc,
    "rumqttc 0.25.1",
    rumqttc::mqttbytes::v4,
    rumqttc::mqttbytes::v4::Packet::read,
    write_rumqttc
);

/// CONNECT's flags are put at a place counted from the start of the buffer, so that it must be
/// written to an empty one.
fn apart<T>(buffer: &mut BytesMut, write: impl FnOnce(&mut BytesMut) -> T) -> T {
    let mut empty = buffer.split_off(buffer.len());
    let result = write(&mut empty);
    buffer.unsplit(empty);
    result
}

fn write_rumqttc(packet: &rumqttc::mqttbytes::v4::Packet, buffer: &mut BytesMut) {
    use rumqttc::mqttbytes::v4::Packet;
    let written = match packet {
        Packet::Connect(_) => apart(buffer, |buffer| packet.write(buffer, usize::MAX)),
        _ => packet.write(buffer, usize::MAX),
    };
    if written.is_err() {
        unexpected();
    }
}

/// mqttbytes has no such function of its own.
fn write_mqttbytes(packet: &mqttbytes::v4::Packet, buffer: &mut BytesMut) {
    use mqttbytes::v4::{Packet, PingReq, PingResp};
    let written = match packet {
        Packet::Publish(publish) => publish.write(buffer),
        Packet::PubAck(puback) => puback.write(buffer),
        Packet::Subscribe(subscribe) => subscribe.write(buffer),
        Packet::SubAck(suback) => suback.write(buffer),
        Packet::Connect(connect) => apart(buffer, |buffer| connect.write(buffer)),
        Packet::ConnAck(connack) => connack.write(buffer),
        Packet::PingReq => PingReq.write(buffer),
        Packet::PingResp => PingResp.write(buffer),
        _ => unexpected(),
    };
    if written.is_err() {
        unexpected();
    }
}

#[derive(Default)]
pub struct Rumqttc5(RefCell<BytesMut>);

impl Codec for Rumqttc5 {
    fn name(&self) -> &'static str {
        "rumqttc 0.25.1"
    }

    fn spec(&self) -> &'static str {
        "mqtt-5.0"
    }

    fn fill(&self, stream: &[u8]) {
        *self.0.borrow_mut() = stream.into();
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        let mut stream = BytesMut::from(bytes);
        Packet::read(&mut stream, None).is_ok() && stream.is_empty()
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
        let read = |packet: &Vec<u8>| {
            Packet::read(&mut packet.as_slice().into(), None).unwrap_or_else(|_| unexpected())
        };
        let write = |packet: &Packet, buffer: &mut BytesMut| {
            let written = match packet {
                Packet::Connect(..) => apart(buffer, |buffer| packet.write(buffer, None)),
                _ => packet.write(buffer, None),
            };
            if written.is_err() {
                unexpected();
            }
        };
        let packets = packets.iter().map(read).collect();
        Box::new(Encoding { packets, buffer: BytesMut::with_capacity(SPACE), write })
    }

    #[inline]
    fn decode(&self, _: &[u8]) -> u64 {
        let Ok(packet) = Packet::read(&mut self.0.borrow_mut(), None) else { unexpected() };
        let mut fold = Fold::default();
        match packet {
            Packet::Publish(publish) => {
                fold.number(publish.qos as u64);
                fold.number(publish.dup);
                fold.number(publish.pkid);
                fold.number(publish.retain);
                fold.bytes(&publish.topic);
                fold.bytes(&publish.payload);
                if let Some(properties) = &publish.properties {
                    fold.maybe_number(properties.payload_format_indicator);
                    fold.maybe_number(properties.message_expiry_interval);
                    fold.maybe_number(properties.topic_alias);
                    fold.maybe_bytes(properties.response_topic.as_ref());
                    fold.maybe_bytes(properties.correlation_data.as_ref());
                    fold.pairs(&properties.user_properties);
                    fold.maybe_bytes(properties.content_type.as_ref());
                    for identifier in &properties.subscription_identifiers {
                        fold.number(*identifier as u64);
                    }
                }
            }
            Packet::PubAck(puback) => {
                fold.number(puback.pkid);
                fold.number(puback.reason as u64);
                if let Some(properties) = &puback.properties {
                    fold.maybe_bytes(properties.reason_string.as_ref());
                    fold.pairs(&properties.user_properties);
                }
            }
            Packet::Subscribe(subscribe) => {
                fold.number(subscribe.pkid);
                for filter in &subscribe.filters {
                    fold.bytes(&filter.path);
                    fold.number(filter.qos as u64);
                    fold.number(filter.nolocal);
                    fold.number(filter.preserve_retain);
                    fold.number(filter.retain_forward_rule.clone() as u64);
                }
                if let Some(properties) = &subscribe.properties {
                    fold.maybe_number(properties.id.map(|id| id as u64));
                    fold.pairs(&properties.user_properties);
                }
            }
            Packet::SubAck(suback) => {
                fold.number(suback.pkid);
                for code in &suback.return_codes {
                    fold.number(match code {
                        SubscribeReasonCode::Success(qos) => *qos as u64,
                        _ => 0x80,
                    });
                }
                if let Some(properties) = &suback.properties {
                    fold.maybe_bytes(properties.reason_string.as_ref());
                    fold.pairs(&properties.user_properties);
                }
            }
            Packet::Connect(connect, will, login) => {
                fold.number(connect.clean_start);
                fold.number(connect.keep_alive);
                fold.bytes(&connect.client_id);
                if let Some(properties) = &connect.properties {
                    fold.maybe_number(properties.session_expiry_interval);
                    fold.maybe_number(properties.receive_maximum);
                    fold.maybe_number(properties.max_packet_size);
                    fold.maybe_number(properties.topic_alias_max);
                    fold.pairs(&properties.user_properties);
                }
                if let Some(will) = &will {
                    fold.number(will.qos as u64);
                    fold.number(will.retain);
                    fold.bytes(&will.topic);
                    fold.bytes(&will.message);
                }
                if let Some(login) = &login {
                    fold.bytes(&login.username);
                    fold.bytes(&login.password);
                }
            }
            Packet::ConnAck(connack) => {
                fold.number(connack.session_present);
                fold.number(connack.code as u64);
                if let Some(properties) = &connack.properties {
                    fold.maybe_number(properties.session_expiry_interval);
                    fold.maybe_number(properties.receive_max);
                    fold.maybe_number(properties.topic_alias_max);
                    fold.pairs(&properties.user_properties);
                }
            }
            Packet::PingReq(_) | Packet::PingResp(_) => {}
            _ => unexpected(),
        }
        fold.0
    }
}
