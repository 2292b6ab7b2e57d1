//! What one character does.

use super::character::{is_char, is_name, is_name_start, is_space};
use super::declaration;
use super::tokenizer::{Done, Open, Phase, QName, State, Tokenizer};
use super::tree::{Node, Slice};
use super::{DecodeError, ErrorKind, Limits, Start};
use crate::wire::Visit;

/// Nothing was completed.
const GO_ON: Result<Option<Done>, DecodeError> = Ok(None);

impl Tokenizer {
    /// Takes `c`, the first byte of which is at `at`.
    pub(super) fn step<V: Visit>(
        &mut self,
        c: char,
        at: usize,
        visit: &mut V,
    ) -> Result<Option<Done>, DecodeError> {
        if !is_char(c) {
            return Err(ErrorKind::IllegalCharacter.at(at, self.field()));
        }
        let after_return = core::mem::take(&mut self.carriage_return);
        match self.state {
            State::Content if self.open.is_empty() => return self.outside(c, at),
            State::Content => match c {
                '<' => {
                    if self.text_open {
                        self.report(visit, "text", self.text_at, at);
                    }
                    self.brackets = 0;
                    self.mark = at;
                    self.state = State::LessThan;
                }
                '&' => {
                    self.brackets = 0;
                    self.begin_reference(None, at);
                }
                '>' if self.brackets == 2 => {
                    return Err(ErrorKind::SectionEndInText.at(at.wrapping_sub(2), "text"));
                }
                _ => {
                    self.brackets = if c == ']' { self.brackets.wrapping_add(1).min(2) } else { 0 };
                    self.character(c, after_return, at);
                }
            },
            State::Section(brackets) => match c {
                ']' if brackets < 2 => self.state = State::Section(brackets.wrapping_add(1)),
                '>' if brackets == 2 => self.state = State::Content,
                _ => {
                    // The brackets did not end the section; of three in a row the first is text.
                    for _ in 0..if c == ']' { 1 } else { brackets } {
                        self.character(']', false, at);
                    }
                    if c != ']' {
                        self.state = State::Section(0);
                        self.character(c, after_return, at);
                    }
                }
            },
            State::LessThan => return self.after_less_than(c, at),
            State::Markup => self.markup(c)?,
            State::Question => return self.question(c, at, visit),
            State::ElementName | State::Gap | State::AfterValue | State::Slash => {
                return self.within_tag(c, at, visit);
            }
            State::AttributeName => match c {
                '=' | ' ' | '\t' | '\n' | '\r' => {
                    self.end_name(at, "attribute")?;
                    self.scope.name_attribute(&self.tree, self.name)?;
                    self.report(visit, "attribute", self.mark, at);
                    self.state = if c == '=' { State::Equals } else { State::AfterAttributeName };
                }
                _ => self.name_character(c, at, "attribute")?,
            },
            State::AfterAttributeName => match c {
                '=' => self.state = State::Equals,
                _ if is_space(c) => {}
                _ => return self.unexpected(at),
            },
            State::Equals => match c {
                '\'' | '"' => {
                    self.scope.begin_value(self.tree.mark());
                    self.mark = at.wrapping_add(1);
                    self.state = State::Value(c);
                }
                _ if is_space(c) => {}
                _ => return self.unexpected(at),
            },
            State::Value(quote) => match c {
                '<' => return Err(ErrorKind::LessThanInAttribute.at(at, "value")),
                '&' => self.begin_reference(Some(quote), at),
                _ if c == quote => {
                    self.scope.end_value(self.tree.mark());
                    self.report(visit, "value", self.mark, at);
                    self.state = State::AfterValue;
                }
                '\n' if after_return => {}
                _ if is_space(c) => {
                    self.carriage_return = c == '\r';
                    self.tree.text.push(' ');
                }
                _ => self.tree.text.push(c),
            },
            State::EndName | State::AfterEndName => return self.within_end_tag(c, at, visit),
            State::Reference(quote) => self.reference(c, quote)?,
        }
        GO_ON
    }

    fn unexpected(&self, at: usize) -> Result<Option<Done>, DecodeError> {
        Err(ErrorKind::UnexpectedCharacter.at(at, self.field()))
    }

    /// Where no element is open; white space was taken already.
    fn outside(&mut self, c: char, at: usize) -> Result<Option<Done>, DecodeError> {
        let kind = match self.phase {
            Phase::After => ErrorKind::ContentAfterStream,
            _ if c == '<' => {
                self.unit = self.unit.or(Some(at));
                self.mark = at;
                self.state = State::LessThan;
                return GO_ON;
            }
            _ if self.expects_header() => ErrorKind::TextBeforeStream,
            _ => ErrorKind::TextBetweenStanzas,
        };
        Err(kind.at(at, "stream"))
    }

