//! The only code that takes bytes apart or puts them together.
//!
//! A [`Reader`] never leaves the bytes it was given, and [`Reader::within`] narrows it, so a length
//! inside a message cannot reach past the block that holds it. What is read is reported to a
//! [`Visit`], by name and place; with [`Ignore`] that costs nothing.

use core::fmt;
use core::ops::Range;

/// The bytes ended before `field` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Where the field starts, in bytes from the start of the message.
    pub at: usize,
    /// The field that was to be read.
    pub field: &'static str,
}

/// The buffer ended before what was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// One named field of a message and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The list or part that holds the field: `will`, `properties`, `subscriptions`; or empty.
    pub group: &'static str,
    /// Position within the group, for lists.
    pub index: Option<u16>,
    /// The field's name; empty for a list item as a whole.
    pub field: &'static str,
    /// First byte and the one behind the last, from the start of the message.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
    /// Highest and lowest bit, for a field that is part of one byte.
    pub bits: Option<(u8, u8)>,
}

impl Span {
    /// The bytes of the field as a range.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// The path of the field: `properties[0].receive_maximum`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.group)?;
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        if !self.group.is_empty() && !self.field.is_empty() {
            f.write_str(".")?;
        }
        f.write_str(self.field)
    }
}

/// Something legal to receive that its sender should not have sent, or that is worth knowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was seen: `non-minimal-varint`, say.
    pub note: &'static str,
    /// Where, in bytes from the start of the message.
    pub at: usize,
    /// The field it was seen in.
    pub field: &'static str,
    /// The requirement that binds the sender, if there is one.
    pub requirement: Option<&'static str>,
}

/// Is told of every field while a message is decoded, also of a rejected one up to the error.
pub trait Visit {
    /// False if nothing is listened to; all reporting then compiles to nothing.
    const WANTS: bool = true;
    /// A field was read.
    fn field(&mut self, span: Span);
    /// Something was noticed.
    fn note(&mut self, note: Note);
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ignore;

impl Visit for Ignore {
    const WANTS: bool = false;
    fn field(&mut self, _: Span) {}
    fn note(&mut self, _: Note) {}
}

/// Takes a message apart from front to back.
#[derive(Debug)]
pub struct Reader<'a, 'v, V> {
    rest: &'a [u8],
    end: usize,
    group: &'static str,
    index: Option<u16>,
    visit: &'v mut V,
}

impl<'a, 'v, V: Visit> Reader<'a, 'v, V> {
    /// Reads `bytes`, the first of which is byte `start` of the message.
    #[inline]
    pub fn new(bytes: &'a [u8], start: usize, visit: &'v mut V) -> Self {
        Self { rest: bytes, end: start.wrapping_add(bytes.len()), group: "", index: None, visit }
    }

    /// Offset of the next byte, from the start of the message.
    #[inline]
    pub fn at(&self) -> usize {
        self.end.wrapping_sub(self.rest.len())
    }

