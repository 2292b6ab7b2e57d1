//! What a decoder or an encoder says when it refuses.

use core::fmt;

use crate::wire::{Full, Short};

/// A closed list of error kinds, as each protocol has one.
pub trait Kind: Copy {
    /// The name in JSON, vectors and faults.
    fn name(self) -> &'static str;

    /// One sentence for people.
    fn text(self) -> &'static str;
}

/// Makes the list of error kinds of a protocol: `Variant = "name", "sentence";`.
macro_rules! kinds {
    ($(#[$of:meta])* $($variant:ident = $name:literal, $text:literal;)*) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorKind { $(#[doc = $text] $variant,)* }

        impl ErrorKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in JSON, vectors and faults.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence for people.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The kind called `name`.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }

        impl $crate::error::Kind for ErrorKind {
            fn name(self) -> &'static str {
                Self::name(self)
            }

            fn text(self) -> &'static str {
                Self::text(self)
            }
        }

        impl core::fmt::Display for ErrorKind {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.text())
            }
        }
    };
}

pub(crate) use kinds;

/// A rejected message: what is wrong, where, in which field, and which requirement says so.
///
/// `K` is the closed list of error kinds of one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError<K> {
    /// What is wrong, not where.
    pub kind: K,
    /// Offset in bytes from the start of the message.
    pub at: usize,
    /// The field as the JSON form names it.
    pub field: &'static str,
    /// Id of the requirement that is enforced, where one sentence can be named.
    pub requirement: Option<&'static str>,
}

impl<K> DecodeError<K> {
    /// An error that no requirement is attached to yet.
    pub(crate) const fn new(kind: K, at: usize, field: &'static str) -> Self {
        Self { kind, at, field, requirement: None }
    }
}

impl<K: From<Short>> From<Short> for DecodeError<K> {
    fn from(short: Short) -> Self {
        Self::new(K::from(short), short.at, short.field)
    }
}

impl<K: fmt::Display> fmt::Display for DecodeError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} ({})", self.kind, self.at, self.field)?;
        match self.requirement {
            Some(id) => write!(f, " [{id}]"),
            None => Ok(()),
        }
    }
}

impl<K: fmt::Debug + fmt::Display> core::error::Error for DecodeError<K> {}

/// What a decoder found at the start of its input. More input may be needed; that is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<T> {
    /// A complete, valid message.
    Complete {
        /// The message.
        message: T,
        /// How many bytes of the input it took.
        used: usize,
    },
    /// The input ends before the message does.
    Incomplete {
        /// At least this many further bytes are needed.
        need: usize,
    },
}

impl<T> Decoded<T> {
    /// The same with what `make` makes of the message.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Decoded<U> {
        match self {
            Self::Complete { message, used } => Decoded::Complete { message: make(message), used },
            Self::Incomplete { need } => Decoded::Incomplete { need },
        }
    }

    /// The message and its length in bytes, if the input held all of it.
    pub fn complete(self) -> Option<(T, usize)> {
        match self {
            Self::Complete { message, used } => Some((message, used)),
            Self::Incomplete { .. } => None,
        }
    }
}

/// Why a message was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError<K> {
    /// The buffer is too small.
    BufferTooSmall,
    /// The message holds what the specification forbids.
    Invalid {
        /// What is wrong.
        kind: K,
        /// The field as the JSON form names it.
        field: &'static str,
    },
}

impl<K> From<Full> for EncodeError<K> {
    fn from(_: Full) -> Self {
        Self::BufferTooSmall
    }
}

impl<K: fmt::Display> fmt::Display for EncodeError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall => f.write_str("the buffer is too small for the message"),
            Self::Invalid { kind, field } => write!(f, "{kind} ({field})"),
        }
    }
}

impl<K: fmt::Debug + fmt::Display> core::error::Error for EncodeError<K> {}
