//! Fragments of IP packets. Of bytes that come twice the first count.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::{Notes, SECOND, Time};

/// How many packets may be incomplete at a time.
const MOST: usize = 256;
/// The longest packet.
const MOST_BYTES: usize = 65_535;
/// How long the rest of a packet is waited for (RFC 8200, 4.5).
const PATIENCE: Time = 60 * SECOND;

/// What fragments have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    pub(super) identification: u32,
    pub(super) protocol: u8,
}

/// One fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    /// Where its bytes belong.
    pub(super) at: usize,
    pub(super) more: bool,
    pub(super) bytes: &'a [u8],
    /// How many bytes it had before it was cut.
    pub(super) length: usize,
}

#[derive(Debug, Default)]
struct Parts {
    since: Time,
    total: Option<usize>,
    parts: BTreeMap<usize, Vec<u8>>,
}

/// The packets that are incomplete.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    waiting: HashMap<Key, Parts>,
}

impl Fragments {
    /// Takes a fragment; gives the payload of the packet once it is whole.
    pub(super) fn add(
        &mut self,
        key: Key,
        fragment: &Fragment<'_>,
        now: Time,
        notes: &mut Notes,
    ) -> Option<Vec<u8>> {
        if fragment.bytes.len() < fragment.length {
            notes.add("a fragment of an IP packet was not kept whole");
            return None;
        }
        let end = fragment.at + fragment.length;
        if end > MOST_BYTES {
            notes.add("fragments make an IP packet of more than 65,535 bytes");
            return None;
        }
        if self.waiting.len() >= MOST && !self.waiting.contains_key(&key) {
            self.make_room(notes);
        }
        let parts = self.waiting.entry(key).or_default();
        if parts.parts.is_empty() || now.saturating_sub(parts.since) > PATIENCE {
            *parts = Parts { since: now, ..Parts::default() };
        }
        if !fragment.more {
            parts.total.get_or_insert(end);
        }
        parts.insert(fragment.at, fragment.bytes, notes);
        let whole = parts.whole()?;
        self.waiting.remove(&key);
        Some(whole)
    }

    /// How many packets are incomplete.
    pub(super) fn incomplete(&self) -> usize {
        self.waiting.len()
    }

    fn make_room(&mut self, notes: &mut Notes) {
        let oldest = self.waiting.iter().min_by_key(|(_, parts)| parts.since);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.waiting.remove(&key);
            notes.add("too many IP packets were incomplete at a time; the oldest was given up");
        }
    }
}

impl Parts {
    /// Adds the bytes that are new.
    fn insert(&mut self, at: usize, bytes: &[u8], notes: &mut Notes) {
        let end = at + bytes.len();
        let mut next = at;
        let mut new: Vec<(usize, usize)> = Vec::new();
        for (start, known) in self.parts.range(..end) {
            let stop = start + known.len();
            if stop <= next {
                continue;
            }
            if *start > next {
                new.push((next, *start));
            }
            let (from, to) = (next.max(*start), stop.min(end));
            if bytes.get(from - at..to - at) != known.get(from - start..to - start) {
                notes.add("fragments of an IP packet overlap and differ; the first counts");
            }
            next = stop;
        }
        if next < end {
            new.push((next, end));
        }
        for (from, to) in new {
            let part = bytes.get(from - at..to - at).unwrap_or_default();
            self.parts.insert(from, part.to_vec());
        }
    }

    fn whole(&self) -> Option<Vec<u8>> {
        let total = self.total?;
        let mut whole = Vec::with_capacity(total);
        for (start, bytes) in &self.parts {
            if *start != whole.len() {
                return None;
            }
            whole.extend(bytes);
        }
        (whole.len() >= total).then(|| {
            whole.truncate(total);
            whole
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(identification: u32) -> Key {
        let address = IpAddr::from([192, 0, 2, 1]);
        Key { from: address, to: address, identification, protocol: 17 }
    }

    proptest! {
        #[test]
        fn fragments_in_any_order_make_the_packet(
            length in 1usize..300, cuts in proptest::collection::vec(0usize..300, 0..6),
            order in proptest::collection::vec(any::<u16>(), 8), twice in any::<bool>(),
        ) {
            let whole: Vec<u8> = (0..length).map(|it| it as u8).collect();
            let mut cuts: Vec<_> = cuts.into_iter().filter(|cut| (1..length).contains(cut)).collect();
            cuts.extend([0, length]);
            cuts.sort_unstable();
            cuts.dedup();
            let mut parts: Vec<_> = cuts.windows(2).map(|it| (it[0], it[1])).collect();
            parts.sort_by_key(|part| order[part.0 % order.len()] ^ part.0 as u16);
            let (mut fragments, mut notes) = (Fragments::default(), Notes::default());
            let mut found = Vec::new();
            for (index, (from, to)) in parts.iter().enumerate() {
                for _ in 0..if twice && index + 1 < parts.len() { 2 } else { 1 } {
                    let bytes = &whole[*from..*to];
                    let fragment =
                        Fragment { at: *from, more: *to < length, bytes, length: bytes.len() };
                    found.extend(fragments.add(key(1), &fragment, 0, &mut notes));
                }
            }
            prop_assert_eq!(found, [whole]);
            prop_assert_eq!(fragments.incomplete(), 0);
            prop_assert!(notes.lines().is_empty());
        }
    }

    #[test]
    fn the_first_counts_and_a_difference_is_told() {
        let (mut fragments, mut notes) = (Fragments::default(), Notes::default());
        let mut add = |at, more, bytes: &[u8]| {
            let fragment = Fragment { at, more, bytes, length: bytes.len() };
            fragments.add(key(1), &fragment, 0, &mut notes)
        };
        assert_eq!(add(0, true, b"abcd"), None);
        assert_eq!(add(2, false, b"XYef"), Some(b"abcdef".to_vec()));
        assert_eq!(notes.lines().len(), 1);
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let (mut fragments, mut notes) = (Fragments::default(), Notes::default());
        for number in 0..1000 {
            let fragment = Fragment { at: 0, more: true, bytes: b"12345678", length: 8 };
            fragments.add(key(number), &fragment, number.into(), &mut notes);
        }
        assert_eq!(fragments.incomplete(), MOST);
        let late = Fragment { at: 8, more: false, bytes: b"9", length: 1 };
        assert_eq!(fragments.add(key(999), &late, 100 * SECOND, &mut notes), None, "too late");
    }
}
