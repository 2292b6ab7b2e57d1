//! The options of a message: on the wire or given by a caller, always in ascending order.

use core::fmt;

use super::option::{self, LONGEST_VALUE};
use super::{CoapOption, Code, DecodeError, ErrorKind, OptionNumber};
use crate::wire::{Full, Reader, Visit, Writer};

/// Options in wire order. Two lists are equal if their options are, wherever they lie.
#[derive(Clone, Copy)]
pub struct Options<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// On the wire, checked by the decoder.
    Wire(&'a [u8]),
    /// Given by a caller, in ascending order, with values that can be written.
    Given(&'a [CoapOption<'a>]),
}

impl<'a> Options<'a> {
    /// No options.
    pub const EMPTY: Self = Self(Source::Wire(&[]));

    /// These options; `None` if their numbers are not in ascending order, which the wire cannot
    /// say (RFC7252-3.1-1), or if a value is longer than 65,804 bytes.
    pub fn new(options: &'a [CoapOption<'a>]) -> Option<Self> {
        let in_order = options.is_sorted_by_key(|option| option.number);
        let short = options.iter().all(|option| option.value.len() <= LONGEST_VALUE);
        (in_order && short).then_some(Self(Source::Given(options)))
    }

    /// These options, put in ascending order; those of one number stay in theirs. `None` if a
    /// value is longer than 65,804 bytes.
    pub fn sorted(options: &'a mut [CoapOption<'a>]) -> Option<Self> {
        // A stable sort without a heap; messages have few options.
        for end in 1..options.len() {
            let mut place = end;
            while let Some(before) = place.checked_sub(1)
                && let (Some(left), Some(right)) = (options.get(before), options.get(place))
                && left.number > right.number
            {
                options.swap(before, place);
                place = before;
            }
        }
        Self::new(options)
    }

    /// Walks the options.
    #[inline]
    pub fn iter(&self) -> Iter<'a> {
        match self.0 {
            Source::Wire(wire) => Iter { wire, previous: 0, given: [].iter() },
            Source::Given(options) => Iter { wire: &[], previous: 0, given: options.iter() },
        }
    }

    /// The first option with this number.
    #[inline]
    pub fn first(&self, number: OptionNumber) -> Option<CoapOption<'a>> {
        self.iter()
            .take_while(|option| option.number <= number)
            .find(|option| option.number == number)
    }

    /// True if there is no option.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Source::Wire(bytes) => bytes.is_empty(),
            Source::Given(options) => options.is_empty(),
        }
    }

    /// How many bytes they take.
    #[inline]
    pub(super) fn encoded_len(&self) -> usize {
        match self.0 {
            Source::Wire(bytes) => bytes.len(),
            Source::Given(options) => {
                let mut previous = 0;
                options.iter().fold(0, |length, given| {
                    let own = option::encoded_len(given, previous);
                    previous = given.number.0;
                    length.wrapping_add(own)
                })
            }
        }
    }

    /// Writes them.
    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), Full> {
        match self.0 {
            // An option has one encoding alone, so what was read can be written as it was.
            Source::Wire(bytes) => w.bytes(bytes),
            Source::Given(options) => {
                let mut previous = 0;
                for given in options {
                    option::put(w, given, previous)?;
                    previous = given.number.0;
                }
                Ok(())
            }
        }
    }

    /// Splits the end of a message into its options and the payload, if all is well with them and
    /// that is quickly seen.
    #[inline]
    pub(super) fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (options, payload) = option::split_sound(bytes)?;
        Some((Self(Source::Wire(options)), payload))
    }

    /// Reads the options of a message with this Code and the payload behind them, to its end.
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        code: Code,
    ) -> Result<(Self, &'a [u8]), DecodeError> {
        let start = r.rest();
        let (mut number, mut index) = (0, 0usize);
        let payload = loop {
            match r.rest().first() {
                None => break &[][..],
                Some(0xFF) => break payload(r)?,
                Some(_) => number = option::read(r, code, number, index)?,
            }
            index = index.wrapping_add(1);
        };
        let behind = if payload.is_empty() { 0 } else { payload.len().wrapping_add(1) };
        let options = start.get(..start.len().wrapping_sub(behind)).unwrap_or_default();
        Ok((Self(Source::Wire(options)), payload))
    }
}

fn payload<'a, V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<&'a [u8], DecodeError> {
    r.group("", None);
    let at = r.at();
    let _ = r.u8("payload_marker");
    if r.is_empty() {
        // RFC7252-3-4
        return Err(DecodeError::new(ErrorKind::MarkerWithoutPayload, at, "payload"));
    }
    Ok(r.take_rest("payload"))
}

/// Walks [`Options`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    wire: &'a [u8],
    previous: u16,
    given: core::slice::Iter<'a, CoapOption<'a>>,
}

impl Iter<'_> {
    /// How many bytes of the wire are not walked yet.
    pub(super) const fn bytes_left(&self) -> usize {
        self.wire.len()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = CoapOption<'a>;

    #[inline]
    fn next(&mut self) -> Option<CoapOption<'a>> {
        if self.wire.is_empty() {
            return self.given.next().copied();
        }
        let found = option::next(&mut self.wire, self.previous)?;
        self.previous = found.number.0;
        Some(found)
    }
}

impl<'a> IntoIterator for Options<'a> {
    type Item = CoapOption<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl PartialEq for Options<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Options<'_> {}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_options_are_in_order_or_put_in_order() {
        let path = |value| CoapOption::new(OptionNumber::URI_PATH, value);
        let accept = CoapOption::new(OptionNumber::ACCEPT, &[]);
        let mut options = [accept, path(b"b"), path(b"a")];
        assert_eq!(Options::new(&options), None);
        let sorted = Options::sorted(&mut options).unwrap();
        assert!(sorted.iter().eq([path(b"b"), path(b"a"), accept]));
        let long = std::vec![0; LONGEST_VALUE + 1];
        assert_eq!(Options::new(&[path(&long)]), None);
    }

    #[test]
    fn every_form_of_delta_and_length_is_read_back() {
        let value = std::vec![7; 700];
        let at = |number, length| CoapOption::new(OptionNumber(number), &value[..length]);
        let options = [at(12, 12), at(25, 13), at(293, 268), at(562, 269), at(65_535, 700)];
        let options = Options::new(&options).unwrap();
        let mut buffer = std::vec![0; options.encoded_len()];
        let mut w = Writer::new(&mut buffer);
        options.put(&mut w).unwrap();
        assert_eq!(w.written(), buffer.len());
        let mut ignore = crate::wire::Ignore;
        let mut r = Reader::new(&buffer, 0, &mut ignore);
        assert_eq!(Options::read(&mut r, Code::GET), Ok((options, &[][..])));
    }
}
