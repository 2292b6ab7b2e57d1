//! Which requirement a rejection enforces, from kind and attribute.

use super::ErrorKind as K;

/// The requirement of an error in the attribute called `name`, which is empty outside of one.
pub(super) fn cited(kind: K, name: &str) -> &'static str {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    match kind {
        K::InvalidUtf8 => "RFC6690-2-p1",
        K::ReservedName => "RFC6690-2-1",
        K::RepeatedAttribute if is("rt") => "RFC6690-3.1-2",
        K::RepeatedAttribute if is("if") => "RFC6690-3.2-2",
        K::RepeatedAttribute => "RFC6690-3.3-2",
        _ if is("ct") => "RFC7252-7.2.1-1",
        _ => "RFC6690-2-p2",
    }
}
