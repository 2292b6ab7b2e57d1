//! Published results: `<implementation>/<version>/result.json`, and beside the versions what is
//! known of the implementation, `target.json` and `known.json`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::known::Known;
use crate::result::RunResult;
use crate::target::{Target, Url};

/// How deep below a folder a result may lie: `<implementation>/<version>/result.json`.
const DEPTH: usize = 2;

/// A result with its place.
#[derive(Clone, Debug)]
pub struct Published {
    /// The folder of the implementation: a name without anything that changes from run to run.
    pub folder: String,
    /// The version, which is the folder of the result.
    pub version: String,
    /// The file.
    pub file: PathBuf,
    /// What is in it.
    pub result: RunResult,
    /// The known failures of the implementation.
    pub known: Option<Known>,
    /// The target file of the implementation.
    pub target: Option<Target>,
}

impl Published {
    /// `mosquitto/2.0.11`: what tells it from others.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.folder, self.version)
    }

    /// What the implementation is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.result.target.implementation.as_deref().unwrap_or(&self.folder)
    }

    /// The command that starts the implementation, filled in for its own folder.
    #[must_use]
    pub fn start(&self) -> Option<String> {
        let target = self.target.as_ref()?;
        let words = target.start.as_ref()?.command.iter().map(|word| {
            let mut word = word.replace("{dir}", ".");
            for (name, endpoint) in &target.endpoints {
                if let Ok(url) = Url::parse(&endpoint.url) {
                    word = word.replace(&format!("{{port.{name}}}"), &url.port.to_string());
                }
            }
            crate::command::shell_word(&word)
        });
        Some(words.collect::<Vec<_>>().join(" "))
    }
}

/// Reads the results: files, and folders that are searched for them. They come sorted by name and
/// version, each once.
///
/// # Errors
/// What is wrong, with the file: a folder without results, two results of one version of an
/// implementation, and everything that is wrong with a file.
pub fn collect(paths: &[PathBuf]) -> Result<Vec<Published>, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        let mut found = Vec::new();
        if path.is_dir() {
            search(path, DEPTH, &mut found)?;
            if found.is_empty() {
                let form = "<implementation>/<version>/result.json";
                return Err(format!("{}: no {form} in this folder", path.display()));
            }
        } else {
            found.push(path.clone());
        }
        files.extend(found);
    }
    let mut seen: BTreeMap<PathBuf, Published> = BTreeMap::new();
    for file in files {
        let whole = file.canonicalize().map_err(|error| format!("{}: {error}", file.display()))?;
        if let Entry::Vacant(place) = seen.entry(whole) {
            let published = load(&file, place.key())?;
            place.insert(published);
        }
    }
    let mut all: Vec<Published> = seen.into_values().collect();
    all.sort_by_cached_key(|it| (it.name().to_lowercase(), it.version.clone(), it.folder.clone()));
    refuse_twins(&all)?;
    Ok(all)
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let file = folder.join("result.json");
    if file.is_file() {
        found.push(file);
    }
    if depth == 0 {
        return Ok(());
    }
    let cannot = |error| format!("{}: {error}", folder.display());
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    folders.iter().try_for_each(|folder| search(folder, depth - 1, found))
}

fn load(file: &Path, whole: &Path) -> Result<Published, String> {
    let name = file.display();
    let result = RunResult::load(file)?;
    if result.checks.is_empty() {
        return Err(format!("{name}: a result without checks"));
    }
    let folder = |path: Option<&Path>| {
        let folder = path.and_then(Path::file_name).and_then(OsStr::to_str).map(str::to_owned);
        let form = "<implementation>/<version>/result.json";
        folder.ok_or_else(|| format!("{name}: a published result lies in {form}"))
    };
    let version = folder(whole.parent())?;
    let implementation = folder(whole.parent().and_then(Path::parent))?;
    // Named as the result was, so that errors name what a person knows.
    let home = match file.parent().and_then(Path::parent) {
        Some(home) if !home.as_os_str().is_empty() => home.to_owned(),
        _ => file.with_file_name(".."),
    };
    let file_of_target = home.join("target.json");
    let target = file_of_target.is_file().then(|| read_target(&file_of_target)).transpose()?;
    let named = target.as_ref().and_then(|target| target.known.as_deref());
    let file_of_known = home.join(named.unwrap_or("known.json"));
    let known = match (file_of_known.is_file(), named) {
        (true, _) => Some(Known::load(&file_of_known)?),
        (false, None) => None,
        (false, Some(_)) => {
            let (known, target) = (file_of_known.display(), file_of_target.display());
            return Err(format!("{known}: no such file, and {target} names it"));
        }
    };
    let file = file.to_owned();
    Ok(Published { folder: implementation, version, file, result, known, target })
}

