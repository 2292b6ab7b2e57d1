//! Known failures: checks that a named target is recorded to fail, and how.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::result::{self, read};
use crate::verdict::{CheckResult, Verdict};

/// The value of `schema` in every file of known failures.
pub const SCHEMA: &str = "wirecheck/known/1";

/// A file of known failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Always `wirecheck/known/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The failures, by check.
    pub known: BTreeMap<String, Record>,
}

/// How a check is recorded to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The outcome, as results have it; another one is another failure.
    pub outcome: String,
    /// The words of the specification that the failure was held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What a reader should know: a report to the authors, a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Default for Known {
    fn default() -> Self {
        Self { schema: SCHEMA.to_owned(), known: BTreeMap::new() }
    }
}

impl Known {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn load(file: &Path) -> Result<Self, String> {
        let name = file.display();
        let text = read(file)?;
        let known: Self = serde_json::from_str(&text).map_err(|error| {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            format!("{name}:{}:{}: {words}", error.line(), error.column())
        })?;
        if known.schema != SCHEMA {
            return Err(format!("{name}: the schema must be `{SCHEMA}`"));
        }
        Ok(known)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What stands in the way; the file is then as it was.
    pub fn save(&self, file: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        result::write(file, &(text + "\n"))
    }

    /// Turns a failure that is recorded into `xfail`, and one that is gone into `xpass`.
    pub fn apply(&self, check: &mut CheckResult) {
        let Some(record) = self.known.get(&check.id) else { return };
        match check.verdict {
            Verdict::Fail | Verdict::Warn if check.outcome == record.outcome => {
                check.verdict = Verdict::Xfail;
            }
            Verdict::Fail | Verdict::Warn => {
                let words = format!("known to fail in another way: {}", record.outcome);
                check.reason = Some(match check.reason.take() {
                    Some(reason) => format!("{reason}; {words}"),
                    None => words,
                });
            }
            Verdict::Pass | Verdict::Info => {
                check.verdict = Verdict::Xpass;
                let words = format!("known to fail with {}, and does not any more", record.outcome);
                check.reason = Some(words);
            }
            _ => {}
        }
    }

    /// Takes down how the checks of a run fail. Records of checks that were not reached stay, and
    /// so does what people wrote to a failure that is still the same.
    pub fn update(&mut self, checks: &[CheckResult]) {
        for check in checks {
            match check.verdict {
                Verdict::Fail | Verdict::Warn => {
                    let before = self.known.remove(&check.id);
                    let same = before.filter(|record| record.outcome == check.outcome);
                    let outcome = check.outcome.clone();
                    let new = Record { outcome, quote: None, note: None };
                    self.known.insert(check.id.clone(), same.unwrap_or(new));
                }
                Verdict::Pass | Verdict::Info | Verdict::Xpass => {
                    self.known.remove(&check.id);
                }
                _ => {}
            }
        }
    }

    /// The recorded checks that `exists` does not know: renamed, or written wrong.
    pub fn strangers<'k>(
        &'k self,
        exists: &'k dyn Fn(&str) -> bool,
    ) -> impl Iterator<Item = &'k str> {
        self.known.keys().map(String::as_str).filter(|id| !exists(id))
    }
}

/// The JSON Schema of files of known failures.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Known).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    fn check(verdict: Verdict, outcome: &str) -> CheckResult {
        let mut check = sample().checks.remove(0);
        check.id = "mqtt-5.0/a/b#c".to_owned();
        check.verdict = verdict;
        check.outcome = outcome.to_owned();
        check.reason = None;
        check
    }

    fn known(outcome: &str) -> Known {
        let record = Record { outcome: outcome.into(), quote: None, note: Some("told".into()) };
        let known = BTreeMap::from([("mqtt-5.0/a/b#c".to_owned(), record)]);
        Known { known, ..Known::default() }
    }

    #[test]
    fn failures_count_as_known_only_in_the_way_they_are_recorded() {
        let applied = |verdict, outcome: &str| {
            let mut check = check(verdict, outcome);
            known("open").apply(&mut check);
            (check.verdict, check.reason.is_some())
        };
        assert_eq!(applied(Verdict::Fail, "open"), (Verdict::Xfail, false));
        assert_eq!(applied(Verdict::Warn, "open"), (Verdict::Xfail, false));
        assert_eq!(applied(Verdict::Fail, "silence"), (Verdict::Fail, true));
        assert_eq!(applied(Verdict::Pass, "closed"), (Verdict::Xpass, true));
        assert_eq!(applied(Verdict::Inconclusive, "x"), (Verdict::Inconclusive, false));
        assert_eq!(applied(Verdict::Skip, "skip"), (Verdict::Skip, false));
    }

    #[test]
    fn an_update_keeps_what_was_not_reached_and_what_people_wrote() {
        let after = |verdict, outcome: &str| {
            let mut known = known("open");
            known.update(&[check(verdict, outcome)]);
            let record = known.known.remove("mqtt-5.0/a/b#c");
            record.map(|record| (record.outcome, record.note.is_some()))
        };
        assert_eq!(after(Verdict::Fail, "open"), Some(("open".into(), true)));
        assert_eq!(after(Verdict::Fail, "silence"), Some(("silence".into(), false)));
        assert_eq!(after(Verdict::Skip, "skip"), Some(("open".into(), true)));
        assert_eq!(after(Verdict::Pass, "closed"), None);
    }
}
