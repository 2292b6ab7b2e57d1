//! As much of each protocol as the sender needs: where a message ends, what of it is the same in
//! every run, and what the target numbers.

/// What is spoken on the links of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// MQTT over TCP.
    Mqtt,
    /// CoAP over UDP.
    Coap,
    /// CoAP over TCP.
    CoapTcp,
}

impl Speech {
    /// What the scheme of a URL stands for; `None` where nothing can be sent again.
    #[must_use]
    pub fn of_scheme(name: &str) -> Option<Self> {
        match name {
            "mqtt" => Some(Self::Mqtt),
            "coap" => Some(Self::Coap),
            "coap+tcp" => Some(Self::CoapTcp),
            _ => None,
        }
    }

    /// Whether a message is a datagram.
    #[must_use]
    pub fn is_in_datagrams(self) -> bool {
        self == Self::Coap
    }

    /// How many bytes the first message has, if it is there as a whole.
    pub(super) fn length(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Mqtt => mqtt_length(bytes),
            Self::Coap => (!bytes.is_empty()).then_some(bytes.len()),
            Self::CoapTcp => coap_length(bytes),
        }
    }

    /// What a message is, without identifiers and contents, which may differ from run to run: type,
    /// flags and what CONNACK and DISCONNECT say; type, length of the Token and Code.
    pub(super) fn head(self, message: &[u8]) -> Vec<u8> {
        let first = message.first().copied().unwrap_or_default();
        match self {
            Self::Coap => message.get(..2).unwrap_or(message).to_vec(),
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

    /// The number that the target gave a message that we have to answer.
    pub(super) fn identifier(self, message: &[u8]) -> Option<[u8; 2]> {
        match (self, message) {
            (Self::Mqtt, _) => packet_identifier(message),
            (Self::Coap, [first, _, a, b, ..]) if first >> 4 == 4 => Some([*a, *b]),
            _ => None,
        }
    }

    /// Puts the identifiers of now where an answer of ours has those of then.
    pub(super) fn readdress(self, answer: &mut [u8], then: &[[u8; 2]], now: &[[u8; 2]]) {
        if let [first, _, a, b, ..] = answer
            && match self {
                Self::Mqtt => matches!(*first >> 4, 4 | 5 | 7),
                Self::Coap => matches!(*first >> 4, 6 | 7),
                Self::CoapTcp => false,
            }
            && let Some(place) = then.iter().rposition(|known| *known == [*a, *b])
            && let Some(fresh) = now.get(place)
        {
            [*a, *b] = *fresh;
        }
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
        assert_eq!(Speech::Mqtt.identifier(&publish), Some([0x12, 0x34]));
        assert_eq!(Speech::Mqtt.identifier(&[0x30, 3, 0, 1, b'a']), None);
        assert_eq!(Speech::Mqtt.identifier(&[0x32, 2, 0, 9]), None);
        let mut pubrec = [0x50, 2, 0x12, 0x34];
        Speech::Mqtt.readdress(&mut pubrec, &[[0, 1], [0x12, 0x34]], &[[0, 7], [0, 8]]);
        assert_eq!(pubrec, [0x50, 2, 0, 8]);
        assert_eq!(Speech::Coap.identifier(&[0x44, 0x45, 0x12, 0x34]), Some([0x12, 0x34]));
        assert_eq!(Speech::Coap.identifier(&[0x64, 0x45, 0x12, 0x34]), None);
        let mut ack = [0x60, 0, 0x12, 0x34];
        Speech::Coap.readdress(&mut ack, &[[0x12, 0x34]], &[[0, 8]]);
        assert_eq!(ack, [0x60, 0, 0, 8]);
    }
}
