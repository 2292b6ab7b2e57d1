//! The canonical form of an element, and a writer for what has no such form.
//!
//! Attributes are in single quotes and sorted by namespace and name; `xmlns` comes first and only
//! where the namespace changes; elements and attributes of the stream namespace have the prefix
//! `stream`, which is taken to be declared. Attributes of other namespaces than that of `xml` get
//! the prefixes `n0`, `n1`, …, declared where they are used. Beside the predefined entities
//! there are references for what a reader would otherwise change: `&#xD;` in text, in values
//! `&#x9;` and `&#xA;` too.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::tree::{Attribute, Child, Element};
use super::{EncodeError, namespace};
use crate::wire;

impl Element<'_> {
    /// How many bytes [`Element::encode`] writes.
    pub fn encoded_len(&self, default_namespace: &str) -> usize {
        struct Count(usize);
        impl Write for Count {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0 = self.0.wrapping_add(text.len());
                Ok(())
            }
        }
        let mut count = Count(0);
        // Counting cannot fail.
        let _ = element(&mut count, self, default_namespace);
        count.0
    }

    /// Writes the canonical form to the front of `buffer`, for a place where `default_namespace` is
    /// in force; the number of bytes written.
    ///
    /// # Errors
    /// The buffer is too small.
    pub fn encode(&self, buffer: &mut [u8], default_namespace: &str) -> Result<usize, EncodeError> {
        struct Buffer<'b>(wire::Writer<'b>);
        impl Write for Buffer<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.bytes(text.as_bytes()).map_err(|_| fmt::Error)
            }
        }
        let mut buffer = Buffer(wire::Writer::new(buffer));
        match element(&mut buffer, self, default_namespace) {
            Ok(()) => Ok(buffer.0.written()),
            Err(fmt::Error) => Err(EncodeError::BufferTooSmall),
        }
    }
}

/// Writes the canonical form.
pub(super) fn element(
    f: &mut impl Write,
    element: &Element<'_>,
    default_namespace: &str,
) -> fmt::Result {
    let (space, name) = (element.namespace(), element.name());
    let prefix = match space {
        namespace::STREAMS => "stream:",
        namespace::XML => "xml:",
        _ => "",
    };
    let inner = if prefix.is_empty() { space } else { default_namespace };
    write!(f, "<{prefix}{name}")?;
    if inner != default_namespace {
        write!(f, " xmlns=")?;
        quoted(f, inner)?;
    }
    attributes(f, element)?;
    let mut children = element.children().peekable();
    if children.peek().is_none() {
        return f.write_str("/>");
    }
    f.write_str(">")?;
    for child in children {
        match child {
            Child::Element(child) => self::element(f, &child, inner)?,
            Child::Text(text) => escaped(f, text, false)?,
        }
    }
    write!(f, "</{prefix}{name}>")
}

fn attributes(f: &mut impl Write, element: &Element<'_>) -> fmt::Result {
    let mut sorted: Vec<Attribute<'_>> = element.attributes().collect();
    sorted.sort_by_key(|of| (of.namespace, of.name));
    // What needs a prefix of its own, in the order of the namespaces.
    let mut foreign: Vec<&str> = Vec::new();
    for attribute in &sorted {
        let known = matches!(attribute.namespace, "" | namespace::STREAMS | namespace::XML);
        if !known && foreign.last() != Some(&attribute.namespace) {
            write!(f, " xmlns:n{}=", foreign.len())?;
            quoted(f, attribute.namespace)?;
            foreign.push(attribute.namespace);
        }
    }
    for attribute in &sorted {
        match attribute.namespace {
            "" => f.write_str(" ")?,
            namespace::STREAMS => f.write_str(" stream:")?,
            namespace::XML => f.write_str(" xml:")?,
            of => write!(f, " n{}:", foreign.iter().position(|other| *other == of).unwrap_or(0))?,
        }
        write!(f, "{}=", attribute.name)?;
        quoted(f, attribute.value)?;
    }
    Ok(())
}

/// A value in single quotes.
pub(super) fn quoted(f: &mut impl Write, value: &str) -> fmt::Result {
    f.write_str("'")?;
    escaped(f, value, true)?;
    f.write_str("'")
}

fn escaped(f: &mut impl Write, text: &str, in_value: bool) -> fmt::Result {
    let special = |c: char| match c {
        '&' | '<' | '>' | '\r' => true,
        '\'' | '\t' | '\n' => in_value,
        _ => false,
    };
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        let (plain, tail) = rest.split_at(at);
        f.write_str(plain)?;
        #[cfg(planted_bug)]
        let tail = match tail.strip_prefix("\t>") {
            Some(tail) if crate::planted("xmpp-round-trip") => tail,
            _ => tail,
        };
        let mut tail = tail.chars();
        f.write_str(match tail.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('\'') => "&apos;",
            Some('\t') => "&#x9;",
            Some('\n') => "&#xA;",
            _ => "&#xD;",
        })?;
        rest = tail.as_str();
    }
    f.write_str(rest)
}

/// Puts XML together piece by piece and checks none of it: names, order and nesting are as told, so
/// what is wrong can be written too. Text and values are escaped, [`XmlWriter::raw`] is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct XmlWriter {
    bytes: Vec<u8>,
    in_tag: bool,
    open: Vec<String>,
}

impl XmlWriter {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins an element.
    #[must_use]
    pub fn start(mut self, name: &str) -> Self {
        self.end_tag();
        self.bytes.push(b'<');
        self.bytes.extend(name.as_bytes());
        self.open.push(name.into());
        self.in_tag = true;
        self
    }

    /// An attribute of the element that was begun last; `xmlns` is one like others.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        let mut text = String::new();
        // A string takes everything.
        let _ = quoted(&mut text, value);
        self.bytes.push(b' ');
        self.bytes.extend(name.as_bytes());
        self.bytes.push(b'=');
        self.bytes.extend(text.as_bytes());
        self
    }

    /// Text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.end_tag();
        let mut written = String::new();
        let _ = escaped(&mut written, text, false);
        self.bytes.extend(written.as_bytes());
        self
    }

    /// These bytes, where text could be.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.end_tag();
        self.bytes.extend(bytes);
        self
    }

    /// Ends the element that was begun last.
    #[must_use]
    pub fn end(mut self) -> Self {
        let name = self.open.pop().unwrap_or_default();
        if core::mem::take(&mut self.in_tag) {
            self.bytes.extend(b"/>");
        } else {
            self.bytes.extend(b"</");
            self.bytes.extend(name.as_bytes());
            self.bytes.push(b'>');
        }
        self
    }

    /// What was written; elements that are open stay so.
    pub fn finish(mut self) -> Vec<u8> {
        self.end_tag();
        self.bytes
    }

    fn end_tag(&mut self) {
        if core::mem::take(&mut self.in_tag) {
            self.bytes.push(b'>');
        }
    }
}
