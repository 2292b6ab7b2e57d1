//! The codecs, each behind [`Codec`].

mod coap;
mod coap_encode;
mod mqttrs;
mod rmqtt;
mod rumqtt;
mod wirecheck;

use std::hint::black_box;

use wirecheck_codecs::mqtt::Version;

/// A decoder of packets of one version, or an encoder.
pub trait Codec {
    /// The crate, with its version.
    fn name(&self) -> &'static str;

    /// What it decodes, or encodes: the `traffic` of the cases it takes part in.
    fn traffic(&self) -> &'static str;

    /// Hands over all packets of a pass beforehand, for codecs that take them off a buffer of their
    /// own. This is not measured.
    fn fill(&self, _stream: &[u8]) {}

    /// Decodes the next packet, which is `packet`, and adds up all its fields; or encodes it.
    fn decode(&self, packet: &[u8]) -> u64;

    /// Decodes all packets.
    fn pass(&self, packets: &[Vec<u8>]) -> u64 {
        packets.iter().fold(0, |sum, packet| sum.wrapping_add(self.decode(black_box(packet))))
    }
}

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
        Box::new(coap::Wirecheck),
        Box::new(coap::CoapMessage),
        Box::new(coap::CoapLite),
        Box::new(coap_encode::Wirecheck::default()),
        Box::new(coap_encode::CoapLite::default()),
    ]
}

/// No case has such a packet.
#[cold]
fn unexpected() -> ! {
    panic!("a packet came out as one of another type")
}
