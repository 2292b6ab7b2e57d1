//! The push tokenizer: bytes in pieces of any size to events.

use alloc::string::String;
use alloc::vec::Vec;

use super::character::{name_run, space_run, text_run, value_text};
use super::scope::Scope;
use super::tree::{Element, Slice, Tree};
use super::{Context, DecodeError, ErrorKind, Header, Start};
use crate::wire::{Ignore, Span, Visit};

/// What a stream consists of.
#[derive(Clone, Copy, Debug)]
pub enum Event<'t> {
    /// The stream header (4.7).
    Header(Header<'t>),
    /// A first-level element with all it holds.
    Element(Element<'t>),
    /// The end tag of the stream (4.4).
    End,
    /// This many bytes of white space where no element is open (11.7). One stretch may be told of
    /// in parts.
    Space(usize),
}

/// Takes the bytes of one stream, one way, up to its end or its restart.
///
/// However the bytes are cut into pieces, the events and the rejection are the same, save that
/// white space may come in parts.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    pub(super) ctx: Context,
    pub(super) tree: Tree,
    pub(super) scope: Scope,
    /// The elements that are open, outermost first; the stream is not among them.
    pub(super) open: Vec<Open>,
    pub(super) state: State,
    pub(super) phase: Phase,
    /// Offset of the next byte.
    pub(super) at: usize,
    /// Offset of the first byte of the header or first-level element at hand.
    pub(super) unit: Option<usize>,
    /// Offset of the first byte of the tag, name or reference at hand.
    pub(super) mark: usize,
    /// Offset of the `&` at hand.
    pub(super) reference_at: usize,
    /// The name at hand, in the arena or, of an end tag, in `scratch`.
    pub(super) name: QName,
    /// A name or declaration that does not go into the arena.
    pub(super) scratch: String,
    /// The bytes of a character that is not all there yet.
    partial: ([u8; 4], usize),
    /// The last character was a carriage return; a line feed behind it is no character of its own.
    pub(super) carriage_return: bool,
    /// How many `]` came last in text; at most 2.
    pub(super) brackets: u8,
    /// The last node is text that goes on.
    pub(super) text_open: bool,
    /// Where the text at hand started.
    pub(super) text_at: usize,
    /// A header that is an empty element is followed by the end of its stream.
    pub(super) end_follows: bool,
    /// An XML declaration was read.
    pub(super) declared: bool,
    failed: Option<DecodeError>,
}

/// An open element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) node: u32,
    pub(super) declarations: usize,
    pub(super) default_namespace: Slice,
}

/// The name at hand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QName {
    pub(super) start: u32,
    /// Where the local name starts; `start` as long as no colon came.
    pub(super) local: u32,
    /// The next character must be one that a name can start with.
    pub(super) fresh: bool,
    /// Bytes so far.
    pub(super) len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Before,
    Stream,
    After,
}

/// What was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// All of a tag; text or `<` follows.
    Content,
    /// `<`
    LessThan,
    /// `<!` and some letters
    Markup,
    /// `<?` and some letters
    Question,
    /// `<![CDATA[`, and how many `]` came last
    Section(u8),
    ElementName,
    /// White space within a start tag
    Gap,
    AttributeName,
    AfterAttributeName,
    /// `=`
    Equals,
    /// An opening quote
    Value(char),
    /// A closing quote
    AfterValue,
    /// `/` within a start tag
    Slash,
    /// `</` and some letters
    EndName,
    AfterEndName,
    /// `&` and some letters; the quote if within a value
    Reference(Option<char>),
}

/// What the last byte completed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Done {
    Header,
    Element,
    End,
    Space(usize),
}

impl Tokenizer {
    /// Before the first byte.
    pub fn new(ctx: Context) -> Self {
        let mut tree = Tree::default();
        let scope = Scope::new(&mut tree, ctx.start);
        Self {
            ctx,
            tree,
            scope,
            open: Vec::new(),
            state: State::Content,
            phase: Phase::Before,
            at: 0,
            unit: None,
            mark: 0,
            reference_at: 0,
            name: QName::default(),
            scratch: String::new(),
            partial: ([0; 4], 0),
            carriage_return: false,
            brackets: 0,
            text_open: false,
            text_at: 0,
            end_follows: false,
            declared: false,
            failed: None,
        }
    }

