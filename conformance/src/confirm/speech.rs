//! As much of each protocol as the sender needs: where a message ends, what of it is the same in
//! every run, and what the target numbers.

use super::xmpp;

/// What is spoken on the links of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// MQTT over TCP or WebSocket.
    Mqtt,
    /// MQTT-SN over UDP.
    MqttSn,
    /// CoAP over UDP.
    Coap,
    /// CoAP over TCP.
    CoapTcp,
    /// XMPP over TCP.
    Xmpp,
    /// CoAP over WebSocket.
    CoapWs,
}

/// What the target gives a number to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbered {
    Message,
    Topic,
    Token,
}

/// A number of the target, or what else it chose.
pub(super) type Given = (Numbered, Vec<u8>);

impl Speech {
    /// What the scheme of a URL stands for; `None` where nothing can be sent again.
    #[must_use]
    pub fn of_scheme(name: &str) -> Option<Self> {
        match name {
            "mqtt" | "ws" => Some(Self::Mqtt),
            "mqtt-sn" => Some(Self::MqttSn),
            "coap" => Some(Self::Coap),
            "coap+tcp" => Some(Self::CoapTcp),
            "xmpp" => Some(Self::Xmpp),
            "coap+ws" => Some(Self::CoapWs),
            _ => None,
        }
    }

    /// Whether a message is a datagram.
    #[must_use]
    pub fn is_in_datagrams(self) -> bool {
        matches!(self, Self::Coap | Self::MqttSn)
    }

