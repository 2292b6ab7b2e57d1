//! Properties of the MQTT-SN codecs: those of 1.2 and of the 2.0 draft are the same.

/// The longest input that is looked at: no property is to take more than a millisecond.
const LONGEST: usize = 2048;

macro_rules! properties {
    ($codec:ident, $server:ident, $decode:ident, $round_trip:ident) => {
        pub use $codec::{$decode, $round_trip};

        mod $codec {
            use arbitrary::Unstructured;
            use wirecheck_codecs::$codec::generate::{Taste, form};
            use wirecheck_codecs::$codec::json::{encode, to_json};
            use wirecheck_codecs::$codec::laws::{judged, prefixes, round_trip, spans_cover};
            use wirecheck_codecs::$codec::{Context, Party, decode};

            use super::LONGEST;
            use crate::mqtt::includes;

            const PARTIES: [Party; 3] = [Party::Client, Party::$server, Party::Either];

            /// Party, limits and profile of a byte.
            fn context(byte: u8) -> Context {
                let byte = usize::from(byte);
                let mut ctx = Context::new(PARTIES[byte % 3]);
                ctx.profile.datagram = byte / 3 % 2 == 1;
                if byte / 6 % 2 == 1 {
                    ctx.limits.maximum_message_size = 64;
                    ctx.limits.maximum_encapsulations = 1;
                }
                ctx
            }

            /// The first byte chooses the context; the rest is judged.
            pub fn $decode(input: &[u8]) {
                let Some((&first, bytes)) = input.split_first() else { return };
                if bytes.len() <= LONGEST {
                    judged(bytes, &context(first));
                }
            }

            /// The first byte chooses party and taste; the rest feeds the generator of messages.
            pub fn $round_trip(input: &[u8]) {
                let Some((&first, bytes)) = input.split_first() else { return };
                let from = PARTIES[usize::from(first) % 3];
                let taste = if first / 3 % 2 == 0 { Taste::Valid } else { Taste::Wild };
                let Ok(form) = form(&mut Unstructured::new(bytes), from, taste) else { return };
                let ctx = Context::new(from);
                match (taste, encode(&form)) {
                    (Taste::Valid, bytes) => {
                        let bytes = bytes.expect("a valid form can be encoded");
                        round_trip(&bytes, &ctx);
                        prefixes(&bytes, &ctx);
                        spans_cover(&bytes, &ctx);
                        let decoded =
                            decode(&bytes, &ctx).ok().and_then(|decoded| decoded.complete());
                        let (message, _) = decoded.expect("a valid message");
                        includes(&form, &to_json(&message));
                    }
                    (Taste::Wild, Ok(bytes)) => judged(&bytes, &ctx),
                    (Taste::Wild, Err(_)) => {}
                }
            }
        }
    };
}

properties!(mqtt_sn, Gateway, mqtt_sn_decode, mqtt_sn_round_trip);
properties!(mqtt_sn_2, Server, mqtt_sn_2_decode, mqtt_sn_2_round_trip);
