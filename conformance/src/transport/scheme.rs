//! Schemes of URLs: what lies between a socket and the messages.

use crate::case::Family;

/// How one kind of URL is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// What stands before `://`.
    pub name: &'static str,
    /// What is spoken there.
    pub family: Family,
    /// The port where a URL names none.
    pub port: u16,
    /// What carries the bytes.
    pub carrier: Carrier,
    /// Whether TLS lies above it.
    pub tls: bool,
    /// How WebSocket is spoken, if the messages travel in its frames.
    pub websocket: Option<WebSocket>,
}

/// What a WebSocket handshake says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebSocket {
    /// The sub-protocol that is offered.
    pub sub_protocol: &'static str,
    /// The path that is asked for where nobody names one.
    pub path: &'static str,
    /// Whether messages travel in text frames, and not in binary ones.
    pub in_text: bool,
}

/// MQTT in WebSocket frames.
const MQTT: WebSocket = WebSocket { sub_protocol: "mqtt", path: "/mqtt", in_text: false };

/// CoAP in WebSocket frames (RFC 8323, 8.3).
pub const COAP: WebSocket =
    WebSocket { sub_protocol: "coap", path: "/.well-known/coap", in_text: false };

/// XMPP in WebSocket frames (RFC 7395), at the place of its examples.
pub const XMPP: WebSocket =
    WebSocket { sub_protocol: "xmpp", path: "/xmpp-websocket", in_text: true };

/// What carries the bytes of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A stream.
    Tcp,
    /// Datagrams.
    Udp,
}

macro_rules! schemes {
    ($($name:literal $family:ident $port:literal $carrier:ident $tls:literal $websocket:expr;)*) => {
        /// Every scheme that can be tested.
        pub const SCHEMES: &[Scheme] = &[$(Scheme {
            name: $name,
            family: Family::$family,
            port: $port,
            carrier: Carrier::$carrier,
            tls: $tls,
            websocket: $websocket,
        }),*];
    };
}

schemes! {
    "mqtt" Mqtt 1883 Tcp false None;
    "mqtts" Mqtt 8883 Tcp true None;
    "ws" Mqtt 80 Tcp false Some(MQTT);
    "wss" Mqtt 443 Tcp true Some(MQTT);
    "mqtt-sn" MqttSn 10000 Udp false None;
    "mqtt-sn+dtls" MqttSn 10000 Udp true None;
    "coap" Coap 5683 Udp false None;
    "coaps" Coap 5684 Udp true None;
    "coap+tcp" Coap 5683 Tcp false None;
    "coaps+tcp" Coap 5684 Tcp true None;
    "coap+ws" Coap 80 Tcp false Some(COAP);
    "coaps+ws" Coap 443 Tcp true Some(COAP);
    "xmpp" Xmpp 5222 Tcp false None;
    "xmpps" Xmpp 5223 Tcp true None;
    "xmpp+ws" Xmpp 5280 Tcp false Some(XMPP);
    "xmpps+ws" Xmpp 5281 Tcp true Some(XMPP);
}

impl Scheme {
    /// The protocol that TLS is asked for by name (RFC 8323, 8.2; XEP-0368, 2).
    #[must_use]
    pub fn alpn(&self) -> Option<&'static [u8]> {
        match self.family {
            _ if self.websocket.is_some() => None,
            Family::Coap => Some(b"coap"),
            Family::Xmpp => Some(b"xmpp-client"),
            _ => None,
        }
    }

    /// Whether TLS may begin in the middle of a conversation.
    #[must_use]
    pub fn starts_tls(&self) -> bool {
        self.family == Family::Xmpp && !self.tls && self.websocket.is_none()
    }
}

/// The scheme of this name.
#[must_use]
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.name == name)
}
