//! `junit.xml`: one test case for each check.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::terminal::failure_in_file;
use crate::result::{RunResult, Suite};
use crate::verdict::{CheckResult, Verdict};

/// The result as JUnit XML, a suite for each protocol. Under `strict` a warning is a failure.
///
/// # Errors
/// It cannot be written as XML, which is our own fault.
pub fn render(result: &RunResult, strict: bool) -> Result<String, String> {
    let mut report = Report::new(format!("wirecheck {}", result.target.url));
    report.set_time(Duration::from_secs(result.seconds));
    let mut suites: Vec<(String, TestSuite)> = Vec::new();
    for check in &result.checks {
        if !suites.iter().any(|(name, _)| *name == check.protocol) {
            suites.push((check.protocol.clone(), suite(result, &check.protocol)));
        }
        let suite = suites.iter_mut().find(|(name, _)| *name == check.protocol);
        if let Some((_, suite)) = suite {
            suite.add_test_case(case(check, strict));
        }
    }
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    report.to_string().map_err(|error| error.to_string())
}

/// A suite without test cases, with what readers show beside its name.
fn suite(result: &RunResult, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let took = result.checks.iter().filter(|check| check.protocol == name).map(|check| check.ms);
    suite.set_time(Duration::from_millis(took.sum()));
    suite.extra.insert("timestamp".into(), result.started.as_str().into());
    suite.add_property(("target", result.target.url.as_str()));
    if let Some(name) = &result.target.implementation {
        suite.add_property(("implementation", name.as_str()));
    }
    let Suite { version, commit } = &result.suite;
    suite.add_property(("wirecheck", format!("{version} ({commit})").as_str()));
    suite
}

fn case(check: &CheckResult, strict: bool) -> TestCase {
    let bad = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(message(check)).set_type(check.requirement.clone());
        status.set_description(plain(check));
        status
    };
    let status = match check.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Warn if !strict => TestCaseStatus::success(),
        Verdict::Fail | Verdict::Xpass | Verdict::Warn => bad(NonSuccessKind::Failure),
        Verdict::Error | Verdict::Inconclusive => bad(NonSuccessKind::Error),
        Verdict::Skip | Verdict::Xfail | Verdict::Info => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(message(check));
            status
        }
    };
    let mut case = TestCase::new(check.id.clone(), status);
    case.set_classname(check.case.clone()).set_time(Duration::from_millis(check.ms));
    if check.verdict == Verdict::Warn && !strict {
        case.set_system_out(plain(check));
    }
    case
}

fn message(check: &CheckResult) -> String {
    match (check.verdict, &check.reason) {
        (Verdict::Skip | Verdict::Inconclusive | Verdict::Error, Some(reason)) => reason.clone(),
        _ => format!("expected {}; observed {}", check.expected, check.observed),
    }
}

fn plain(check: &CheckResult) -> String {
    failure_in_file(&[check])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn a_test_case_for_each_check() {
        insta::assert_snapshot!(render(&sample(), false).expect("XML"));
    }

    #[test]
    fn whatever_a_target_says_is_xml() {
        let mut result = sample();
        let said: String = ('\0'..='\u{a0}').chain(['\u{fffe}', '\u{ffff}', '\u{1f600}']).collect();
        for text in ["]]>", "<!-- -->", "&amp;&#0;", "\u{1b}[31m", said.as_str()] {
            for check in &mut result.checks {
                check.observed = text.to_owned();
                check.reason = Some(text.to_owned());
                check.expected = text.to_owned();
            }
            let xml = render(&result, true).expect("XML");
            let read = Report::deserialize_from_str(&xml).expect("what was written");
            assert_eq!((read.tests, read.failures, read.errors, read.skipped), (5, 2, 1, 1));
        }
    }

    #[test]
    fn under_strict_a_warning_is_a_failure() {
        let text = render(&sample(), true).expect("XML");
        assert!(text.contains("failures=\"2\""), "{text}");
    }
}
