use bytes::BytesMut;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{PacketBuildResult, PacketBuilder, PacketData};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, Property, v3_1_1, v5_0};
use wirecheck_codecs::mqtt::Version;

use super::encoding::{Encoder, Encoding, SPACE};
use super::{Codec, unexpected};
use crate::fold::Fold;

/// The crate decodes on its own only as a part of a connection with its state; its parts are put
/// together here as it does that.
macro_rules! codec {
    ($codec:ident, $version:ident, $module:ident, $read:ident $(, $auth:ident)?) => {
        fn $read(bytes: &[u8]) -> Option<Packet> {
            let mut cursor = Cursor::new(bytes);
            let PacketBuildResult::Complete(raw) = PacketBuilder::new().feed(&mut cursor) else {
                return None;
            };
            if cursor.position() != bytes.len() as u64 {
                return None;
            }
            Some(match (raw.packet_type(), &raw.data) {
                (1, _) => raw.parse_exact($module::Connect::parse).ok()?.into(),
                (2, _) => raw.parse_exact($module::Connack::parse).ok()?.into(),
                (3, PacketData::Publish(data)) => {
                    $module::Publish::parse(raw.flags(), data.clone()).ok()?.0.into()
                }
                (4, _) => raw.parse_exact($module::Puback::parse).ok()?.into(),
                (5, _) => raw.parse_exact($module::Pubrec::parse).ok()?.into(),
                (6, _) => raw.parse_exact($module::Pubrel::parse).ok()?.into(),
                (7, _) => raw.parse_exact($module::Pubcomp::parse).ok()?.into(),
                (8, _) => raw.parse_exact($module::Subscribe::parse).ok()?.into(),
                (9, _) => raw.parse_exact($module::Suback::parse).ok()?.into(),
                (10, _) => raw.parse_exact($module::Unsubscribe::parse).ok()?.into(),
                (11, _) => raw.parse_exact($module::Unsuback::parse).ok()?.into(),
                (12, _) => raw.parse_exact($module::Pingreq::parse).ok()?.into(),
                (13, _) => raw.parse_exact($module::Pingresp::parse).ok()?.into(),
                (14, _) => raw.parse_exact($module::Disconnect::parse).ok()?.into(),
                $((15, _) => raw.parse_exact($module::$auth::parse).ok()?.into(),)?
                _ => return None,
            })
        }

        pub struct $codec;

        impl Codec for $codec {
            fn name(&self) -> &'static str {
                "mqtt-protocol-core 0.7.9"
            }

            fn spec(&self) -> &'static str {
                Version::$version.name()
            }

            fn takes(&self, bytes: &[u8]) -> bool {
                $read(bytes).is_some()
            }

            fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
                let read = |packet: &Vec<u8>| $read(packet).unwrap_or_else(|| unexpected());
                let write = |packet: &Packet, buffer: &mut BytesMut| {
                    for piece in packet.to_buffers() {
                        buffer.extend_from_slice(&piece);
                    }
                };
                let packets = packets.iter().map(read).collect();
                Box::new(Encoding { packets, buffer: BytesMut::with_capacity(SPACE), write })
            }

            #[inline]
            fn decode(&self, packet: &[u8]) -> u64 {
                let Some(packet) = $read(packet) else { unexpected() };
                add_up(&packet)
            }
        }
    };
}

codec!(ProtocolCore, V311, v3_1_1, read_3_1_1);
codec!(ProtocolCore5, V5, v5_0, read_5, Auth);

/// What the packets of both versions have in common.
macro_rules! publish {
    ($fold:ident, $publish:ident) => {
        $fold.number($publish.qos() as u64);
        $fold.number($publish.dup());
        $fold.maybe_number($publish.packet_id());
        $fold.number($publish.retain());
        $fold.bytes($publish.topic_name());
        $fold.bytes($publish.payload().as_slice());
    };
}

