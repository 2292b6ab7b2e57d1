//! What is different between two results.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::renamed::Renamed;
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// How a check is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It fails, and did not fail before.
    NewlyFailing,
    /// It fails with another outcome than before, or breaks a MUST where it broke a SHOULD.
    OtherFailure,
    /// It was judged before, and is not now; whether it would still pass or fail is not known.
    NoLongerJudged,
    /// It failed before, and does not now.
    NewlyPassing,
    /// It breaks a SHOULD where it broke a MUST.
    Milder,
    /// It was not judged before, and does not fail now.
    JudgedNow,
    /// The target chose otherwise where the specification leaves it open, or the check is left out
    /// for another kind of reason.
    Otherwise,
    /// The old result does not have it.
    New,
    /// The new result does not have it.
    Gone,
}

impl Kind {
    /// Every kind, what matters most first.
    pub const ALL: [Self; 9] = [
        Self::NewlyFailing,
        Self::OtherFailure,
        Self::NoLongerJudged,
        Self::NewlyPassing,
        Self::Milder,
        Self::JudgedNow,
        Self::Otherwise,
        Self::New,
        Self::Gone,
    ];

    /// For headings.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::NewlyFailing => "newly failing",
            Self::OtherFailure => "failing in another way",
            Self::NoLongerJudged => "no longer judged",
            Self::NewlyPassing => "newly passing",
            Self::Milder => "failing less severely",
            Self::JudgedNow => "judged now",
            Self::Otherwise => "ended otherwise",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }

    /// Whether the target got worse.
    #[must_use]
    pub fn is_regression(self) -> bool {
        matches!(self, Self::NewlyFailing | Self::OtherFailure)
    }
}

/// A check that is different, as it was and as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change<'a> {
    /// Both results have it.
    Both(Kind, &'a CheckResult, &'a CheckResult),
    /// Only the new one has it.
    New(&'a CheckResult),
    /// Only the old one has it.
    Gone(&'a CheckResult),
}

impl<'a> Change<'a> {
    /// How it is different.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Both(kind, ..) => *kind,
            Self::New(_) => Kind::New,
            Self::Gone(_) => Kind::Gone,
        }
    }

    /// The check as the newest result that has it tells it.
    #[must_use]
    pub fn check(&self) -> &'a CheckResult {
        match self {
            Self::Both(_, _, check) | Self::New(check) | Self::Gone(check) => check,
        }
    }
}

/// What is different between two results.
#[derive(Clone, Debug)]
pub struct Diff<'a> {
    /// The older result.
    pub old: &'a RunResult,
    /// The newer result.
    pub new: &'a RunResult,
    /// The checks that are different, by kind, each kind in the order of the result.
    pub changes: Vec<Change<'a>>,
    /// How many checks are as they were.
    pub same: usize,
}

impl<'a> Diff<'a> {
    /// Compares two results; checks that were renamed in between are the same ones.
    #[must_use]
    pub fn of(old: &'a RunResult, new: &'a RunResult, renamed: &Renamed) -> Self {
        // Either may have been made before a check was renamed.
        let by_id = |result: &'a RunResult| -> HashMap<String, &'a CheckResult> {
            let checks = result.checks.iter();
            checks.map(|check| (renamed.check(&check.id).into_owned(), check)).collect()
        };
        let (before, now) = (by_id(old), by_id(new));
        let (mut changes, mut same) = (Vec::new(), 0);
        let (cases_before, cases_now) = (cases(old, renamed), cases(new, renamed));
        for check in &new.checks {
            match before.get(&*renamed.check(&check.id)) {
                None if is_implied(check, &cases_before, renamed) => {}
                None => changes.push(Change::New(check)),
                Some(was) => match kind(was, check) {
                    None => same += 1,
                    Some(kind) => changes.push(Change::Both(kind, was, check)),
                },
            }
        }
        let gone = old.checks.iter().filter(|check| {
            let known = now.contains_key(&*renamed.check(&check.id));
            !known && !is_implied(check, &cases_now, renamed)
        });
        changes.extend(gone.map(Change::Gone));
        changes.sort_by_key(Change::kind);
        Self { old, new, changes, same }
    }

    /// The changes of a kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Change<'a>> {
        self.changes.iter().filter(move |change| change.kind() == kind)
    }

    /// Whether the target got worse.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        self.changes.iter().any(|change| change.kind().is_regression())
    }

    /// In what the two runs themselves differ: `target`, `protocols`, `suite`, `patience`, each
    /// with what it was and what it is.
    #[must_use]
    pub fn circumstances(&self) -> BTreeMap<&'static str, (String, String)> {
        let told = |of: &RunResult| {
            let name = of.target.implementation.clone().unwrap_or_else(|| of.target.url.clone());
            [
                ("target", name),
                ("protocols", of.target.spec.join(" ")),
                ("suite", format!("{} ({})", of.suite.version, of.suite.commit)),
                ("patience", of.environment.patience.clone()),
            ]
        };
        let pairs = told(self.old).into_iter().zip(told(self.new));
        let differ = pairs.filter(|((_, old), (_, new))| old != new);
        differ.map(|((name, old), (_, new))| (name, (old, new))).collect()
    }
}

