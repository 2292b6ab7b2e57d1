//! Touching what a codec decoded.

/// A sum over the fields of packets. It does not depend on their order, and a field that is absent
/// counts as one that is zero or empty, so that every codec must come to the same sum.
#[derive(Default)]
pub struct Fold(pub u64);

impl Fold {
    /// Adds a number, a flag or a reason code.
    #[inline(always)]
    pub fn number(&mut self, number: impl Into<u64>) {
        self.0 = self.0.wrapping_add(number.into());
    }

    /// Adds the length and the first byte of a string or of binary data.
    #[inline(always)]
    pub fn bytes(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.number(bytes.len() as u64);
        self.number(u64::from(bytes.first().copied().unwrap_or(0)) << 16);
    }

    /// Adds a number that may be absent.
    #[inline(always)]
    pub fn maybe_number(&mut self, number: Option<impl Into<u64>>) {
        if let Some(number) = number {
            self.number(number);
        }
    }

    /// Adds a string or binary data that may be absent.
    #[inline(always)]
    pub fn maybe_bytes(&mut self, bytes: Option<impl AsRef<[u8]>>) {
        if let Some(bytes) = bytes {
            self.bytes(bytes);
        }
    }

    /// Adds pairs of strings.
    #[inline(always)]
    pub fn pairs<T: AsRef<[u8]>>(&mut self, pairs: &[(T, T)]) {
        for (name, value) in pairs {
            self.bytes(name);
            self.bytes(value);
        }
    }
}
