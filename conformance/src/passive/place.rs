//! Where and when a message stands in a recording.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// One second in nanoseconds.
pub(super) const SECOND: u64 = 1_000_000_000;

/// The place of a message in a recording.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The number of its frame.
    pub entry: usize,
    /// When it was recorded, in nanoseconds.
    pub time: u64,
    /// Whether its sender is known to have had all that the other side had sent before.
    pub is_informed: bool,
}

impl Place {
    /// How many nanoseconds ago something was.
    pub(super) fn since(self, time: u64) -> u64 {
        self.time.saturating_sub(time)
    }

    /// Whether a client that last sent something at `last` has been silent for longer than the seconds
    /// that it may be. It is given half the time again, as servers do, and never less than five
    /// seconds: recordings are made on the way.
    pub(super) fn is_overdue(self, last: u64, allowed: u16) -> bool {
        let allowed = u64::from(allowed);
        self.since(last) > (allowed * SECOND * 3 / 2).max((allowed + 5) * SECOND)
    }
}

/// What stands for bytes that are compared with later ones.
pub(super) fn hash_of(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_judged_with_patience() {
        let at = |seconds: u64| Place { entry: 1, time: seconds * SECOND, is_informed: false };
        assert!(!at(6).is_overdue(0, 1) && at(7).is_overdue(0, 1));
        assert!(!at(190).is_overdue(100 * SECOND, 60) && at(191).is_overdue(100 * SECOND, 60));
    }
}
