//! The requirement catalogue: what the specifications demand, of whom, and where it can be seen.
//!
//! One JSON file per document, embedded at compile time. A case, a vector, a passive rule and a
//! decode error cite a requirement by id; everything else about it is looked up here. Coverage is
//! computed from the citations and is no part of the catalogue.

mod check;
mod reason;

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

pub use reason::{Reason, Unproven, WhyNot};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The embedded documents: file name and content.
const DOCUMENTS: &[(&str, &str)] = &[
    ("mqtt-3.1.1.json", include_str!("../requirements/mqtt-3.1.1.json")),
    ("mqtt-5.0.json", include_str!("../requirements/mqtt-5.0.json")),
    ("mqtt-sn-1.2.json", include_str!("../requirements/mqtt-sn-1.2.json")),
    ("mqtt-sn-2.0-draft.json", include_str!("../requirements/mqtt-sn-2.0-draft.json")),
    ("rfc6690.json", include_str!("../requirements/rfc6690.json")),
    ("rfc7252.json", include_str!("../requirements/rfc7252.json")),
    ("rfc7641.json", include_str!("../requirements/rfc7641.json")),
    ("rfc7959.json", include_str!("../requirements/rfc7959.json")),
    ("rfc7967.json", include_str!("../requirements/rfc7967.json")),
    ("rfc8132.json", include_str!("../requirements/rfc8132.json")),
    ("rfc8323.json", include_str!("../requirements/rfc8323.json")),
    ("rfc8516.json", include_str!("../requirements/rfc8516.json")),
    ("rfc8613.json", include_str!("../requirements/rfc8613.json")),
    ("rfc8768.json", include_str!("../requirements/rfc8768.json")),
    ("rfc8974.json", include_str!("../requirements/rfc8974.json")),
    ("rfc9175.json", include_str!("../requirements/rfc9175.json")),
    ("rfc9177.json", include_str!("../requirements/rfc9177.json")),
    ("rfc5802.json", include_str!("../requirements/rfc5802.json")),
    ("rfc6120.json", include_str!("../requirements/rfc6120.json")),
    ("rfc6121.json", include_str!("../requirements/rfc6121.json")),
    ("rfc7395.json", include_str!("../requirements/rfc7395.json")),
    ("rfc7590.json", include_str!("../requirements/rfc7590.json")),
    ("wirecheck.json", include_str!("../requirements/wirecheck.json")),
    ("xep0198.json", include_str!("../requirements/xep0198.json")),
    ("xep0199.json", include_str!("../requirements/xep0199.json")),
    ("xep0368.json", include_str!("../requirements/xep0368.json")),
];

/// The `schema` member of every catalogue file.
pub const SCHEMA: &str = "wirecheck/requirements/1";

/// One catalogue file: the requirements of one specification document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The file format and its version, [`SCHEMA`].
    pub schema: String,
    /// Short name of the document, which is also the name of the file: `mqtt-5.0`.
    pub document: String,
    /// Name of the document for people.
    pub title: String,
    /// What every id of the document starts with: `MQTT5-`.
    pub prefix: String,
    /// The edition that the requirements were taken from.
    pub source: String,
    /// The requirements, in the order of the document's sections.
    pub requirements: Vec<Requirement>,
}

/// One normative statement of a specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Unique over all catalogues, never renumbered or reused: `MQTT5-3.1.2-3`. Statements that the
    /// document does not number end in `-p1`, `-p2` within their section.
    pub id: String,
    /// What the document prints: `MQTT-3.1.2-3`, or `section 4.8.2` where it prints no number.
    pub label: String,
    /// The section where the statement stands, as printed.
    pub section: String,
    /// How strongly it binds.
    pub level: Level,
    /// Whom it binds.
    pub subject: Subject,
    /// The statement in our own words.
    pub text: String,
    /// The ways in which keeping or breaking it can be seen.
    pub observe: Vec<Observe>,
    /// Capabilities that a target must have before the statement says anything about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The requirement that already says this. An entry with `same_as` is shown, never counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Why it cannot be observed; there if and only if `observe` is `never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
    /// Why the suite does not prove that a target keeps it, although a breach could be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unproven: Option<Unproven>,
    /// What a reader should know besides: defects of the document, limits of the observation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Requirement {
    /// Whether the statement binds a target in `role`.
    #[must_use]
    pub fn binds(&self, role: Role) -> bool {
        self.subject.binds(role)
    }

    /// Whether the statement can be observed in the given way.
    #[must_use]
    pub fn is_observed_by(&self, way: Observe) -> bool {
        self.observe.contains(&way)
    }
}