/// Reads a target file for what it says; nobody is going to log in with it.
fn read_target(file: &Path) -> Result<Target, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| {
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        format!("{name}:{}:{}: {words}", error.line(), error.column())
    })
}

/// Two results of one version are one too many: nobody could tell which counts.
fn refuse_twins(all: &[Published]) -> Result<(), String> {
    for (place, one) in all.iter().enumerate() {
        let same = |other: &&Published| {
            other.version == one.version
                && (other.folder == one.folder || other.name() == one.name())
        };
        if let Some(other) = all.iter().skip(place + 1).find(same) {
            return Err(format!(
                "two results of {} {}: {} and {}",
                one.name(),
                one.version,
                one.file.display(),
                other.file.display()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{json, sample};

    /// A folder of results, by `<implementation>/<version>`.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            put(
                folder.path(),
                &format!("{name}/result.json"),
                &json::render(&sample()).expect("JSON"),
            );
        }
        folder
    }

    fn put(folder: &Path, name: &str, text: &str) {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }

    fn keys(paths: &[PathBuf]) -> Result<Vec<String>, String> {
        Ok(collect(paths)?.iter().map(Published::key).collect())
    }

    #[test]
    fn a_folder_a_part_of_it_and_a_file_are_ways_to_name_results() {
        let folder = folder(&["b/2", "a/1", "b/1"]);
        let path = |name: &str| folder.path().join(name);
        assert_eq!(keys(&[path("")]), Ok(["a/1", "b/1", "b/2"].map(str::to_owned).to_vec()));
        assert_eq!(keys(&[path("b")]), Ok(["b/1", "b/2"].map(str::to_owned).to_vec()));
        assert_eq!(keys(&[path("b/1")]), Ok(vec!["b/1".to_owned()]));
        assert_eq!(keys(&[path("b/1/result.json")]), Ok(vec!["b/1".to_owned()]));
        assert_eq!(keys(&[path("b"), path("b/1/../1/result.json")]).map(|keys| keys.len()), Ok(2));
    }

    #[test]
    fn nobody_could_tell_which_of_two_results_counts() {
        let (one, two) = (folder(&["a/1"]), folder(&["a/1"]));
        let error = keys(&[one.path().to_owned(), two.path().to_owned()]).expect_err("twins");
        assert!(error.starts_with("two results of a 1: "), "{error}");
        assert!(error.contains(&two.path().display().to_string()), "{error}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = folder(&["a/1"]);
        let path = |name: &str| folder.path().join(name);
        let error = |name: &str| keys(&[path(name)]).expect_err("an error");
        std::fs::create_dir(path("none")).expect("a folder");
        assert!(
            error("none")
                .ends_with("none: no <implementation>/<version>/result.json in this folder")
        );
        assert!(error("nothing").contains("nothing: No such file"));
        put(folder.path(), "b/1/result.json", "{\"schema\": \"wirecheck/result/1\", \"sui");
        assert!(error("b").contains("b/1/result.json:1:"), "{}", error("b"));
        put(folder.path(), "b/1/result.json", "{\"schema\": \"wirecheck/result/2\"}");
        assert!(
            error("b").ends_with("another version: wirecheck/result/2, not wirecheck/result/1")
        );
        put(folder.path(), "a/target.json", "{\"schema\": 1}");
        assert!(error("a").contains("a/target.json:1:"), "{}", error("a"));
        put(
            folder.path(),
            "a/target.json",
            "{\"schema\": \"wirecheck/target/1\", \"endpoints\": {}, \"known\": \"k.json\"}",
        );
        assert!(error("a").contains("k.json: no such file, and "), "{}", error("a"));
        put(folder.path(), "a/k.json", "{}");
        assert!(error("a").contains("a/k.json:1:"), "{}", error("a"));
    }
}
