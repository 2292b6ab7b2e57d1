//! How requirements stand by the checks of a run: what pages count.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::place::{Groups, Place, STRENGTHS, strength};
use crate::coverage::in_reach;
use crate::verdict::{CheckResult, Verdict};

/// Checks that fail on every implementation tried while nobody has quoted the sentence that they
/// rest on. They may be wrong themselves, so they count for nothing.
pub type Doubted = BTreeSet<String>;

/// The state of a requirement of which only doubted checks speak.
pub const DOUBTED: &str = "doubted";

/// How one requirement stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The worst verdict of its checks. Where something was judged, what was skipped or left open
    /// does not hide it.
    pub state: &'static str,
    /// How many checks found it broken, whether that was known or not.
    pub broken: usize,
    /// How many checks judged it.
    pub judged: usize,
    /// How many checks there are.
    pub checks: usize,
    /// How many checks fail everywhere and are not counted.
    pub doubted: usize,
}

impl Standing {
    /// What these checks say together.
    #[must_use]
    pub fn of(checks: &[&CheckResult], doubted: &Doubted) -> Self {
        let counted: Vec<_> = checks.iter().filter(|it| !doubted.contains(&it.id)).collect();
        let worst = counted.iter().map(|it| it.verdict).max_by_key(|verdict| rank(*verdict));
        Self {
            state: worst.map_or(DOUBTED, Verdict::name),
            broken: counted.iter().filter(|it| breaks(it.verdict)).count(),
            judged: counted.iter().filter(|it| it.verdict.is_judgement()).count(),
            checks: checks.len(),
            doubted: checks.len() - counted.len(),
        }
    }

    /// Whether something was judged, and all of it kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.judged > 0 && self.broken == 0
    }
}

/// Whether the target was found to break the requirement.
#[must_use]
pub fn breaks(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Warn | Verdict::Xfail)
}

/// Whether a reader has to look at it.
#[must_use]
pub fn is_problem(verdict: Verdict) -> bool {
    breaks(verdict) || matches!(verdict, Verdict::Xpass | Verdict::Error)
}

fn rank(verdict: Verdict) -> (bool, Verdict) {
    (!matches!(verdict, Verdict::Skip | Verdict::Info), verdict)
}

/// How many requirements of one document and strength are kept and broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The document.
    pub document: &'static str,
    /// The strength: `MUST`.
    pub strength: &'static str,
    /// How many a run can judge at all.
    pub reach: usize,
    /// How many were judged.
    pub tested: usize,
    /// How many of these were found broken.
    pub broken: usize,
}

/// The tallies of the documents that were tested, in the order of the catalogue. Whether the target
/// is alive is no rule of a specification and is not counted.
#[must_use]
pub fn tallies(standings: &Standings) -> Vec<Tally> {
    let documents: BTreeSet<_> = standings.keys().map(Place::document_name).collect();
    let mut tallies = Vec::new();
    for document in crate::catalogue::Catalogue::embedded().documents() {
        let name = document.document.as_str();
        if name == "wirecheck" || !documents.contains(name) {
            continue;
        }
        for strength in STRENGTHS {
            let mut tally = Tally { document: name, strength, reach: 0, tested: 0, broken: 0 };
            for requirement in &document.requirements {
                if self::strength(requirement.level) != strength {
                    continue;
                }
                let standing = standings.get(&Place::of(&requirement.id));
                let tested = standing.is_some_and(|it| it.judged > 0);
                tally.tested += usize::from(tested);
                tally.broken += usize::from(standing.is_some_and(|it| it.broken > 0));
                tally.reach += usize::from(tested || in_reach(requirement));
            }
            if tally.reach > 0 {
                tallies.push(tally);
            }
        }
    }
    tallies
}

/// How requirements stand.
pub type Standings = BTreeMap<Place, Standing>;

/// How the requirements in these groups stand.
#[must_use]
pub fn standings(groups: &Groups<'_>, doubted: &Doubted) -> Standings {
    groups.iter().map(|(place, it)| (place.clone(), Standing::of(it, doubted))).collect()
}

/// How many checks ended how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The verdict, or `doubted`.
    pub state: &'static str,
    /// How many checks.
    pub number: usize,
}

/// The verdicts that occur, in the order of a summary.
#[must_use]
pub fn counts(checks: &[CheckResult], doubted: &Doubted) -> Vec<Count> {
    let is = |check: &&CheckResult, state: &str| state_of(check, doubted) == state;
    let states = Verdict::ALL.into_iter().map(Verdict::name).chain([DOUBTED]);
    let count = states.map(|state| {
        let number = checks.iter().filter(|check| is(check, state)).count();
        Count { state, number }
    });
    count.filter(|count| count.number > 0).collect()
}

