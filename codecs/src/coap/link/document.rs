//! Links and their parameters: in a checked document or given by a caller.

use core::fmt;

use super::form::{is_name_character, is_token_character};
use super::{EncodeError, Value, decode};
use crate::wire::{Full, Writer};

/// The links of a document. Two lists are equal if their links are, wherever they lie.
#[derive(Clone, Copy)]
pub struct Links<'a>(Source<'a, Link<'a>>);

/// The parameters of a link.
#[derive(Clone, Copy)]
pub struct Attributes<'a>(Source<'a, Attribute<'a>>);

#[derive(Clone, Copy)]
enum Source<'a, T> {
    /// Text that a decoder has checked.
    Text(&'a str),
    /// Given by a caller, who may be wrong.
    Given(&'a [T]),
}

/// One link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// The URI reference between < and >.
    pub target: &'a str,
    /// The parameters.
    pub attributes: Attributes<'a>,
}

/// One parameter of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The name; letters are of either case.
    pub name: &'a str,
    /// The value.
    pub value: Value<'a>,
}

impl<'a> Links<'a> {
    /// These links. They are checked when they are written.
    pub const fn new(links: &'a [Link<'a>]) -> Self {
        Self(Source::Given(links))
    }

    pub(super) const fn checked(text: &'a str) -> Self {
        Self(Source::Text(text))
    }

    /// Walks the links.
    pub fn iter(&self) -> LinkIter<'a> {
        match self.0 {
            Source::Text(text) => LinkIter { text, given: [].iter() },
            Source::Given(links) => LinkIter { text: "", given: links.iter() },
        }
    }

    /// Writes the document to the front of `buffer` and returns its length in bytes. What does not
    /// keep the grammar is refused, and leaves something in the buffer.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(buffer);
        self.put(&mut w)?;
        let written = w.written();
        let text = buffer.get(..written).unwrap_or_default();
        match decode(text) {
            // What a name or a target holds must not be read as something else.
            Ok(links) if links == *self => Ok(written),
            Ok(_) => {
                Err(EncodeError::Invalid { kind: super::ErrorKind::ExpectedName, field: "name" })
            }
            Err(error) => Err(EncodeError::Invalid { kind: error.kind, field: error.field }),
        }
    }

    fn put(&self, w: &mut Writer<'_>) -> Result<(), Full> {
        if let Source::Text(text) = self.0 {
            return w.bytes(text.as_bytes());
        }
        for (index, link) in self.iter().enumerate() {
            if index > 0 {
                w.u8(b',')?;
            }
            w.u8(b'<')?;
            w.bytes(link.target.as_bytes())?;
            w.u8(b'>')?;
            link.attributes.iter().try_for_each(|attribute| attribute.put(w))?;
        }
        Ok(())
    }
}

impl<'a> Link<'a> {
    /// The first parameter with this name, in letters of either case.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'a>> {
        self.attributes.iter().find(|found| found.name.eq_ignore_ascii_case(name))
    }
}

impl<'a> Attributes<'a> {
    /// No parameters.
    pub const EMPTY: Self = Self(Source::Text(""));

    /// These parameters. They are checked when they are written.
    pub const fn new(attributes: &'a [Attribute<'a>]) -> Self {
        Self(Source::Given(attributes))
    }

    /// Walks the parameters.
    pub fn iter(&self) -> AttributeIter<'a> {
        match self.0 {
            Source::Text(text) => AttributeIter { text, given: [].iter() },
            Source::Given(attributes) => AttributeIter { text: "", given: attributes.iter() },
        }
    }
}

impl<'a> Attribute<'a> {
    /// A parameter with this value.
    pub const fn new(name: &'a str, value: Value<'a>) -> Self {
        Self { name, value }
    }

    fn put(&self, w: &mut Writer<'_>) -> Result<(), Full> {
        w.u8(b';')?;
        w.bytes(self.name.as_bytes())?;
        match self.value {
            Value::None => Ok(()),
            Value::Token(text) => {
                w.u8(b'=')?;
                w.bytes(text.as_bytes())
            }
            Value::Quoted(text) => {
                w.bytes(b"=\"")?;
                w.bytes(text.as_bytes())?;
                w.u8(b'"')
            }
        }
    }
}

/// Walks [`Links`].
#[derive(Clone, Debug)]
pub struct LinkIter<'a> {
    text: &'a str,
    given: core::slice::Iter<'a, Link<'a>>,
}

impl<'a> Iterator for LinkIter<'a> {
    type Item = Link<'a>;

    fn next(&mut self) -> Option<Link<'a>> {
        if self.text.is_empty() {
            return self.given.next().copied();
        }
        let text = self.text.strip_prefix(',').unwrap_or(self.text);
        let (target, rest) = text.strip_prefix('<')?.split_once('>')?;
        let mut own = rest;
        while next_attribute(&mut own).is_some() {}
        let length = rest.len().wrapping_sub(own.len());
        self.text = own;
        let attributes = Attributes(Source::Text(rest.get(..length)?));
        Some(Link { target, attributes })
    }
}