    fn after_less_than(&mut self, c: char, at: usize) -> Result<Option<Done>, DecodeError> {
        self.scratch.clear();
        match c {
            '/' if self.expects_header() => {
                return Err(ErrorKind::MismatchedEndTag.at(self.mark, "end_tag"));
            }
            '/' => {
                self.text_open = false;
                self.state = State::EndName;
                self.mark = at.wrapping_add(1);
                self.name = QName { fresh: true, ..QName::default() };
            }
            '?' => self.state = State::Question,
            '!' => self.state = State::Markup,
            _ if is_name_start(c) => {
                if self.open.len() >= self.ctx.limits.depth.min(Limits::DEEPEST) {
                    return Err(ErrorKind::TooDeep.at(self.mark, "element"));
                }
                if self.open.is_empty() {
                    self.scope.begin_unit(&mut self.tree);
                }
                self.text_open = false;
                self.state = State::ElementName;
                self.begin_name(c, at, "element")?;
                let node = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
                self.open.push(Open {
                    node,
                    declarations: self.scope.declarations(),
                    default_namespace: self.scope.default_namespace,
                });
            }
            _ => return self.unexpected(at),
        }
        GO_ON
    }

    /// `<!`: only a CDATA section is allowed, and only within an element.
    fn markup(&mut self, c: char) -> Result<(), DecodeError> {
        self.scratch.push(c);
        let section = "[CDATA[";
        match self.scratch.as_str() {
            "--" => Err(ErrorKind::Comment.at(self.mark, "markup")),
            "DOCTYPE" => Err(ErrorKind::Doctype.at(self.mark, "markup")),
            text if text == section && !self.open.is_empty() => {
                self.state = State::Section(0);
                Ok(())
            }
            text if ["-", "DOCTYPE", section].iter().any(|of| of.starts_with(text)) => {
                if text == section {
                    return Err(self.misplaced_section());
                }
                Ok(())
            }
            _ => Err(ErrorKind::UnexpectedCharacter.at(self.mark, "markup")),
        }
    }

    fn misplaced_section(&self) -> DecodeError {
        let kind = match self.expects_header() {
            true => ErrorKind::TextBeforeStream,
            false => ErrorKind::TextBetweenStanzas,
        };
        kind.at(self.mark, "stream")
    }

    /// Whether nothing but a header may come.
    fn expects_header(&self) -> bool {
        self.phase == Phase::Before && (self.ctx.start == Start::Stream || self.declared)
    }

    /// `<?`: only the XML declaration, and only as the very first thing.
    fn question<V: Visit>(
        &mut self,
        c: char,
        at: usize,
        visit: &mut V,
    ) -> Result<Option<Done>, DecodeError> {
        self.scratch.push(c);
        let text = self.scratch.as_str();
        let Some(rest) = text.strip_prefix("xml") else {
            return match "xml".starts_with(text) {
                true => GO_ON,
                false => Err(ErrorKind::ProcessingInstruction.at(self.mark, "markup")),
            };
        };
        if rest.is_empty() {
            return GO_ON;
        }
        if rest.chars().next().is_some_and(|c| is_name(c) || c == ':') {
            return Err(ErrorKind::ProcessingInstruction.at(self.mark, "markup"));
        }
        if self.mark != 0 || self.ctx.start == Start::Element {
            return Err(ErrorKind::MisplacedDeclaration.at(self.mark, "declaration"));
        }
        if let Some(inside) = rest.strip_suffix("?>") {
            declaration::check(inside).map_err(|kind| kind.at(self.mark, "declaration"))?;
            self.report(visit, "declaration", self.mark, at.wrapping_add(1));
            self.declared = true;
            self.state = State::Content;
        }
        GO_ON
    }

    fn within_tag<V: Visit>(
        &mut self,
        c: char,
        at: usize,
        visit: &mut V,
    ) -> Result<Option<Done>, DecodeError> {
        let named = self.state == State::ElementName;
        if named && !(is_space(c) || c == '/' || c == '>') {
            self.name_character(c, at, "element")?;
            return GO_ON;
        }
        if named {
            self.end_name(at, "element")?;
            let name = Slice { start: self.name.start, end: self.tree.mark() };
            let (none, end) = (Slice::default(), 0);
            self.tree.nodes.push(Node {
                name,
                local: self.name.local,
                namespace: none,
                attributes: none,
                end,
            });
            self.scope.begin_tag(self.mark);
            self.report(visit, "element", self.mark, at);
        }
        match (self.state, c) {
            (State::Slash, '>') => {
                let done = self.end_start_tag()?;
                match done {
                    Some(_) => self.end_follows = true,
                    None => return Ok(self.close()),
                }
                return Ok(done);
            }
            (State::Slash, _) => return self.unexpected(at),
            (_, '>') => return self.end_start_tag(),
            (_, '/') => self.state = State::Slash,
            _ if is_space(c) => self.state = State::Gap,
            (State::Gap, _) if is_name_start(c) => {
                if self.scope.attributes() >= self.ctx.limits.attributes {
                    return Err(ErrorKind::TooManyAttributes.at(at, "attribute"));
                }
                self.state = State::AttributeName;
                self.begin_name(c, at, "attribute")?;
                self.scope.begin_attribute(at);
            }
            _ => return self.unexpected(at),
        }
        GO_ON
    }

