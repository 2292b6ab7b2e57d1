//! Laws that every document in the link format obeys.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use wirecheck_codecs::coap::generate::Taste;
use wirecheck_codecs::coap::link::generate::strategy;
use wirecheck_codecs::coap::link::json::encode;
use wirecheck_codecs::coap::link::laws::{judged, prefixes, round_trip, spans_cover};

proptest! {
    #[test]
    fn valid_documents_round_trip(form in strategy(Taste::Valid)) {
        let bytes = encode(&form).unwrap();
        round_trip(&bytes);
        prefixes(&bytes);
        spans_cover(&bytes);
    }

    #[test]
    fn wild_documents_are_judged(form in strategy(Taste::Wild)) {
        judged(&encode(&form).unwrap());
    }

    #[test]
    fn every_single_byte_change_is_judged(form in strategy(Taste::Valid), value: u8) {
        let mut bytes = encode(&form).unwrap();
        bytes.truncate(160);
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], value);
            judged(&bytes);
            bytes[at] = kept;
        }
    }

    #[test]
    fn any_text_is_judged(text in "[<>/a-z;=\", \\\\é'%*]{0,40}") {
        judged(text.as_bytes());
        judged(format!("</>;{text}").as_bytes());
    }

    #[test]
    fn any_bytes_are_judged(bytes: Vec<u8>) {
        judged(&bytes);
    }
}
