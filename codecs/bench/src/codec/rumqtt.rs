use std::cell::RefCell;

use bytes::BytesMut;
use wirecheck_codecs::mqtt::Version;

use super::{Codec, unexpected};
use crate::fold::Fold;

/// mqttbytes lives on in rumqttc; their 3.1.1 packets are alike.
macro_rules! version_3_1_1 {
    ($codec:ident, $name:literal, $($v4:ident)::+, $read:path) => {
        #[derive(Default)]
        pub struct $codec(RefCell<BytesMut>);

        impl Codec for $codec {
            fn name(&self) -> &'static str {
                $name
            }

            fn traffic(&self) -> &'static str {
                Version::V311.name()
            }

            fn fill(&self, stream: &[u8]) {
                *self.0.borrow_mut() = stream.into();
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

version_3_1_1!(Mqttbytes, "mqttbytes 0.6.0", mqttbytes::v4, mqttbytes::v4::read);
version_3_1_1!(
    Rumqttc,
    "rumqttc 0.25.1",
    rumqttc::mqttbytes::v4,
    rumqttc::mqttbytes::v4::Packet::read
);

#[derive(Default)]
pub struct Rumqttc5(RefCell<BytesMut>);

impl Codec for Rumqttc5 {
    fn name(&self) -> &'static str {
        "rumqttc 0.25.1"
    }

    fn traffic(&self) -> &'static str {
        Version::V5.name()
    }

    fn fill(&self, stream: &[u8]) {
        *self.0.borrow_mut() = stream.into();
    }

    #[inline]
    fn decode(&self, _: &[u8]) -> u64 {
        use rumqttc::v5::mqttbytes::v5::{Packet, SubscribeReasonCode};
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
