//! Protection Encapsulation (3.17).
//!
//! ```text
//! Protection Flags | Protection Scheme | Sender Identifier, 8 bytes | Random, 4 bytes
//! Cryptographic Material * | Monotonic Counter * | Protected MQTT-SN Packet | Authentication Tag
//! ```

use super::encapsulation::{enter, misplaced};
use super::encode::Put;
use super::flags::{self, Bits};
use super::packet::{Place, walk};
use super::{Context, DecodeError, EncodeError, ErrorKind, Packet, Raw};
use crate::Decoded;
use crate::wire::{Reader, Visit};

const PROTECTION_FLAGS: &[Bits] = &[
    ("authentication_tag_length", 7, 4),
    ("cryptographic_material_length", 3, 2),
    ("monotonic_counter_length", 1, 0),
];
/// The shortest packet has a header and nothing else.
const SHORTEST_PACKET: usize = 2;

/// A Protection Scheme (3.17.3), also a reserved one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProtectionScheme(pub u8);

impl ProtectionScheme {
    /// The name as the specification prints it.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0x00 => "HMAC-SHA256",
            0x01 => "HMAC-SHA3_256",
            0x02 => "CMAC-128",
            0x03 => "CMAC-192",
            0x04 => "CMAC-256",
            0x40 => "AES-CCM-64-128",
            0x41 => "AES-CCM-64-192",
            0x42 => "AES-CCM-64-256",
            0x43 => "AES-CCM-128-128",
            0x44 => "AES-CCM-128-192",
            0x45 => "AES-CCM-128-256",
            0x46 => "AES-GCM-128-128",
            0x47 => "AES-GCM-128-192",
            0x48 => "AES-GCM-128-256",
            0x49 => "ChaCha20/Poly1305",
            0x3C..=0x3F | 0xF0..=0xFF => "Provider defined",
            _ => "RESERVED",
        }
    }

    /// Whether the scheme has no meaning yet.
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 0x05..=0x3B | 0x4A..=0xEF)
    }

    /// Whether the protected packet is readable.
    pub const fn is_authentication_only(self) -> bool {
        self.0 < 0x40
    }

    /// Nominal Tag Size in bytes; `None` where the provider defines it.
    pub const fn nominal_tag_size(self) -> Option<usize> {
        match self.0 {
            0x00 | 0x01 => Some(32),
            0x02..=0x04 | 0x43..=0x49 => Some(16),
            0x40..=0x42 => Some(8),
            _ => None,
        }
    }

    /// The size in bytes of the Authentication Tag by an Authentication Tag Length, `None` where
    /// the provider defines it.
    fn tag_size(self, tag_length: u8) -> Result<Option<usize>, ErrorKind> {
        let only = self.is_authentication_only();
        match tag_length {
            0 if only => Ok(None),
            1 => Ok(self.nominal_tag_size()),
            4..=15 if only => {
                let size = usize::from(tag_length).wrapping_mul(2);
                let fits = self.nominal_tag_size().is_none_or(|nominal| size <= nominal);
                if fits { Ok(Some(size)) } else { Err(ErrorKind::InvalidValue) }
            }
            _ => Err(ErrorKind::InvalidValue),
        }
    }
}

/// A packet that is authenticated, and maybe encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtectionEncapsulation<'a> {
    /// Authentication Tag Length: 1 is the nominal one, 0 the provider's, 4 to 15 count 16 bits.
    pub authentication_tag_length: u8,
    /// Protection Scheme.
    pub scheme: ProtectionScheme,
    /// Sender Identifier.
    pub sender_identifier: [u8; 8],
    /// Random.
    pub random: [u8; 4],
    /// Cryptographic Material: 0, 2, 4 or 12 bytes.
    pub cryptographic_material: &'a [u8],
    /// Monotonic Counter: 0, 2 or 4 bytes, the most significant first.
    pub monotonic_counter: &'a [u8],
    /// One whole packet, or what encryption made of it.
    pub packet: &'a [u8],
    /// Authentication Tag; empty where only the provider knows what of the packet belongs to it.
    pub authentication_tag: &'a [u8],
}

