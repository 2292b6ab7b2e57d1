//! The closed list of what can be wrong with the value of the OSCORE option.

use crate::error::kinds;
use crate::wire::Short;

kinds! {
    /// What is wrong with a value; named by what it is, not where.
    Truncated = "truncated", "the value ends before the field does";
    ReservedFlags = "reserved-flags", "a reserved flag bit is set";
    ReservedLength = "reserved-length", "the length of the Partial IV is 6 or 7";
    EmptyFlags = "empty-flags", "no flag is set, and the value is not empty";
    TrailingBytes = "trailing-bytes", "bytes follow, and there is no kid";
    LeadingZeros = "leading-zeros", "the Partial IV has zeros before it";
    TooLarge = "too-large", "the value is longer than 255 bytes";
}

impl From<Short> for ErrorKind {
    fn from(_: Short) -> Self {
        Self::Truncated
    }
}

impl ErrorKind {
    /// The requirement that the kind enforces.
    pub(super) const fn requirement(self) -> &'static str {
        match self {
            Self::ReservedFlags => "RFC8613-6.1-2",
            Self::EmptyFlags => "RFC8613-2-1",
            Self::LeadingZeros => "RFC8613-5-2",
            Self::TooLarge => "RFC8613-2-p1",
            Self::Truncated | Self::ReservedLength | Self::TrailingBytes => "RFC8613-6.1-1",
        }
    }
}
