//! Which sequence numbers were received (RFC 8613, 3.2.2 and 7.4).

/// The last 32 sequence numbers up to the greatest that was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayWindow {
    /// One more than the greatest.
    next: u64,
    /// Bit n stands for the greatest less n.
    seen: u32,
}

impl ReplayWindow {
    /// Whether the number may still come: it did not, and is not too old to tell.
    pub const fn is_fresh(&self, number: u64) -> bool {
        match self.next.checked_sub(number) {
            None | Some(0) => true,
            Some(age @ 1..=32) => self.seen >> age.wrapping_sub(1) & 1 == 0,
            Some(_) => false,
        }
    }

    /// Says that the number came. What is not fresh changes nothing.
    pub fn receive(&mut self, number: u64) {
        if !self.is_fresh(number) {
            return;
        }
        match self.next.checked_sub(number) {
            None | Some(0) => {
                let step = number.wrapping_sub(self.next).saturating_add(1);
                let seen = u32::try_from(step).ok().and_then(|step| self.seen.checked_shl(step));
                (self.next, self.seen) = (number.saturating_add(1), seen.unwrap_or(0) | 1);
            }
            Some(age) => self.seen |= 1u32.checked_shl(age.wrapping_sub(1) as u32).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_number_comes_once() {
        let mut window = ReplayWindow::default();
        let mut came = BTreeSet::new();
        let (mut state, mut greatest) = (7u64, 0);
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            let number = (greatest + (state >> 40) % 50).saturating_sub(40);
            let old = !came.is_empty() && number + 32 <= greatest;
            assert_eq!(window.is_fresh(number), !old && !came.contains(&number), "{number}");
            if window.is_fresh(number) {
                came.insert(number);
                greatest = greatest.max(number);
            }
            window.receive(number);
            assert!(!window.is_fresh(number));
        }
        assert!(came.len() > 1_000);
        window.receive(greatest + 1_000_000);
        assert!(!window.is_fresh(greatest) && window.is_fresh(greatest + 999_999));
    }
}