/// Reads the encapsulation and the packet within, where that is readable.
#[cold]
#[inline(never)]
pub(super) fn read<'a, V: Visit>(
    raw: &Raw<'a>,
    header: usize,
    place: Place,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Packet<'a>>, DecodeError> {
    let mut r = Reader::new(raw.body, place.start.wrapping_add(header), visit);
    enter(&mut r, place, 0, header, ctx)?;
    let at = r.at();
    let flags = flags::read(&mut r, "protection_flags", PROTECTION_FLAGS)?;
    let Some(counter_length) = counter_length(flags) else {
        // MQTTSN2-3.17.2.1-1
        return Err(DecodeError::new(ErrorKind::InvalidValue, at, "monotonic_counter_length"));
    };
    let scheme_at = r.at();
    let scheme = ProtectionScheme(r.u8("protection_scheme")?);
    if scheme.is_reserved() {
        // MQTTSN2-3.17.3-1
        return Err(DecodeError::new(ErrorKind::InvalidValue, scheme_at, "protection_scheme"));
    }
    let authentication_tag_length = flags >> 4;
    let size = scheme
        .tag_size(authentication_tag_length)
        .map_err(|kind| DecodeError::new(kind, at, "authentication_tag_length"))?;
    let sender_identifier = r.take(8, "sender_identifier")?.try_into().unwrap_or_default();
    let random = r.take(4, "random")?.try_into().unwrap_or_default();
    let cryptographic_material = r.take(material_length(flags), "cryptographic_material")?;
    let monotonic_counter = r.take(counter_length, "monotonic_counter")?;
    let (start, rest) = (r.at(), r.rest());
    let length = if scheme.is_authentication_only() {
        // The packet is whole whatever comes behind the encapsulation.
        let mut inner = *ctx;
        inner.profile.datagram = false;
        let depth = place.depth.wrapping_add(1);
        match walk(rest, Place { start, depth }, &inner, visit)? {
            Decoded::Incomplete { .. } => {
                return Err(DecodeError::new(ErrorKind::Truncated, start, "packet"));
            }
            // MQTTSN2-3.17.8-1
            Decoded::Complete { message: Packet::ForwarderEncapsulation(_), .. } => {
                return Err(misplaced(rest, start));
            }
            Decoded::Complete { used, .. } => used,
        }
    } else {
        let length = rest.len().checked_sub(size.unwrap_or_default());
        match length.filter(|length| *length >= SHORTEST_PACKET) {
            Some(length) => length,
            None => return Err(DecodeError::new(ErrorKind::Truncated, start, "packet")),
        }
    };
    let (packet, authentication_tag) = rest.split_at_checked(length).unwrap_or_default();
    if !scheme.is_authentication_only() {
        Reader::new(packet, start, visit).take_rest("packet");
    }
    let mut r = Reader::new(authentication_tag, start.wrapping_add(length), visit);
    if let Some(size) = size {
        r.take(size, "authentication_tag")?;
    } else {
        r.take_rest("authentication_tag");
    }
    if !r.is_empty() {
        return Err(DecodeError::new(ErrorKind::TrailingBytes, r.at(), raw.packet_type.key()));
    }
    let this = ProtectionEncapsulation {
        authentication_tag_length,
        scheme,
        sender_identifier,
        random,
        cryptographic_material,
        monotonic_counter,
        packet,
        authentication_tag,
    };
    Ok(Decoded::Complete {
        message: Packet::ProtectionEncapsulation(this),
        used: usize::from(raw.length),
    })
}

const fn counter_length(flags: u8) -> Option<usize> {
    match flags & 3 {
        0 => Some(0),
        1 => Some(2),
        2 => Some(4),
        _ => None,
    }
}

const fn material_length(flags: u8) -> usize {
    match flags >> 2 & 3 {
        0 => 0,
        1 => 2,
        2 => 4,
        _ => 12,
    }
}

impl ProtectionEncapsulation<'_> {
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        let invalid = |field| EncodeError::Invalid { kind: ErrorKind::InvalidValue, field };
        let material = match self.cryptographic_material.len() {
            0 => 0,
            2 => 1,
            4 => 2,
            12 => 3,
            _ => return Err(invalid("cryptographic_material")),
        };
        let counter = match self.monotonic_counter.len() {
            0 => 0,
            2 => 1,
            4 => 2,
            _ => return Err(invalid("monotonic_counter")),
        };
        if self.authentication_tag_length > 15 {
            return Err(invalid("authentication_tag_length"));
        }
        w.u8(self.authentication_tag_length << 4 | material << 2 | counter)?;
        w.u8(self.scheme.0)?;
        w.bytes(&self.sender_identifier)?;
        w.bytes(&self.random)?;
        w.bytes(self.cryptographic_material)?;
        w.bytes(self.monotonic_counter)?;
        w.bytes(self.packet)?;
        Ok(w.bytes(self.authentication_tag)?)
    }
}