/// How strongly a requirement binds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Level {
    /// Must be done. Prose that calls something a protocol error or malformed counts as this.
    #[serde(rename = "MUST")]
    Must,
    /// Must not be done.
    #[serde(rename = "MUST NOT")]
    MustNot,
    /// Is to be done unless there is a good reason.
    #[serde(rename = "SHOULD")]
    Should,
    /// Is to be left undone unless there is a good reason.
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    /// Is allowed.
    #[serde(rename = "MAY")]
    May,
    /// Is said without any of the words above.
    #[serde(rename = "stated")]
    Stated,
}

impl Level {
    /// The verdict of a check that finds the requirement broken.
    #[must_use]
    pub fn verdict_on_breach(self) -> Breach {
        match self {
            Self::Must | Self::MustNot => Breach::Fail,
            Self::Should | Self::ShouldNot | Self::Stated => Breach::Warn,
            Self::May => Breach::Info,
        }
    }

    /// The level as it is printed in catalogues and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
            Self::Stated => "stated",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a broken requirement is worth, by its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// The target does not conform.
    Fail,
    /// The target departs from advice or from plain prose.
    Warn,
    /// The target chose what the specification leaves open.
    Info,
}

/// Whom a requirement binds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The server alone.
    Server,
    /// The client alone.
    Client,
    /// Client and server alike.
    Both,
    /// Whoever sends the message in question.
    Sender,
    /// Whoever receives the message in question.
    Receiver,
}

impl Subject {
    /// Whether a target in `role` is meant.
    #[must_use]
    pub fn binds(self, role: Role) -> bool {
        match self {
            Self::Both | Self::Sender | Self::Receiver => true,
            Self::Server => role == Role::Server,
            Self::Client => role == Role::Client,
        }
    }

    /// The subject as it is printed in catalogues and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
            Self::Sender => "sender",
            Self::Receiver => "receiver",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part a target plays.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It is connected to.
    Server,
    /// It connects to us.
    Client,
}

/// A way in which a requirement can be observed, whether it is kept or its breach is refused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Observe {
    /// In the bytes of one message: a vector shows it.
    #[serde(rename = "codec")]
    Codec,
    /// In a scripted exchange with a server.
    #[serde(rename = "wire:server")]
    WireServer,
    /// In a scripted exchange with a client.
    #[serde(rename = "wire:client")]
    WireClient,
    /// In traffic that is only watched.
    #[serde(rename = "passive")]
    Passive,
    /// Only when the target is told to do something, such as to restart.
    #[serde(rename = "hook")]
    Hook,
    /// Not from outside.
    #[serde(rename = "never")]
    Never,
}

/// A catalogue file that cannot be used: the file and what is wrong with it, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    /// Name of the file.
    pub file: String,
    /// What is wrong, with line and column or with the id.
    pub problem: String,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

impl std::error::Error for CatalogueError {}

/// All catalogue documents, with a lookup by id.
#[derive(Debug, Clone)]
pub struct Catalogue {
    documents: Vec<Document>,
    by_id: HashMap<String, (usize, usize)>,
}

impl Catalogue {
    /// The catalogue that is built into the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| {
            Catalogue::parse(DOCUMENTS).expect("the tests load the embedded catalogues")
        });
        &EMBEDDED
    }

    /// Reads catalogue files, given as name and content, and checks them together.
    ///
    /// # Errors
    /// The first problem found: JSON that does not have the form, or a breach of a catalogue rule.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, CatalogueError> {
        let mut documents = Vec::with_capacity(files.len());
        for (file, content) in files {
            let document: Document = serde_json::from_str(content).map_err(|error| {
                CatalogueError { file: (*file).to_owned(), problem: error.to_string() }
            })?;
            documents.push(document);
        }
        match check::problems(&documents).into_iter().next() {
            Some((document, problem)) => {
                Err(CatalogueError { file: format!("{document}.json"), problem })
            }
            None => Ok(Self { by_id: index(&documents), documents }),
        }
    }

    /// The documents, in the order of their names.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The document with the given short name.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.document == name)
    }

    /// The requirement with the given id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        let (document, entry) = self.by_id.get(id)?;
        self.documents.get(*document)?.requirements.get(*entry)
    }

    /// Every requirement, document by document.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.documents.iter().flat_map(|document| &document.requirements)
    }
}

fn index(documents: &[Document]) -> HashMap<String, (usize, usize)> {
    let mut by_id = HashMap::new();
    for (d, document) in documents.iter().enumerate() {
        for (r, requirement) in document.requirements.iter().enumerate() {
            by_id.insert(requirement.id.clone(), (d, r));
        }
    }
    by_id
}

#[cfg(test)]
mod tests;
