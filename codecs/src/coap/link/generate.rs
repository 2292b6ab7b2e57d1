//! Generators of documents, right or deliberately wrong, as JSON forms.

use alloc::string::String;
use alloc::vec::Vec;

use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

use crate::coap::generate::Taste;

/// A document of up to four links.
pub fn form(u: &mut Unstructured<'_>, taste: Taste) -> Result<Value> {
    let mut links = Vec::new();
    for _ in 0..u.int_in_range(0..=4u8)? {
        links.push(link(u, taste)?);
    }
    Ok(json!({ "links": links }))
}

/// [`form`] as a proptest strategy.
#[cfg(feature = "proptest")]
pub fn strategy(taste: Taste) -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::strategy::Strategy;
    proptest::collection::vec(proptest::num::u8::ANY, 0..256).prop_map(move |bytes| {
        form(&mut Unstructured::new(&bytes), taste).unwrap_or_else(|_| json!({ "links": [] }))
    })
}

fn link(u: &mut Unstructured<'_>, taste: Taste) -> Result<Value> {
    let targets = ["/", "/a/b", "", "coap://[2001:db8::1]:5683/x?y#z", "urn:a", "//h", "/%C3%A9"];
    let wrong = ["/a b", "/>", "<", "coap://[::1", "é", "\"", ":"];
    let target = pick(u, taste, &targets, &wrong)?;
    let mut attributes = Vec::new();
    for name in NAMES {
        if u.ratio(1, 4)? {
            attributes.push(attribute(u, taste, name)?);
        }
        if taste == Taste::Wild && u.ratio(1, 16)? {
            attributes.push(attribute(u, taste, name)?);
        }
    }
    Ok(json!({ "target": target, "attributes": attributes }))
}

const NAMES: [&str; 14] = [
    "rel", "rev", "anchor", "hreflang", "media", "title", "title*", "type", "rt", "if", "sz", "ct",
    "obs", "x-own",
];

fn attribute(u: &mut Unstructured<'_>, taste: Taste, name: &str) -> Result<Value> {
    let wild = ["", " ", "a\"b", "a,b;c", "é", "\u{1}", "01", "65536", "a'b", "%", "A B", "\\"];
    let valid: &[&str] = match name {
        "rel" | "rev" | "rt" | "if" => &["hosts", "a.b-c d", "urn:x:y", "a  b", "http://h/#i"],
        "anchor" => &["/a", "", "coap://h/b"],
        "hreflang" => &["en", "de-AT-1996", "x-private"],
        "media" => &["screen", "print, tv"],
        "title*" => &["UTF-8''", "utf-8'en'%c2%a3%20rates", "iso-8859-1'de-AT'a"],
        "type" => &["text/plain", "application/senml+json"],
        "sz" => &["0", "12", "340282366920938463463374607431768211456"],
        "ct" => &["0", "40", "65535", "0 41  50"],
        "obs" => return Ok(json!({ name: true })),
        _ => &["", "a", "a \"b\" \\ c", "é, ü; ñ", "tab\there"],
    };
    let name = match taste == Taste::Wild && u.ratio(1, 12)? {
        true => *u.choose(&["href", "", "a b", "é", "rt*", "RT"])?,
        false => name,
    };
    let text = pick(u, taste, valid, &wild)?;
    Ok(match taste == Taste::Wild && u.ratio(1, 6)? {
        true if u.arbitrary()? => json!({ name: { "token": text } }),
        true => json!({ name: { "quoted": text } }),
        false => json!({ name: text }),
    })
}

/// One of the first, or in wild documents now and then one of the second.
fn pick(u: &mut Unstructured<'_>, taste: Taste, right: &[&str], wrong: &[&str]) -> Result<String> {
    let list = if taste == Taste::Wild && u.ratio(1, 8)? { wrong } else { right };
    Ok(String::from(*u.choose(list)?))
}