    /// True once all bytes are read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes not read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Everything that is left.
    #[inline]
    pub fn take_rest(&mut self, field: &'static str) -> &'a [u8] {
        let rest = self.rest;
        self.rest = &[];
        self.report(field, self.end.wrapping_sub(rest.len()), None);
        rest
    }

    /// One byte.
    #[inline]
    pub fn u8(&mut self, field: &'static str) -> Result<u8, Short> {
        let Some((&byte, rest)) = self.rest.split_first() else { return Err(self.short(field)) };
        let at = self.at();
        self.rest = rest;
        self.report(field, at, None);
        Ok(byte)
    }

    /// One byte that is not reported as a field of its own; its bits are, by [`Self::bits`].
    #[inline]
    pub fn flags(&mut self, field: &'static str) -> Result<u8, Short> {
        let Some((&byte, rest)) = self.rest.split_first() else { return Err(self.short(field)) };
        self.rest = rest;
        Ok(byte)
    }

    /// Reports bits `high..=low` of the byte read last.
    #[inline]
    pub fn bits(&mut self, field: &'static str, high: u8, low: u8) {
        if V::WANTS {
            self.report(field, self.at().wrapping_sub(1), Some((high, low)));
        }
    }

    /// Two bytes, the most significant first.
    #[inline]
    pub fn u16(&mut self, field: &'static str) -> Result<u16, Short> {
        let Some((&bytes, rest)) = self.rest.split_first_chunk::<2>() else {
            return Err(self.short(field));
        };
        let at = self.at();
        self.rest = rest;
        self.report(field, at, None);
        Ok(u16::from_be_bytes(bytes))
    }

    /// Four bytes, the most significant first.
    #[inline]
    pub fn u32(&mut self, field: &'static str) -> Result<u32, Short> {
        let Some((&bytes, rest)) = self.rest.split_first_chunk::<4>() else {
            return Err(self.short(field));
        };
        let at = self.at();
        self.rest = rest;
        self.report(field, at, None);
        Ok(u32::from_be_bytes(bytes))
    }

    /// A two-byte length and as many bytes. An error points at the length.
    #[inline]
    pub fn prefixed(&mut self, field: &'static str) -> Result<&'a [u8], Short> {
        let Some((&length, rest)) = self.rest.split_first_chunk::<2>() else {
            return Err(self.short(field));
        };
        let Some((bytes, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes(length)))
        else {
            return Err(self.short(field));
        };
        let at = self.at();
        self.rest = rest;
        self.report(field, at.wrapping_add(2), None);
        Ok(bytes)
    }

    /// Exactly `length` bytes.
    #[inline]
    pub fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], Short> {
        let Some((bytes, rest)) = self.rest.split_at_checked(length) else {
            return Err(self.short(field));
        };
        let at = self.at();
        self.rest = rest;
        self.report(field, at, None);
        Ok(bytes)
    }

    /// Reads the next `length` bytes with `read`, which sees nothing beyond them.
    #[inline]
    pub fn within<T, E: From<Short>>(
        &mut self,
        length: usize,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let Some((inner, outer)) = self.rest.split_at_checked(length) else {
            return Err(self.short(field).into());
        };
        let end = self.end;
        self.end = end.wrapping_sub(outer.len());
        self.rest = inner;
        let result = read(self)?;
        self.rest = outer;
        self.end = end;
        Ok(result)
    }

    /// Names the part of the message that the following fields belong to.
    #[inline]
    pub fn group(&mut self, group: &'static str, index: Option<usize>) {
        if V::WANTS {
            self.group = group;
            self.index = index.map(|index| u16::try_from(index).unwrap_or(u16::MAX));
        }
    }

    /// Reports the bytes from `start` to here as one field.
    #[inline]
    pub fn report(&mut self, field: &'static str, start: usize, bits: Option<(u8, u8)>) {
        if V::WANTS {
            let (group, index, end) = (self.group, self.index, self.at());
            self.visit.field(Span { group, index, field, start, end, bits });
        }
    }

    /// Passes on something noticed.
    #[inline]
    pub fn note(&mut self, note: Note) {
        if V::WANTS {
            self.visit.note(note);
        }
    }

    /// A [`Short`] for `field` at this place.
    #[cold]
    pub fn short(&self, field: &'static str) -> Short {
        Short { at: self.at(), field }
    }
}

/// Puts a message together in a caller's buffer.
#[derive(Debug)]
pub struct Writer<'b> {
    rest: &'b mut [u8],
    written: usize,
}

impl<'b> Writer<'b> {
    /// Writes to the front of `buffer`.
    #[inline]
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { rest: buffer, written: 0 }
    }

    /// How many bytes were written.
    #[inline]
    pub fn written(&self) -> usize {
        self.written
    }

    /// These bytes.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let rest = core::mem::take(&mut self.rest);
        let Some((head, tail)) = rest.split_at_mut_checked(bytes.len()) else { return Err(Full) };
        head.copy_from_slice(bytes);
        self.rest = tail;
        self.written = self.written.wrapping_add(bytes.len());
        Ok(())
    }

    /// One byte.
    #[inline]
    pub fn u8(&mut self, value: u8) -> Result<(), Full> {
        self.bytes(&[value])
    }

    /// Two bytes, the most significant first.
    #[inline]
    pub fn u16(&mut self, value: u16) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// Four bytes, the most significant first.
    #[inline]
    pub fn u32(&mut self, value: u32) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }
}
