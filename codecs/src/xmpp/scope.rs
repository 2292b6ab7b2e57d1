//! Namespaces: which declarations are in force, and what names mean by them.

use alloc::vec::Vec;

use super::tokenizer::{Open, QName};
use super::tree::{RawAttribute, Slice, Tree, XML, prefix};
use super::{Context, DecodeError, ErrorKind, Start, namespace};

/// Declarations of prefixes in force, and the attributes of the start tag at hand.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    declarations: Vec<Declaration>,
    pub(super) default_namespace: Slice,
    /// What holds in the whole stream: declarations, default namespace, and text of the arena.
    base: (usize, Slice, u32),
    /// The content namespace, empty if the header declares none.
    content: Slice,
    /// The name of the stream element as written.
    pub(super) root: Slice,
    raw: Vec<Raw>,
    element_at: usize,
}

/// A prefix and what it stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration {
    pub(super) prefix: Slice,
    pub(super) namespace: Slice,
}

/// An attribute as written.
#[derive(Clone, Copy, Debug)]
struct Raw {
    name: Slice,
    local: u32,
    value: Slice,
    at: usize,
    /// It declares a namespace.
    declares: bool,
}

impl Scope {
    /// What is in force before the first byte.
    pub(super) fn new(tree: &mut Tree, start: Start) -> Self {
        let mut declarations = Vec::new();
        let mut content = Slice::default();
        let mut root = Slice::default();
        if start != Start::Stream {
            content = tree.push(namespace::CLIENT);
            let namespace = tree.push(namespace::STREAMS);
            root = tree.push("stream:stream");
            let prefix = Slice { start: root.start, end: root.start.wrapping_add(6) };
            declarations.push(Declaration { prefix, namespace });
        }
        Self {
            base: (declarations.len(), content, tree.mark()),
            declarations,
            default_namespace: content,
            content,
            root,
            raw: Vec::new(),
            element_at: 0,
        }
    }

    /// Forgets the first-level element before this one.
    pub(super) fn begin_unit(&mut self, tree: &mut Tree) {
        let (declarations, default_namespace, text) = self.base;
        self.declarations.truncate(declarations);
        self.default_namespace = default_namespace;
        tree.nodes.clear();
        tree.attributes.clear();
        tree.text.truncate(text as usize);
    }

    pub(super) fn begin_tag(&mut self, at: usize) {
        self.raw.clear();
        self.element_at = at;
    }

    pub(super) fn begin_attribute(&mut self, at: usize) {
        let none = Slice::default();
        self.raw.push(Raw { name: none, local: 0, value: none, at, declares: false });
    }

    /// The name of the attribute at hand is complete.
    pub(super) fn name_attribute(&mut self, tree: &Tree, name: QName) -> Result<(), DecodeError> {
        let Some((raw, before)) = self.raw.split_last_mut() else { return Ok(()) };
        raw.name = Slice { start: name.start, end: tree.mark() };
        raw.local = name.local;
        let text = tree.get(raw.name);
        if before.iter().any(|other| tree.get(other.name) == text) {
            return Err(ErrorKind::DuplicateAttribute.at(raw.at, "attribute"));
        }
        Ok(())
    }

    pub(super) fn begin_value(&mut self, start: u32) {
        if let Some(raw) = self.raw.last_mut() {
            raw.value = Slice { start, end: start };
        }
    }

    pub(super) fn end_value(&mut self, end: u32) {
        if let Some(raw) = self.raw.last_mut() {
            raw.value.end = end;
        }
    }

    /// One more attribute; its name has not been compared yet.
    #[inline]
    pub(super) fn add_attribute(&mut self, name: Slice, local: u32, value: Slice, at: usize) {
        self.raw.push(Raw { name, local, value, at, declares: false });
    }

    /// Whether no two attributes of the tag at hand have the same name.
    pub(super) fn has_distinct_names(&self, tree: &Tree) -> bool {
        let same =
            |one: Slice, other: Slice| one.len() == other.len() && tree.get(one) == tree.get(other);
        let mut rest = self.raw.as_slice();
        while let Some((last, before)) = rest.split_last() {
            if before.iter().any(|other| same(other.name, last.name)) {
                return false;
            }
            rest = before;
        }
        true
    }

    /// How many attributes the tag at hand has so far.
    pub(super) fn attributes(&self) -> usize {
        self.raw.len()
    }

    /// How many declarations are in force.
    pub(super) fn declarations(&self) -> usize {
        self.declarations.len()
    }

    /// The prefixes that the stream header declared.
    pub(super) fn of_stream(&self) -> &[Declaration] {
        self.declarations.get(..self.base.0).unwrap_or_default()
    }

    /// The content namespace.
    pub(super) fn content(&self) -> Slice {
        self.content
    }

    /// Ends the scope of an element.
    pub(super) fn leave(&mut self, open: Open) {
        self.declarations.truncate(open.declarations);
        self.default_namespace = open.default_namespace;
    }

