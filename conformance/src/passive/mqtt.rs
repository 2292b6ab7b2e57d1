//! The passive rules for an MQTT server. They know one connection from its first byte on; what
//! depends on an earlier connection of the Session is left alone.

use std::collections::{BTreeMap, BTreeSet};

use wirecheck_codecs::mqtt::{
    Acknowledgement, ConnAck, Connect, Context, Message, PacketType, Party, Properties, Property,
    Publish, QoS, Version, fields,
};
use wirecheck_codecs::wire::{Note, Span, Visit};

use super::{Findings, Rule, UNREADABLE};
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};

pub mod client;
mod explanations;

rules! {
    VALID UNREADABLE [Mqtt50 "MQTT5-2.1.3-1", Mqtt311 "MQTT311-2.2.2-1"] [];
    CONNACK_FIRST "connack-first" [Mqtt50 "MQTT5-3.2.0-1", Mqtt311 "MQTT311-3.2.0-1"]
        ["packet-before-connack"];
    ONE_CONNACK "one-connack" [Mqtt50 "MQTT5-3.2.0-2"] ["two-connacks"];
    IDENTIFIER_IN_USE "identifier-in-use" [Mqtt50 "MQTT5-2.2.1-4", Mqtt311 "MQTT311-2.3.1-4"]
        ["reuses-identifier"];
    ACKNOWLEDGES_NOTHING "acknowledges-nothing" [Mqtt50 "MQTT5-2.2.1-5", Mqtt311 "MQTT311-2.3.1-6"]
        ["puback-wrong-identifier"];
    ANSWERS_NOTHING "answers-nothing" [Mqtt50 "MQTT5-2.2.1-6", Mqtt311 "MQTT311-2.3.1-7"]
        ["suback-wrong-identifier"];
    ONE_SUBACK "one-suback" [Mqtt50 "MQTT5-3.8.4-5", Mqtt311 "MQTT311-3.8.4-4"]
        ["suback-for-each-filter"];
    ONE_UNSUBACK "one-unsuback" [Mqtt50 "MQTT5-3.10.4-6", Mqtt311 "MQTT311-3.10.4-6"]
        ["unsuback-for-each-filter"];
    ONE_CODE_PER_FILTER "one-code-per-filter" [Mqtt50 "MQTT5-3.8.4-6", Mqtt311 "MQTT311-3.8.4-5"]
        ["suback-one-code-short"];
    ONE_CODE_PER_ENDED "one-code-per-unsubscribed" [Mqtt50 "MQTT5-3.11.3-2"]
        ["unsuback-one-code-short"];
    RECEIVE_MAXIMUM "receive-maximum" [Mqtt50 "MQTT5-3.3.4-9"] ["ignores-receive-maximum"];
    MAXIMUM_PACKET_SIZE "maximum-packet-size" [Mqtt50 "MQTT5-3.1.2-24"] ["sends-too-large"];
    TOPIC_ALIAS_MAXIMUM "topic-alias-maximum" [Mqtt50 "MQTT5-3.1.2-26"]
        ["uses-alias-above-maximum"];
    NO_TOPIC_ALIAS "no-topic-alias" [Mqtt50 "MQTT5-3.1.2-27"] ["uses-alias-unasked"];
    RESPONSE_INFORMATION "response-information" [Mqtt50 "MQTT5-3.1.2-28"]
        ["response-information-unasked"];
    PROBLEM_INFORMATION "problem-information" [Mqtt50 "MQTT5-3.1.2-29"]
        ["ignores-request-problem-information"];
    FIRST_DELIVERY "first-delivery" [Mqtt50 "MQTT5-4.3.2-2", Mqtt311 "MQTT311-4.3.2-1"]
        ["first-send-with-dup"];
    FIRST_DELIVERY_2 "first-delivery-qos-2" [Mqtt50 "MQTT5-4.3.3-2", Mqtt311 "MQTT311-4.3.3-1"]
        ["first-send-with-dup"];
    NOTHING_AFTER_DISCONNECT "nothing-after-disconnect" [Mqtt50 "MQTT5-3.14.4-1"]
        ["packet-after-disconnect"];
    MINIMAL_INTEGERS "minimal-integers" [Mqtt50 "MQTT5-1.5.5-1"] ["non-minimal-remaining-length"];
    BINARY_FRAMES "binary-frames" [Mqtt50 "MQTT5-6.0.0-1", Mqtt311 "MQTT311-6.0.0-1"]
        ["answers-in-text-frames"];
    AUTH_UNASKED "auth-unasked" [Mqtt50 "MQTT5-4.12.0-6"] ["auth-unasked"];
    MAXIMUM_QOS_TOLD "maximum-qos-told" [Mqtt50 "MQTT5-3.2.2-9"] ["hides-maximum-qos"];
    SUBSCRIPTION_IDENTIFIER_KNOWN "subscription-identifier-known" [Mqtt50 "MQTT5-3.3.4-p6"]
        ["invents-subscription-identifier"];
}

