//! The state machine without sockets, the shell on in-memory streams, and the tables.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod differences;
mod flows;
mod noise;
mod shell;
mod tables;
mod tours;
mod wills;

use std::num::NonZeroU16;

use tokio::time::{Duration, Instant};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::{
    Acknowledgement, Connect, Context, Delivery, List, Message, Party, Properties, Property,
    Publish, QoS, ReasonCode, Subscribe, Subscription, Version, decode,
};

use super::{LinkId, Options, State};
use crate::peer::stream::Machine as _;

/// A broker and the time it is told.
struct Bench {
    state: State,
    now: Instant,
    version: Version,
}

impl Bench {
    fn new(version: Version) -> Self {
        Self::with(version, Options::default())
    }

    fn faulty(version: Version, fault: &str) -> Self {
        Self::with(version, Options { fault: Some(fault.to_owned()), ..Options::default() })
    }

    fn with(version: Version, options: Options) -> Self {
        let now = Instant::now();
        Self { state: State::new(options, now), now, version }
    }

    fn send(&mut self, id: LinkId, message: &Message<'_>) {
        let bytes = encode(message, self.version);
        let used = self.state.input(self.now, id, &bytes);
        assert_eq!(used, bytes.len(), "{message:?}");
    }

    /// What was sent to the connection since the last call.
    fn sent(&mut self, id: LinkId) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(bytes) = self.state.output(id) {
            all.push(describe(&bytes, self.version));
        }
        all
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.state.elapsed(self.now);
    }

    /// Opens a connection; its CONNACK is taken.
    fn connect(&mut self, client: &str, clean: bool, properties: &[Property<'_>]) -> LinkId {
        let connect = Connect { properties: Properties::Given(properties), ..plain(client, clean) };
        self.open(connect)
    }

    fn open(&mut self, connect: Connect<'_>) -> LinkId {
        let id = self.state.open(self.now);
        self.send(id, &Message::Connect(connect));
        id
    }

    fn subscribe(&mut self, id: LinkId, topic_filter: &str, maximum_qos: QoS) {
        let subscription = Subscription {
            topic_filter,
            maximum_qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: 0,
        };
        self.send(id, &subscribing(&[subscription], &[]));
    }

    fn publish(&mut self, id: LinkId, topic: &str, delivery: Delivery, payload: &str) {
        self.send(id, &publishing(topic, delivery, payload));
    }
}

fn plain(client_identifier: &str, clean_start: bool) -> Connect<'_> {
    Connect {
        clean_start,
        keep_alive: 0,
        properties: Properties::EMPTY,
        client_identifier,
        will: None,
        user_name: None,
        password: None,
    }
}

fn subscribing<'a>(
    subscriptions: &'a [Subscription<'a>],
    properties: &'a [Property<'a>],
) -> Message<'a> {
    Message::Subscribe(Subscribe {
        packet_identifier: NonZeroU16::MIN,
        properties: Properties::Given(properties),
        subscriptions: List::Given(subscriptions),
    })
}

fn publishing<'a>(topic_name: &'a str, delivery: Delivery, payload: &'a str) -> Message<'a> {
    Message::Publish(Publish {
        delivery,
        retain: false,
        topic_name,
        properties: Properties::EMPTY,
        payload: payload.as_bytes(),
    })
}

fn ack(identifier: u16) -> Acknowledgement<'static> {
    Acknowledgement::success(NonZeroU16::new(identifier).unwrap())
}

fn refusal(identifier: u16) -> Acknowledgement<'static> {
    Acknowledgement { reason_code: ReasonCode(0x80), ..ack(identifier) }
}

fn at_least_once(identifier: u16) -> Delivery {
    Delivery::new(QoS::AtLeastOnce, NonZeroU16::new(identifier).unwrap(), false)
}

fn exactly_once(identifier: u16, dup: bool) -> Delivery {
    Delivery::new(QoS::ExactlyOnce, NonZeroU16::new(identifier).unwrap(), dup)
}

fn encode(message: &Message<'_>, version: Version) -> Vec<u8> {
    let ctx = Context::new(version, Party::Client);
    let mut bytes = vec![0; message.encoded_len(&ctx).unwrap()];
    message.encode(&mut bytes, &ctx).unwrap();
    bytes
}

/// A packet of the broker in a few words.
fn describe(bytes: &[u8], version: Version) -> String {
    let decoded = decode(bytes, &Context::new(version, Party::Server));
    let message = match decoded {
        Ok(Decoded::Complete { message, used }) if used == bytes.len() => message,
        other => return format!("{other:?}"),
    };
    match message {
        Message::ConnAck(packet) => {
            format!("connack {:?} session_present={}", packet.reason_code, packet.session_present)
        }
        Message::Publish(packet) => format!(
            "publish {} qos={} id={} dup={} retain={} {}",
            packet.topic_name,
            packet.delivery.qos().level(),
            packet.delivery.packet_identifier().map_or(0, NonZeroU16::get),
            packet.delivery.dup(),
            packet.retain,
            String::from_utf8_lossy(packet.payload),
        ),
        Message::PubAck(packet) => acknowledgement("puback", &packet),
        Message::PubRec(packet) => acknowledgement("pubrec", &packet),
        Message::PubRel(packet) => acknowledgement("pubrel", &packet),
        Message::PubComp(packet) => acknowledgement("pubcomp", &packet),
        Message::SubAck(packet) => format!("suback {:?}", packet.reason_codes),
        Message::UnsubAck(packet) => format!("unsuback {:?}", packet.reason_codes),
        Message::Disconnect(packet) => format!("disconnect {:?}", packet.reason_code),
        other => format!("{other:?}"),
    }
}

fn acknowledgement(name: &str, packet: &Acknowledgement<'_>) -> String {
    format!("{name} {} {:?}", packet.packet_identifier, packet.reason_code)
}
