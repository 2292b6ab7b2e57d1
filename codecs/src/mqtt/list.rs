//! Lists that lie on the wire or are given by a caller, as one type.

use core::fmt;
use core::marker::PhantomData;

use crate::wire::{Full, Writer};

/// Something bytes are written to: a buffer, or a count of what a buffer would need.
pub(super) trait Sink {
    /// Whether what is written has still to be checked. What goes into a buffer has been counted
    /// before, and was checked then.
    const CHECKS: bool;
    /// Writes `bytes`.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Full>;

    /// True if it is enough to know that `_length` bytes are to be written.
    #[inline]
    fn only_counts(&mut self, _length: usize) -> bool {
        false
    }
}

impl Sink for Writer<'_> {
    const CHECKS: bool = false;

    #[inline]
    fn put(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.bytes(bytes)
    }
}

/// Counts bytes.
#[derive(Default)]
pub(super) struct Count(pub(super) usize);

impl Sink for Count {
    const CHECKS: bool = true;

    #[inline]
    fn put(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(())
    }

    #[inline]
    fn only_counts(&mut self, length: usize) -> bool {
        self.0 = self.0.saturating_add(length);
        true
    }
}

/// What a [`List`] holds: a value that can be read again from bytes that were checked before.
pub trait Item<'a>: Copy {
    /// Takes one item off the front of checked bytes; `None` at their end.
    fn next(rest: &mut &'a [u8]) -> Option<Self>;
}

/// Items in order. Two lists are equal if their items are, wherever they lie.
#[derive(Clone, Copy)]
pub enum List<'a, T> {
    /// On the wire, checked by the decoder.
    Wire(Wire<'a, T>),
    /// Given by a caller.
    Given(&'a [T]),
}

/// The checked bytes of a list.
#[derive(Clone, Copy)]
pub struct Wire<'a, T> {
    bytes: &'a [u8],
    items: PhantomData<T>,
}

impl<'a, T> Wire<'a, T> {
    #[inline]
    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl<'a, T: Item<'a>> List<'a, T> {
    /// The bytes must have been checked to hold whole, valid items.
    #[inline]
    pub(super) const fn on_wire(bytes: &'a [u8]) -> Self {
        Self::Wire(Wire { bytes, items: PhantomData })
    }

    /// No items.
    pub const EMPTY: Self = Self::Given(&[]);

    /// Walks the items.
    #[inline]
    pub fn iter(&self) -> Iter<'a, T> {
        match *self {
            Self::Wire(wire) => Iter { wire: wire.bytes, given: [].iter() },
            Self::Given(items) => Iter { wire: &[], given: items.iter() },
        }
    }

    /// How many items; walks the list if it lies on the wire.
    pub fn count(&self) -> usize {
        match self {
            Self::Wire(_) => self.iter().count(),
            Self::Given(items) => items.len(),
        }
    }

    /// True if there is no item.
    #[inline]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Wire(wire) => wire.bytes.is_empty(),
            Self::Given(items) => items.is_empty(),
        }
    }
}

/// Walks the items of a [`List`].
#[derive(Clone, Debug)]
pub struct Iter<'a, T> {
    wire: &'a [u8],
    given: core::slice::Iter<'a, T>,
}

impl<'a, T: Item<'a>> Iterator for Iter<'a, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.wire.is_empty() { self.given.next().copied() } else { T::next(&mut self.wire) }
    }
}

impl<'a, T: Item<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Item<'a> + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Item<'a> for super::ReasonCode {
    #[inline]
    fn next(rest: &mut &'a [u8]) -> Option<Self> {
        let (&code, tail) = rest.split_first()?;
        *rest = tail;
        Some(Self(code))
    }
}

impl<'a> Item<'a> for &'a str {
    #[inline]
    fn next(rest: &mut &'a [u8]) -> Option<Self> {
        next_text(rest)
    }
}

/// A length-prefixed string off the front of checked bytes.
#[inline]
pub(super) fn next_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (&length, tail) = rest.split_first_chunk::<2>()?;
    let (text, tail) = tail.split_at_checked(u16::from_be_bytes(length).into())?;
    *rest = tail;
    core::str::from_utf8(text).ok()
}