    /// How many bytes the first message has, if it is there as a whole.
    pub(super) fn length(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Mqtt => mqtt_length(bytes),
            Self::Coap | Self::MqttSn | Self::CoapWs => (!bytes.is_empty()).then_some(bytes.len()),
            Self::CoapTcp => coap_length(bytes),
            Self::Xmpp => xmpp::length(bytes),
        }
    }

    /// What a message is, without identifiers and contents, which may differ from run to run: type,
    /// flags and what CONNACK and DISCONNECT say; type, length of the Token and Code; message type,
    /// flags and return code.
    pub(super) fn head(self, message: &[u8]) -> Vec<u8> {
        let first = message.first().copied().unwrap_or_default();
        match self {
            Self::Xmpp => xmpp::head(message),
            Self::MqttSn => sn_head(message),
            Self::Coap | Self::CoapWs => message.get(..2).unwrap_or(message).to_vec(),
            Self::CoapTcp => {
                let code = message.get(extension(first).map_or(1, |more| 1 + more)).copied();
                vec![first & 0x0F, code.unwrap_or_default()]
            }
            Self::Mqtt => {
                let mut head = vec![first];
                match first >> 4 {
                    2 => head.extend(message.get(2..4).unwrap_or_default()),
                    14 => head.extend(message.get(2)),
                    _ => {}
                }
                head
            }
        }
    }

    /// Whether a message of ours is the last one of its link.
    pub(super) fn is_farewell(self, ours: &[u8]) -> bool {
        match self {
            Self::Mqtt => ours.first().is_some_and(|first| first >> 4 == 14),
            Self::MqttSn => sn_body(ours).1 == [0x18],
            Self::Coap | Self::CoapTcp | Self::CoapWs => false,
            Self::Xmpp => ours.starts_with(b"</stream:stream"),
        }
    }

    /// What acknowledges a message that asks for it.
    pub(super) fn acknowledgement(self, message: &[u8]) -> Option<[u8; 4]> {
        match (self, message) {
            (Self::Coap, [first, _, a, b, ..]) if first >> 4 == 4 => Some([0x60, 0, *a, *b]),
            _ => None,
        }
    }

    /// The numbers that the target gave in a message, and that we have to name.
    pub(super) fn given(self, message: &[u8]) -> Vec<Given> {
        match (self, message) {
            (Self::Mqtt, _) => packet_identifier(message)
                .map(|id| (Numbered::Message, id.to_vec()))
                .into_iter()
                .collect(),
            (Self::Coap, [first, code, a, b, rest @ ..]) if matches!(first >> 4, 4 | 5) => {
                // A request of the target has a Token of its choice.
                let token = rest.get(..usize::from(first & 0x0F)).unwrap_or_default();
                let asked = matches!(code, 0x01..=0x1F).then(|| (Numbered::Token, token.to_vec()));
                let id = (first >> 4 == 4).then(|| (Numbered::Message, vec![*a, *b]));
                id.into_iter().chain(asked).collect()
            }
            (Self::MqttSn, _) => {
                let (skip, body) = sn_body(message);
                let places: &[(Numbered, usize)] = match body {
                    [0x0A, ..] => &[(Numbered::Topic, 1), (Numbered::Message, 3)],
                    [0x0B, ..] => &[(Numbered::Topic, 1)],
                    [0x0C, flags, ..] if matches!(flags & 0x60, 0x20 | 0x40) => {
                        &[(Numbered::Message, 4)]
                    }
                    [0x13, ..] => &[(Numbered::Topic, 2)],
                    _ => &[],
                };
                let number = |(kind, place): &(Numbered, usize)| {
                    let number = message.get(skip + place..skip + place + 2)?;
                    Some((*kind, number.to_vec()))
                };
                places.iter().filter_map(number).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Puts the numbers of now where a message of ours has those of then.
    pub(super) fn readdress(self, ours: &mut Vec<u8>, then: &[Given], now: &[Given]) {
        let fresh = |kind: Numbered, old: &[u8]| {
            let place = then.iter().rposition(|(other, known)| *other == kind && known == old)?;
            now.get(place).map(|(_, fresh)| fresh)
        };
        if self == Self::Coap
            && let Some(length) = ours.first().map(|first| usize::from(first & 0x0F))
            && let Some(token) = ours.get(4..4 + length)
            && let Some(fresh) = fresh(Numbered::Token, token).filter(|fresh| fresh.len() < 13)
        {
            ours.splice(4..4 + length, fresh.iter().copied());
            ours[0] = ours[0] & 0xF0 | fresh.len() as u8;
        }
        let (skip, body) = if self == Self::MqttSn { sn_body(ours) } else { (0, ours.as_slice()) };
        let places: &[(Numbered, usize)] = match (self, body) {
            (Self::Mqtt, [first, ..]) if matches!(first >> 4, 4 | 5 | 7) => {
                &[(Numbered::Message, 2)]
            }
            (Self::Coap, [first, ..]) if matches!(first >> 4, 6 | 7) => &[(Numbered::Message, 2)],
            (Self::MqttSn, [0x0B | 0x0D, ..]) => &[(Numbered::Topic, 1), (Numbered::Message, 3)],
            // Other topic ids than normal ones are not given by the target.
            (Self::MqttSn, [0x0C, flags, ..]) if flags & 0x03 == 0 => &[(Numbered::Topic, 2)],
            (Self::MqttSn, [0x0E | 0x0F, ..]) => &[(Numbered::Message, 1)],
            _ => &[],
        };
        for (kind, place) in places {
            if let Some(number) = ours.get_mut(skip + place..skip + place + 2)
                && let Some(fresh) = fresh(*kind, number)
            {
                number.copy_from_slice(fresh);
            }
        }
    }
}

/// An MQTT-SN message from its type on, and how many bytes stand before; of what is forwarded, the
/// message inside.
fn sn_body(datagram: &[u8]) -> (usize, &[u8]) {
    let header = |from: usize| if datagram.get(from) == Some(&1) { 3 } else { 1 };
    let mut skip = header(0);
    if datagram.get(skip) == Some(&0xFE) {
        // Its length covers what stands before the message.
        let inside = usize::from(datagram[0]);
        skip = inside + header(inside);
    }
    (skip, datagram.get(skip..).unwrap_or_default())
}

/// Message type, the flags of PUBLISH and SUBACK, the return code where there is one, and for
/// DISCONNECT whether it has a duration.
fn sn_head(datagram: &[u8]) -> Vec<u8> {
    let (_, body) = sn_body(datagram);
    match body {
        [kind @ (0x05 | 0x0B | 0x0D | 0x1B | 0x1D), .., code] => vec![*kind, *code],
        [kind @ 0x13, flags, .., code] => vec![*kind, *flags, *code],
        [kind @ 0x0C, flags, ..] => vec![*kind, *flags],
        [kind @ 0x18, rest @ ..] => vec![*kind, rest.len() as u8],
        [kind, ..] => vec![*kind],
        [] => datagram.to_vec(),
    }
}

/// The Packet Identifier that the target gave a PUBLISH of QoS 1 or 2.
fn packet_identifier(publish: &[u8]) -> Option<[u8; 2]> {
    let first = *publish.first()?;
    if first >> 4 != 3 || first & 0x06 == 0 {
        return None;
    }
    let header = 1 + publish.get(1..5)?.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let topic = publish.get(header..header + 2)?;
    let place = header + 2 + usize::from(u16::from_be_bytes([topic[0], topic[1]]));
    publish.get(place..place + 2)?.try_into().ok()
}

fn mqtt_length(bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    for place in 0..4 {
        let byte = *bytes.get(1 + place)?;
        length |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            let whole = 2 + place + length;
            return (bytes.len() >= whole).then_some(whole);
        }
    }
    // What has no end is taken as it is.
    Some(bytes.len())
}

/// How many bytes say more of the length of a message over TCP, by its first byte.
fn extension(first: u8) -> Option<usize> {
    match first >> 4 {
        13 => Some(1),
        14 => Some(2),
        15 => Some(4),
        _ => None,
    }
}

fn coap_length(bytes: &[u8]) -> Option<usize> {
    let first = *bytes.first()?;
    let more = extension(first).unwrap_or(0);
    let said = bytes.get(1..1 + more)?;
    let said = said.iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
    let length =
        said + [0, 13, 269, 0, 65_805][more] + if more == 0 { first >> 4 } else { 0 } as usize;
    let whole = 1 + more + 1 + usize::from(first & 0x0F) + length;
    (bytes.len() >= whole).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart_without_a_codec() {
        let (length, head) =
            (|it: &[u8]| Speech::Mqtt.length(it), |it: &[u8]| Speech::Mqtt.head(it));
        assert_eq!(length(&[0xD0, 0x00, 0x20]), Some(2));
        assert_eq!(length(&[0x30, 0x80]), None);
        assert_eq!(length(&[0x30, 0x80, 0x01, 0]), None);
        assert_eq!(length(&[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1]), Some(6));
        assert_eq!(head(&[0x20, 2, 1, 0x87]), [0x20, 1, 0x87]);
        assert_eq!(head(&[0xE0, 1, 0x81]), [0xE0, 0x81]);
        assert_eq!(head(&[0x34, 5, 0, 1, b'a', 0, 7]), [0x34]);
    }

    #[test]
    fn messages_of_coap_are_told_apart_without_a_codec() {
        let length = |it: &[u8]| Speech::CoapTcp.length(it);
        assert_eq!(length(&[0x00, 0xE1]), Some(2));
        assert_eq!(length(&[0x54, 1, 1, 2, 3, 4, 0xB4, b't', b'i', b'm', b'e', 0]), Some(11));
        assert_eq!(length(&[0xD1, 0, 0x45, 9]), None);
        assert_eq!(length(&[[0xD1, 0, 0x45, 9].as_slice(), &[0; 13]].concat()), Some(17));
        assert_eq!(length(&[0xE0, 0, 0, 0x45]), None);
        assert_eq!(Speech::CoapTcp.head(&[0xD1, 0, 0x45, 9]), [1, 0x45]);
        assert_eq!(Speech::Coap.head(&[0x61, 0x45, 0x12, 0x34, 9]), [0x61, 0x45]);
        assert_eq!(Speech::Coap.length(&[0x40, 0, 0, 1]), Some(4));
    }

    #[test]
    fn what_differs_from_run_to_run_is_put_in() {
        let publish = [0x34, 6, 0, 1, b'a', 0x12, 0x34, b'x'];
        let message = |id: [u8; 2]| (Numbered::Message, id.to_vec());
        assert_eq!(Speech::Mqtt.given(&publish), [message([0x12, 0x34])]);
        assert_eq!(Speech::Mqtt.given(&[0x30, 3, 0, 1, b'a']), []);
        assert_eq!(Speech::Mqtt.given(&[0x32, 2, 0, 9]), []);
        let (then, now) = ([[0, 1], [0x12, 0x34]].map(message), [[0, 7], [0, 8]].map(message));
        let mut pubrec = vec![0x50, 2, 0x12, 0x34];
        Speech::Mqtt.readdress(&mut pubrec, &then, &now);
        assert_eq!(pubrec, [0x50, 2, 0, 8]);
        assert_eq!(Speech::Coap.given(&[0x44, 0x45, 0x12, 0x34]), [message([0x12, 0x34])]);
        assert_eq!(Speech::Coap.given(&[0x64, 0x45, 0x12, 0x34]), []);
        let acknowledged = |message: &[u8]| Speech::Coap.acknowledgement(message);
        assert_eq!(acknowledged(&[0x44, 0x45, 0x12, 0x34]), Some([0x60, 0, 0x12, 0x34]));
        assert_eq!(acknowledged(&[0x54, 0x45, 0x12, 0x34]), None);
        let mut ack = vec![0x60, 0, 0x12, 0x34];
        Speech::Coap.readdress(&mut ack, &then, &now);
        assert_eq!(ack, [0x60, 0, 0, 8]);
        // What a proxy asks has its own Token.
        let token = |token: &[u8]| (Numbered::Token, token.to_vec());
        assert_eq!(Speech::Coap.given(&[0x51, 1, 0, 1, 9]), [token(&[9])]);
        let (then, now) = ([token(&[9])], [token(&[7, 8])]);
        let mut response = vec![0x51, 0x45, 0, 1, 9, 0xFF, b'x'];
        Speech::Coap.readdress(&mut response, &then, &now);
        assert_eq!(response, [0x52, 0x45, 0, 1, 7, 8, 0xFF, b'x']);
    }

    #[test]
    fn topics_of_mqtt_sn_are_numbered_too() {
        let message = |id: [u8; 2]| (Numbered::Message, id.to_vec());
        let topic = |id: [u8; 2]| (Numbered::Topic, id.to_vec());
        let register = [9, 0x0A, 0, 3, 0, 7, b'a', b'/', b'b'];
        assert_eq!(Speech::MqttSn.given(&register), [topic([0, 3]), message([0, 7])]);
        assert_eq!(Speech::MqttSn.given(&[1, 0, 9, 0x0B, 0, 4, 0, 1, 0]), [topic([0, 4])]);
        assert_eq!(Speech::MqttSn.given(&[8, 0x13, 0, 0, 5, 0, 1, 0]), [topic([0, 5])]);
        let (then, now) = ([topic([0, 3]), message([0, 7])], [topic([0, 9]), message([0, 8])]);
        let mut regack = vec![7, 0x0B, 0, 3, 0, 7, 0];
        Speech::MqttSn.readdress(&mut regack, &then, &now);
        assert_eq!(regack, [7, 0x0B, 0, 9, 0, 8, 0]);
        let mut forwarded = vec![4, 0xFE, 0, b'n', 8, 0x0C, 0, 0, 3, 0, 7, b'x'];
        Speech::MqttSn.readdress(&mut forwarded, &then, &now);
        assert_eq!(forwarded, [4, 0xFE, 0, b'n', 8, 0x0C, 0, 0, 9, 0, 7, b'x']);
        let mut predefined = vec![8, 0x0C, 1, 0, 3, 0, 0, b'x'];
        Speech::MqttSn.readdress(&mut predefined, &then, &now);
        assert_eq!(predefined, [8, 0x0C, 1, 0, 3, 0, 0, b'x']);
        assert_eq!(Speech::MqttSn.head(&[7, 0x0D, 0, 3, 0, 7, 2]), [0x0D, 2]);
        assert_eq!(Speech::MqttSn.head(&[4, 0x18, 0, 20]), [0x18, 2]);
        assert!(Speech::MqttSn.is_farewell(&[2, 0x18]) && Speech::Mqtt.is_farewell(&[0xE0, 0]));
        assert!(!Speech::MqttSn.is_farewell(&[4, 0x18, 0, 20]));
        assert_eq!(Speech::MqttSn.head(&[4, 0xFE, 0, b'n', 2, 0x17]), [0x17]);
        assert!(Speech::MqttSn.head(&[]).is_empty());
    }
}
