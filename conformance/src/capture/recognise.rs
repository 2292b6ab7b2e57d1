//! What is spoken, by what is said; by the port only where that says nothing.

use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::reliable::Framing;
use wirecheck_codecs::coap::{self, OptionNumber};
use wirecheck_codecs::mqtt::{Version, connect_version};
use wirecheck_codecs::mqtt_sn::{self, Message};

use super::speech::{
    CoapSpeech, CoapTcpSpeech, MqttSnSpeech, MqttSpeech, Speech, WebSocketSpeech, XmppSpeech,
    mqtt_sn_context,
};
use crate::codec::Sender;

/// How many bytes of a side are looked at before a stream counts as something else.
pub(super) const MOST_BYTES: usize = 8192;

/// A protocol that `--port` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spoken {
    /// MQTT of any version.
    Mqtt,
    /// MQTT-SN 1.2.
    MqttSn,
    /// CoAP in datagrams or on a stream.
    Coap,
    /// XMPP.
    Xmpp,
}

impl Spoken {
    /// The protocol of a name on the command line.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "mqtt" | "mqtt-3.1" | "mqtt-3.1.1" | "mqtt-5.0" => Some(Self::Mqtt),
            "mqtt-sn" | "mqtt-sn-1.2" => Some(Self::MqttSn),
            "coap" | "coap-tcp" => Some(Self::Coap),
            "xmpp" => Some(Self::Xmpp),
            _ => None,
        }
    }
}

/// A port that says what is spoken there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    /// UDP, not TCP.
    pub is_udp: bool,
    /// The number.
    pub number: u16,
}

/// The ports that are registered, and two that are usual.
pub(super) const PORTS: [(Port, Spoken); 7] = [
    (Port { is_udp: false, number: 1883 }, Spoken::Mqtt),
    (Port { is_udp: false, number: 5683 }, Spoken::Coap),
    (Port { is_udp: false, number: 5222 }, Spoken::Xmpp),
    (Port { is_udp: false, number: 5269 }, Spoken::Xmpp),
    (Port { is_udp: true, number: 5683 }, Spoken::Coap),
    (Port { is_udp: true, number: 1885 }, Spoken::MqttSn),
    (Port { is_udp: true, number: 10_000 }, Spoken::MqttSn),
];

/// What was recognised.
pub(super) enum Known {
    /// More has to be seen.
    NotYet,
    /// The protocol, and which side is the client.
    Speech(Box<dyn Speech>, usize),
    /// TLS or DTLS.
    Encrypted,
    /// Nothing that is read here.
    Other,
}

/// The ends of a flow, and what is known of them beside what they say.
pub(super) struct Ends {
    /// The side that opened the connection.
    pub(super) opener: Option<usize>,
    pub(super) from_start: bool,
    /// What the port of a side says, which side it is, and whether the user says so.
    pub(super) port: Option<(Spoken, usize, bool)>,
}

impl Ends {
    /// The side that is not at the port; else the one that opened the connection.
    fn client(&self, otherwise: usize) -> usize {
        self.port.map(|(_, side, _)| 1 - side).or(self.opener).unwrap_or(otherwise)
    }
}

/// Recognises a stream by the first bytes of each side.
pub(super) fn stream(first: [&[u8]; 2], ends: &Ends) -> Known {
    let forced = ends.port.filter(|port| port.2).map(|port| port.0);
    let mut waits = false;
    for (side, bytes) in first.into_iter().enumerate().filter(|(_, bytes)| !bytes.is_empty()) {
        match bytes {
            [0x16, 0x03, ..] if forced.is_none() => return Known::Encrypted,
            [0x10, ..] if bytes.len() < 14 => waits = true,
            [0x10, ..] if is_connect(bytes) => {
                let version = connect_version(bytes).unwrap_or(Version::V5);
                return Known::Speech(Box::new(MqttSpeech::new(Some(version), true)), side);
            }
            [b'G', b'E', b'T', b' ', ..] => match web_socket(bytes) {
                Known::Speech(speech, _) => return Known::Speech(speech, side),
                Known::NotYet => waits = true,
                _ => return Known::Other,
            },
            // A response alone says too little.
            [b'H', b'T', b'T', b'P', b'/', ..] => waits = true,
            _ if is_csm(bytes) => {
                let speech = CoapTcpSpeech::new(Framing::Tcp);
                return Known::Speech(Box::new(speech), ends.client(side));
            }
            _ => {
                let text = bytes.trim_ascii_start();
                let begins = |head: &[u8]| text.starts_with(head) || head.starts_with(text);
                if begins(b"<?xml ") || begins(b"<stream:stream") {
                    if contains(text, b"http://etherx.jabber.org/streams") {
                        let speech = XmppSpeech::new(true);
                        return Known::Speech(Box::new(speech), ends.client(side));
                    }
                    waits = true;
                }
            }
        }
    }
    let longest = first.iter().map(|bytes| bytes.len()).max().unwrap_or_default();
    if waits && longest < MOST_BYTES {
        return Known::NotYet;
    }
    match ends.port {
        // From its start on, a session would have been recognised.
        Some((spoken, side, is_forced)) if is_forced || !ends.from_start => {
            let client = 1 - side;
            match spoken {
                Spoken::Mqtt => Known::Speech(Box::new(MqttSpeech::new(None, false)), client),
                Spoken::Coap => Known::Speech(Box::new(CoapTcpSpeech::new(Framing::Tcp)), client),
                Spoken::Xmpp => Known::Speech(Box::new(XmppSpeech::new(false)), client),
                Spoken::MqttSn => Known::Other,
            }
        }
        _ if longest < 16 => Known::NotYet,
        _ => Known::Other,
    }
}