    fn within_end_tag<V: Visit>(
        &mut self,
        c: char,
        at: usize,
        visit: &mut V,
    ) -> Result<Option<Done>, DecodeError> {
        if self.state == State::EndName && !(is_space(c) || c == '>') {
            self.name_character(c, at, "end_tag")?;
            return GO_ON;
        }
        if self.state == State::EndName {
            self.end_name(at, "end_tag")?;
            let name = match self.open.last() {
                Some(open) => self.tree.element(open.node).node().name,
                None => self.scope.root,
            };
            if self.tree.get(name) != self.scratch {
                return Err(ErrorKind::MismatchedEndTag.at(self.mark, "end_tag"));
            }
            self.report(visit, "end_tag", self.mark, at);
            self.state = State::AfterEndName;
        }
        match c {
            '>' if self.open.is_empty() => {
                self.unit = None;
                self.state = State::Content;
                self.phase = Phase::After;
                Ok(Some(Done::End))
            }
            '>' => Ok(self.close()),
            _ if is_space(c) => GO_ON,
            _ => self.unexpected(at),
        }
    }

    /// The `>` of a start tag; the header is complete with it.
    pub(super) fn end_start_tag(&mut self) -> Result<Option<Done>, DecodeError> {
        let Some(open) = self.open.last().copied() else { return GO_ON };
        let mut ctx = self.ctx;
        if self.declared {
            ctx.start = Start::Stream;
        }
        let header = (self.phase == Phase::Before).then_some(&ctx);
        let is_header = self.scope.end_tag(&mut self.tree, open, header)?;
        self.state = State::Content;
        self.phase = Phase::Stream;
        if !is_header {
            return GO_ON;
        }
        self.scope.take_header(&mut self.tree, open, &ctx)?;
        self.open.clear();
        self.unit = None;
        Ok(Some(Done::Header))
    }

    pub(super) fn close(&mut self) -> Option<Done> {
        self.state = State::Content;
        self.text_open = false;
        let open = self.open.pop()?;
        self.scope.leave(open);
        let end = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        if let Some(node) = self.tree.nodes.get_mut(open.node as usize) {
            node.end = end;
        }
        if !self.open.is_empty() {
            return None;
        }
        self.unit = None;
        Some(Done::Element)
    }

    /// One character of text, line ends made LF.
    fn character(&mut self, c: char, after_return: bool, at: usize) {
        match c {
            '\n' if after_return => {}
            _ => {
                self.carriage_return = c == '\r';
                let c = if c == '\r' { '\n' } else { c };
                self.text(c.encode_utf8(&mut [0; 4]), at);
            }
        }
    }

    /// More text in the element at hand.
    #[inline]
    pub(super) fn text(&mut self, text: &str, at: usize) {
        let added = self.tree.push(text);
        if self.text_open
            && let Some(node) = self.tree.nodes.last_mut()
        {
            node.name.end = added.end;
            return;
        }
        self.text_open = true;
        self.text_at = at;
        let none = Slice::default();
        let (name, local) = (added, added.end);
        self.tree.nodes.push(Node { name, local, namespace: none, attributes: none, end: 0 });
    }

    fn begin_name(&mut self, c: char, at: usize, field: &'static str) -> Result<(), DecodeError> {
        let start = self.tree.mark();
        self.mark = at;
        self.name = QName { start, local: start, fresh: true, len: 0 };
        self.name_character(c, at, field)
    }

    /// One more character of a name; end tags have theirs in `scratch`.
    fn name_character(
        &mut self,
        c: char,
        at: usize,
        field: &'static str,
    ) -> Result<(), DecodeError> {
        let first = self.name.len == 0;
        match c {
            _ if self.name.fresh && is_name_start(c) => self.name.fresh = false,
            _ if !self.name.fresh && is_name(c) => {}
            ':' if !self.name.fresh && self.name.local == self.name.start => {
                self.name.fresh = true;
            }
            _ if c == ':' || !first && is_name(c) => {
                return Err(ErrorKind::MalformedQualifiedName.at(at, field));
            }
            _ => return Err(ErrorKind::UnexpectedCharacter.at(at, field)),
        }
        self.grow_name(c.len_utf8())?;
        if c == ':' {
            self.name.local = self.name.start.wrapping_add(self.name.len as u32);
        }
        match self.state {
            State::EndName => self.scratch.push(c),
            _ => self.tree.text.push(c),
        }
        Ok(())
    }

    /// Makes room for `more` bytes of the name at hand, within the limit.
    #[inline]
    pub(super) fn grow_name(&mut self, more: usize) -> Result<(), DecodeError> {
        self.name.len = self.name.len.wrapping_add(more);
        if self.name.len > self.ctx.limits.name_bytes {
            return Err(ErrorKind::NameTooLong.at(self.mark, self.field()));
        }
        Ok(())
    }

    fn end_name(&self, at: usize, field: &'static str) -> Result<(), DecodeError> {
        match self.name.fresh {
            false => Ok(()),
            true if self.name.len == 0 => Err(ErrorKind::UnexpectedCharacter.at(at, field)),
            true => Err(ErrorKind::MalformedQualifiedName.at(at, field)),
        }
    }
}
