//! The result of a run as `result.json` holds it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::capability::Source;
use crate::verdict::{CheckResult, Verdict};

/// The value of `schema` in every result.
pub const SCHEMA: &str = "wirecheck/result/1";

/// What a run found out about one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Always `wirecheck/result/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// What tested.
    pub suite: Suite,
    /// Where it ran.
    pub environment: Surroundings,
    /// What was tested.
    pub target: TargetInfo,
    /// When the run began, by RFC 3339.
    pub started: String,
    /// How long it took, in whole seconds.
    pub seconds: u64,
    /// The seed of every choice.
    pub seed: u64,
    /// What told the names of this run from those of others.
    pub nonce: String,
    /// True if the run was broken off.
    pub partial: bool,
    /// What the target can do, in each protocol.
    pub capabilities: Vec<KnownCapability>,
    /// The checks, in the order of the cases; passive rules last.
    pub checks: Vec<CheckResult>,
    /// How many checks ended how.
    pub summary: Counts,
    /// The case after which the target stopped serving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died_after: Option<String>,
}

impl RunResult {
    /// Reads a result.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn load(file: &Path) -> Result<Self, String> {
        let name = file.display();
        let text = read(file)?;
        let place =
            |error: &serde_json::Error| format!("{name}:{}:{}", error.line(), error.column());
        let value: Value = serde_json::from_str(&text)
            .map_err(|error| format!("{}: not the whole of a JSON file", place(&error)))?;
        match value.get("schema").and_then(Value::as_str) {
            Some(SCHEMA) => {}
            Some(other) if other.starts_with("wirecheck/result/") => {
                return Err(format!("{name}: a result of another version: {other}, not {SCHEMA}"));
            }
            _ => return Err(format!("{name}: no result of `wirecheck run --out`")),
        }
        serde_json::from_str(&text).map_err(|error| {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            format!("{}: {words}", place(&error))
        })
    }
}

/// The program that tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Its version.
    pub version: String,
    /// The commit it was built from, or `unknown`.
    pub commit: String,
}

impl Suite {
    /// This program.
    #[must_use]
    pub fn this() -> Self {
        let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("WIRECHECK_COMMIT"));
        Self { version: version.to_owned(), commit: commit.to_owned() }
    }
}

/// The machine and the manner of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Surroundings {
    /// The operating system.
    pub os: String,
    /// How many processors there are.
    pub cores: usize,
    /// The factor for upper limits: `1x`, `2.5x`.
    pub patience: String,
    /// How many cases ran at the same time.
    pub jobs: usize,
}

/// The target of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetInfo {
    /// Where it was found; the built-in peer has the address it happened to listen on.
    pub url: String,
    /// What it is, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation: Option<String>,
    /// The protocols that were tested.
    pub spec: Vec<String>,
}

/// One capability of the target in one protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownCapability {
    /// The protocol.
    pub protocol: String,
    /// Which capability.
    pub id: String,
    /// True, false or a number.
    pub value: Value,
    /// How it is known.
    pub source: Source,
    /// What was seen, for people.
    pub evidence: String,
}

/// How many checks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are those of the verdicts")]
pub struct Counts {
    pub pass: usize,
    pub fail: usize,
    pub warn: usize,
    pub info: usize,
    pub inconclusive: usize,
    pub skip: usize,
    pub error: usize,
    pub xfail: usize,
    pub xpass: usize,
}

impl Counts {
    /// Counts the verdicts.
    #[must_use]
    pub fn of(checks: &[CheckResult]) -> Self {
        let mut counts = Self::default();
        for check in checks {
            *counts.of_mut(check.verdict) += 1;
        }
        counts
    }

    /// How many checks ended with the verdict.
    #[must_use]
    pub fn get(&self, verdict: Verdict) -> usize {
        *self.clone().of_mut(verdict)
    }

    fn of_mut(&mut self, verdict: Verdict) -> &mut usize {
        match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Warn => &mut self.warn,
            Verdict::Info => &mut self.info,
            Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::Skip => &mut self.skip,
            Verdict::Error => &mut self.error,
            Verdict::Xfail => &mut self.xfail,
            Verdict::Xpass => &mut self.xpass,
        }
    }
}

/// The JSON Schema of `result.json`.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(RunResult).to_value()
}

/// Makes sure that files can be written to `folder`, before anything else happens.
///
/// # Errors
/// What stands in the way.
pub fn prepare(folder: &Path) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("cannot write to {}: {error}", folder.display());
    if folder.exists() && !folder.is_dir() {
        return Err(format!("cannot write to {}: it is a file, not a folder", folder.display()));
    }
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let probe = beside(&folder.join("probe"));
    std::fs::write(&probe, "").map_err(cannot)?;
    std::fs::remove_file(&probe).map_err(cannot)
}

/// Reads a file that has text.
///
/// # Errors
/// What stands in the way.
pub fn read(file: &Path) -> Result<String, String> {
    let name = file.display();
    if file.is_dir() {
        return Err(format!("{name}: this is a folder; a file in it is wanted"));
    }
    std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))
}

/// Writes a file under a temporary name and renames it, so that nothing is ever half-written.
///
/// # Errors
/// What stands in the way.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), String> {
    write_all(&[(path.to_owned(), content)])
}

/// Writes several files, each under a temporary name; only when all are there they are renamed, in
/// this order.
///
/// # Errors
/// What stands in the way.
pub fn write_all<C: AsRef<[u8]>>(files: &[(PathBuf, C)]) -> Result<(), String> {
    let stage = |path: &Path, content: &[u8]| {
        if path.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        let mut file = std::fs::File::create(beside(path))?;
        file.write_all(content)?;
        file.sync_all()
    };
    let cannot = |path: &Path, error| format!("cannot write {}: {error}", path.display());
    let written = files
        .iter()
        .try_for_each(|(path, content)| {
            stage(path, content.as_ref()).map_err(|error| cannot(path, error))
        })
        .and_then(|()| {
            files.iter().try_for_each(|(path, _)| {
                std::fs::rename(beside(path), path).map_err(|error| cannot(path, error))
            })
        });
    if written.is_err() {
        for (path, _) in files {
            // What could not be written is of no use.
            let _ = std::fs::remove_file(beside(path));
        }
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    path.with_file_name(format!(".{}.{}", name.unwrap_or_default(), std::process::id()))
}
