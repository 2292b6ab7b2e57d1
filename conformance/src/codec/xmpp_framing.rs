//! XMPP in the frames of WebSocket (RFC 7395): each holds one element that stands alone. What a
//! stream header and its end are over TCP, `<open/>` and `<close/>` are here, and they have the same
//! forms.

use std::fmt;

use serde_json::{Map, Value, json};
use wirecheck_codecs::xmpp::{Document, Element, XmlWriter, namespace};

use super::xmpp::{Xmpp, document};
use super::{Codec, Sender, Taken};

/// What is wrong with a frame, beside what is no XML of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Its first character is another one than `<`.
    FirstCharacter,
    /// There is more than one element in it.
    More,
    /// It does not declare the namespace of its element.
    Undeclared,
    /// It begins with an XML declaration.
    Declaration,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstCharacter => "the first character of the frame is not `<`",
            Self::More => "there is more than one element in the frame",
            Self::Undeclared => "the frame does not declare the namespace of its element",
            Self::Declaration => "the frame begins with an XML declaration",
        })
    }
}

/// What a frame holds: forms as those of a stream over TCP, and what is wrong with it.
///
/// # Errors
/// It holds no XML of a stream.
pub fn read(frame: &[u8]) -> Result<(Vec<Value>, Vec<Flaw>), super::Rejection> {
    let mut flaws = Vec::new();
    let mut rest = frame.trim_ascii_start();
    if rest.len() < frame.len() || !rest.starts_with(b"<") {
        flaws.push(Flaw::FirstCharacter);
    }
    if rest.starts_with(b"<?xml") && !is_header(rest) {
        flaws.push(Flaw::Declaration);
        let end = rest.windows(2).position(|two| two == b"?>").map_or(rest.len(), |at| at + 2);
        rest = rest.get(end..).unwrap_or_default().trim_ascii_start();
    }
    let mut forms = Vec::new();
    while !rest.is_empty() {
        let (form, used) = match Xmpp.take(rest, Sender::Either) {
            Taken::Message { form, used } if used > 0 => (form, used),
            Taken::Rejected(error) => return Err(error),
            _ => return Err(unfinished(frame.len())),
        };
        let (unit, behind) = rest.split_at(used.min(rest.len()));
        rest = behind;
        if form.get("space").is_some() {
            continue;
        }
        if !declares(unit, &form) {
            flaws.push(Flaw::Undeclared);
        }
        if !forms.is_empty() {
            flaws.push(Flaw::More);
        }
        forms.push(as_over_tcp(form));
    }
    if forms.is_empty() {
        return Err(unfinished(frame.len()));
    }
    flaws.dedup();
    Ok((forms, flaws))
}

fn unfinished(at: usize) -> super::Rejection {
    super::Rejection {
        kind: "unfinished",
        at,
        field: "frame",
        text: "the frame ends within its element",
        requirement: Some("RFC7395-3.3.3-1"),
    }
}

fn is_header(bytes: &[u8]) -> bool {
    bytes.windows(7).take(200).any(|seven| seven == b":stream" || seven == b"<stream")
}