/// Recognises datagrams by one of them.
pub(super) fn datagram(from: usize, bytes: &[u8], ends: &Ends) -> Known {
    let forced = ends.port.filter(|port| port.2).map(|port| port.0);
    // A record of DTLS, before RFC 9147.
    if forced.is_none() && matches!(bytes, [20..=25, 0xfe, 0xff | 0xfd, ..]) {
        return Known::Encrypted;
    }
    let coap = || Known::Speech(Box::new(CoapSpeech::new()), ends.client(from));
    let mqtt_sn = || Known::Speech(Box::new(MqttSnSpeech::new()), ends.client(from));
    match ends.port.map(|port| port.0) {
        Some(Spoken::MqttSn) => return mqtt_sn(),
        Some(Spoken::Coap) => return coap(),
        _ => {}
    }
    if let Ok(Decoded::Complete { message, used }) =
        mqtt_sn::decode(bytes, &mqtt_sn_context(Sender::Client))
        && used == bytes.len()
        && matches!(message, Message::Connect(_))
    {
        return mqtt_sn();
    }
    match coap::decode(bytes, &coap::Context::default()) {
        // A request for something; other datagrams may look like CoAP by chance.
        Ok(Decoded::Complete { message, .. })
            if message.code.is_request()
                && message.options.iter().any(|it| it.number == OptionNumber::URI_PATH) =>
        {
            coap()
        }
        _ => Known::NotYet,
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// A CONNECT of any level.
fn is_connect(bytes: &[u8]) -> bool {
    let length = bytes.iter().skip(1).take(4).take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let name = bytes.get(1 + length..).unwrap_or_default();
    name.starts_with(b"\0\x04MQTT") || name.starts_with(b"\0\x06MQIsdp")
}

/// A Capabilities and Settings Message, which comes first (RFC 8323, 5.3).
fn is_csm(bytes: &[u8]) -> bool {
    let Some(first) = bytes.first() else { return false };
    let extended = match first >> 4 {
        13 => 1,
        14 => 2,
        15 => 4,
        _ => 0,
    };
    first & 0x0f == 0 && bytes.get(1 + extended) == Some(&0xe1)
}

/// The protocol that a request to open a WebSocket names.
fn web_socket(bytes: &[u8]) -> Known {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Known::NotYet;
    };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if value("upgrade:") != Some("websocket") {
        return Known::Other;
    }
    let offered = value("sec-websocket-protocol:").unwrap_or_default();
    let mut offered = offered.split(',').map(str::trim);
    let inner: (Box<dyn Speech>, bool) = match offered.find_map(|name| match name {
        "mqtt" | "mqttv3.1" => Some(Spoken::Mqtt),
        "coap" => Some(Spoken::Coap),
        _ => None,
    }) {
        Some(Spoken::Mqtt) => (Box::new(MqttSpeech::unnamed()), false),
        Some(_) => (Box::new(CoapTcpSpeech::new(Framing::WebSocket)), true),
        None => return Known::Other,
    };
    Known::Speech(Box::new(WebSocketSpeech::new(inner.0, inner.1)), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(known: &Known) -> (&'static str, usize) {
        match known {
            Known::NotYet => ("not yet", 0),
            Known::Encrypted => ("encrypted", 0),
            Known::Other => ("other", 0),
            Known::Speech(_, client) => ("speech", *client),
        }
    }

    fn ends(port: Option<(Spoken, usize, bool)>, from_start: bool) -> Ends {
        Ends { opener: None, from_start, port }
    }

    #[test]
    fn streams_are_known_by_their_first_bytes() {
        let connect = b"\x10\x0c\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00\x00";
        let request = b"GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Protocol: mqtt\r\n\r\n";
        let stream_header = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
            xmlns:stream='http://etherx.jabber.org/streams'>";
        let known = |side: usize, bytes: &[u8], from_start| {
            let first = if side == 0 { [bytes, b""] } else { [b"", bytes] };
            name(&stream(first, &ends(None, from_start)))
        };
        for bytes in [connect.as_slice(), request, stream_header, b"\x00\xe1"] {
            assert_eq!(known(0, bytes, true), ("speech", 0));
            assert_eq!(known(1, bytes, true), ("speech", 1));
        }
        assert_eq!(known(0, &connect[..9], true).0, "not yet");
        assert_eq!(known(0, &request[..30], true).0, "not yet");
        assert_eq!(known(0, &stream_header[..30], true).0, "not yet");
        assert_eq!(known(0, b"\x16\x03\x01\x02\x00", true).0, "encrypted");
        assert_eq!(known(0, b"SSH-2.0-OpenSSH_9.9p1", true).0, "other");
        assert_eq!(known(0, b"GET / HTTP/1.1\r\n\r\n", true).0, "other");
        let port = Some((Spoken::Mqtt, 1, false));
        assert_eq!(name(&stream([b"\xc0\0", b""], &ends(port, false))), ("speech", 0));
        assert_eq!(name(&stream([&[0xc0; 20], b""], &ends(port, true))).0, "other");
    }

    #[test]
    fn datagrams_are_known_by_content_or_port() {
        let known = |bytes: &[u8], port| name(&datagram(0, bytes, &ends(port, true)));
        let get = b"\x40\x01\x00\x01\xb1a";
        assert_eq!(known(get, None), ("speech", 0));
        assert_eq!(known(b"\x07\x04\x04\x01\x00\x3ca", None), ("speech", 0));
        assert_eq!(known(b"\x40\x00\x00\x01", None).0, "not yet");
        assert_eq!(known(b"\x40\x00\x00\x01", Some((Spoken::Coap, 0, false))), ("speech", 1));
        assert_eq!(known(b"\x16\xfe\xfd\x00", None).0, "encrypted");
    }
}