/// The cases of a result, by their names of today.
fn cases(result: &RunResult, renamed: &Renamed) -> HashSet<String> {
    result.checks.iter().map(|check| renamed.case(&check.case).to_owned()).collect()
}

/// A case that is skipped has no check of whether the target lives on. That it is there in one
/// result only is told by the other checks of the case.
fn is_implied(check: &CheckResult, cases: &HashSet<String>, renamed: &Renamed) -> bool {
    check.id.ends_with("#alive") && cases.contains(renamed.case(&check.case))
}

/// What a verdict says of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing is broken.
    Kept,
    /// A requirement is broken: a MUST, or only a SHOULD.
    Broken { must: bool },
    /// Nothing is known.
    Unjudged,
}

fn standing(check: &CheckResult) -> Standing {
    match check.verdict {
        Verdict::Pass | Verdict::Info | Verdict::Xpass => Standing::Kept,
        Verdict::Fail => Standing::Broken { must: true },
        Verdict::Warn => Standing::Broken { must: false },
        // That a failure is known makes it neither milder nor another one.
        Verdict::Xfail => {
            Standing::Broken { must: Verdict::of_breach(check.level) == Verdict::Fail }
        }
        Verdict::Inconclusive | Verdict::Skip | Verdict::Error => Standing::Unjudged,
    }
}

/// How a check of both results is different, if it is.
fn kind(old: &CheckResult, new: &CheckResult) -> Option<Kind> {
    use Standing::{Broken, Kept, Unjudged};
    match (standing(old), standing(new)) {
        (Kept | Unjudged, Broken { .. }) => Some(Kind::NewlyFailing),
        (Broken { must: false }, Broken { must: true }) => Some(Kind::OtherFailure),
        (Broken { must: true }, Broken { must: false }) => Some(Kind::Milder),
        (Broken { .. }, Broken { .. }) => {
            (old.outcome != new.outcome).then_some(Kind::OtherFailure)
        }
        (Kept | Broken { .. }, Unjudged) => Some(Kind::NoLongerJudged),
        (Broken { .. }, Kept) => Some(Kind::NewlyPassing),
        (Unjudged, Kept) => Some(Kind::JudgedNow),
        (Unjudged, Unjudged) => (old.verdict != new.verdict).then_some(Kind::Otherwise),
        (Kept, Kept) => chose_otherwise(old, new).then_some(Kind::Otherwise),
    }
}

