//! What a case leaves on the target, to be removed however it ends.

use std::collections::BTreeSet;

/// What a case has left, by kind and name. The drivers know what the kinds mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger(BTreeSet<(&'static str, String)>);

impl Ledger {
    /// Notes that something of this kind is left.
    pub(crate) fn add(&mut self, kind: &'static str, name: &str) {
        self.0.insert((kind, name.to_owned()));
    }

    /// The names of all that is left of a kind.
    pub(crate) fn all(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(of, _)| *of == kind).map(|(_, name)| name.as_str())
    }

    /// Whether nothing is left.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
