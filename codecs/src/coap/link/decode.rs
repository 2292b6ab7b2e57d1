//! A document taken apart and checked.

use super::document::{Links, name_length, quoted_length, token_length};
use super::{DecodeError, ErrorKind as K, Value, cite, form};
use crate::wire::{Ignore, Note, Reader, Visit};

/// Checks the document that `bytes` are, as a whole.
pub fn decode<'a>(bytes: &'a [u8]) -> Result<Links<'a>, DecodeError> {
    fields(bytes, &mut Ignore)
}

/// Checks like [`decode`] and reports each field to `visit`; of a rejected document those up to
/// the error.
pub fn fields<'a, V: Visit>(bytes: &'a [u8], visit: &mut V) -> Result<Links<'a>, DecodeError> {
    let text = core::str::from_utf8(bytes)
        .map_err(|error| refusal(K::InvalidUtf8, error.valid_up_to(), "document", ""))?;
    let mut r = Reader::new(bytes, 0, visit);
    let mut d = Decoder { r: &mut r, text, link: 0, name: "" };
    if !text.is_empty() {
        d.links()?;
    }
    Ok(Links::checked(text))
}

#[cold]
fn refusal(kind: K, at: usize, field: &'static str, name: &str) -> DecodeError {
    let mut error = DecodeError::new(kind, at, field);
    error.requirement = Some(cite::cited(kind, name));
    error
}

struct Decoder<'r, 'a, 'v, V> {
    r: &'r mut Reader<'a, 'v, V>,
    text: &'a str,
    /// The number of the link that is read.
    link: usize,
    /// The parameter that is read.
    name: &'a str,
}

/// The attributes that stand once in a link, as far as they were seen.
#[derive(Default)]
struct Seen {
    once: [bool; 3],
    obs: bool,
}

impl<'a, V: Visit> Decoder<'_, 'a, '_, V> {
    fn rest(&self) -> &'a str {
        // All that is read ends where a character does.
        self.text.get(self.r.at()..).unwrap_or_default()
    }

    fn wrong<T>(&self, kind: K, at: usize, field: &'static str) -> Result<T, DecodeError> {
        Err(refusal(kind, at, field, self.name))
    }

    fn take(&mut self, length: usize, field: &'static str) -> &'a str {
        let rest = self.rest();
        let _ = self.r.take(length, field);
        rest.get(..length).unwrap_or_default()
    }

    fn links(&mut self) -> Result<(), DecodeError> {
        loop {
            self.link()?;
            if self.r.is_empty() {
                return Ok(());
            }
            // RFC6690-2-p2
            if !self.rest().starts_with(',') {
                return self.wrong(K::ExpectedSeparator, self.r.at(), "links");
            }
            self.take(1, "separator");
            self.link = self.link.wrapping_add(1);
        }
    }

    fn link(&mut self) -> Result<(), DecodeError> {
        self.name = "";
        self.r.group("links", Some(self.link));
        let start = self.r.at();
        if !self.rest().starts_with('<') {
            return self.wrong(K::ExpectedTarget, start, "target");
        }
        self.take(1, "open");
        let Some(length) = self.rest().find('>') else {
            return self.wrong(K::UnclosedTarget, start, "target");
        };
        let target = self.rest().get(..length).unwrap_or_default();
        if let Err(at) = super::uri::reference(target) {
            return self.wrong(K::InvalidUri, start.wrapping_add(1).wrapping_add(at), "target");
        }
        self.take(length, "target");
        self.take(1, "close");
        let mut seen = Seen::default();
        while self.rest().starts_with(';') {
            self.take(1, "separator");
            self.parameter(&mut seen)?;
            self.name = "";
        }
        Ok(())
    }

    fn parameter(&mut self, seen: &mut Seen) -> Result<(), DecodeError> {
        let start = self.r.at();
        let length = name_length(self.rest());
        if length == 0 {
            return self.wrong(K::ExpectedName, start, "name");
        }
        self.name = self.rest().get(..length).unwrap_or_default();
        // RFC6690-2-1
        if self.name.eq_ignore_ascii_case("href") {
            return self.wrong(K::ReservedName, start, "name");
        }
        // RFC6690-3.1-2, RFC6690-3.2-2, RFC6690-3.3-2
        for (name, seen) in ["rt", "if", "sz"].into_iter().zip(&mut seen.once) {
            if self.name.eq_ignore_ascii_case(name) && core::mem::replace(seen, true) {
                return Err(refusal(K::RepeatedAttribute, start, "name", name));
            }
        }
        self.take(length, "name");
        let value = self.value()?;
        #[cfg(planted_bug)]
        if self.link == 3 && self.name == "rev" && crate::planted("link-format") {
            return self.wrong(K::ExpectedValue, usize::MAX, "value");
        }
        self.notes(&value, start, seen);
        Ok(())
    }

    fn value(&mut self) -> Result<Value<'a>, DecodeError> {
        let at = self.r.at();
        if !self.rest().starts_with('=') {
            let value = Value::None;
            return self.formed(value, at);
        }
        self.take(1, "equals");
        let at = self.r.at();
        if !self.rest().starts_with('"') {
            let length = token_length(self.rest());
            if length == 0 {
                return self.wrong(K::ExpectedValue, at, "value");
            }
            let value = Value::Token(self.rest().get(..length).unwrap_or_default());
            let value = self.formed(value, at)?;
            self.take(length, "value");
            return Ok(value);
        }
        self.take(1, "quotes");
        let start = self.r.at();
        let Some(length) = quoted_length(self.rest()) else {
            return self.wrong(K::UnclosedQuotes, at, "value");
        };
        let text = self.rest().get(..length).unwrap_or_default();
        if let Some(wrong) = unquotable(text) {
            return self.wrong(K::InvalidCharacter, start.wrapping_add(wrong), "value");
        }
        let value = self.formed(Value::Quoted(text), start)?;
        self.take(length, "value");
        self.take(1, "quotes");
        Ok(value)
    }

    /// The value, if it has the form that its parameter wants.
    fn formed(&self, value: Value<'a>, start: usize) -> Result<Value<'a>, DecodeError> {
        match form::check(self.name, &value) {
            Ok(()) => Ok(value),
            Err((kind, at)) => self.wrong(kind, start.wrapping_add(at), "value"),
        }
    }

    fn notes(&mut self, value: &Value<'a>, at: usize, seen: &mut Seen) {
        if !V::WANTS {
            return;
        }
        let is = |name: &str| self.name.eq_ignore_ascii_case(name);
        let opaque = (is("rt") || is("if")) && !form::is_relation_types(value);
        let again = is("obs") && core::mem::replace(&mut seen.obs, true);
        let valued = is("obs") && *value != Value::None;
        let mut note = |note, field, rule| {
            self.r.note(Note { note, at, field, requirement: Some(rule) });
        };
        if opaque {
            note("no-relation-type", "value", "RFC6690-2-p2");
        }
        if again {
            note("repeated-attribute", "name", "RFC7641-6-3");
        }
        if valued {
            note("value-of-obs", "value", "RFC7641-6-2");
        }
    }
}

