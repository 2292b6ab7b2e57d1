//! Tags as they mostly are, taken in one step.
//!
//! Nothing is refused here but by the namespaces of a whole tag: what is not plain is left to
//! [`Tokenizer::step`], which takes and judges it character by character.

use super::character::{is_plain_name, is_plain_start, value_run};
use super::tokenizer::{Done, Open, Phase, Tokenizer};
use super::tree::{Node, Slice};
use super::{DecodeError, Limits};

/// How many bytes a tag has, and what is complete with it.
type Taken = (usize, Option<Done>);

impl Tokenizer {
    /// Takes the tag at the front of `bytes`, which is where text could be, if it is all there and
    /// plain.
    #[inline]
    pub(super) fn plain_tag(&mut self, bytes: &[u8]) -> Result<Option<Taken>, DecodeError> {
        if self.phase != Phase::Stream {
            return Ok(None);
        }
        match bytes.get(1) {
            Some(b'/') => Ok(self.plain_end(bytes)),
            _ => self.plain_start(bytes),
        }
    }

    fn plain_end(&mut self, bytes: &[u8]) -> Option<Taken> {
        let name = self.tree.element(self.open.last()?.node).node().name;
        let rest = bytes.get(2..)?.strip_prefix(self.tree.get(name).as_bytes())?;
        if rest.first() != Some(&b'>') {
            return None;
        }
        self.between_texts();
        let used = bytes.len().wrapping_sub(rest.len()).wrapping_add(1);
        self.at = self.at.wrapping_add(used);
        Some((used, self.close()))
    }

    fn plain_start(&mut self, bytes: &[u8]) -> Result<Option<Taken>, DecodeError> {
        // Within an element there are no bytes behind the limit.
        let most = self.ctx.limits.stanza_bytes.min(1 << 30);
        let bytes = bytes.get(..most).unwrap_or(bytes);
        if self.open.len() >= self.ctx.limits.depth.min(Limits::DEEPEST) {
            return Ok(None);
        }
        if self.open.is_empty() {
            self.scope.begin_unit(&mut self.tree);
        }
        let base = self.tree.mark();
        let Some((name, local, end)) = self.plain_extents(bytes, base) else { return Ok(None) };
        // All that is kept of the tag lies in one piece of the arena.
        let Some(text) = bytes.get(..end).and_then(plain_text) else { return Ok(None) };
        self.tree.text.push_str(text);
        if !self.scope.has_distinct_names(&self.tree) {
            self.tree.text.truncate(base as usize);
            return Ok(None);
        }
        self.unit = self.unit.or(Some(self.at));
        self.between_texts();
        self.text_open = false;
        let node = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        let none = Slice::default();
        self.tree.nodes.push(Node { name, local, namespace: none, attributes: none, end: 0 });
        self.open.push(Open {
            node,
            declarations: self.scope.declarations(),
            default_namespace: self.scope.default_namespace,
        });
        let is_empty = bytes.get(end) == Some(&b'/');
        let used = end.wrapping_add(if is_empty { 2 } else { 1 });
        self.at = self.at.wrapping_add(used);
        let done = self.end_start_tag()?;
        Ok(Some((used, if is_empty { self.close() } else { done })))
    }

    /// The name of the start tag at the front, where its local name starts, and where the tag's
    /// `>` or `/>` is. The first byte will be at `base` of the arena; the attributes are known to
    /// the scope then.
    fn plain_extents(&mut self, bytes: &[u8], base: u32) -> Option<(Slice, u32, usize)> {
        let place = |offset: usize| base.wrapping_add(offset as u32);
        let longest = self.ctx.limits.name_bytes;
        let (local, mut at) = plain_name(bytes, 1, longest)?;
        let name = Slice { start: place(1), end: place(at) };
        let local = place(local);
        self.scope.begin_tag(self.at.wrapping_add(1));
        loop {
            let gap = at;
            while bytes.get(at) == Some(&b' ') {
                at = at.wrapping_add(1);
            }
            match bytes.get(at)? {
                b'>' => return Some((name, local, at)),
                b'/' if bytes.get(at.wrapping_add(1)) == Some(&b'>') => {
                    return Some((name, local, at));
                }
                _ if at == gap || self.scope.attributes() >= self.ctx.limits.attributes => {
                    return None;
                }
                _ => {}
            }
            let (local, end) = plain_name(bytes, at, longest)?;
            let rest = bytes.get(end..)?.strip_prefix(b"=")?;
            let (quote, rest) = rest.split_first()?;
            let length = value_run(rest);
            if !matches!(quote, b'\'' | b'"') || rest.get(length) != Some(quote) {
                return None;
            }
            let value = end.wrapping_add(2);
            let after = value.wrapping_add(length);
            self.scope.add_attribute(
                Slice { start: place(at), end: place(end) },
                place(local),
                Slice { start: place(value), end: place(after) },
                self.at.wrapping_add(at),
            );
            at = after.wrapping_add(1);
        }
    }

    /// A tag came.
    fn between_texts(&mut self) {
        self.brackets = 0;
        self.carriage_return = false;
    }
}

/// Where the local name starts and the name ends that begins at `start`.
#[inline]
fn plain_name(bytes: &[u8], start: usize, longest: usize) -> Option<(usize, usize)> {
    let (mut local, mut end) = (start, plain_part(bytes, start)?);
    if bytes.get(end) == Some(&b':') {
        local = end.wrapping_add(1);
        end = plain_part(bytes, local)?;
    }
    let goes_on = bytes.get(end).is_none_or(|byte| *byte == b':' || *byte >= 0x80);
    (!goes_on && end.wrapping_sub(start) <= longest).then_some((local, end))
}

/// Where the part of a name ends that begins at `start`.
#[inline]
fn plain_part(bytes: &[u8], start: usize) -> Option<usize> {
    let (first, rest) = bytes.get(start..)?.split_first()?;
    let length = rest.iter().position(|byte| !is_plain_name(*byte))?;
    is_plain_start(*first).then_some(start.wrapping_add(1).wrapping_add(length))
}

/// `bytes` as text, if they are and all of its characters are allowed; control characters are not
/// among them.
#[inline]
fn plain_text(bytes: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(bytes).ok()?;
    (text.is_ascii() || !text.contains(['\u{fffe}', '\u{ffff}'])).then_some(text)
}
