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
    let mut free = flags;
    for &(field, high, low) in used {
        r.bits(field, high, low);
        free &= !(0xFF_u8 >> 7_u8.wrapping_sub(high) & 0xFF << low);
    }
    if free != 0 {
        return Err(DecodeError::new(ErrorKind::ReservedBits, r.at().wrapping_sub(1), "reserved"));
    }
    if used.iter().map(|(_, high, low)| high.wrapping_sub(*low).wrapping_add(1)).sum::<u8>() < 8 {
        r.report("reserved", r.at().wrapping_sub(1), None);
    }
    Ok(flags)
}

/// `flag` if `set`.
#[inline]
pub(super) const fn when(set: bool, flag: u8) -> u8 {
    if set { flag } else { 0 }
}
