//! The bytes of flags that most packets begin with.

use super::{DecodeError, ErrorKind};
use crate::wire::{Reader, Visit};

/// A flag or a field of two bits: its name, highest and lowest bit.
pub(super) type Bits = (&'static str, u8, u8);

/// Reads a byte of flags and refuses every bit that none of `used` has.
#[inline]
pub(super) fn read<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    name: &'static str,
    used: &[Bits],
) -> Result<u8, DecodeError> {
    let flags = r.flags(name)?;
    let mut free = 0xFF_u8;
    for &(field, high, low) in used {
        r.bits(field, high, low);
        free &= !mask(high, low);
    }
    if V::WANTS {
        report_reserved(r, free);
    }
    if flags & free != 0 {
        return Err(DecodeError::new(ErrorKind::ReservedBits, r.at().wrapping_sub(1), "reserved"));
    }
    Ok(flags)
}

/// The bits from `high` down to `low`.
const fn mask(high: u8, low: u8) -> u8 {
    0xFF_u8.wrapping_shr(7_u8.wrapping_sub(high) as u32) & 0xFF_u8.wrapping_shl(low as u32)
}

/// Reports each run of the bits that are `free`.
fn report_reserved<V: Visit>(r: &mut Reader<'_, '_, V>, free: u8) {
    let mut top = None;
    for bit in (0..8_u8).rev() {
        if free & mask(bit, bit) == 0 {
            continue;
        }
        let high = *top.get_or_insert(bit);
        if bit == 0 || free & mask(bit.wrapping_sub(1), bit.wrapping_sub(1)) == 0 {
            r.bits("reserved", high, bit);
            top = None;
        }
    }
}

/// `flag` if `set`.
#[inline]
pub(super) const fn when(set: bool, flag: u8) -> u8 {
    if set { flag } else { 0 }
}
