//! Patterns: XML that says what an element must have; all else is free.
//!
//! Names, the listed attributes and the listed children must be there; children in any order, each
//! listed one with an element of its own. Text counts unless it is all white space; then it must be
//! the whole text of the element. `?{name}` in text or in a value stands for any characters and
//! binds them to the name; a name that stands twice must be bound to the same text.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::tree::Element;
use super::{DecodeError, Document, namespace};

/// What the `?{name}` of a pattern stood for.
pub type Bindings = BTreeMap<String, String>;

/// Where an element first differs from a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The way from the element to the place: `message/body`, `iq/@type`.
    pub path: String,
    /// What the pattern asks for.
    pub expected: String,
    /// What is there; `None` if nothing is.
    pub observed: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.path, self.expected)?;
        match &self.observed {
            Some(observed) => write!(f, ", found {observed}"),
            None => f.write_str(", found nothing"),
        }
    }
}

/// A pattern that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Document);

impl Pattern {
    /// Reads a pattern as [`Document::parse`] reads elements.
    ///
    /// # Errors
    /// It is not one element.
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        Document::parse(text).map(Self)
    }

    /// The pattern as an element.
    pub fn element(&self) -> Element<'_> {
        self.0.element()
    }

    /// What the pattern's names stand for in `element`.
    ///
    /// # Errors
    /// The first difference, of the candidate that comes closest.
    pub fn matches(&self, element: &Element<'_>) -> Result<Bindings, Difference> {
        let mut search = Search { bindings: Vec::new(), difference: None, steps: 100_000 };
        let (pattern, mut path) = (self.element(), String::new());
        path.push_str(&label(&pattern));
        if search.element(&pattern, element, &path, &mut |_| true) {
            return Ok(search.bindings.into_iter().collect());
        }
        Err(search.difference.map_or_else(
            || Difference {
                path,
                expected: pattern.to_string(),
                observed: Some(element.to_string()),
            },
            |(_, difference)| difference,
        ))
    }
}

/// Matches `element` against the pattern `text`.
///
/// # Errors
/// The first difference; a pattern that is no element is one at the path ``.
pub fn matches(text: &str, element: &Element<'_>) -> Result<Bindings, Difference> {
    match Pattern::parse(text) {
        Ok(pattern) => pattern.matches(element),
        Err(error) => Err(Difference {
            path: String::new(),
            expected: format!("a pattern, but it is not well-formed: {error}"),
            observed: Some(text.into()),
        }),
    }
}

/// A search that goes back where the choice of a child or a text turned out wrong.
struct Search {
    bindings: Vec<(String, String)>,
    /// The difference found deepest in the search, and how deep that was.
    difference: Option<(usize, Difference)>,
    /// A bound on the work, for patterns of many alike children.
    steps: usize,
}

type Next<'n> = &'n mut dyn FnMut(&mut Search) -> bool;

impl Search {
    fn differ(&mut self, path: &str, expected: String, observed: Option<String>) -> bool {
        let depth = path.matches('/').count();
        if self.difference.as_ref().is_none_or(|(known, _)| depth > *known) {
            let path = path.to_string();
            self.difference = Some((depth, Difference { path, expected, observed }));
        }
        false
    }

