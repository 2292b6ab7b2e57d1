//! The passive rules for an MQTT client, as a recording of its connection shows it from CONNECT on.
//!
//! What a client may do by what CONNACK said is judged from the time on that it is known to have
//! that packet, since a client need not wait for it.

mod limits;
mod order;

use std::collections::{BTreeMap, BTreeSet};

use wirecheck_codecs::mqtt::{
    Acknowledgement, Auth, ConnAck, Connect, Message, PacketType, Properties, Property, Publish,
    QoS, Version,
};

use self::limits::Limits;
use self::order::Order;
use super::super::{Findings, Place, Rule, SECOND, hash_of};
use crate::case::Protocol;
use crate::codec::Sender;

client_rules! {
    CONNECT_ONCE "connect-once" [Mqtt50 "MQTT5-3.1.0-p1", Mqtt311 "MQTT311-3.1.0-p1"];
    UNUSED "unused-identifier" [Mqtt50 "MQTT5-2.2.1-3", Mqtt311 "MQTT311-2.3.1-2"];
    ACKNOWLEDGES "client-acknowledges-nothing" [Mqtt50 "MQTT5-2.2.1-5", Mqtt311 "MQTT311-2.3.1-6"];
    FIRST_DELIVERY "client-first-delivery" [Mqtt50 "MQTT5-4.3.2-2", Mqtt311 "MQTT311-4.3.2-1"];
    FIRST_DELIVERY_2 "client-first-delivery-qos-2"
        [Mqtt50 "MQTT5-4.3.3-2", Mqtt311 "MQTT311-4.3.3-1"];
    AFTER_PUBREL "no-publish-after-pubrel" [Mqtt50 "MQTT5-4.3.3-6", Mqtt311 "MQTT311-4.3.3-1"];
    AFTER_DISCONNECT "client-nothing-after-disconnect"
        [Mqtt50 "MQTT5-3.14.4-1", Mqtt311 "MQTT311-3.14.4-2"];
    AUTH_UNASKED "client-auth-unasked" [Mqtt50 "MQTT5-4.12.0-7"];
    AUTH_ONLY "only-auth-before-connack" [Mqtt50 "MQTT5-3.1.2-30"];
    AUTH_CONTINUES "auth-continues" [Mqtt50 "MQTT5-4.12.0-3"];
    AUTH_METHOD "authentication-method-repeated" [Mqtt50 "MQTT5-4.12.0-5"];
    REAUTH_METHOD "re-authentication-method" [Mqtt50 "MQTT5-4.12.1-1"];
    EXPIRY "session-expiry-stays-zero" [Mqtt50 "MQTT5-3.14.2.2.2-p3"];
    KEEP_ALIVE "keep-alive" [Mqtt50 "MQTT5-3.1.2-20", Mqtt311 "MQTT311-3.1.2-23"];
}

/// Every rule.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(limits::RULES).chain(order::RULES)
}

/// Reason Codes of AUTH.
const CONTINUE: u8 = 0x18;
const RE_AUTHENTICATE: u8 = 0x19;

/// What a Packet Identifier of the client stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Publish(QoS),
    /// PUBREL was sent.
    Released,
    /// SUBSCRIBE or UNSUBSCRIBE, by a hash of its bytes.
    Request(u64),
}

/// Watches one connection.
#[derive(Debug)]
pub struct Observer {
    version: Version,
    findings: Findings,
    /// A packet that cannot be read, or a second CONNECT: what follows is not judged.
    astray: bool,
    /// CONNACK has come, and whether it let the client in.
    is_answered: bool,
    is_connected: bool,
    disconnected: bool,
    connects: u32,
    clean_start: bool,
    session_is_new: bool,
    /// The longest time between two packets, in seconds; 0 for any.
    keep_alive: u16,
    last_sent: u64,
    session_expiry: u32,
    /// The Authentication Method of CONNECT.
    method: Option<String>,
    /// The server waits for an AUTH.
    challenged: bool,
    in_use: BTreeMap<u16, Use>,
    /// How many of these are messages.
    in_flight: usize,
    published: BTreeSet<u16>,
    /// What the server has published, and released.
    delivered: BTreeSet<u16>,
    released: BTreeSet<u16>,
    limits: Limits,
    order: Order,
}

