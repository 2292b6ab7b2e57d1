//! Checks that are called otherwise now. Known failures, links and old results hang on the ids of
//! checks; `renamed.json` leads from what a check was called to what it is called.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The value of `schema` in the file.
pub const SCHEMA: &str = "wirecheck/renamed/1";

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// Always `wirecheck/renamed/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// What each was called, and what it is called: a check (`mqtt-5.0/will/late#sent`), or a case
    /// with all its checks (`mqtt-5.0/will/late`, with the row if it has one). A new name is never
    /// an old one.
    pub renamed: BTreeMap<String, String>,
}

static EMBEDDED: LazyLock<Renamed> = LazyLock::new(|| {
    let read = serde_json::from_str(include_str!("../renamed.json"));
    // A test reads the file; without it nothing is renamed.
    read.unwrap_or_else(|_| Renamed { schema: SCHEMA.to_owned(), renamed: BTreeMap::new() })
});

impl Renamed {
    /// What this program knows.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// What the check with this id is called now.
    #[must_use]
    pub fn check<'a>(&'a self, id: &'a str) -> Cow<'a, str> {
        if let Some(new) = self.renamed.get(id) {
            return new.into();
        }
        match id.split_once('#') {
            Some((case, name)) => match self.renamed.get(case) {
                Some(new) => format!("{new}#{name}").into(),
                None => id.into(),
            },
            None => id.into(),
        }
    }

    /// What the case with this id is called now.
    #[must_use]
    pub fn case<'a>(&'a self, id: &'a str) -> &'a str {
        self.renamed.get(id).map_or(id, String::as_str)
    }
}

/// The JSON Schema of the file.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Renamed).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_follow_their_own_entry_or_that_of_their_case() {
        let entry = |(old, new): (&str, &str)| (old.to_owned(), new.to_owned());
        let entries = [("p/a/old", "p/a/new"), ("p/a/old#late", "p/a/new#timely")];
        let renamed = entries.into_iter().map(entry).collect();
        let renamed = Renamed { schema: SCHEMA.to_owned(), renamed };
        assert_eq!(renamed.check("p/a/old#late"), "p/a/new#timely");
        assert_eq!(renamed.check("p/a/old#other"), "p/a/new#other");
        assert_eq!(renamed.check("p/a/same#late"), "p/a/same#late");
        assert_eq!(renamed.case("p/a/old"), "p/a/new");
        assert_eq!(renamed.case("p/a/older"), "p/a/older");
    }
}