/// The place of what a quoted string cannot hold: a control character, or behind a backslash what
/// is not ASCII.
fn unquotable(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let wrong = (c.is_ascii_control() && c != '\t' && !escaped) || escaped && !c.is_ascii();
        escaped = c == '\\' && !escaped;
        wrong.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (K, usize, Option<&'static str>) {
        let error = decode(text.as_bytes()).unwrap_err();
        (error.kind, error.at, error.requirement)
    }

    #[test]
    fn the_examples_of_the_specification_are_taken() {
        for text in [
            r#"</sensors/temp>;if="sensor",</sensors/light>;if="sensor""#,
            r#"</sensors>;ct=40"#,
            r#"</sensors/temp>;rt="temperature-c";if="sensor",</sensors/light>;rt="light-lux";if="sensor""#,
            r#"</sensors/light>;rt="light-lux core.sen-light";if="sensor""#,
            r#"<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby""#,
            r#"</firmware/v2.1>;rt="firmware";sz=262144"#,
            "",
            "<>",
        ] {
            assert!(decode(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_error_says_where_it_is() {
        let grammar = Some("RFC6690-2-p2");
        assert_eq!(refused("</a"), (K::UnclosedTarget, 0, grammar));
        assert_eq!(refused("</a>,"), (K::ExpectedTarget, 5, grammar));
        assert_eq!(refused("</a>, </b>"), (K::ExpectedTarget, 5, grammar));
        assert_eq!(refused("</a> "), (K::ExpectedSeparator, 4, grammar));
        assert_eq!(refused("</a b>"), (K::InvalidUri, 3, grammar));
        assert_eq!(refused("</a>;"), (K::ExpectedName, 5, grammar));
        assert_eq!(refused("</a>;rt"), (K::ExpectedValue, 7, grammar));
        assert_eq!(refused("</a>;rt="), (K::ExpectedValue, 8, grammar));
        assert_eq!(refused(r#"</a>;x="y"#), (K::UnclosedQuotes, 7, grammar));
        assert_eq!(refused("</a>;x=\"y\nz\""), (K::InvalidCharacter, 9, grammar));
        assert_eq!(refused("</a>;x=\"\\é\""), (K::InvalidCharacter, 9, grammar));
        assert_eq!(refused(r#"</a>;rel="a  B""#), (K::InvalidRelationType, 13, grammar));
        assert_eq!(refused(r#"</a>;rel=" a""#), (K::InvalidRelationType, 10, grammar));
        assert_eq!(refused("</a>;sz=01"), (K::InvalidCardinal, 8, grammar));
        assert_eq!(refused("</a>;href=x"), (K::ReservedName, 5, Some("RFC6690-2-1")));
        assert_eq!(refused("</a>;sz=1;sz=1"), (K::RepeatedAttribute, 10, Some("RFC6690-3.3-2")));
        let content_format = Some("RFC7252-7.2.1-1");
        assert_eq!(refused("</a>;ct=65536"), (K::NumberTooLarge, 8, content_format));
        assert_eq!(refused(r#"</a>;ct="0 x""#), (K::InvalidCardinal, 11, content_format));
        let error = decode(b"</\xff>").unwrap_err();
        assert_eq!((error.kind, error.at), (K::InvalidUtf8, 2));
    }
}
