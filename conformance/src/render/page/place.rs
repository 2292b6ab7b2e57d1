//! Where a requirement stands in the catalogue, and the checks that belong to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Serialize;

use crate::catalogue::{Catalogue, Document, Level, Requirement};
use crate::verdict::CheckResult;

/// A requirement; they sort as in the catalogue. A result of another version of the suite may have
/// some that the catalogue does not: these come last. Checks that only report what the target chose
/// have none, and the id is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    document: usize,
    number: usize,
    /// Its id.
    pub id: String,
}

impl Place {
    /// The place of the requirement with this id.
    #[must_use]
    pub fn of(id: &str) -> Self {
        static PLACES: LazyLock<HashMap<&'static str, (usize, usize)>> = LazyLock::new(|| {
            let documents = Catalogue::embedded().documents().iter().enumerate();
            let all = documents.flat_map(|(document, it)| {
                let requirements = it.requirements.iter().enumerate();
                requirements.map(move |(number, it)| (it.id.as_str(), (document, number)))
            });
            all.collect()
        });
        let (document, number) = PLACES.get(id).copied().unwrap_or((usize::MAX, 0));
        Self { document, number, id: id.to_owned() }
    }

    /// The document that it is in.
    #[must_use]
    pub fn document(&self) -> Option<&'static Document> {
        Catalogue::embedded().documents().get(self.document)
    }

    /// The name of that document, or nothing.
    #[must_use]
    pub fn document_name(&self) -> &'static str {
        self.document().map(|document| document.document.as_str()).unwrap_or_default()
    }

    /// What the checks of that document stand under.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.document() {
            Some(document) => &document.title,
            None if self.id.is_empty() => "Only reported",
            None => "Not in this catalogue",
        }
    }

    /// What the catalogue says about it.
    #[must_use]
    pub fn requirement(&self) -> Option<&'static Requirement> {
        self.document()?.requirements.get(self.number)
    }

    /// The section in its id, no deeper than three numbers: `3.1.2`; a dash for none.
    #[must_use]
    pub fn section(&self) -> String {
        let prefix = self.document().map(|document| document.prefix.as_str()).unwrap_or_default();
        let rest = self.id.strip_prefix(prefix).unwrap_or(&self.id);
        let section = rest.rsplit_once('-').map_or(rest, |(section, _)| section);
        let section = section.split('.').take(3).collect::<Vec<_>>().join(".");
        if section.is_empty() { "–".to_owned() } else { section }
    }
}

/// Checks by requirement.
pub type Groups<'a> = BTreeMap<Place, Vec<&'a CheckResult>>;

/// The checks of each requirement, in the order of the catalogue.
pub fn by_requirement<'a>(checks: impl IntoIterator<Item = &'a CheckResult>) -> Groups<'a> {
    let mut found = Groups::new();
    let mut places: HashMap<&str, Place> = HashMap::new();
    for check in checks {
        let place =
            places.entry(&check.requirement).or_insert_with(|| Place::of(&check.requirement));
        found.entry(place.clone()).or_default().push(check);
    }
    found
}

/// A requirement as pages print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// `MUST NOT`.
    pub level: &'static str,
    /// What the level is counted as: `MUST`.
    pub strength: &'static str,
    /// Whom it binds, if the catalogue has it.
    pub subject: &'static str,
    /// Its words in the catalogue.
    pub text: &'static str,
    /// What the document prints.
    pub label: String,
}

impl Rule {
    /// The requirement at a place, with level and label of a check where the catalogue has none.
    #[must_use]
    pub fn of(place: &Place, check: Option<&CheckResult>) -> Self {
        let known = place.requirement();
        let level = known.map(|it| it.level).or(check.map(|it| it.level)).unwrap_or(Level::Stated);
        let label = known.map(|it| it.label.clone()).or(check.map(|it| it.label.clone()));
        Self {
            id: place.id.clone(),
            level: level.name(),
            strength: strength(level),
            subject: known.map(|it| it.subject.name()).unwrap_or_default(),
            text: match known {
                Some(known) => &known.text,
                None if place.id.is_empty() => "No requirement says how this has to be.",
                None => "This catalogue does not have it.",
            },
            label: label.unwrap_or_default(),
        }
    }
}

/// The groups of levels that are counted together, the strongest first.
pub const STRENGTHS: [&str; 4] = ["MUST", "SHOULD", "stated", "MAY"];

/// The group of a level.
#[must_use]
pub fn strength(level: Level) -> &'static str {
    match level {
        Level::Must | Level::MustNot => "MUST",
        Level::Should | Level::ShouldNot => "SHOULD",
        Level::Stated => "stated",
        Level::May => "MAY",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_come_from_ids() {
        let section = |id: &str| Place::of(id).section();
        assert_eq!(section("MQTT5-3.1.2-3"), "3.1.2");
        assert_eq!(section("MQTT5-3.2.2.3.9-p2"), "3.2.2");
        assert_eq!(section("RFC6120-4.4-1"), "4.4");
        assert_eq!(section("WIRECHECK-alive"), "alive");
        assert_eq!(section("NOBODY-4.4-1"), "NOBODY-4.4");
        assert_eq!(section(""), "–");
    }

    #[test]
    fn requirements_sort_as_in_the_catalogue_and_strangers_come_last() {
        let mut ids = ["A-1", "MQTT5-3.10.4-1", "MQTT5-3.2.2-2", "MQTT311-4.8.0-1"].map(Place::of);
        ids.sort();
        let ids = ids.map(|place| place.id);
        assert_eq!(ids, ["MQTT311-4.8.0-1", "MQTT5-3.2.2-2", "MQTT5-3.10.4-1", "A-1"]);
    }
}
