//! Which requirement a rejection enforces, from packet, kind and field; and which one a note is
//! about.

mod version_3_1_1;
mod version_5;

use super::{Context, ErrorKind, PacketType, Version};
use crate::wire::{Note, Span, Visit};

pub(super) use version_5::other_side;

/// The id of the requirement, where one sentence can be named.
pub(super) fn requirement(
    ctx: &Context,
    packet: PacketType,
    kind: ErrorKind,
    field: &str,
) -> Option<&'static str> {
    match ctx.version {
        Version::V5 => version_5::requirement(packet, kind, field, ctx.from),
        Version::V31 | Version::V311 => version_3_1_1::requirement(packet, kind, field),
    }
}

/// The id of the requirement that a note is about; the rule that numbers are short came with 5.0.
fn note_requirement(version: Version, note: &str) -> Option<&'static str> {
    match (version, note) {
        (Version::V5, "non-minimal-varint") => Some("MQTT5-1.5.5-1"),
        (Version::V5, "discouraged-character") => Some("MQTT5-1.5.4-p3"),
        (Version::V5, "auth-without-method") => Some("MQTT5-3.15.2.2.2-p1"),
        (_, "discouraged-character") => Some("MQTT311-1.5.3-p1"),
        _ => None,
    }
}

/// Passes on what a decoder reports and gives each note its requirement.
pub(super) struct Citing<'v, V> {
    pub(super) inner: &'v mut V,
    pub(super) version: Version,
}

impl<V: Visit> Visit for Citing<'_, V> {
    const WANTS: bool = V::WANTS;

    #[inline]
    fn field(&mut self, span: Span) {
        self.inner.field(span);
    }

    fn note(&mut self, note: Note) {
        let requirement = note_requirement(self.version, note.note);
        self.inner.note(Note { requirement, ..note });
    }
}