/// A pass has no outcome to compare: it may rest on any of several answers. An xpass says only that
/// a record is out of date.
fn chose_otherwise(old: &CheckResult, new: &CheckResult) -> bool {
    let open = |check: &CheckResult| check.verdict == Verdict::Info;
    match (open(old), open(new)) {
        (true, true) => old.outcome != new.outcome,
        (false, false) => false,
        _ => old.verdict != Verdict::Xpass && new.verdict != Verdict::Xpass,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::Level;
    use crate::render::sample;

    fn check(id: &str, verdict: Verdict, outcome: &str) -> CheckResult {
        let mut check = sample().checks.remove(0);
        (check.id, check.verdict) = (id.to_owned(), verdict);
        check.outcome = outcome.to_owned();
        check
    }

    fn result(checks: Vec<CheckResult>) -> RunResult {
        RunResult { checks, ..sample() }
    }

    fn renamed(pairs: &[(&str, &str)]) -> Renamed {
        let pairs = pairs.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned()));
        Renamed { schema: crate::renamed::SCHEMA.to_owned(), renamed: pairs.collect() }
    }

    #[test]
    fn a_regression_is_told_apart_from_what_is_not_known() {
        use Kind::*;
        use Verdict::*;
        let table = [
            (Pass, Fail, Some(NewlyFailing)),
            (Pass, Warn, Some(NewlyFailing)),
            (Skip, Fail, Some(NewlyFailing)),
            (Xpass, Xfail, Some(NewlyFailing)),
            (Warn, Fail, Some(OtherFailure)),
            (Fail, Warn, Some(Milder)),
            (Fail, Fail, None),
            (Fail, Xfail, None),
            (Xfail, Fail, None),
            (Pass, Inconclusive, Some(NoLongerJudged)),
            (Fail, Inconclusive, Some(NoLongerJudged)),
            (Fail, Skip, Some(NoLongerJudged)),
            (Fail, Pass, Some(NewlyPassing)),
            (Xfail, Xpass, Some(NewlyPassing)),
            (Warn, Info, Some(NewlyPassing)),
            (Error, Pass, Some(JudgedNow)),
            (Skip, Inconclusive, Some(Otherwise)),
            (Info, Pass, Some(Otherwise)),
            (Pass, Xpass, None),
            (Info, Xpass, None),
            (Pass, Pass, None),
        ];
        for (old, new, wanted) in table {
            let found = kind(&check("a", old, "open"), &check("a", new, "open"));
            assert_eq!(found, wanted, "{old} {new}");
        }
    }

    #[test]
    fn the_way_of_failing_is_the_outcome() {
        let ways = |old, new, verdict| kind(&check("a", old, "open"), &check("a", new, verdict));
        assert_eq!(ways(Verdict::Fail, Verdict::Fail, "silence"), Some(Kind::OtherFailure));
        assert_eq!(ways(Verdict::Xfail, Verdict::Fail, "silence"), Some(Kind::OtherFailure));
        assert_eq!(ways(Verdict::Pass, Verdict::Pass, "silence"), None);
        assert_eq!(ways(Verdict::Info, Verdict::Info, "silence"), Some(Kind::Otherwise));
    }

    #[test]
    fn a_known_failure_weighs_as_much_as_what_it_breaks() {
        let mut known = check("a", Verdict::Xfail, "open");
        known.level = Level::Should;
        assert_eq!(kind(&known, &check("a", Verdict::Fail, "open")), Some(Kind::OtherFailure));
    }

    #[test]
    fn renamed_checks_are_the_same_ones() {
        let old = result(vec![check("p/a/b#c", Verdict::Pass, "x")]);
        let new = result(vec![check("p/a/new#c", Verdict::Fail, "x")]);
        let kinds = |old, new, renamed: &Renamed| {
            let diff = Diff::of(old, new, renamed);
            diff.changes.iter().map(Change::kind).collect::<Vec<_>>()
        };
        let known = renamed(&[("p/a/b", "p/a/new")]);
        assert_eq!(kinds(&old, &new, &known), [Kind::NewlyFailing]);
        assert_eq!(kinds(&new, &old, &known), [Kind::NewlyPassing]);
        assert_eq!(kinds(&old, &old, &known), []);
        assert_eq!(kinds(&old, &new, &renamed(&[])), [Kind::New, Kind::Gone]);
    }

    #[test]
    fn what_is_different_about_the_runs_themselves() {
        let old = sample();
        let mut new = sample();
        fn names(old: &RunResult, new: &RunResult) -> Vec<&'static str> {
            Diff::of(old, new, Renamed::embedded()).circumstances().into_keys().collect()
        }
        assert!(names(&old, &new).is_empty());
        new.suite.commit = "abcdefabcdef".to_owned();
        new.target.spec.push("mqtt-3.1.1".to_owned());
        assert_eq!(names(&old, &new), ["protocols", "suite"]);
    }

    fn any_result() -> impl Strategy<Value = RunResult> {
        let one = ("[a-f]", 0..Verdict::ALL.len(), "open|silence");
        proptest::collection::btree_map(one.0, (one.1, one.2), 0..6).prop_map(|checks| {
            let checks = checks.into_iter();
            result(
                checks
                    .map(|(id, (verdict, way))| check(&id, Verdict::ALL[verdict], &way))
                    .collect(),
            )
        })
    }

    proptest! {
        #[test]
        fn laws(old in any_result(), new in any_result()) {
            let renamed = Renamed::embedded();
            let forth = Diff::of(&old, &new, renamed);
            let back = Diff::of(&new, &old, renamed);
            // Nothing is different from itself.
            prop_assert!(Diff::of(&old, &old, renamed).changes.is_empty());
            // Every check of either is told once.
            let mut ids: Vec<&str> =
                old.checks.iter().chain(&new.checks).map(|check| check.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(forth.changes.len() + forth.same, ids.len());
            // What is different stays different when asked the other way round.
            prop_assert_eq!(forth.same, back.same);
            for (kind, reverse) in [(Kind::New, Kind::Gone), (Kind::Otherwise, Kind::Otherwise)] {
                prop_assert_eq!(forth.of_kind(kind).count(), back.of_kind(reverse).count());
            }
            // Only what fails now is a regression.
            for change in forth.changes.iter().filter(|change| change.kind().is_regression()) {
                let broken = matches!(standing(change.check()), Standing::Broken { .. });
                prop_assert!(broken, "{change:?}");
            }
        }
    }
}
