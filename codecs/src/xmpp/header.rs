//! The stream header.

use super::tokenizer::Tokenizer;
use super::tree::Element;
use super::{namespace, tokenizer};

/// A stream header: the start tag of the stream (4.7).
#[derive(Clone, Copy, Debug)]
pub struct Header<'t> {
    tokenizer: &'t Tokenizer,
}

impl<'t> Header<'t> {
    pub(super) fn new(tokenizer: &'t tokenizer::Tokenizer) -> Self {
        Self { tokenizer }
    }

    /// The start tag as an element that holds nothing.
    pub fn element(&self) -> Element<'t> {
        self.tokenizer.tree.element(0)
    }

    /// Whom the stream is for (4.7.2).
    pub fn to(&self) -> Option<&'t str> {
        self.element().attribute("to")
    }

    /// Who opened the stream (4.7.1).
    pub fn from(&self) -> Option<&'t str> {
        self.element().attribute("from")
    }

    /// The identifier of the stream (4.7.3).
    pub fn id(&self) -> Option<&'t str> {
        self.element().attribute("id")
    }

    /// The default language (4.7.4).
    pub fn lang(&self) -> Option<&'t str> {
        self.element().attribute_in(namespace::XML, "lang")
    }

    /// The version as written (4.7.5).
    pub fn version(&self) -> Option<&'t str> {
        self.element().attribute("version")
    }

    /// The content namespace; empty if the header declares none (4.8.2).
    pub fn content_namespace(&self) -> &'t str {
        self.tokenizer.tree.get(self.tokenizer.scope.content())
    }

    /// Whether an XML declaration came first (11.5).
    pub fn has_declaration(&self) -> bool {
        self.tokenizer.declared
    }

    /// The prefixes that the header declares, each with its namespace.
    pub fn prefixes(&self) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        let tree = &self.tokenizer.tree;
        let declared = self.tokenizer.scope.of_stream().iter();
        declared.map(|of| (tree.get(of.prefix), tree.get(of.namespace)))
    }
}
