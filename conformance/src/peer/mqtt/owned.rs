//! What the broker keeps of packets after their bytes are gone.

use std::sync::Arc;

use tokio::time::{Duration, Instant};
use wirecheck_codecs::mqtt::{Connect, Properties, Property, QoS, Version};

/// An Application Message.
#[derive(Clone, Debug)]
pub(super) struct Application {
    pub(super) topic: String,
    pub(super) payload: Arc<[u8]>,
    pub(super) qos: QoS,
    /// RETAIN as it was published.
    pub(super) retain: bool,
    /// DUP as it was published; only a fault looks at it.
    pub(super) dup: bool,
    /// Neither stored nor passed on.
    pub(super) private: bool,
    pub(super) extras: Extras,
    /// Client Identifier of the publisher.
    pub(super) publisher: String,
}

/// The properties of an Application Message that travel with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    pub(super) payload_format_indicator: Option<u8>,
    pub(super) content_type: Option<String>,
    pub(super) response_topic: Option<String>,
    pub(super) correlation_data: Option<Vec<u8>>,
    pub(super) user: Vec<(String, String)>,
    /// Message Expiry Interval as received, and when it runs out.
    pub(super) expiry: Option<(u32, Instant)>,
}

impl Extras {
    /// What of `properties` travels with a message that arrives `now`.
    pub(super) fn of(properties: &Properties<'_>, now: Instant) -> Self {
        let mut extras = Self::default();
        for property in properties.iter() {
            match property {
                Property::PayloadFormatIndicator(value) => {
                    extras.payload_format_indicator = Some(value);
                }
                Property::ContentType(value) => extras.content_type = Some(value.to_owned()),
                Property::ResponseTopic(value) => extras.response_topic = Some(value.to_owned()),
                Property::CorrelationData(value) => extras.correlation_data = Some(value.to_vec()),
                Property::UserProperty((name, value)) => {
                    extras.user.push((name.to_owned(), value.to_owned()));
                }
                Property::MessageExpiryInterval(seconds) => {
                    let at = now + Duration::from_secs(seconds.into());
                    extras.expiry = Some((seconds, at));
                }
                _ => {}
            }
        }
        extras
    }

    /// True once the Message Expiry Interval has passed.
    pub(super) fn expired(&self, now: Instant) -> bool {
        self.expiry.is_some_and(|(_, at)| at <= now)
    }
}

/// A Will Message with its delay.
#[derive(Clone, Debug)]
pub(super) struct Will {
    pub(super) message: Application,
    pub(super) delay: u32,
}

/// A CONNECT that is being worked on.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) version: Version,
    pub(super) clean_start: bool,
    pub(super) keep_alive: u16,
    pub(super) client_identifier: String,
    pub(super) will: Option<Will>,
    pub(super) session_expiry: u32,
    pub(super) receive_maximum: u16,
    pub(super) maximum_packet_size: u32,
    pub(super) topic_alias_maximum: u16,
    pub(super) response_information: bool,
    pub(super) problem_information: bool,
    pub(super) method: Option<String>,
}

impl Request {
    /// The request in `connect`, with the defaults of what it leaves out.
    pub(super) fn of(connect: &Connect<'_>, version: Version, now: Instant) -> Self {
        let mut request = Self {
            version,
            clean_start: connect.clean_start,
            keep_alive: connect.keep_alive,
            client_identifier: connect.client_identifier.to_owned(),
            will: None,
            // A 3.1.1 Session without Clean Session has no end (MQTT311-3.1.2-4).
            session_expiry: match version {
                Version::V5 => 0,
                _ if connect.clean_start => 0,
                _ => u32::MAX,
            },
            receive_maximum: u16::MAX,
            maximum_packet_size: u32::MAX,
            topic_alias_maximum: 0,
            response_information: false,
            problem_information: true,
            method: None,
        };
        for property in connect.properties.iter() {
            match property {
                Property::SessionExpiryInterval(value) => request.session_expiry = value,
                Property::ReceiveMaximum(value) => request.receive_maximum = value,
                Property::MaximumPacketSize(value) => request.maximum_packet_size = value,
                Property::TopicAliasMaximum(value) => request.topic_alias_maximum = value,
                Property::RequestResponseInformation(value) => {
                    request.response_information = value == 1;
                }
                Property::RequestProblemInformation(value) => {
                    request.problem_information = value == 1;
                }
                Property::AuthenticationMethod(value) => request.method = Some(value.to_owned()),
                _ => {}
            }
        }
        request.will = connect.will.map(|will| Will {
            message: Application {
                topic: will.topic.to_owned(),
                payload: will.payload.into(),
                qos: will.qos,
                retain: will.retain,
                dup: false,
                private: false,
                extras: Extras::of(&will.properties, now),
                publisher: connect.client_identifier.to_owned(),
            },
            delay: will
                .properties
                .iter()
                .find_map(|property| match property {
                    Property::WillDelayInterval(value) => Some(value),
                    _ => None,
                })
                .unwrap_or(0),
        });
        request
    }
}
