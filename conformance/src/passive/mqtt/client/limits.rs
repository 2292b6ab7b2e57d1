//! What CONNACK allows a client.

use std::collections::BTreeSet;

use wirecheck_codecs::mqtt::{ConnAck, PacketType, Property, Publish};

use super::Findings;

client_rules! {
    QUOTA "send-quota" [Mqtt50 "MQTT5-3.3.4-7"];
    SIZE "server-maximum-packet-size" [Mqtt50 "MQTT5-3.2.2-15"];
    MAXIMUM_QOS "server-maximum-qos" [Mqtt50 "MQTT5-3.2.2-11"];
    RETAIN "retain-unavailable" [Mqtt50 "MQTT5-3.2.2-14"];
    ALIAS_MAXIMUM "server-topic-alias-maximum" [Mqtt50 "MQTT5-3.2.2-17"];
    NO_ALIAS "no-topic-alias-for-server" [Mqtt50 "MQTT5-3.2.2-18"];
    ALIAS_KNOWN "topic-alias-known" [Mqtt50 "MQTT5-3.3.4-p12"];
}

/// The values of CONNACK, and the client's Topic Aliases.
#[derive(Debug)]
pub(super) struct Limits {
    /// Whether the client is known to have CONNACK.
    pub(super) is_known: bool,
    receive_maximum: usize,
    maximum_packet_size: Option<u32>,
    maximum_qos: u8,
    retain_available: bool,
    topic_alias_maximum: u16,
    aliases: BTreeSet<u16>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            is_known: false,
            receive_maximum: 65_535,
            maximum_packet_size: None,
            maximum_qos: 2,
            retain_available: true,
            topic_alias_maximum: 0,
            aliases: BTreeSet::new(),
        }
    }
}

impl Limits {
    /// Takes what a CONNACK says.
    pub(super) fn told(&mut self, connack: &ConnAck<'_>) {
        for property in connack.properties.iter() {
            match property {
                Property::ReceiveMaximum(most) => self.receive_maximum = most.into(),
                Property::MaximumPacketSize(most) => self.maximum_packet_size = Some(most),
                Property::MaximumQoS(most) => self.maximum_qos = most,
                Property::RetainAvailable(it) => self.retain_available = it == 1,
                Property::TopicAliasMaximum(most) => self.topic_alias_maximum = most,
                _ => {}
            }
        }
    }

    /// Judges the length of a packet.
    pub(super) fn size(
        &self,
        findings: &mut Findings,
        packet: PacketType,
        length: usize,
        entry: usize,
    ) {
        if let (Some(most), true) = (self.maximum_packet_size, self.is_known) {
            findings.judge(&SIZE, entry, length > most as usize, || {
                let name = packet.name();
                let text = format!("{name} of {length} bytes; the Server takes {most}");
                (text, format!("{} too large", packet.key()))
            });
        }
    }

    /// Judges how many messages are on their way.
    pub(super) fn quota(&self, findings: &mut Findings, count: usize, entry: usize) {
        if self.is_known {
            let most = self.receive_maximum;
            findings.judge(&QUOTA, entry, count > most, || {
                let text =
                    format!("{count} messages in flight; the Server's Receive Maximum is {most}");
                (text, "too many in flight".into())
            });
        }
    }

    /// Judges a PUBLISH.
    pub(super) fn publish(&mut self, findings: &mut Findings, publish: &Publish<'_>, entry: usize) {
        let alias = publish.properties.iter().find_map(|property| match property {
            Property::TopicAlias(alias) => Some(alias),
            _ => None,
        });
        if let Some(alias) = alias {
            if publish.topic_name.is_empty() {
                let unknown = !self.aliases.contains(&alias);
                findings.judge(&ALIAS_KNOWN, entry, unknown, || {
                    let text = format!("PUBLISH by Topic Alias {alias}, which stands for nothing");
                    (text, "topic_alias=unknown".into())
                });
            } else {
                self.aliases.insert(alias);
            }
        }
        if !self.is_known {
            return;
        }
        if let Some(alias) = alias {
            let most = self.topic_alias_maximum;
            let rule = if most == 0 { NO_ALIAS } else { ALIAS_MAXIMUM };
            findings.judge(&rule, entry, alias > most, || {
                (format!("Topic Alias {alias}; the Server takes up to {most}"), "alias".into())
            });
        }
        let (qos, most) = (publish.delivery.qos() as u8, self.maximum_qos);
        findings.judge(&MAXIMUM_QOS, entry, qos > most, || {
            (format!("PUBLISH at QoS {qos}; the Server's Maximum QoS is {most}"), "qos".into())
        });
        if !self.retain_available {
            findings.judge(&RETAIN, entry, publish.retain, || {
                ("PUBLISH with RETAIN; the Server has Retain Available 0".into(), "retain".into())
            });
        }
    }
}
