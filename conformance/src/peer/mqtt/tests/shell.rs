//! The broker on in-memory streams with a paused clock.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::peer::mqtt::{Broker, VARIANTS};

struct Client {
    stream: DuplexStream,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(broker: &Broker, name: &str) -> Self {
        let (stream, theirs) = duplex(4096);
        let broker = broker.clone();
        tokio::spawn(async move { broker.serve(theirs).await });
        let mut client = Self { stream, buffer: Vec::new() };
        client.send(&Message::Connect(plain(name, true))).await;
        assert_eq!(client.next().await.as_deref(), Some("connack 0x00 session_present=false"));
        client
    }

    async fn send(&mut self, message: &Message<'_>) {
        self.stream.write_all(&encode(message, Version::V5)).await.unwrap();
    }

    /// The next packet; `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            let ctx = Context::new(Version::V5, Party::Server);
            if let Ok(Decoded::Complete { used, .. }) = decode(&self.buffer, &ctx) {
                let packet: Vec<u8> = self.buffer.drain(..used).collect();
                return Some(describe(&packet, Version::V5));
            }
            let mut chunk = [0; 512];
            match self.stream.read(&mut chunk).await.unwrap() {
                0 => return None,
                count => self.buffer.extend(&chunk[..count]),
            }
        }
    }
}

/// Publishes at each QoS to a subscriber and returns what it got.
async fn each_qos(options: Options) -> Vec<String> {
    let broker = Broker::new(options);
    let mut a = Client::connect(&broker, "a").await;
    let mut b = Client::connect(&broker, "b").await;
    let subscription = Subscription {
        topic_filter: "t",
        maximum_qos: QoS::ExactlyOnce,
        no_local: false,
        retain_as_published: false,
        retain_handling: 0,
    };
    a.send(&subscribing(&[subscription], &[])).await;
    assert!(a.next().await.unwrap().starts_with("suback"));
    let mut got = Vec::new();
    for delivery in [Delivery::AtMostOnce, at_least_once(1), exactly_once(2, false)] {
        b.send(&publishing("t", delivery, "x")).await;
        got.push(a.next().await.unwrap());
    }
    b.send(&Message::PubRel(ack(2))).await;
    for expected in ["puback 1 0x00", "pubrec 2 0x00", "pubcomp 2 0x00"] {
        assert_eq!(b.next().await.as_deref(), Some(expected));
    }
    got
}

#[tokio::test(start_paused = true)]
async fn each_qos_over_a_stream() {
    assert_eq!(
        each_qos(Options::default()).await,
        [
            "publish t qos=0 id=0 dup=false retain=false x",
            "publish t qos=1 id=1 dup=false retain=false x",
            "publish t qos=2 id=2 dup=false retain=false x",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn each_qos_under_variants_that_move_bytes() {
    let expected = each_qos(Options::default()).await;
    for id in ["one-byte-writes", "coalesced-writes", "slow-replies", "shuffled-properties"] {
        assert!(VARIANTS.iter().any(|variant| variant.id == id));
        let options = Options { variant: Some(id.to_owned()), ..Options::default() };
        assert_eq!(each_qos(options).await, expected, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_explained_and_closes_the_stream() {
    let broker = Broker::new(Options::default());
    let mut a = Client::connect(&broker, "a").await;
    a.send(&Message::Connect(plain("a", true))).await;
    assert_eq!(a.next().await.as_deref(), Some("disconnect 0x82"));
    assert_eq!(a.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed_in_time() {
    let broker = Broker::new(Options::default());
    let (mut stream, theirs) = duplex(64);
    let start = Instant::now();
    tokio::spawn(async move { broker.serve(theirs).await });
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    assert_eq!(start.elapsed().as_secs(), 10);
}
