//! Elements in one arena that is used again: nodes in the order of the document, and one text that
//! all names and values are pieces of.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::namespace;

/// A piece of the arena's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Slice {
    #[inline]
    pub(super) fn len(self) -> u32 {
        self.end.wrapping_sub(self.start)
    }
}

/// An element, or text, which has no name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The name as written, prefix and all, or the text.
    pub(super) name: Slice,
    /// Where the local name starts in the arena's text.
    pub(super) local: u32,
    pub(super) namespace: Slice,
    /// The element's attributes in `Tree::attributes`.
    pub(super) attributes: Slice,
    /// The node behind the element's last descendant; 0 for text.
    pub(super) end: u32,
}

impl Node {
    /// The prefix without its colon; empty if there is none.
    #[inline]
    fn prefix(&self) -> Slice {
        prefix(self.name, self.local)
    }
}

/// The prefix, without its colon, of a name whose local name starts at `local`.
#[inline]
pub(super) fn prefix(name: Slice, local: u32) -> Slice {
    Slice { start: name.start, end: local.wrapping_sub(1).max(name.start) }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RawAttribute {
    pub(super) name: Slice,
    pub(super) local: u32,
    pub(super) namespace: Slice,
    pub(super) value: Slice,
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) text: String,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<RawAttribute>,
}

/// Where [`namespace::XML`] lies in every tree.
pub(super) const XML: Slice = Slice { start: 0, end: namespace::XML.len() as u32 };

impl Default for Tree {
    fn default() -> Self {
        let text = String::from(namespace::XML);
        Self { text, nodes: Vec::new(), attributes: Vec::new() }
    }
}

impl Tree {
    #[inline]
    pub(super) fn get(&self, slice: Slice) -> &str {
        self.text.get(slice.start as usize..slice.end as usize).unwrap_or("")
    }

    /// The end of the text; limits keep it far below 2^32.
    #[inline]
    pub(super) fn mark(&self) -> u32 {
        self.text.len() as u32
    }

    pub(super) fn push(&mut self, text: &str) -> Slice {
        let start = self.mark();
        self.text.push_str(text);
        Slice { start, end: self.mark() }
    }

    pub(super) fn element(&self, index: u32) -> Element<'_> {
        Element { tree: self, index }
    }
}

/// An element with its attributes and all it holds.
#[derive(Clone, Copy)]
pub struct Element<'t> {
    pub(super) tree: &'t Tree,
    pub(super) index: u32,
}

/// Text without a break, or an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child<'t> {
    /// An element.
    Element(Element<'t>),
    /// Text, references resolved and line ends made LF.
    Text(&'t str),
}

/// One attribute; declarations of namespaces are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'t> {
    /// The namespace; empty for an attribute without prefix.
    pub namespace: &'t str,
    /// The local name.
    pub name: &'t str,
    /// The value, references resolved and white space made blanks.
    pub value: &'t str,
}

impl<'t> Element<'t> {
    #[inline]
    pub(super) fn node(&self) -> Node {
        const NONE: Slice = Slice { start: 0, end: 0 };
        let none = Node { name: NONE, local: 0, namespace: NONE, attributes: NONE, end: 0 };
        self.tree.nodes.get(self.index as usize).copied().unwrap_or(none)
    }

    /// The local name.
    pub fn name(&self) -> &'t str {
        let node = self.node();
        self.tree.get(Slice { start: node.local, end: node.name.end })
    }

    /// The prefix as written; empty if there is none.
    pub fn prefix(&self) -> &'t str {
        let node = self.node();
        self.tree.get(node.prefix())
    }

    /// The namespace; empty if the element is in none.
    pub fn namespace(&self) -> &'t str {
        self.tree.get(self.node().namespace)
    }

    /// Whether this is the element called `name` in `namespace`.
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.name() == name && self.namespace() == namespace
    }

    /// The attributes in the order of the document.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'t>> + Clone + use<'t> {
        let (tree, range) = (self.tree, self.node().attributes);
        let raw = tree.attributes.get(range.start as usize..range.end as usize).unwrap_or_default();
        raw.iter().map(move |raw| Attribute {
            namespace: tree.get(raw.namespace),
            name: tree.get(Slice { start: raw.local, end: raw.name.end }),
            value: tree.get(raw.value),
        })
    }

    /// The value of the attribute `name` without namespace.
    pub fn attribute(&self, name: &str) -> Option<&'t str> {
        self.attribute_in("", name)
    }

    /// The value of the attribute `name` in `namespace`.
    pub fn attribute_in(&self, namespace: &str, name: &str) -> Option<&'t str> {
        let mut attributes = self.attributes();
        attributes.find(|of| of.name == name && of.namespace == namespace).map(|of| of.value)
    }

    /// What the element holds, in order.
    pub fn children(&self) -> Children<'t> {
        let next = self.index.wrapping_add(1);
        Children { tree: self.tree, next, end: self.node().end }
    }

    /// The elements among the children.
    pub fn elements(&self) -> impl Iterator<Item = Element<'t>> + Clone + use<'t> {
        self.children().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }

    /// The first child element called `name` in `namespace`.
    pub fn child(&self, namespace: &str, name: &str) -> Option<Element<'t>> {
        self.elements().find(|child| child.is(namespace, name))
    }

    /// The text directly in the element, that between child elements joined.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for child in self.children() {
            if let Child::Text(piece) = child {
                text.push_str(piece);
            }
        }
        text
    }
}

/// Names, attributes in any order, and children are the same; prefixes do not matter.
impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same_attributes = self.attributes().count() == other.attributes().count()
            && self.attributes().all(|attribute| {
                other.attribute_in(attribute.namespace, attribute.name) == Some(attribute.value)
            });
        self.is(other.namespace(), other.name())
            && same_attributes
            && self.children().eq(other.children())
    }
}

impl Eq for Element<'_> {}

/// The canonical form.
impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::write::element(f, self, namespace::CLIENT)
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Walks what an element holds.
#[derive(Clone, Debug)]
pub struct Children<'t> {
    tree: &'t Tree,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Child<'t>;

    fn next(&mut self) -> Option<Child<'t>> {
        if self.next >= self.end {
            return None;
        }
        let index = self.next;
        let node = self.tree.nodes.get(index as usize)?;
        if node.end == 0 {
            self.next = index.wrapping_add(1);
            return Some(Child::Text(self.tree.get(node.name)));
        }
        self.next = node.end;
        Some(Child::Element(self.tree.element(index)))
    }
}