/// Walks [`Attributes`].
#[derive(Clone, Debug)]
pub struct AttributeIter<'a> {
    text: &'a str,
    given: core::slice::Iter<'a, Attribute<'a>>,
}

impl<'a> Iterator for AttributeIter<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        if self.text.is_empty() {
            return self.given.next().copied();
        }
        next_attribute(&mut self.text)
    }
}

/// Splits a parameter off the front of checked text.
fn next_attribute<'a>(text: &mut &'a str) -> Option<Attribute<'a>> {
    let rest = text.strip_prefix(';')?;
    let (name, rest) = rest.split_at_checked(name_length(rest))?;
    let Some(rest) = rest.strip_prefix('=') else {
        *text = rest;
        return Some(Attribute::new(name, Value::None));
    };
    let (value, rest) = match rest.strip_prefix('"') {
        None => {
            let (value, rest) = rest.split_at_checked(token_length(rest))?;
            (Value::Token(value), rest)
        }
        Some(rest) => {
            let (value, rest) = rest.split_at_checked(quoted_length(rest)?)?;
            (Value::Quoted(value), rest.get(1..)?)
        }
    };
    *text = rest;
    Some(Attribute::new(name, value))
}

/// Length in bytes of the name at the front, with the star that may end it.
pub(super) fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let length = bytes.iter().take_while(|c| is_name_character(**c)).count();
    let star = length > 0 && bytes.get(length) == Some(&b'*');
    length.wrapping_add(usize::from(star))
}

/// Length in bytes of the token at the front.
pub(super) fn token_length(text: &str) -> usize {
    text.bytes().take_while(|c| is_token_character(*c)).count()
}

/// Length in bytes of what comes before the closing quotes.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|c| {
        let closes = c == b'"' && !escaped;
        escaped = c == b'\\' && !escaped;
        closes
    })
}

impl<'a> IntoIterator for Links<'a> {
    type Item = Link<'a>;
    type IntoIter = LinkIter<'a>;

    fn into_iter(self) -> LinkIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for Attributes<'a> {
    type Item = Attribute<'a>;
    type IntoIter = AttributeIter<'a>;

    fn into_iter(self) -> AttributeIter<'a> {
        self.iter()
    }
}

impl PartialEq for Links<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Links<'_> {}

impl PartialEq for Attributes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Attributes<'_> {}

impl fmt::Debug for Links<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ErrorKind;
    use super::*;

    #[test]
    fn given_links_are_written_and_read_back() {
        let temperature = [
            Attribute::new("rt", Value::Quoted("temperature-c core.s")),
            Attribute::new("sz", Value::Token("99999999999999999999")),
            Attribute::new("obs", Value::None),
            Attribute::new("title", Value::Quoted(r#"a, "#)),
        ];
        let links = [
            Link { target: "/t", attributes: Attributes::new(&temperature) },
            Link { target: "", attributes: Attributes::EMPTY },
        ];
        let links = Links::new(&links);
        let mut buffer = [0; 128];
        let length = links.encode(&mut buffer).unwrap();
        let text = core::str::from_utf8(&buffer[..length]).unwrap();
        let expected =
            r#"</t>;rt="temperature-c core.s";sz=99999999999999999999;obs;title="a, ",<>"#;
        assert_eq!(text, expected);
        let read = decode(text.as_bytes()).unwrap();
        assert_eq!(read, links);
        assert_eq!(links.encode(&mut std::vec![0; length - 1]), Err(EncodeError::BufferTooSmall));
        let first = read.iter().next().unwrap();
        let kind = first.attribute("RT").unwrap().value;
        assert!(kind.parts().eq(["temperature-c", "core.s"]));
    }

    #[test]
    fn what_would_be_read_as_something_else_is_not_written() {
        let refused = |name, value| {
            let attributes = [Attribute::new(name, value)];
            let links = [Link { target: "/", attributes: Attributes::new(&attributes) }];
            let error = Links::new(&links).encode(&mut [0; 64]).unwrap_err();
            let EncodeError::Invalid { kind, .. } = error else { panic!("{error:?}") };
            kind
        };
        assert_eq!(refused("a;b", Value::None), ErrorKind::ExpectedName);
        assert_eq!(refused("a", Value::Quoted(r#"x";y="z"#)), ErrorKind::ExpectedName);
        assert_eq!(refused("a", Value::Token("x;y")), ErrorKind::ExpectedName);
        assert_eq!(refused("href", Value::Token("x")), ErrorKind::ReservedName);
        assert_eq!(refused("a", Value::Token("")), ErrorKind::ExpectedValue);
        let links = [Link { target: "/>;a,</", attributes: Attributes::EMPTY }];
        assert!(Links::new(&links).encode(&mut [0; 64]).is_err());
    }

    #[test]
    fn a_backslash_stands_for_the_character_behind_it() {
        let value = Value::Quoted(r#"a\"b\\c"#);
        assert!(value.is(r#"a"b\c"#));
        assert_eq!(value.plain(), None);
        assert_eq!(Value::Token(r"a\b").plain(), Some(r"a\b"));
        assert!(Value::None.is(""));
    }
}
