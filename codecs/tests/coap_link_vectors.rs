//! The vectors of the link format: every one is judged as it says.
#![allow(clippy::unwrap_used, missing_docs)]

mod data;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::coap::link::ErrorKind;
use wirecheck_codecs::coap::link::json::{encode, envelope, to_json};
use wirecheck_codecs::coap::link::laws::{judged, prefixes, round_trip, spans_cover};
use wirecheck_codecs::coap::link::{Links, decode};

use data::{bytes, id};

fn vectors() -> Vec<Value> {
    let all = data::vectors("link-format");
    assert!(all.len() > 90, "{} vectors", all.len());
    all
}

#[test]
fn valid_vectors_are_read_and_written() {
    for vector in vectors().iter().filter(|vector| vector["valid"] == true) {
        let (id, bytes) = (id(vector), bytes(vector));
        let found = envelope(&bytes);
        assert_eq!(found["message"], vector["message"], "{id}: {found}");
        let notes = found["notes"].as_array().unwrap();
        let names: Vec<_> = notes.iter().map(|note| note["note"].clone()).collect();
        assert_eq!(names, vector["notes"].as_array().cloned().unwrap_or_default(), "{id}");
        for note in notes {
            assert_eq!(note["requirement"], vector["requirement"], "{id}");
        }
        let canonical = vector.get("canonical_text").unwrap_or(&vector["text"]);
        let written = String::from_utf8(encode(&vector["message"]).unwrap()).unwrap();
        assert_eq!(canonical, &written, "{id}");
        assert_eq!(to_json(&decode(written.as_bytes()).unwrap()), vector["message"], "{id}");
        round_trip(&bytes);
        spans_cover(&bytes);
        prefixes(&bytes);
    }
}

#[test]
fn invalid_vectors_are_refused_as_they_say() {
    for vector in vectors().iter().filter(|vector| vector["valid"] == false) {
        let (id, bytes) = (id(vector), bytes(vector));
        let found = envelope(&bytes);
        for key in ["kind", "at", "field"] {
            assert_eq!(found["error"][key], vector["error"][key], "{id}: {found}");
        }
        assert_eq!(found["error"]["requirement"], vector["requirement"], "{id}");
        judged(&bytes);
    }
}

#[test]
fn ids_are_unique_twins_valid_and_every_kind_has_a_vector() {
    let mut valid = BTreeMap::new();
    for vector in &vectors() {
        let before = valid.insert(id(vector).to_owned(), vector["valid"] == true);
        assert!(before.is_none(), "{} twice", id(vector));
    }
    let mut kinds = BTreeSet::new();
    for vector in vectors().iter().filter(|vector| vector["valid"] == false) {
        let twin = vector["twin"].as_str().unwrap();
        assert_eq!(valid.get(twin), Some(&true), "{}: {twin}", id(vector));
        kinds.insert(vector["error"]["kind"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ErrorKind::ALL.iter().map(|kind| kind.name().to_owned()).collect());
}

#[test]
fn walking_and_writing_need_no_heap() {
    for vector in vectors() {
        let bytes = bytes(&vector);
        let mut buffer = vec![0; bytes.len()];
        let used = allocation_counter::measure(|| {
            let Ok(links) = decode(&bytes) else { return };
            let parameters: usize = links.iter().map(|link| link.attributes.iter().count()).sum();
            assert!(parameters <= bytes.len());
            let written = Links::encode(&links, &mut buffer);
            assert_eq!(written, Ok(bytes.len()));
        });
        assert_eq!(used.count_total, 0, "{}", id(&vector));
    }
}

#[test]
fn every_single_byte_change_is_judged() {
    for vector in vectors() {
        let mut bytes = bytes(&vector);
        if bytes.len() > 48 {
            continue;
        }
        for at in 0..bytes.len() {
            let kept = bytes[at];
            for value in b"<>,;=\"\\ a0/%:#[]*\n\xc3" {
                bytes[at] = *value;
                judged(&bytes);
            }
            bytes[at] = kept;
        }
    }
}
