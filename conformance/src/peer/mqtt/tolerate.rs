//! Decoder faults: what the broker does with a packet that it ought to have refused.

use std::num::NonZeroU16;

use wirecheck_codecs::mqtt::{
    DecodeError, Frame, List, Message, PacketIdentifier, PacketType, Properties, ReasonCode,
    SubAck, UnsubAck, Version, frame,
};

use super::incoming::answering_version;
use super::owned::Request;
use super::state::{LinkId, Phase, State};

/// What stands before the kind in the id of a decoder fault.
pub(super) const PREFIX: &str = "tolerates-";

impl State {
    /// Under the fault for this kind of error, answers as if the packet had been right. Returns
    /// how many bytes it took; `None` if it is refused.
    pub(super) fn tolerate(
        &mut self,
        id: LinkId,
        error: &DecodeError,
        bytes: &[u8],
    ) -> Option<usize> {
        let kind = self.options.fault.as_deref()?.strip_prefix(PREFIX)?;
        if kind != error.kind.name() {
            return None;
        }
        // Without an end that can be found, everything that has arrived goes.
        let (first, body, used) = match frame(bytes, usize::MAX) {
            Ok(Frame::Complete { raw, header }) => (raw.first, raw.body, header + raw.body.len()),
            _ => (bytes.first().copied().unwrap_or(0), &[][..], bytes.len()),
        };
        let phase = self.links.get(&id).map(|link| link.phase.clone())?;
        match (phase, PacketType(first >> 4)) {
            (Phase::New, PacketType::CONNECT) => self.admit_anyway(id, bytes),
            (Phase::Connected, packet) => self.answer_anyway(id, packet, first, body),
            _ => {}
        }
        Some(used)
    }

    fn admit_anyway(&mut self, id: LinkId, bytes: &[u8]) {
        let version = answering_version(bytes);
        if let Some(link) = self.links.get_mut(&id) {
            link.version = version;
        }
        self.assigned += 1;
        let request = Request {
            version,
            clean_start: true,
            keep_alive: 0,
            client_identifier: format!("tolerated{:08}", self.assigned),
            will: None,
            session_expiry: 0,
            receive_maximum: u16::MAX,
            maximum_packet_size: u32::MAX,
            topic_alias_maximum: 0,
            response_information: false,
            problem_information: true,
            method: None,
        };
        self.admit(id, request);
    }

    fn answer_anyway(&mut self, id: LinkId, packet: PacketType, first: u8, body: &[u8]) {
        let v5 = self.version(id) == Version::V5;
        match packet {
            PacketType::SUBSCRIBE => {
                let codes = [ReasonCode::SUCCESS];
                let suback = SubAck {
                    packet_identifier: identifier_at(body, 0),
                    properties: Properties::EMPTY,
                    reason_codes: List::Given(&codes),
                };
                self.send(id, &Message::SubAck(suback));
            }
            PacketType::UNSUBSCRIBE => {
                let codes = [ReasonCode::SUCCESS];
                let unsuback = UnsubAck {
                    packet_identifier: identifier_at(body, 0),
                    properties: Properties::EMPTY,
                    reason_codes: if v5 { List::Given(&codes) } else { List::EMPTY },
                };
                self.send(id, &Message::UnsubAck(unsuback));
            }
            PacketType::PUBLISH => {
                let length = identifier_bits(body, 0).unwrap_or(0);
                let identifier = identifier_at(body, 2 + usize::from(length));
                match first >> 1 & 3 {
                    1 => self.acknowledge(id, PacketType::PUBACK, identifier, 0, ""),
                    2 => self.acknowledge(id, PacketType::PUBREC, identifier, 0, ""),
                    _ => {}
                }
            }
            PacketType::PUBREL => {
                self.acknowledge(id, PacketType::PUBCOMP, identifier_at(body, 0), 0, "");
            }
            PacketType::PINGREQ => {
                self.send(id, &Message::PingResp);
            }
            _ => {}
        }
    }
}

fn identifier_bits(body: &[u8], at: usize) -> Option<u16> {
    let bytes = body.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

/// The identifier there, or 1 where there is none that can be sent back.
fn identifier_at(body: &[u8], at: usize) -> PacketIdentifier {
    identifier_bits(body, at).and_then(PacketIdentifier::new).unwrap_or(NonZeroU16::MIN)
}