/// Whether the first tag declares the namespace that the element is in.
fn declares(unit: &[u8], form: &Value) -> bool {
    if document(form).is_none() {
        return true;
    }
    let end = unit.iter().position(|byte| *byte == b'>').unwrap_or(unit.len());
    let tag = String::from_utf8_lossy(unit.get(1..end).unwrap_or_default());
    let (name, attributes) = tag.split_once([' ', '\n', '\t', '\r']).unwrap_or((&tag, ""));
    let wanted = match name.split_once(':') {
        Some((prefix, _)) => format!("xmlns:{prefix}"),
        None => "xmlns".to_owned(),
    };
    let mut found = attributes.match_indices(&wanted);
    found.any(|(at, _)| {
        attributes.get(at + wanted.len()..).is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// `<open/>` and `<close/>` by the forms of a stream header and its end.
fn as_over_tcp(form: Value) -> Value {
    let Some(document) = document(&form) else { return form };
    let element = document.element();
    if element.is(namespace::FRAMING, "close") {
        return json!({ "stream_end": {} });
    }
    if !element.is(namespace::FRAMING, "open") {
        return form;
    }
    let mut header = Map::new();
    for key in ["to", "from", "id", "version"] {
        if let Some(value) = element.attribute(key) {
            header.insert(key.to_owned(), value.into());
        }
    }
    let lang = element.attributes().find(|it| it.namespace == namespace::XML && it.name == "lang");
    if let Some(lang) = lang {
        header.insert("lang".to_owned(), lang.value.into());
    }
    json!({ "stream": header })
}

/// The frames of what would be sent over TCP in one write. What declares its namespaces already, and
/// what is no XML of a stream, makes one frame as it is.
#[must_use]
pub fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (form, used) = match Xmpp.take(rest, Sender::Either) {
            Taken::Message { form, used } if used > 0 => (form, used.min(rest.len())),
            _ => {
                frames.push(rest.to_vec());
                break;
            }
        };
        let (unit, behind) = rest.split_at(used);
        rest = behind;
        if form.get("space").is_some() {
            continue;
        }
        if document(&form).is_some() && declares(unit, &form) {
            frames.push(unit.to_vec());
            continue;
        }
        frames.push(frame_of(&form).unwrap_or_else(|| unit.to_vec()));
    }
    frames
}

/// The frame of a form.
fn frame_of(form: &Value) -> Option<Vec<u8>> {
    if form.get("stream_end").is_some() {
        let close = XmlWriter::new().start("close").attribute("xmlns", namespace::FRAMING);
        return Some(close.end().finish());
    }
    if let Some(header) = form.get("stream") {
        let mut open = XmlWriter::new().start("open").attribute("xmlns", namespace::FRAMING);
        for (key, name) in [
            ("to", "to"),
            ("from", "from"),
            ("id", "id"),
            ("version", "version"),
            ("lang", "xml:lang"),
        ] {
            if let Some(value) = header.get(key).and_then(Value::as_str) {
                open = open.attribute(name, value);
            }
        }
        return Some(open.end().finish());
    }
    document(form).map(|document| alone(&document.element()).into_bytes())
}

/// An element with the namespaces that it needs where no stream header declares them.
fn alone(element: &Element<'_>) -> String {
    let text = element.to_string();
    let declaration = match element.namespace() {
        namespace::CLIENT => format!(" xmlns='{}'", namespace::CLIENT),
        namespace::STREAMS => format!(" xmlns:stream='{}'", namespace::STREAMS),
        _ => return text,
    };
    let end = text.find([' ', '/', '>']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    format!("{name}{declaration}{rest}")
}

/// What would be sent over TCP for what is in a frame: stream header, element or end of stream.
#[must_use]
pub fn over_tcp(frame: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(frame);
    let Ok(document) = Document::parse(text.trim()) else { return frame.to_vec() };
    let element = document.element();
    if element.name() == "open" && element.namespace() != namespace::FRAMING {
        // The root element of a stream in the wrong namespace.
        let to = element.attribute("to").unwrap_or_default();
        let header = json!({ "namespace": element.namespace(), "to": to });
        return Xmpp.encode(&json!({ "stream": header })).unwrap_or_else(|_| frame.to_vec());
    }
    let form = as_over_tcp(json!({ "xml": String::from(&document) }));
    match form.get("xml") {
        Some(_) => frame.to_vec(),
        None => Xmpp.encode(&form).unwrap_or_else(|_| frame.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &[u8] = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a.example' \
        version='1.0' xml:lang='en'/>";

    #[test]
    fn headers_and_ends_have_frames_of_their_own() {
        let (forms, flaws) = read(OPEN).unwrap();
        let header = json!({"stream": {"to": "a.example", "version": "1.0", "lang": "en"}});
        assert_eq!((forms, flaws), (vec![header.clone()], vec![]));
        let sent = frames(&Xmpp.encode(&header).unwrap());
        assert_eq!(read(&sent[0]).unwrap().0, [header]);
        assert!(over_tcp(OPEN).starts_with(b"<?xml"));
        let close = frames(b"</stream:stream>").concat();
        assert_eq!(over_tcp(&close), b"</stream:stream>");
    }

    #[test]
    fn elements_stand_alone() {
        let sent = frames(b"<presence/><iq id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
        let expected: [&[u8]; 2] = [
            b"<presence xmlns='jabber:client'/>",
            b"<iq xmlns='jabber:client' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        ];
        assert_eq!(sent, expected);
        for frame in sent {
            assert_eq!(read(&frame).unwrap().1, []);
        }
        let features = frames(b"<stream:features><a xmlns='b'/></stream:features>").concat();
        assert_eq!(read(&features).unwrap().1, []);
        // What is wrong on purpose stays wrong.
        assert_eq!(frames(b"<a xmlns='b'><!-- c --></a>"), [b"<a xmlns='b'><!-- c --></a>"]);
    }

    #[test]
    fn flaws_are_told_apart() {
        let flaws = |frame: &[u8]| read(frame).unwrap().1;
        assert_eq!(flaws(b" <presence xmlns='jabber:client'/>"), [Flaw::FirstCharacter]);
        assert_eq!(flaws(b"<presence/>"), [Flaw::Undeclared]);
        assert_eq!(flaws(b"<stream:features/>"), [Flaw::Undeclared]);
        assert_eq!(flaws(b"<a xmlns='b'/><a xmlns='b'/>"), [Flaw::More]);
        assert_eq!(flaws(b"<?xml version='1.0'?><a xmlns='b'/>"), [Flaw::Declaration]);
        assert!(read(b"<presence xmlns='jabber:client'>").is_err());
        assert!(read(b"  ").is_err());
    }
}
