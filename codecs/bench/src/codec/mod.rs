//! The codecs, each behind [`Codec`].

mod coap;
mod encoding;
#[cfg(feature = "libcoap")]
mod libcoap;
mod mqtt_sn;
mod mqttrs;
mod protocol_core;
mod rmqtt;
mod rumqtt;
mod wirecheck;
pub mod xmpp;

use std::hint::black_box;

use wirecheck_codecs::mqtt::Version;

pub use encoding::Encoder;

use crate::input::Traffic;

/// A codec for one kind of traffic.
pub trait Codec {
    /// The crate, with its version.
    fn name(&self) -> &'static str;

    /// The packets that it decodes.
    fn traffic(&self) -> Traffic;

    /// Hands over all packets of a pass beforehand, for codecs that take them off a buffer of their
    /// own. This is not measured.
    fn fill(&self, _stream: &[u8]) {}

    /// Whether it reads all that the packets hold; of one that does not the sum says nothing.
    fn reads_all(&self) -> bool {
        true
    }

    /// Decodes the next packet, which is `packet`, and adds up all its fields.
    fn decode(&self, packet: &[u8]) -> u64;

    /// Whether the codec takes `bytes` as one whole packet.
    fn takes(&self, bytes: &[u8]) -> bool;

    /// Decodes `packets`, so that they can be encoded again; `None` if it cannot encode.
    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>>;

    /// Decodes all packets.
    fn pass(&self, packets: &[Vec<u8>]) -> u64 {
        packets.iter().fold(0, |sum, packet| sum.wrapping_add(self.decode(black_box(packet))))
    }
}

/// What the names of codecs that are not written in Rust begin with.
pub const IN_C: &[&str] = &["libcoap"];

/// Every codec; ours come first.
pub fn codecs() -> Vec<Box<dyn Codec>> {
    vec![
        Box::new(wirecheck::Wirecheck::new(Version::V311)),
        Box::new(wirecheck::Wirecheck::new(Version::V5)),
        Box::new(mqttrs::Mqttrs),
        Box::new(rumqtt::Mqttbytes::default()),
        Box::new(rumqtt::Rumqttc::default()),
        Box::new(rumqtt::Rumqttc5::default()),
        Box::new(rmqtt::Rmqtt::default()),
        Box::new(rmqtt::Rmqtt5::default()),
        Box::new(protocol_core::ProtocolCore),
        Box::new(protocol_core::ProtocolCore5),
        Box::new(coap::Wirecheck),
        Box::new(coap::CoapMessage),
        Box::new(coap::CoapLite),
        #[cfg(feature = "libcoap")]
        Box::new(libcoap::Libcoap),
        Box::new(mqtt_sn::Wirecheck),
        Box::new(mqtt_sn::MqttSn),
        Box::new(xmpp::Wirecheck::default()),
        Box::new(xmpp::QuickXml::default()),
        Box::new(xmpp::QuickXmlNamespaces::default()),
        Box::new(xmpp::Rxml::default()),
        Box::new(xmpp::Minidom),
    ]
}

/// No case has such a packet.
#[cold]
fn unexpected() -> ! {
    panic!("a packet came out as one of another type")
}
