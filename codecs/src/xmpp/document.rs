//! An element that is kept.

use alloc::string::{String, ToString};

use super::tokenizer::{Event, Tokenizer};
use super::tree::{Element, Tree};
use super::{Context, DecodeError, ErrorKind, Start};

/// One element of its own, with an arena of its own.
#[derive(Clone, Debug)]
pub struct Document {
    tree: Tree,
    root: u32,
}

impl Document {
    /// Reads one element, with nothing but white space around it. `jabber:client` is its default
    /// namespace, the prefix `stream` is declared, and `<stream:stream/>` is an element like others.
    ///
    /// # Errors
    /// The error of the tokenizer; `mismatched-end-tag` if the text ends too early.
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        let mut tokenizer = Tokenizer::new(Context::new(Start::Element));
        let mut rest = text.as_bytes();
        let mut found = None;
        while let Some(event) = tokenizer.feed(&mut rest)? {
            let known = matches!(event, Event::Space(_));
            match event {
                Event::Element(element) if found.is_none() => found = Some(Self::from(element)),
                _ if known => {}
                _ => {
                    let at = text.len().wrapping_sub(rest.len());
                    return Err(ErrorKind::ContentAfterStream.at(at, "element"));
                }
            }
        }
        let within = tokenizer.is_within();
        found.filter(|_| !within).ok_or(ErrorKind::MismatchedEndTag.at(text.len(), "element"))
    }

    /// The element.
    pub fn element(&self) -> Element<'_> {
        self.tree.element(self.root)
    }
}

impl From<Element<'_>> for Document {
    fn from(element: Element<'_>) -> Self {
        Self { tree: element.tree.clone(), root: element.index }
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.element() == other.element()
    }
}

impl Eq for Document {}

impl From<&Document> for String {
    fn from(document: &Document) -> Self {
        document.element().to_string()
    }
}