macro_rules! connect {
    ($fold:ident, $connect:ident) => {
        $fold.number($connect.clean_start());
        $fold.number($connect.keep_alive());
        $fold.bytes($connect.client_id());
        if $connect.will_flag() {
            $fold.number($connect.will_qos() as u64);
            $fold.number($connect.will_retain());
        }
        $fold.maybe_bytes($connect.will_topic());
        $fold.maybe_bytes($connect.will_payload());
        $fold.maybe_bytes($connect.user_name());
        $fold.maybe_bytes($connect.password());
    };
}

macro_rules! subscribe {
    ($fold:ident, $subscribe:ident) => {
        $fold.number($subscribe.packet_id());
        for entry in $subscribe.entries() {
            $fold.bytes(entry.topic_filter());
            $fold.number(entry.sub_opts().qos() as u64);
            $fold.number(entry.sub_opts().nl());
            $fold.number(entry.sub_opts().rap());
            $fold.number(entry.sub_opts().rh() as u64);
        }
    };
}

fn add_up(packet: &Packet) -> u64 {
    let mut fold = Fold::default();
    match packet {
        Packet::V3_1_1Publish(publish) => {
            publish!(fold, publish);
        }
        Packet::V3_1_1Puback(puback) => fold.number(puback.packet_id()),
        Packet::V3_1_1Subscribe(subscribe) => {
            subscribe!(fold, subscribe);
        }
        Packet::V3_1_1Suback(suback) => {
            fold.number(suback.packet_id());
            for code in suback.return_codes() {
                fold.number(code as u64);
            }
        }
        Packet::V3_1_1Connect(connect) => {
            connect!(fold, connect);
        }
        Packet::V3_1_1Connack(connack) => {
            fold.number(connack.session_present());
            fold.number(connack.return_code() as u64);
        }
        Packet::V5_0Publish(publish) => {
            publish!(fold, publish);
            properties(&mut fold, publish.props());
        }
        Packet::V5_0Puback(puback) => {
            fold.number(puback.packet_id());
            fold.maybe_number(puback.reason_code().map(|code| code as u64));
            if let Some(props) = puback.props() {
                properties(&mut fold, props);
            }
        }
        Packet::V5_0Subscribe(subscribe) => {
            subscribe!(fold, subscribe);
            properties(&mut fold, subscribe.props());
        }
        Packet::V5_0Suback(suback) => {
            fold.number(suback.packet_id());
            for code in suback.reason_codes() {
                fold.number(code as u64);
            }
            properties(&mut fold, suback.props());
        }
        Packet::V5_0Connect(connect) => {
            connect!(fold, connect);
            properties(&mut fold, connect.props());
            properties(&mut fold, connect.will_props());
        }
        Packet::V5_0Connack(connack) => {
            fold.number(connack.session_present());
            fold.number(connack.reason_code() as u64);
            properties(&mut fold, connack.props());
        }
        Packet::V3_1_1Pingreq(_)
        | Packet::V3_1_1Pingresp(_)
        | Packet::V5_0Pingreq(_)
        | Packet::V5_0Pingresp(_) => {}
        _ => unexpected(),
    }
    fold.0
}

fn properties(fold: &mut Fold, properties: &[Property]) {
    for property in properties {
        match property {
            Property::PayloadFormatIndicator(value) => fold.number(value.val()),
            Property::MessageExpiryInterval(value) => fold.number(value.val()),
            Property::SessionExpiryInterval(value) => fold.number(value.val()),
            Property::ContentType(text) => fold.bytes(text.val()),
            Property::ResponseTopic(text) => fold.bytes(text.val()),
            Property::CorrelationData(data) => fold.bytes(data.val()),
            Property::ReceiveMaximum(value) => fold.number(value.val()),
            Property::TopicAliasMaximum(value) => fold.number(value.val()),
            Property::UserProperty(pair) => fold.pairs(&[(pair.key(), pair.val())]),
            _ => unexpected(),
        }
    }
}