/// Every rule: those about packets of any kind, those about what each kind may explain, and those
/// for clients.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(explanations::rules()).chain(client::rules())
}

/// Watches one connection.
#[derive(Debug)]
pub struct Observer {
    version: Version,
    findings: Findings,
    client: Client,
    connack: Option<bool>,
    session_is_new: bool,
    disconnected: bool,
    /// Our QoS 1 and 2 messages and requests that are not answered.
    published: BTreeSet<u16>,
    requested: BTreeMap<u16, usize>,
    /// Those that were, with the number of their Topic Filters.
    answered: BTreeMap<u16, usize>,
    /// Subscription Identifiers that the client has asked for on this connection.
    subscription_identifiers: BTreeSet<u32>,
    /// The Maximum QoS of CONNACK.
    maximum_qos: u8,
    /// The highest QoS above 0 that the client has published with.
    published_qos: Option<u8>,
    /// Once we sent something that is no packet, answers to it cannot be told from mistakes.
    astray: bool,
    /// The target's QoS 1 and 2 messages that we have not finished.
    in_flight: BTreeMap<u16, QoS>,
    /// The Packet Identifiers that the target has used.
    delivered: BTreeSet<u16>,
}

/// What the codec notes of a packet that is read nevertheless.
struct Notes(Vec<Note>);

impl Visit for Notes {
    fn field(&mut self, _: Span) {}
    fn note(&mut self, note: Note) {
        self.0.push(note);
    }
}

/// What the client's CONNECT said.
#[derive(Debug)]
struct Client {
    connects: u32,
    receive_maximum: usize,
    maximum_packet_size: Option<u32>,
    topic_alias_maximum: u16,
    response_information: bool,
    problem_information: bool,
    authentication: bool,
}