/// What a page says of a check: its verdict, or that it is doubted.
#[must_use]
pub fn state_of(check: &CheckResult, doubted: &Doubted) -> &'static str {
    if doubted.contains(&check.id) { DOUBTED } else { check.verdict.name() }
}

/// A sentence of what the tallies say: the most a reader learns in the shortest time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// The verdict that gives the colour.
    pub state: &'static str,
    /// The sentence.
    pub text: String,
    /// What stands below it.
    pub more: String,
}

impl Headline {
    /// The headline for these tallies.
    #[must_use]
    pub fn of(tallies: &[Tally]) -> Self {
        let sum = |strengths: &[&str]| {
            let fitting = tallies.iter().filter(|tally| strengths.contains(&tally.strength));
            fitting.fold((0, 0), |(tested, broken), it| (tested + it.tested, broken + it.broken))
        };
        let (must, must_broken) = sum(&["MUST"]);
        let (should, should_broken) = sum(&["SHOULD", "stated"]);
        let (state, text) = match (must, must_broken) {
            (0, _) => ("skip", "No MUST was tested".to_owned()),
            (1, 0) => ("pass", "The one tested MUST requirement is kept".to_owned()),
            (_, 0) => ("pass", format!("All {must} tested MUST requirements are kept")),
            (_, 1) => ("fail", format!("1 of {must} tested MUST requirements is broken")),
            (_, n) => ("fail", format!("{n} of {must} tested MUST requirements are broken")),
        };
        let more = match should {
            0 => String::new(),
            _ => format!(
                "Of {should} that are SHOULD, or stated without such a word, {}.",
                match should_broken {
                    0 => "none is broken".to_owned(),
                    1 => "1 is broken".to_owned(),
                    n => format!("{n} are broken"),
                }
            ),
        };
        let state = if state == "pass" && should_broken > 0 { "warn" } else { state };
        Self { state, text, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    fn checks(verdicts: &[Verdict]) -> Vec<CheckResult> {
        let make = |(place, verdict): (usize, &Verdict)| {
            let mut check = sample().checks.remove(0);
            check.id = format!("c{place}");
            check.verdict = *verdict;
            check
        };
        verdicts.iter().enumerate().map(make).collect()
    }

    fn standing(verdicts: &[Verdict], doubted: &[&str]) -> Standing {
        let checks = checks(verdicts);
        let doubted = doubted.iter().map(|id| (*id).to_owned()).collect();
        Standing::of(&checks.iter().collect::<Vec<_>>(), &doubted)
    }

    #[test]
    fn what_was_not_judged_does_not_hide_what_was() {
        use Verdict::*;
        assert_eq!(standing(&[Pass, Skip, Info], &[]).state, "pass");
        assert_eq!(standing(&[Skip, Info], &[]).state, "info");
        assert_eq!(standing(&[Pass, Inconclusive], &[]).state, "inconclusive");
        assert_eq!(standing(&[Pass, Fail, Warn], &[]).state, "fail");
        assert!(standing(&[Pass, Inconclusive], &[]).is_kept());
        assert!(!standing(&[Skip], &[]).is_kept());
        assert!(!standing(&[Pass, Xfail], &[]).is_kept());
    }

    #[test]
    fn doubted_checks_count_for_nothing() {
        use Verdict::*;
        let found = standing(&[Pass, Fail], &["c1"]);
        assert_eq!((found.state, found.broken, found.judged, found.doubted), ("pass", 0, 1, 1));
        let found = standing(&[Fail], &["c0"]);
        assert_eq!((found.state, found.broken, found.judged), (DOUBTED, 0, 0));
    }

    #[test]
    fn the_headline_says_how_much_of_what_was_tested() {
        let tally = |strength, tested, broken| Tally {
            document: "mqtt-5.0",
            strength,
            reach: 100,
            tested,
            broken,
        };
        let said = |tallies: &[Tally]| {
            let Headline { state, text, more } = Headline::of(tallies);
            format!("{state}: {text}. {more}")
        };
        insta::assert_snapshot!(
            [
                said(&[]),
                said(&[tally("MUST", 40, 0)]),
                said(&[tally("MUST", 40, 1), tally("SHOULD", 3, 0)]),
                said(&[tally("MUST", 40, 2), tally("MUST", 10, 3), tally("stated", 3, 1)]),
                said(&[tally("MUST", 40, 0), tally("SHOULD", 3, 2)]),
            ]
            .join("\n")
        );
    }
}
