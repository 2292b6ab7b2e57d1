//! Laws that every document in the link format obeys, as functions that panic where one is broken.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a broken law is to be a panic"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::json::{encode, envelope, to_json};
use super::{Attribute, Attributes, Link, Links, decode, fields};
use crate::coap::laws::Spans;

/// decode -> encode gives the same bytes, from the document and from a list of its links; the JSON
/// form says the same. `bytes` are a valid document.
pub fn round_trip(bytes: &[u8]) {
    let links = decode(bytes).expect("a valid document");
    let attributes: Vec<Vec<Attribute<'_>>> =
        links.iter().map(|link| link.attributes.iter().collect()).collect();
    let given: Vec<Link<'_>> = links
        .iter()
        .zip(&attributes)
        .map(|(link, own)| Link { attributes: Attributes::new(own), ..link })
        .collect();
    let given = Links::new(&given);
    assert_eq!(given, links);
    for links in [links, given] {
        let mut buffer = vec![0; bytes.len() + 8];
        let length = links.encode(&mut buffer).expect("what was decoded can be encoded");
        assert_eq!(&buffer[..length], bytes, "encoding changes the document");
        if let Some(space) = length.checked_sub(1) {
            assert!(links.encode(&mut buffer[..space]).is_err(), "{space} bytes are too few");
        }
    }
    let form = to_json(&links);
    let again = encode(&form).expect("what was decoded has a JSON form");
    let again = decode(&again).expect("what a form says can be read");
    assert_eq!(to_json(&again), form, "the JSON form says something else");
}

/// Every shorter prefix is judged; one that is valid has links that the whole has too, up to its
/// last. `bytes` are a valid document.
pub fn prefixes(bytes: &[u8]) {
    let whole = decode(bytes).expect("a valid document");
    for end in 0..bytes.len() {
        let Ok(links) = decode(&bytes[..end]) else { continue };
        let count = links.iter().count();
        let (mut own, mut other) = (links.iter(), whole.iter());
        for _ in 1..count {
            assert_eq!(own.next(), other.next(), "a prefix of {end} bytes");
        }
        let (own, other) = (own.next(), other.next());
        assert_eq!(
            own.map(|link| link.target),
            other.filter(|_| count > 0).map(|link| link.target)
        );
    }
}

/// The named fields cover every byte of a valid document.
pub fn spans_cover(bytes: &[u8]) {
    let mut spans = Spans::default();
    assert_eq!(fields(bytes, &mut spans), decode(bytes));
    spans.cover(bytes);
}

/// Whatever the bytes, there is a verdict; walking them changes none; spans, notes and errors lie
/// within them. What is valid obeys [`round_trip`].
pub fn judged(bytes: &[u8]) {
    let mut spans = Spans::default();
    let walked = fields(bytes, &mut spans);
    assert_eq!(walked, decode(bytes), "walking changes the verdict");
    spans.lie_within(bytes);
    match walked {
        Ok(_) => round_trip(bytes),
        Err(error) => {
            assert!(error.at <= bytes.len(), "the error is outside");
            assert!(!error.field.is_empty() && error.requirement.is_some(), "{error:?}");
        }
    }
    let said = envelope(bytes);
    assert_ne!(said.get("message").is_some(), said.get("error").is_some());
    for note in said["notes"].as_array().into_iter().flatten() {
        assert!(note["at"].as_u64().is_some_and(|at| at <= bytes.len() as u64), "{note}");
    }
}