    /// Forgets the stream and starts over at offset 0, as after SASL (4.3.3).
    pub fn restart(&mut self, start: Start) {
        let mut old = core::mem::replace(self, Self::new(Context { start, ..self.ctx }));
        // The arena's memory is kept.
        old.tree.text.clear();
        old.tree.nodes.clear();
        old.tree.attributes.clear();
        old.tree.text.push_str(&self.tree.text);
        self.tree = old.tree;
    }

    /// Takes bytes off the front of `input` up to the end of an event; `None` if all were taken and
    /// more are needed. A stream that was rejected stays rejected.
    pub fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Event<'_>>, DecodeError> {
        self.feed_with(input, &mut Ignore)
    }

    /// [`Tokenizer::feed`], and tells `visit` of every name, value and text.
    pub fn feed_with<V: Visit>(
        &mut self,
        input: &mut &[u8],
        visit: &mut V,
    ) -> Result<Option<Event<'_>>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.advance(input, visit) {
            Ok(done) => Ok(done.map(|done| self.event(done))),
            Err(error) => {
                self.failed = Some(error);
                Err(error)
            }
        }
    }

    /// Offset of the next byte from the start of the stream.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether a header or an element has begun and not ended.
    pub fn is_within(&self) -> bool {
        self.unit.is_some() || self.partial.1 > 0
    }

    fn event(&self, done: Done) -> Event<'_> {
        match done {
            Done::Header => Event::Header(Header::new(self)),
            Done::Element => Event::Element(self.tree.element(0)),
            Done::End => Event::End,
            Done::Space(bytes) => Event::Space(bytes),
        }
    }

    fn advance<V: Visit>(
        &mut self,
        input: &mut &[u8],
        visit: &mut V,
    ) -> Result<Option<Done>, DecodeError> {
        if core::mem::take(&mut self.end_follows) {
            self.phase = Phase::After;
            return Ok(Some(Done::End));
        }
        while !input.is_empty() {
            // No byte behind the limit is looked at, so pieces cannot change the verdict.
            let most = self.ctx.limits.stanza_bytes.min(1 << 30);
            let left = self
                .unit
                .map_or(usize::MAX, |unit| most.saturating_sub(self.at.wrapping_sub(unit)));
            if left == 0 {
                return Err(ErrorKind::TooLarge.at(self.at, "stanza"));
            }
            let (now, _) = input.split_at(input.len().min(left));
            let start = self.at;
            let done = self.scan(now, visit);
            *input = input.get(self.at.wrapping_sub(start)..).unwrap_or_default();
            if let Some(done) = done? {
                return Ok(Some(done));
            }
        }
        Ok(None)
    }

    /// Goes through `bytes` up to an event, the start of an element or header, or their end.
    fn scan<V: Visit>(
        &mut self,
        mut bytes: &[u8],
        visit: &mut V,
    ) -> Result<Option<Done>, DecodeError> {
        let outside = self.unit.is_none();
        while let Some(&byte) = bytes.first() {
            if self.partial.1 == 0 {
                let run = self.run(bytes)?;
                if run > 0 {
                    self.at = self.at.wrapping_add(run);
                    bytes = bytes.get(run..).unwrap_or_default();
                    // Behind the XML declaration white space belongs to the header.
                    if self.unit.is_none() {
                        return Ok(Some(Done::Space(run)));
                    }
                    continue;
                }
                // Who wants to be told of each name and value has them one by one.
                if byte == b'<'
                    && !V::WANTS
                    && self.state == State::Content
                    && let Some((used, done)) = self.plain_tag(bytes)?
                {
                    if done.is_some() || outside {
                        return Ok(done);
                    }
                    bytes = bytes.get(used..).unwrap_or_default();
                    continue;
                }
            }
            let (c, start) = if byte < 0x80 && self.partial.1 == 0 {
                bytes = bytes.get(1..).unwrap_or_default();
                self.at = self.at.wrapping_add(1);
                (char::from(byte), self.at.wrapping_sub(1))
            } else {
                match self.multibyte(&mut bytes)? {
                    Some(character) => character,
                    None => continue,
                }
            };
            if let Some(done) = self.step(c, start, visit)? {
                return Ok(Some(done));
            }
            if outside && self.unit.is_some() {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Takes the plain characters at the front that need no decision; how many bytes.
    #[inline]
    fn run(&mut self, bytes: &[u8]) -> Result<usize, DecodeError> {
        let run = match self.state {
            State::Content if self.open.is_empty() => return Ok(space_run(bytes)),
            State::Content => {
                if self.brackets == 2 && bytes.first() == Some(&b'>') {
                    return Ok(0);
                }
                let run = text_run(bytes);
                if !run.is_empty() {
                    self.brackets = 0;
                    self.carriage_return = false;
                    self.text(run, self.at);
                }
                run
            }
            State::Value(_) => {
                let run = value_text(bytes);
                if !run.is_empty() {
                    self.carriage_return = false;
                    self.tree.text.push_str(run);
                }
                run
            }
            State::ElementName | State::AttributeName if !self.name.fresh => {
                let run = name_run(bytes);
                self.grow_name(run.len())?;
                self.tree.text.push_str(run);
                run
            }
            State::EndName if !self.name.fresh => {
                let run = name_run(bytes);
                self.grow_name(run.len())?;
                self.scratch.push_str(run);
                run
            }
            _ => "",
        };
        Ok(run.len())
    }

    /// The character that is not ASCII at the front, and where it started.
    fn multibyte(&mut self, bytes: &mut &[u8]) -> Result<Option<(char, usize)>, DecodeError> {
        let (mut buffer, mut len) = self.partial;
        loop {
            let start = self.at.wrapping_sub(len);
            let seen = buffer.get(..len).unwrap_or_default();
            match core::str::from_utf8(seen) {
                Ok(text) => {
                    if let Some(c) = text.chars().next() {
                        self.partial.1 = 0;
                        return Ok(Some((c, start)));
                    }
                }
                Err(error) if error.error_len().is_some() || len >= 4 => {
                    return Err(ErrorKind::InvalidUtf8.at(start, self.field()));
                }
                Err(_) => {}
            }
            let Some((&byte, rest)) = bytes.split_first() else {
                self.partial = (buffer, len);
                return Ok(None);
            };
            // A byte that cannot go on is left, so the error has the same place in any case.
            if len > 0 && byte & 0xc0 != 0x80 {
                return Err(ErrorKind::InvalidUtf8.at(start, self.field()));
            }
            if let Some(place) = buffer.get_mut(len) {
                *place = byte;
            }
            len = len.wrapping_add(1);
            self.at = self.at.wrapping_add(1);
            *bytes = rest;
        }
    }

    /// What the bytes at hand belong to.
    pub(super) fn field(&self) -> &'static str {
        match self.state {
            State::Content if self.open.is_empty() => "stream",
            State::Content | State::Section(_) | State::Reference(None) => "text",
            State::LessThan | State::ElementName | State::Slash => "element",
            State::Markup => "markup",
            State::Question => "declaration",
            State::Gap | State::AttributeName | State::AfterAttributeName | State::AfterValue => {
                "attribute"
            }
            State::Equals | State::Value(_) | State::Reference(Some(_)) => "value",
            State::EndName | State::AfterEndName => "end_tag",
        }
    }

    /// Tells of the bytes from `start` to here.
    #[inline]
    pub(super) fn report<V: Visit>(
        &self,
        visit: &mut V,
        field: &'static str,
        start: usize,
        end: usize,
    ) {
        if V::WANTS {
            let index = self.tree.nodes.len().checked_sub(1);
            let index = index.map(|index| u16::try_from(index).unwrap_or(u16::MAX));
            visit.field(Span { group: "", index, field, start, end, bits: None });
        }
    }
}
