use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::{Context, Message, Party, Properties, RawValue, Version, decode};

use super::encoding::{Encoder, Encoding, SPACE, Slice};
use super::{Codec, unexpected};
use crate::fold::Fold;

pub struct Wirecheck(Context);

impl Wirecheck {
    pub fn new(version: Version) -> Self {
        Self(Context::new(version, Party::Either))
    }
}

impl Codec for Wirecheck {
    fn name(&self) -> &'static str {
        "wirecheck"
    }

    fn spec(&self) -> &'static str {
        self.0.version.name()
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        let decoded = decode(bytes, &self.0);
        matches!(decoded, Ok(Decoded::Complete { used, .. }) if used == bytes.len())
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
        let context = self.0;
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
        Box::new(Encoding { packets, buffer: Slice::new(SPACE), write })
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let Ok(Decoded::Complete { message, .. }) = decode(packet, &self.0) else { unexpected() };
        let mut fold = Fold::default();
        match message {
            Message::Publish(publish) => {
                fold.number(publish.delivery.qos().level());
                fold.number(publish.delivery.dup());
                fold.maybe_number(publish.delivery.packet_identifier().map(u16::from));
                fold.number(publish.retain);
                fold.bytes(publish.topic_name);
                fold.bytes(publish.payload);
                properties(&mut fold, &publish.properties);
            }
            Message::PubAck(puback) => {
                fold.number(puback.packet_identifier.get());
                fold.number(puback.reason_code.0);
                properties(&mut fold, &puback.properties);
            }
            Message::Subscribe(subscribe) => {
                fold.number(subscribe.packet_identifier.get());
                properties(&mut fold, &subscribe.properties);
                for subscription in subscribe.subscriptions.iter() {
                    fold.bytes(subscription.topic_filter);
                    fold.number(subscription.maximum_qos.level());
                    fold.number(subscription.no_local);
                    fold.number(subscription.retain_as_published);
                    fold.number(subscription.retain_handling);
                }
            }
            Message::SubAck(suback) => {
                fold.number(suback.packet_identifier.get());
                properties(&mut fold, &suback.properties);
                for code in suback.reason_codes.iter() {
                    fold.number(code.0);
                }
            }
            Message::Connect(connect) => {
                fold.number(connect.clean_start);
                fold.number(connect.keep_alive);
                properties(&mut fold, &connect.properties);
                fold.bytes(connect.client_identifier);
                if let Some(will) = connect.will {
                    fold.number(will.qos.level());
                    fold.number(will.retain);
                    properties(&mut fold, &will.properties);
                    fold.bytes(will.topic);
                    fold.bytes(will.payload);
                }
                fold.maybe_bytes(connect.user_name);
                fold.maybe_bytes(connect.password);
            }
            Message::ConnAck(connack) => {
                fold.number(connack.session_present);
                fold.number(connack.reason_code.0);
                properties(&mut fold, &connack.properties);
            }
            Message::PingReq | Message::PingResp => {}
            _ => unexpected(),
        }
        fold.0
    }
}

/// The others keep bytes of strings that they have checked, and so do we.
#[inline]
fn properties(fold: &mut Fold, properties: &Properties<'_>) {
    if !properties.is_empty() {
        each_property(fold, properties);
    }
}

fn each_property(fold: &mut Fold, properties: &Properties<'_>) {
    for property in properties.raw() {
        match property.value {
            RawValue::Number(value) => fold.number(value),
            RawValue::Bytes(bytes) => fold.bytes(bytes),
            RawValue::Pair(name, value) => fold.pairs(&[(name, value)]),
        }
    }
}