impl Observer {
    /// Watches a connection in `version`, from its CONNECT on.
    #[must_use]
    pub fn new(version: Version) -> Self {
        let protocol = match version {
            Version::V5 => Protocol::Mqtt50,
            Version::V31 | Version::V311 => Protocol::Mqtt311,
        };
        Self {
            version,
            findings: Findings::new(protocol, Sender::Client),
            astray: false,
            is_answered: false,
            is_connected: false,
            disconnected: false,
            connects: 0,
            clean_start: false,
            session_is_new: false,
            keep_alive: 0,
            last_sent: 0,
            session_expiry: 0,
            method: None,
            challenged: false,
            in_use: BTreeMap::new(),
            in_flight: 0,
            published: BTreeSet::new(),
            delivered: BTreeSet::new(),
            released: BTreeSet::new(),
            limits: Limits::default(),
            order: Order::default(),
        }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// One of the two sent bytes that are no valid packet.
    pub fn something_else(&mut self) {
        self.astray = true;
    }

    /// The server sent a packet.
    pub fn received(&mut self, message: &Message<'_>, place: Place) {
        if self.astray {
            return;
        }
        self.silence(place);
        match message {
            Message::ConnAck(connack) => self.connected(connack),
            Message::Publish(publish) => {
                if let Some(identifier) = publish.delivery.packet_identifier() {
                    self.delivered.insert(identifier.get());
                    let once = publish.delivery.qos() == QoS::ExactlyOnce;
                    self.order.published(identifier.get(), once, publish.delivery.dup());
                }
            }
            Message::PubRel(ack) => {
                self.released.insert(ack.packet_identifier.get());
            }
            Message::PubRec(ack) => {
                let identifier = ack.packet_identifier.get();
                match ack.reason_code.is_error() {
                    true => self.free(identifier),
                    false => self.order.pubrec(identifier),
                }
            }
            Message::PubAck(ack) | Message::PubComp(ack) => self.free(ack.packet_identifier.get()),
            Message::SubAck(ack) => self.free(ack.packet_identifier.get()),
            Message::UnsubAck(ack) => self.free(ack.packet_identifier.get()),
            Message::Auth(auth) => self.challenged = auth.reason_code.0 == CONTINUE,
            _ => {}
        }
    }

    /// The client sent a packet, which is `bytes`.
    pub fn sent(&mut self, message: &Message<'_>, bytes: &[u8], place: Place) {
        if self.astray {
            return;
        }
        let packet = message.packet_type();
        self.findings.judge(&AFTER_DISCONNECT, place.entry, self.disconnected, || {
            (format!("{} follows DISCONNECT", packet.name()), packet.key().into())
        });
        self.silence(place);
        self.last_sent = place.time;
        self.limits.is_known |= self.is_connected && place.is_informed;
        if self.method.is_some() && !self.is_answered {
            let other =
                !matches!(packet, PacketType::CONNECT | PacketType::AUTH | PacketType::DISCONNECT);
            self.findings.judge(&AUTH_ONLY, place.entry, other, || {
                let text = format!("{} before CONNACK, while authenticating", packet.name());
                (text, format!("{} before connack", packet.key()))
            });
        }
        self.limits.size(&mut self.findings, packet, bytes.len(), place.entry);
        match message {
            Message::Connect(connect) => self.connect(connect, place),
            Message::Publish(publish) => self.publish(publish, place),
            Message::Subscribe(it) => {
                self.request(packet, it.packet_identifier.get(), bytes, place);
            }
            Message::Unsubscribe(it) => {
                self.request(packet, it.packet_identifier.get(), bytes, place);
            }
            Message::PubAck(ack) | Message::PubRec(ack) | Message::PubComp(ack) => {
                self.acknowledge(packet, ack, place);
            }
            Message::PubRel(ack) => self.release(ack, place),
            Message::Auth(auth) => self.auth(auth, place),
            Message::Disconnect(disconnect) => {
                self.disconnected = true;
                self.expiry(&disconnect.properties, place);
            }
            _ => {}
        }
    }

    /// Judges how long the client has been silent.
    fn silence(&mut self, place: Place) {
        if self.keep_alive == 0 || !self.is_connected || self.disconnected {
            return;
        }
        let (allowed, last) = (self.keep_alive, self.last_sent);
        self.findings.judge(&KEEP_ALIVE, place.entry, place.is_overdue(last, allowed), || {
            let silent = place.since(last) / SECOND;
            let text = format!("nothing of the client for {silent} s; Keep Alive is {allowed} s");
            (text, "silence".into())
        });
    }

    fn connect(&mut self, connect: &Connect<'_>, place: Place) {
        self.connects += 1;
        let second = self.connects > 1;
        self.findings.judge(&CONNECT_ONCE, place.entry, second, || {
            ("a second CONNECT on the connection".into(), "second connect".into())
        });
        if second {
            self.astray = true;
            return;
        }
        self.clean_start = connect.clean_start;
        self.session_is_new = connect.clean_start;
        self.keep_alive = connect.keep_alive;
        for property in connect.properties.iter() {
            match property {
                Property::SessionExpiryInterval(seconds) => self.session_expiry = seconds,
                Property::AuthenticationMethod(method) => self.method = Some(method.to_owned()),
                _ => {}
            }
        }
    }

    fn connected(&mut self, connack: &ConnAck<'_>) {
        self.is_answered = true;
        self.is_connected |= !connack.reason_code.is_error();
        self.session_is_new |= !connack.session_present;
        self.challenged = false;
        for property in connack.properties.iter() {
            if let Property::ServerKeepAlive(seconds) = property {
                self.keep_alive = seconds;
            }
        }
        self.limits.told(connack);
    }

    fn publish(&mut self, publish: &Publish<'_>, place: Place) {
        self.limits.publish(&mut self.findings, publish, place.entry);
        let Some(identifier) = publish.delivery.packet_identifier().map(|it| it.get()) else {
            return;
        };
        let qos = publish.delivery.qos();
        let before = self.in_use.get(&identifier).copied();
        if publish.delivery.dup() {
            let released = before == Some(Use::Released) && qos == QoS::ExactlyOnce;
            self.findings.judge(&AFTER_PUBREL, place.entry, released, || {
                let text = format!("PUBLISH again of Packet Identifier {identifier}, after PUBREL");
                (text, "publish after pubrel".into())
            });
            // A Session that this connection began has nothing to deliver again.
            let first = self.clean_start && !self.published.contains(&identifier);
            let once = qos == QoS::ExactlyOnce;
            let rule = if once { FIRST_DELIVERY_2 } else { FIRST_DELIVERY };
            self.findings.judge(&rule, place.entry, first, || {
                ("DUP is set on the first delivery in a new Session".into(), "dup=true".into())
            });
        } else {
            self.unused(PacketType::PUBLISH, identifier, before.is_some(), place);
        }
        self.published.insert(identifier);
        if before != Some(Use::Released) {
            self.free(identifier);
            self.in_use.insert(identifier, Use::Publish(qos));
            self.in_flight += 1;
        }
        self.limits.quota(&mut self.findings, self.in_flight, place.entry);
    }

    fn request(&mut self, packet: PacketType, identifier: u16, bytes: &[u8], place: Place) {
        let request = Use::Request(hash_of(bytes));
        // The same request again keeps its Packet Identifier.
        let taken = self.in_use.get(&identifier).is_some_and(|before| *before != request);
        self.free(identifier);
        self.in_use.insert(identifier, request);
        self.unused(packet, identifier, taken, place);
    }

    /// The Packet Identifier may be used anew.
    fn free(&mut self, identifier: u16) {
        if let Some(Use::Publish(_) | Use::Released) = self.in_use.remove(&identifier) {
            self.in_flight -= 1;
        }
    }

    fn unused(&mut self, packet: PacketType, identifier: u16, taken: bool, place: Place) {
        self.findings.judge(&UNUSED, place.entry, taken, || {
            let name = packet.name();
            let text = format!("a new {name} has Packet Identifier {identifier}, which is in use");
            (text, format!("{} identifier in use", packet.key()))
        });
    }

    fn acknowledge(&mut self, packet: PacketType, ack: &Acknowledgement<'_>, place: Place) {
        let identifier = ack.packet_identifier.get();
        let known = match packet {
            // The sentence of 3.1.1 does not name PUBCOMP.
            PacketType::PUBCOMP => {
                self.version != Version::V5 || self.released.contains(&identifier)
            }
            _ => self.delivered.contains(&identifier),
        };
        self.acknowledges(packet, identifier, known || !self.session_is_new, place);
        self.order.acknowledged(&mut self.findings, packet, identifier, place.entry);
    }

    fn release(&mut self, ack: &Acknowledgement<'_>, place: Place) {
        let identifier = ack.packet_identifier.get();
        let known = self.published.contains(&identifier) || !self.clean_start;
        self.acknowledges(PacketType::PUBREL, identifier, known, place);
        self.order.acknowledged(&mut self.findings, PacketType::PUBREL, identifier, place.entry);
        if let Some(it @ Use::Publish(_)) = self.in_use.get_mut(&identifier) {
            *it = Use::Released;
        }
    }

    fn acknowledges(&mut self, packet: PacketType, identifier: u16, known: bool, place: Place) {
        self.findings.judge(&ACKNOWLEDGES, place.entry, !known, || {
            let name = packet.name();
            let text = format!("{name} for Packet Identifier {identifier}, which was not used");
            (text, format!("{} unknown identifier", packet.key()))
        });
    }

    fn auth(&mut self, auth: &Auth<'_>, place: Place) {
        let unasked = self.method.is_none();
        self.findings.judge(&AUTH_UNASKED, place.entry, unasked, || {
            ("AUTH although CONNECT had no Authentication Method".into(), "auth".into())
        });
        let Some(method) = &self.method else { return };
        if std::mem::take(&mut self.challenged) {
            let code = auth.reason_code.0;
            self.findings.judge(&AUTH_CONTINUES, place.entry, code != CONTINUE, || {
                let text = format!("AUTH {code:#04x} in answer to an AUTH of the server");
                (text, "auth reason_code".into())
            });
        }
        let other = auth.properties.iter().find_map(|property| match property {
            Property::AuthenticationMethod(it) => (it != method).then(|| it.to_owned()),
            _ => None,
        });
        let rule = if auth.reason_code.0 == RE_AUTHENTICATE { REAUTH_METHOD } else { AUTH_METHOD };
        self.findings.judge(&rule, place.entry, other.is_some(), || {
            let other = other.unwrap_or_default();
            let text = format!("AUTH with method `{other}`; CONNECT had `{method}`");
            (text, "other authentication_method".into())
        });
    }

    fn expiry(&mut self, properties: &Properties<'_>, place: Place) {
        let changed = properties.iter().find_map(|property| match property {
            Property::SessionExpiryInterval(seconds) => Some(seconds),
            _ => None,
        });
        if let Some(seconds) = changed {
            let revived = self.session_expiry == 0 && seconds != 0;
            self.findings.judge(&EXPIRY, place.entry, revived, || {
                let text =
                    format!("DISCONNECT asks for Session Expiry Interval {seconds}; CONNECT had 0");
                (text, "session_expiry_interval".into())
            });
        }
    }
}