    fn element(
        &mut self,
        pattern: &Element<'_>,
        element: &Element<'_>,
        path: &str,
        next: Next<'_>,
    ) -> bool {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return false;
        }
        if !element.is(pattern.namespace(), pattern.name()) {
            return self.differ(path, label(pattern), Some(label(element)));
        }
        let attributes: Vec<_> = pattern.attributes().collect();
        let children: Vec<_> = pattern.elements().collect();
        let found: Vec<_> = element.elements().collect();
        let mut used = Vec::new();
        let mut next =
            |search: &mut Self| search.children(&children, &found, &mut used, path, next);
        self.attributes(&attributes, pattern, element, path, &mut next)
    }

    fn attributes(
        &mut self,
        attributes: &[super::Attribute<'_>],
        pattern: &Element<'_>,
        element: &Element<'_>,
        path: &str,
        next: Next<'_>,
    ) -> bool {
        let Some((first, rest)) = attributes.split_first() else {
            let text = pattern.text();
            if text.trim().is_empty() {
                return next(self);
            }
            let observed = element.text();
            return self.text(&text, &observed, 0, next)
                || self.differ(&format!("{path}/text()"), format!("`{text}`"), Some(observed));
        };
        let path_of = format!("{path}/@{}", first.name);
        let Some(value) = element.attribute_in(first.namespace, first.name) else {
            return self.differ(&path_of, format!("`{}`", first.value), None);
        };
        let mut reached = false;
        let mut next = |search: &mut Self| {
            reached = true;
            search.attributes(rest, pattern, element, path, next)
        };
        if self.text(first.value, value, 0, &mut next) {
            return true;
        }
        if !reached {
            self.differ(&path_of, format!("`{}`", first.value), Some(format!("`{value}`")));
        }
        false
    }

    fn children(
        &mut self,
        patterns: &[Element<'_>],
        found: &[Element<'_>],
        used: &mut Vec<usize>,
        path: &str,
        next: Next<'_>,
    ) -> bool {
        let Some((first, rest)) = patterns.split_first() else { return next(self) };
        let path_of = format!("{path}/{}", label(first));
        let mut candidate = false;
        for (index, child) in found.iter().enumerate() {
            if used.contains(&index) || !child.is(first.namespace(), first.name()) {
                continue;
            }
            candidate = true;
            used.push(index);
            let (bound, mut inner) = (self.bindings.len(), core::mem::take(used));
            let matched = self.element(first, child, &path_of, &mut |search| {
                search.children(rest, found, &mut inner, path, next)
            });
            if matched {
                return true;
            }
            *used = inner;
            used.pop();
            self.bindings.truncate(bound);
        }
        if !candidate {
            self.differ(&path_of, first.to_string(), None);
        }
        false
    }

    /// Whether `text` is what `pattern` says, from the byte `from` of the text on.
    fn text(&mut self, pattern: &str, text: &str, from: usize, next: Next<'_>) -> bool {
        self.steps = self.steps.saturating_sub(1);
        let text_left = text.get(from..).unwrap_or("");
        let Some((literal, name, rest)) = split(pattern) else {
            return self.steps > 0 && pattern == text_left && next(self);
        };
        let Some(left) = text_left.strip_prefix(literal) else { return false };
        let known = self.bindings.iter().find(|(known, _)| known == name);
        if let Some((_, value)) = known.cloned() {
            let Some(after) = left.strip_prefix(value.as_str()) else { return false };
            return self.text(rest, text, text.len().wrapping_sub(after.len()), next);
        }
        let start = text.len().wrapping_sub(left.len());
        let ends = left.char_indices().map(|(at, _)| at).chain([left.len()]);
        for end in ends {
            // At the end of a pattern only all that is left will do.
            if self.steps == 0 || rest.is_empty() && end != left.len() {
                continue;
            }
            let bound = self.bindings.len();
            let value = left.get(..end).unwrap_or("").to_string();
            self.bindings.push((name.to_string(), value));
            if self.text(rest, text, start.wrapping_add(end), next) {
                return true;
            }
            self.bindings.truncate(bound);
        }
        false
    }
}

/// What is before the first `?{name}`, the name, and what is behind.
fn split(pattern: &str) -> Option<(&str, &str, &str)> {
    let (literal, rest) = pattern.split_once("?{")?;
    let (name, rest) = rest.split_once('}')?;
    Some((literal, name, rest))
}

/// The name of an element in a path, with the prefix or namespace that people need.
fn label(element: &Element<'_>) -> String {
    match element.namespace() {
        namespace::STREAMS => format!("stream:{}", element.name()),
        namespace::CLIENT => element.name().to_string(),
        namespace => format!("{}[{namespace}]", element.name()),
    }
}
