use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt_sn::{Acknowledgement, Context, Filter, Message, NAME, Party, decode};

use super::encoding::{Encoder, Encoding, SPACE, Slice};
use super::{Codec, unexpected};
use crate::fold::Fold;

pub struct WirecheckSn;

impl WirecheckSn {
    fn context() -> Context {
        Context::new(Party::Either)
    }
}

impl Codec for WirecheckSn {
    fn name(&self) -> &'static str {
        "wirecheck"
    }

    fn spec(&self) -> &'static str {
        NAME
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        let decoded = decode(bytes, &Self::context());
        matches!(decoded, Ok(Decoded::Complete { used, .. }) if used == bytes.len())
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Box<dyn Encoder + 'a> {
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
        Box::new(Encoding { packets, buffer: Slice::new(SPACE), write })
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