    /// Gives the element at hand and its attributes their namespaces. If it `may_be_header` and is
    /// one, nothing but its own declarations counts; true if so.
    pub(super) fn end_tag(
        &mut self,
        tree: &mut Tree,
        open: Open,
        header: Option<&Context>,
    ) -> Result<bool, DecodeError> {
        let mut own_default = None;
        for raw in &mut self.raw {
            let Some(prefix) = tree.get(raw.name).strip_prefix("xmlns") else { continue };
            if !prefix.is_empty() && !prefix.starts_with(':') {
                continue;
            }
            raw.declares = true;
            let value = tree.get(raw.value);
            let is_xml = prefix == ":xml";
            if prefix == ":xmlns"
                || value == namespace::XMLNS
                || is_xml != (value == namespace::XML)
            {
                return Err(ErrorKind::ReservedNamespace.at(raw.at, "attribute"));
            }
            if prefix.is_empty() {
                self.default_namespace = raw.value;
                own_default = Some(raw.value);
            } else if value.is_empty() {
                return Err(ErrorKind::EmptyNamespace.at(raw.at, "attribute"));
            } else if !is_xml {
                let prefix = Slice { start: raw.local, end: raw.name.end };
                self.declarations.push(Declaration { prefix, namespace: raw.value });
            }
        }
        let element = tree.element(open.node);
        let mut floor = 0;
        let is_header = header.is_some_and(|ctx| match ctx.start {
            Start::Stream => true,
            Start::Element => false,
            Start::Either => {
                let namespace = match element.prefix() {
                    "" => Some(self.default_namespace),
                    prefix => self.lookup(tree, prefix, 0),
                };
                element.name() == "stream"
                    && namespace.is_some_and(|of| tree.get(of) == namespace::STREAMS)
            }
        });
        if is_header {
            floor = open.declarations;
            self.default_namespace = own_default.unwrap_or_default();
        }
        self.resolve(tree, open, floor)?;
        Ok(is_header)
    }

    fn resolve(&mut self, tree: &mut Tree, open: Open, floor: usize) -> Result<(), DecodeError> {
        let namespace = match tree.element(open.node).prefix() {
            "" => self.default_namespace,
            "xmlns" => return Err(ErrorKind::ReservedNamespace.at(self.element_at, "element")),
            prefix => {
                let Some(namespace) = self.lookup(tree, prefix, floor) else {
                    return Err(ErrorKind::UnboundPrefix.at(self.element_at, "element"));
                };
                let text = tree.get(namespace);
                let xmpp = matches!(text, namespace::CLIENT | namespace::SERVER);
                if xmpp && text == tree.get(self.content) {
                    return Err(ErrorKind::PrefixedContent.at(self.element_at, "element"));
                }
                namespace
            }
        };
        let first = u32::try_from(tree.attributes.len()).unwrap_or(u32::MAX);
        for raw in &self.raw {
            if raw.declares {
                continue;
            }
            let namespace = match tree.get(prefix(raw.name, raw.local)) {
                "" => Slice::default(),
                prefix => self
                    .lookup(tree, prefix, floor)
                    .ok_or_else(|| ErrorKind::UnboundPrefix.at(raw.at, "attribute"))?,
            };
            let (name, local, value) = (raw.name, raw.local, raw.value);
            let text = |of: &RawAttribute| tree.get(Slice { start: of.local, end: of.name.end });
            let added = RawAttribute { name, local, namespace, value };
            let before = tree.attributes.get(first as usize..).unwrap_or_default();
            let same = |other: &RawAttribute| {
                text(other) == text(&added) && tree.get(other.namespace) == tree.get(namespace)
            };
            if namespace != Slice::default() && before.iter().any(same) {
                return Err(ErrorKind::DuplicateExpandedName.at(raw.at, "attribute"));
            }
            tree.attributes.push(added);
        }
        let end = u32::try_from(tree.attributes.len()).unwrap_or(u32::MAX);
        if let Some(node) = tree.nodes.get_mut(open.node as usize) {
            node.namespace = namespace;
            node.attributes = Slice { start: first, end };
        }
        Ok(())
    }

    /// What `prefix` stands for by the declarations from `floor` on.
    fn lookup(&self, tree: &Tree, prefix: &str, floor: usize) -> Option<Slice> {
        if prefix == "xml" {
            return Some(XML);
        }
        let known = self.declarations.get(floor..).unwrap_or_default();
        let found = known.iter().rev().find(|of| tree.get(of.prefix) == prefix);
        found.map(|of| of.namespace)
    }

    /// Judges the stream header at hand and keeps what it declares.
    pub(super) fn take_header(
        &mut self,
        tree: &mut Tree,
        open: Open,
        ctx: &Context,
    ) -> Result<(), DecodeError> {
        let element = tree.element(open.node);
        let (prefix, default) = (element.prefix(), tree.get(self.default_namespace));
        let content = if prefix.is_empty() { "" } else { default };
        let kind = if element.namespace() != namespace::STREAMS {
            Some(ErrorKind::WrongStreamNamespace)
        } else if element.name() != "stream" {
            Some(ErrorKind::WrongRoot)
        } else if ctx.profile.only_stream_prefix && prefix != "stream" {
            Some(ErrorKind::UnsupportedStreamPrefix)
        } else if content == namespace::STREAMS {
            Some(ErrorKind::WrongContentNamespace)
        } else if ctx.profile.only_xmpp_content
            && !matches!(content, "" | namespace::CLIENT | namespace::SERVER)
        {
            Some(ErrorKind::UnsupportedContentNamespace)
        } else {
            None
        };
        if let Some(kind) = kind {
            return Err(kind.at(self.element_at, "stream"));
        }
        self.content = if content.is_empty() { Slice::default() } else { self.default_namespace };
        self.root = element.node().name;
        self.declarations.drain(..open.declarations.min(self.declarations.len()));
        if let Some(node) = tree.nodes.first_mut() {
            node.end = 1;
        }
        self.base = (self.declarations.len(), self.default_namespace, tree.mark());
        Ok(())
    }
}
