//! What came of an exchange that was sent again.

use std::fmt;

/// What one link brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Replayed {
    /// The beginnings of packets, in an order of their own: packets of different kinds may
    /// overtake each other.
    pub(super) heads: Vec<Vec<u8>>,
    /// Those that came before the recorded exchange was over.
    pub(super) in_time: Vec<Vec<u8>>,
    /// Whether the target has ended the link.
    pub(super) ended: bool,
}

impl Replayed {
    pub(super) fn sort(&mut self) {
        self.heads.sort();
    }

    /// Whether the same came as then. Where nothing was `waited` for, the exchange was broken off at
    /// what was found, and more may come once it is over, the end of the link too.
    pub(super) fn is_like(&self, then: &Self, waited: bool) -> bool {
        if waited {
            return self.heads == then.heads && self.ended == then.ended;
        }
        let all_came = holds(&self.heads, &then.heads) && (self.ended || !then.ended);
        all_came && holds(&then.heads, &self.in_time)
    }
}

/// Whether all of these are among those, each as often.
fn holds(those: &[Vec<u8>], these: &[Vec<u8>]) -> bool {
    let mut those = those.to_vec();
    these.iter().all(|head| {
        let place = those.iter().position(|other| other == head);
        place.map(|place| those.swap_remove(place)).is_some()
    })
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for head in &self.heads {
            for byte in head {
                write!(f, "{byte:02x}")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(if self.ended { "closed" } else { "open" })
    }
}
