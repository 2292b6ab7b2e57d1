//! What an actor answers without being told.

use std::collections::HashSet;

use wirecheck_codecs::mqtt::{
    Acknowledgement, Context, Delivery, Message, PacketIdentifier, Party, Version,
};

use super::session::{ENGINE_IDENTIFIERS, PROBE};
use crate::case::Auto;

/// What becomes of a message that arrived.
pub(super) struct Reaction {
    /// The bytes of an answer.
    pub(super) answer: Option<Vec<u8>>,
    /// False if the message is the engine's own affair.
    pub(super) to_inbox: bool,
}

/// The reaction to `message`.
pub(super) fn reaction(message: &Message<'_>, auto: &HashSet<Auto>, version: Version) -> Reaction {
    let ack = auto.contains(&Auto::Ack);
    let engine = |identifier: PacketIdentifier| identifier.get() >= ENGINE_IDENTIFIERS;
    let (answer, to_inbox) = match message {
        Message::Publish(publish) => {
            let probe = publish.payload.starts_with(PROBE.as_bytes());
            let answer = (ack || probe).then(|| match publish.delivery {
                Delivery::AtMostOnce => None,
                Delivery::AtLeastOnce { packet_identifier, .. } => {
                    Some(Message::PubAck(Acknowledgement::success(packet_identifier)))
                }
                Delivery::ExactlyOnce { packet_identifier, .. } => {
                    Some(Message::PubRec(Acknowledgement::success(packet_identifier)))
                }
            });
            (answer.flatten(), !probe)
        }
        Message::PubRel(this) => {
            let answer = Message::PubComp(Acknowledgement::success(this.packet_identifier));
            (ack.then_some(answer), true)
        }
        Message::PubRec(this) => {
            let ours = engine(this.packet_identifier);
            let answer = Message::PubRel(Acknowledgement::success(this.packet_identifier));
            ((ours || ack && !this.reason_code.is_error()).then_some(answer), !ours)
        }
        Message::PubAck(this) | Message::PubComp(this) => (None, !engine(this.packet_identifier)),
        _ => (None, true),
    };
    Reaction { answer: answer.and_then(|answer| encode(&answer, version)), to_inbox }
}

/// The bytes of a message of ours.
pub(super) fn encode(message: &Message<'_>, version: Version) -> Option<Vec<u8>> {
    let ctx = Context::new(version, Party::Either);
    let mut bytes = vec![0; message.encoded_len(&ctx).ok()?];
    message.encode(&mut bytes, &ctx).ok()?;
    Some(bytes)
}
