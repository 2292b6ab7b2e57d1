//! The reference peers: small servers of our own that pass every case, and that can be told to do
//! one thing wrong ([`Fault`]) or one thing differently but legally ([`Variant`]).

pub mod mqtt;

use std::borrow::Cow;

/// One thing a reference peer can be told to do wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name on the command line and in `bites`.
    pub id: Cow<'static, str>,
    /// Ids of the requirements it breaks; empty for a generated decoder fault.
    pub breaks: &'static [&'static str],
    /// What the peer then does, in one sentence.
    pub doc: Cow<'static, str>,
}

/// One thing a reference peer can be told to do differently without breaking a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The name on the command line.
    pub id: &'static str,
    /// What the peer then does, in one sentence.
    pub doc: &'static str,
}
