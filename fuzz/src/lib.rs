//! Fuzz properties as plain functions, one table of them, and nothing else: libFuzzer runs them
//! on new inputs, `cargo test` on the committed ones.

mod capture;
mod cases;
mod coap;
mod coap_forms;
mod mqtt;
mod mqtt_sn;
mod mqtt_sn_gateway;
mod scram;
mod topics;
mod xmpp;

pub use capture::capture;
pub use cases::case_files;
pub use coap::{coap_decode, coap_round_trip, generated_message};
pub use coap_forms::{
    coap_reassembly, coap_tcp_decode, coap_ws_decode, generated_frame, generated_links,
    generated_stream, link_format, oscore,
};
pub use mqtt::{generated_packet, mqtt_decode, mqtt_json, mqtt_round_trip, mqtt_stream};
pub use mqtt_sn::{mqtt_sn_2_decode, mqtt_sn_2_round_trip, mqtt_sn_decode, mqtt_sn_round_trip};
pub use mqtt_sn_gateway::mqtt_sn_gateway;
pub use scram::{generated_exchange, xmpp_scram};
pub use topics::topics;
pub use xmpp::{generated_element, xmpp_decode, xmpp_round_trip};

#[cfg(fuzzing)]
pub use libfuzzer_sys;

/// One fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, that of its binary and of its folder in `corpus`.
    pub name: &'static str,
    /// The property; it panics where the property does not hold.
    pub property: fn(&[u8]),
    /// What is tried.
    pub doc: &'static str,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "mqtt-decode",
        property: mqtt_decode,
        doc: "any bytes, by any version and party, are judged, and walking changes no verdict",
    },
    Target {
        name: "mqtt-stream",
        property: mqtt_stream,
        doc: "chunks of a stream make the same packets as the whole, within any capacity",
    },
    Target {
        name: "mqtt-round-trip",
        property: mqtt_round_trip,
        doc: "generated packets, right and wrong, obey the laws of packets",
    },
    Target {
        name: "mqtt-json",
        property: mqtt_json,
        doc: "any JSON is encoded or refused, and what is encoded is judged",
    },
    Target {
        name: "topics",
        property: topics,
        doc: "Topic Filters are judged and match as a second, naive implementation says",
    },
    Target {
        name: "mqtt-sn-decode",
        property: mqtt_sn_decode,
        doc: "any bytes, by any party, as stream or datagram, are judged, and walking changes no verdict",
    },
    Target {
        name: "mqtt-sn-round-trip",
        property: mqtt_sn_round_trip,
        doc: "generated MQTT-SN messages, right and wrong, obey the laws of messages",
    },
    Target {
        name: "mqtt-sn-2-decode",
        property: mqtt_sn_2_decode,
        doc: "any bytes are judged as packets of the MQTT-SN 2.0 draft, as for mqtt-sn-decode",
    },
    Target {
        name: "mqtt-sn-2-round-trip",
        property: mqtt_sn_2_round_trip,
        doc: "generated packets of the MQTT-SN 2.0 draft, right and wrong, obey the laws of packets",
    },
    Target {
        name: "mqtt-sn-gateway",
        property: mqtt_sn_gateway,
        doc: "whatever clients, broker and clock do, the gateway says what a gateway may say",
    },
    Target {
        name: "case-files",
        property: case_files,
        doc: "any bytes are refused with a place, or are cases that can be shown and expanded",
    },
    Target {
        name: "capture",
        property: capture,
        doc: "any bytes are refused with a place, or are a recording that is read to its end",
    },
    Target {
        name: "coap-decode",
        property: coap_decode,
        doc: "any datagram, in any context, is judged, and walking changes no verdict",
    },
    Target {
        name: "coap-round-trip",
        property: coap_round_trip,
        doc: "generated messages, right and wrong, obey the laws of messages",
    },
    Target {
        name: "coap-tcp-decode",
        property: coap_tcp_decode,
        doc: "any stream, in any chunks and context, is judged, and the chunks change no verdict",
    },
    Target {
        name: "coap-ws-decode",
        property: coap_ws_decode,
        doc: "any frame, in any context, is judged, and walking changes no verdict",
    },
    Target {
        name: "link-format",
        property: link_format,
        doc: "any document is judged, and what is valid is written as it was",
    },
    Target {
        name: "oscore",
        property: oscore,
        doc: "any option value is judged; what is protected comes back, and nothing else does",
    },
    Target {
        name: "coap-reassembly",
        property: coap_reassembly,
        doc: "whatever blocks come, the body is made of those that were taken",
    },
    Target {
        name: "xmpp-decode",
        property: xmpp_decode,
        doc: "any bytes in any chunks are judged alike, and elements as rxml does",
    },
    Target {
        name: "xmpp-round-trip",
        property: xmpp_round_trip,
        doc: "generated elements, however written, are read as what they are to be",
    },
    Target {
        name: "xmpp-scram",
        property: xmpp_scram,
        doc: "any messages of SCRAM are judged, and only who knows the password comes through",
    },
];

/// The body of a fuzz target's file: the property, and a source of inputs by number if it has one.
/// Without libFuzzer it runs the property on the files named as arguments.
#[macro_export]
macro_rules! target {
    ($property:ident, $source:ident) => {
        $crate::target!($property);
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8],
                                              size: usize,
                                              max_size: usize,
                                              seed: u32| {
            let mut size = size;
            if seed % 4 == 0 {
                let input = $crate::$source(seed / 4);
                size = input.len().min(max_size);
                data[..size].copy_from_slice(&input[..size]);
                if seed % 8 == 0 {
                    return size;
                }
            }
            $crate::libfuzzer_sys::fuzzer_mutate(data, size, max_size)
        });
    };
    ($property:ident) => {
        #[cfg(fuzzing)]
        use $crate::libfuzzer_sys;
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::$property(input));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for path in std::env::args_os().skip(1) {
                $crate::$property(&std::fs::read(path)?);
            }
            Ok(())
        }
    };
}
