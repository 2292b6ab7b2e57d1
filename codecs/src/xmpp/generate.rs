//! A generator of elements: a model of one, and a way to write it that is hard to read.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use arbitrary::{Result, Unstructured};

use super::{Child, Element, namespace};

/// What an element is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    namespace: String,
    name: String,
    attributes: Vec<(String, String, String)>,
    children: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Element(Model),
    Text(String),
}

const NAMESPACES: [&str; 7] = [
    namespace::CLIENT,
    "",
    "urn:a",
    namespace::STREAMS,
    "urn:b&<'",
    namespace::SASL,
    "http://example.org/\u{e9}",
];
const NAMES: [&str; 8] = ["message", "body", "x", "iq", "_-.9", "\u{e9}l\u{b7}", "error", "stream"];
const CHARACTERS: [char; 16] = [
    'a',
    ' ',
    '<',
    '&',
    '>',
    ']',
    '\'',
    '"',
    '\n',
    '\r',
    '\t',
    '\u{e9}',
    '\u{2603}',
    '\u{1f600}',
    '\u{85}',
    '\u{feff}',
];

/// A model of an element.
pub fn model(u: &mut Unstructured<'_>) -> Result<Model> {
    element(u, 4)
}

fn element(u: &mut Unstructured<'_>, depth: usize) -> Result<Model> {
    let mut model = Model {
        namespace: u.choose(&NAMESPACES)?.to_string(),
        name: u.choose(&NAMES)?.to_string(),
        ..Model::default()
    };
    for _ in 0..u.int_in_range(0..=3)? {
        let space = *u.choose(&["", "", namespace::XML, "urn:a", "urn:b&<'"])?;
        let name = (*u.choose(&NAMES)?).to_string();
        if !model.attributes.iter().any(|(of, known, _)| of == space && *known == name) {
            model.attributes.push((space.to_string(), name, text(u)?));
        }
    }
    for _ in 0..if depth == 0 { 0 } else { u.int_in_range(0..=3)? } {
        let child = match u.ratio(1, 2)? {
            true => Node::Element(element(u, depth.wrapping_sub(1))?),
            false => Node::Text(text(u)?),
        };
        let alike = matches!((&child, model.children.last()), (Node::Text(_), Some(Node::Text(_))));
        if !alike && child != Node::Text(String::new()) {
            model.children.push(child);
        }
    }
    Ok(model)
}

fn text(u: &mut Unstructured<'_>) -> Result<String> {
    (0..u.int_in_range(0..=5)?).map(|_| u.choose(&CHARACTERS).copied()).collect()
}

impl Model {
    /// Whether `element` is what the model says.
    pub fn is(&self, element: &Element<'_>) -> bool {
        let mut children = element.children();
        element.is(&self.namespace, &self.name)
            && element.attributes().count() == self.attributes.len()
            && self.attributes.iter().all(|(space, name, value)| {
                element.attribute_in(space, name) == Some(value.as_str())
            })
            && self.children.iter().all(|child| match (child, children.next()) {
                (Node::Element(model), Some(Child::Element(element))) => model.is(&element),
                (Node::Text(text), Some(Child::Text(found))) => text == found,
                _ => false,
            })
            && children.next().is_none()
    }

    /// Writes the element in some way out of many: quotes, white space, references, sections and
    /// prefixes are chosen.
    pub fn write(&self, u: &mut Unstructured<'_>) -> Result<String> {
        let mut out = String::new();
        self.write_to(u, &mut out, namespace::CLIENT)?;
        Ok(out)
    }

    fn write_to(
        &self,
        u: &mut Unstructured<'_>,
        out: &mut String,
        default_namespace: &str,
    ) -> Result<()> {
        let mut declared = default_namespace;
        let mut tag: Vec<String> = Vec::new();
        let may_have_prefix = !matches!(self.namespace.as_str(), "" | namespace::CLIENT);
        let name = if self.namespace == namespace::STREAMS && u.ratio(1, 2)? {
            format!("stream:{}", self.name)
        } else if may_have_prefix && u.ratio(1, 2)? {
            tag.push(format!("xmlns:p={}", quoted(u, &self.namespace)?));
            format!("p:{}", self.name)
        } else {
            if declared != self.namespace || u.ratio(1, 4)? {
                tag.push(format!("xmlns={}", quoted(u, &self.namespace)?));
            }
            declared = &self.namespace;
            self.name.clone()
        };
        for (index, (space, name, value)) in self.attributes.iter().enumerate() {
            let prefix = match space.as_str() {
                "" => String::new(),
                namespace::XML => "xml:".to_string(),
                _ => {
                    tag.push(format!("xmlns:q{index}={}", quoted(u, space)?));
                    format!("q{index}:")
                }
            };
            tag.push(format!("{prefix}{name}{}={}", blank(u, "")?, quoted(u, value)?));
        }
        out.push('<');
        out.push_str(&name);
        while !tag.is_empty() {
            out.push_str(blank(u, " ")?);
            let at = u.choose_index(tag.len())?;
            out.push_str(&tag.swap_remove(at));
        }
        out.push_str(blank(u, "")?);
        if self.children.is_empty() && u.ratio(1, 2)? {
            out.push_str("/>");
            return Ok(());
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(model) => model.write_to(u, out, declared)?,
                Node::Text(text) => write_text(u, out, text)?,
            }
        }
        out.push_str("</");
        out.push_str(&name);
        out.push_str(blank(u, "")?);
        out.push('>');
        Ok(())
    }
}

fn blank(u: &mut Unstructured<'_>, least: &'static str) -> Result<&'static str> {
    Ok(if u.ratio(3, 4)? { least } else { *u.choose(&[" ", "\n", "\t", "\r\n  "])? })
}

fn quoted(u: &mut Unstructured<'_>, value: &str) -> Result<String> {
    let quote = *u.choose(&['\'', '"'])?;
    let mut out = String::from(quote);
    for c in value.chars() {
        match c {
            _ if c == quote || matches!(c, '<' | '&' | '\t' | '\n' | '\r') => {
                reference(u, &mut out, c)?;
            }
            // Any white space as such is a blank.
            ' ' => out.push(*u.choose(&[' ', ' ', '\n', '\t'])?),
            _ if u.ratio(1, 16)? => reference(u, &mut out, c)?,
            _ => out.push(c),
        }
    }
    out.push(quote);
    Ok(out)
}

fn reference(u: &mut Unstructured<'_>, out: &mut String, c: char) -> Result<()> {
    let named = match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\'' => Some("&apos;"),
        '"' => Some("&quot;"),
        _ => None,
    };
    match (named, u.int_in_range(0..=3)?) {
        (Some(named), 0 | 1) => out.push_str(named),
        (_, 2) => out.push_str(&format!("&#{};", u32::from(c))),
        _ => out.push_str(&format!("&#x{:04x};", u32::from(c))),
    }
    Ok(())
}

fn write_text(u: &mut Unstructured<'_>, out: &mut String, text: &str) -> Result<()> {
    for c in text.chars() {
        match c {
            '<' | '&' if u.ratio(1, 4)? => {
                out.push_str("<![CDATA[");
                out.push(c);
                out.push_str("]]>");
            }
            '<' | '&' | '>' | '\r' => reference(u, out, c)?,
            '\n' => out.push_str(u.choose(&["\n", "\r\n", "&#10;", "<![CDATA[\n]]>"])?),
            _ if u.ratio(1, 16)? => reference(u, out, c)?,
            _ => out.push(c),
        }
    }
    Ok(())
}