impl Observer {
    /// Watches a connection in `version` to a target that is a client or a server.
    #[must_use]
    pub fn new(version: Version, target: Sender) -> Self {
        let protocol = match version {
            Version::V5 => Protocol::Mqtt50,
            Version::V31 | Version::V311 => Protocol::Mqtt311,
        };
        Self {
            version,
            findings: Findings::new(protocol, target),
            client: Client {
                connects: 0,
                receive_maximum: 65_535,
                maximum_packet_size: None,
                topic_alias_maximum: 0,
                response_information: false,
                problem_information: true,
                authentication: false,
            },
            connack: None,
            session_is_new: false,
            disconnected: false,
            published: BTreeSet::new(),
            requested: BTreeMap::new(),
            answered: BTreeMap::new(),
            subscription_identifiers: BTreeSet::new(),
            maximum_qos: 2,
            published_qos: None,
            delivered: BTreeSet::new(),
            astray: false,
            in_flight: BTreeMap::new(),
        }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The client sent `message`.
    pub fn sent(&mut self, message: &Message<'_>) {
        match message {
            Message::Connect(connect) => self.sent_connect(connect),
            Message::Publish(publish) => {
                if let Some(identifier) = publish.delivery.packet_identifier() {
                    self.published.insert(identifier.get());
                    let qos = publish.delivery.qos() as u8;
                    self.published_qos = self.published_qos.max(Some(qos));
                }
            }
            Message::Subscribe(subscribe) => {
                let count = subscribe.subscriptions.count();
                for property in subscribe.properties.iter() {
                    if let Property::SubscriptionIdentifier(identifier) = property {
                        self.subscription_identifiers.insert(identifier);
                    }
                }
                self.requested.insert(subscribe.packet_identifier.get(), count);
            }
            Message::Unsubscribe(unsubscribe) => {
                let count = unsubscribe.topic_filters.count();
                self.requested.insert(unsubscribe.packet_identifier.get(), count);
            }
            Message::PubAck(ack) | Message::PubComp(ack) => self.finish(ack),
            Message::PubRec(ack) if ack.reason_code.is_error() => self.finish(ack),
            _ => {}
        }
    }

    /// The client sent bytes that are no valid packet.
    pub fn sent_something_else(&mut self) {
        self.astray = true;
    }

    /// Whether the server may answer in the form of another version: what it answers to is no
    /// CONNECT of this one.
    #[must_use]
    pub fn version_is_open(&self) -> bool {
        self.astray && self.connack.is_none() && self.client.connects == 0
    }

    /// The server sent `message`, which is `bytes`.
    pub fn received(&mut self, message: &Message<'_>, bytes: &[u8], entry: usize) {
        let packet = message.packet_type();
        self.findings.kept(&VALID);
        let mut notes = Notes(Vec::new());
        let _ = fields(bytes, &Context::new(self.version, Party::Server), &mut notes);
        let long = notes.0.iter().find(|note| note.note == "non-minimal-varint");
        self.findings.judge(&MINIMAL_INTEGERS, entry, long.is_some(), || {
            let field = long.map_or("", |note| note.field);
            (format!("{field} is longer than it has to be"), format!("non-minimal {field}"))
        });
        self.findings.judge(
            &ONE_CONNACK,
            entry,
            packet == PacketType::CONNACK && self.connack.is_some(),
            || ("a second CONNACK on the connection".into(), "second connack".into()),
        );
        let first = self.connack != Some(true)
            && !matches!(packet, PacketType::CONNACK | PacketType::AUTH | PacketType::DISCONNECT);
        self.findings.judge(&CONNACK_FIRST, entry, first && !self.astray, || {
            (format!("{} comes before CONNACK", packet.name()), format!("{} first", packet.key()))
        });
        if self.disconnected {
            self.findings.judge(&NOTHING_AFTER_DISCONNECT, entry, true, || {
                (format!("{} follows DISCONNECT", packet.name()), packet.key().into())
            });
        }
        if let Some(most) = self.client.maximum_packet_size {
            self.findings.judge(&MAXIMUM_PACKET_SIZE, entry, bytes.len() > most as usize, || {
                (
                    format!("{} of {} bytes; the Client takes {most}", packet.name(), bytes.len()),
                    format!("{} too large", packet.key()),
                )
            });
            self.explanations(message, bytes.len(), most as usize, entry);
        }
        match message {
            Message::ConnAck(connack) => self.received_connack(connack, entry),
            Message::Publish(publish) => self.received_publish(publish, entry),
            Message::PubAck(ack) | Message::PubRec(ack) | Message::PubComp(ack) => {
                self.received_acknowledgement(packet, ack, entry);
            }
            Message::SubAck(ack) => {
                let count = ack.reason_codes.count();
                self.received_answer(packet, ack.packet_identifier.get(), Some(count), entry);
                self.problem_information(packet, &ack.properties, entry);
            }
            Message::UnsubAck(ack) => {
                let count = (self.version == Version::V5).then(|| ack.reason_codes.count());
                self.received_answer(packet, ack.packet_identifier.get(), count, entry);
                self.problem_information(packet, &ack.properties, entry);
            }
            Message::PubRel(ack) => self.problem_information(packet, &ack.properties, entry),
            Message::Disconnect(disconnect) => {
                self.disconnected = true;
                // What else may be meant by 0x9B, as of a SUBSCRIBE, is not about a message of ours.
                let elsewhere = self.astray || !self.requested.is_empty();
                if let (0x9B, Some(qos), false) =
                    (disconnect.reason_code.0, self.published_qos, elsewhere)
                {
                    let most = self.maximum_qos;
                    self.findings.judge(&MAXIMUM_QOS_TOLD, entry, qos <= most, || {
                        let words = format!(
                            "DISCONNECT 0x9B after QoS {qos}; Maximum QoS {most} holds by CONNACK"
                        );
                        (words, "untold".into())
                    });
                }
            }
            Message::Auth(auth) => {
                self.problem_information(packet, &auth.properties, entry);
                let unasked = !self.client.authentication;
                self.findings.judge(&AUTH_UNASKED, entry, unasked && !self.astray, || {
                    ("AUTH although CONNECT had no Authentication Method".into(), "auth".into())
                });
            }
            _ => {}
        }
    }

    /// The server sent what our codec rejects.
    pub fn unreadable(&mut self, error: &Rejection, entry: usize) {
        self.findings.kept(&VALID);
        // PUBACK with the identifier 0 that we had sent, SUBACK without codes for no filters: the
        // server broke the rule about closing, not the one that the codec names.
        if !self.astray {
            self.findings.unreadable(&VALID, error, entry);
        }
    }

    /// The connection is one of WebSocket.
    pub fn in_frames(&mut self) {
        self.findings.kept(&BINARY_FRAMES);
    }

    /// The server sent a text frame of WebSocket.
    pub fn text_frame(&mut self, entry: usize) {
        self.findings.judge(&BINARY_FRAMES, entry, true, || {
            ("a text frame, and packets travel in binary ones".into(), "text frame".into())
        });
    }

    fn sent_connect(&mut self, connect: &Connect<'_>) {
        self.client.connects += 1;
        if self.client.connects > 1 {
            self.astray = true;
            return;
        }
        self.session_is_new = connect.clean_start;
        for property in connect.properties.iter() {
            match property {
                Property::ReceiveMaximum(most) => self.client.receive_maximum = most.into(),
                Property::MaximumPacketSize(most) => self.client.maximum_packet_size = Some(most),
                Property::TopicAliasMaximum(most) => self.client.topic_alias_maximum = most,
                Property::RequestResponseInformation(asked) => {
                    self.client.response_information = asked == 1;
                }
                Property::RequestProblemInformation(asked) => {
                    self.client.problem_information = asked == 1;
                }
                Property::AuthenticationMethod(_) => self.client.authentication = true,
                _ => {}
            }
        }
    }

    fn finish(&mut self, ack: &Acknowledgement<'_>) {
        self.in_flight.remove(&ack.packet_identifier.get());
    }

    fn received_connack(&mut self, connack: &ConnAck<'_>, entry: usize) {
        self.connack = Some(!connack.reason_code.is_error());
        if !connack.session_present {
            self.session_is_new = true;
        }
        for property in connack.properties.iter() {
            if let Property::MaximumQoS(most) = property {
                self.maximum_qos = most;
            }
        }
        let informed =
            connack.properties.iter().any(|p| matches!(p, Property::ResponseInformation(_)));
        let unasked = informed && !self.client.response_information && !self.astray;
        self.findings.judge(&RESPONSE_INFORMATION, entry, unasked, || {
            ("Response Information that was not asked for".into(), "response_information".into())
        });
        if !self.client.authentication && !self.astray {
            let method =
                connack.properties.iter().any(|p| matches!(p, Property::AuthenticationMethod(_)));
            self.findings.judge(&AUTH_UNASKED, entry, method, || {
                (
                    "CONNACK has an Authentication Method, CONNECT had none".into(),
                    "connack authentication_method".into(),
                )
            });
        }
    }

    fn received_publish(&mut self, publish: &Publish<'_>, entry: usize) {
        let most = self.client.topic_alias_maximum;
        for property in publish.properties.iter() {
            if let Property::TopicAlias(alias) = property {
                let rule = if most == 0 { NO_TOPIC_ALIAS } else { TOPIC_ALIAS_MAXIMUM };
                self.findings.judge(&rule, entry, alias > most, || {
                    (format!("Topic Alias {alias}; the Client takes up to {most}"), "alias".into())
                });
            }
        }
        if self.session_is_new && !self.astray {
            let foreign = publish.properties.iter().find_map(|property| match property {
                Property::SubscriptionIdentifier(it) => {
                    (!self.subscription_identifiers.contains(&it)).then_some(it)
                }
                _ => None,
            });
            self.findings.judge(&SUBSCRIPTION_IDENTIFIER_KNOWN, entry, foreign.is_some(), || {
                let text =
                    format!("Subscription Identifier {foreign:?}, which was never asked for");
                (text, "unknown subscription_identifier".into())
            });
        }
        let Some(identifier) = publish.delivery.packet_identifier() else { return };
        if !publish.delivery.dup() {
            let taken = self.in_flight.contains_key(&identifier.get());
            self.findings.judge(&IDENTIFIER_IN_USE, entry, taken, || {
                (
                    format!("a new PUBLISH has Packet Identifier {identifier}, which is in flight"),
                    "identifier in flight".into(),
                )
            });
        }
        // On a connection that began a Session nothing can be a re-delivery.
        let repeated = publish.delivery.dup()
            && self.session_is_new
            && !self.delivered.contains(&identifier.get());
        let once = publish.delivery.qos() == QoS::ExactlyOnce;
        let rule = if once { FIRST_DELIVERY_2 } else { FIRST_DELIVERY };
        self.findings.judge(&rule, entry, repeated, || {
            ("DUP is set on the first delivery in a new Session".into(), "dup=true".into())
        });
        self.in_flight.insert(identifier.get(), publish.delivery.qos());
        self.delivered.insert(identifier.get());
        let (count, most) = (self.in_flight.len(), self.client.receive_maximum);
        self.findings.judge(&RECEIVE_MAXIMUM, entry, count > most, || {
            (
                format!("{count} messages in flight; the Client's Receive Maximum is {most}"),
                "too many in flight".into(),
            )
        });
    }

    fn received_acknowledgement(
        &mut self,
        packet: PacketType,
        ack: &Acknowledgement<'_>,
        entry: usize,
    ) {
        let identifier = ack.packet_identifier.get();
        // An answer to what we sent in an earlier connection, or again, is no mistake.
        let known = self.published.contains(&identifier) || self.astray || !self.session_is_new;
        // A PUBREL for an unknown identifier is answered too (0x92), so PUBCOMP proves nothing.
        if packet != PacketType::PUBCOMP {
            self.findings.judge(&ACKNOWLEDGES_NOTHING, entry, !known, || {
                (
                    format!(
                        "{} for Packet Identifier {identifier}, which was not used",
                        packet.name()
                    ),
                    format!("{} unknown identifier", packet.key()),
                )
            });
        }
        self.problem_information(packet, &ack.properties, entry);
    }

    fn received_answer(
        &mut self,
        packet: PacketType,
        identifier: u16,
        count: Option<usize>,
        entry: usize,
    ) {
        let asked = self.requested.remove(&identifier);
        let suback = packet == PacketType::SUBACK;
        // Where one packet asks for much, that there is one answer has a sentence of its own.
        let before = self.answered.get(&identifier).copied();
        let filters = asked.or(before).unwrap_or(0);
        self.answered.extend(asked.map(|asked| (identifier, asked)));
        if filters > 1 {
            let rule = if suback { ONE_SUBACK } else { ONE_UNSUBACK };
            self.findings.judge(&rule, entry, asked.is_none() && !self.astray, || {
                let words = format!("a second {} for {filters} Topic Filters", packet.name());
                (words, format!("second {}", packet.key()))
            });
            if asked.is_none() {
                return;
            }
        }
        self.findings.judge(&ANSWERS_NOTHING, entry, asked.is_none() && !self.astray, || {
            (
                format!(
                    "{} for Packet Identifier {identifier}, which nothing asks for",
                    packet.name()
                ),
                format!("{} unknown identifier", packet.key()),
            )
        });
        if let (Some(asked), Some(count)) = (asked, count) {
            let rule = if suback { ONE_CODE_PER_FILTER } else { ONE_CODE_PER_ENDED };
            self.findings.judge(&rule, entry, asked != count, || {
                (
                    format!("{} has {count} codes for {asked} Topic Filters", packet.name()),
                    format!("{} wrong number of codes", packet.key()),
                )
            });
        }
    }

    fn problem_information(
        &mut self,
        packet: PacketType,
        properties: &Properties<'_>,
        entry: usize,
    ) {
        if self.client.problem_information {
            return;
        }
        let informed = properties
            .iter()
            .any(|p| matches!(p, Property::ReasonString(_) | Property::UserProperty(_)));
        self.findings.judge(&PROBLEM_INFORMATION, entry, informed, || {
            (
                format!("{} has a Reason String or User Property that was declined", packet.name()),
                packet.key().into(),
            )
        });
    }
}
