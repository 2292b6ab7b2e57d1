//! Exit codes, and what makes a command end early.

use std::fmt;

use crate::result::Counts;

/// How the program ends. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The target conforms, or the command did what it was asked to.
    Good = 0,
    /// The target does not conform; the input is not valid.
    Bad = 1,
    /// The command line or a file of the user is wrong.
    Usage = 2,
    /// The target was never reached, or stopped serving.
    Unreached = 3,
    /// Nothing was judged.
    Nothing = 4,
    /// Our own fault.
    Own = 5,
    /// Interrupted.
    Interrupted = 130,
}

impl Exit {
    /// In this order the first that applies to one of several targets counts.
    const ORDER: [Self; 7] = [
        Self::Interrupted,
        Self::Usage,
        Self::Own,
        Self::Unreached,
        Self::Bad,
        Self::Nothing,
        Self::Good,
    ];

    /// The exit for a run that reached its target.
    #[must_use]
    pub fn of_run(counts: &Counts, partial: bool, died: bool, strict: bool) -> Self {
        let judged = counts.pass + counts.fail + counts.warn + counts.xfail + counts.xpass;
        let bad = counts.fail + counts.xpass + if strict { counts.warn } else { 0 };
        match () {
            () if partial => Self::Interrupted,
            () if counts.error > 0 => Self::Own,
            () if died => Self::Unreached,
            () if bad > 0 => Self::Bad,
            () if judged == 0 => Self::Nothing,
            () => Self::Good,
        }
    }

    /// The exit for two targets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(Self::Own)
    }

    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Why a command ended early: the exit, and words for the user.
#[derive(Clone, Debug)]
pub struct Stop {
    /// How the program is to end.
    pub exit: Exit,
    /// What is wrong and what to try; lines after the first are details.
    pub text: String,
}

impl Stop {
    /// The command line or a file is wrong.
    pub fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: text.into() }
    }

    /// The target cannot be tested.
    pub fn unreached(text: impl Into<String>) -> Self {
        Self { exit: Exit::Unreached, text: text.into() }
    }

    /// Our own fault.
    pub fn own(text: impl Into<String>) -> Self {
        Self { exit: Exit::Own, text: text.into() }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Stop {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_applies() {
        let counts =
            |fail, warn, error, pass| Counts { fail, warn, error, pass, ..Counts::default() };
        let table = [
            (counts(0, 0, 0, 1), (false, false, false), Exit::Good),
            (counts(0, 1, 0, 0), (false, false, false), Exit::Good),
            (counts(0, 1, 0, 1), (false, false, true), Exit::Bad),
            (counts(1, 0, 0, 1), (false, false, false), Exit::Bad),
            (Counts { xpass: 1, ..Counts::default() }, (false, false, false), Exit::Bad),
            (Counts { xfail: 1, ..Counts::default() }, (false, false, true), Exit::Good),
            (
                Counts { skip: 3, info: 1, ..Counts::default() },
                (false, false, false),
                Exit::Nothing,
            ),
            (Counts::default(), (false, false, false), Exit::Nothing),
            (counts(1, 0, 0, 1), (false, true, false), Exit::Unreached),
            (counts(1, 0, 1, 1), (false, true, false), Exit::Own),
            (counts(1, 0, 1, 1), (true, true, false), Exit::Interrupted),
        ];
        for (counts, (partial, died, strict), wanted) in table {
            assert_eq!(Exit::of_run(&counts, partial, died, strict), wanted, "{counts:?}");
        }
        assert_eq!(Exit::Bad.and(Exit::Unreached), Exit::Unreached);
        assert_eq!(Exit::Nothing.and(Exit::Good), Exit::Nothing);
        assert_eq!(Exit::Interrupted.code(), 130);
    }
}
