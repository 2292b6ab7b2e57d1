//! Reading case files: every problem with its place, as many as there are.

use std::fmt;
use std::path::Path as FilePath;

use include_dir::{Dir, include_dir};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::locate::{Path, Segment, line_and_column, locate, repeated_keys};
use super::{Case, CaseFile, Family, SCHEMA, Step, suggest};

/// How many problems of a file are reported; looking for the place of each takes time.
pub const MOST_PROBLEMS: usize = 100;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the file.
    pub file: String,
    /// The line, from 1; 0 if the problem is the file itself.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The path of the value: `cases[0].steps[3].bites`.
    pub path: String,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.text),
            line => write!(f, "{}:{line}:{}: {}", self.file, self.column, self.text),
        }
    }
}

impl std::error::Error for Problem {}

/// A case file that could be read.
#[derive(Clone, Debug)]
pub struct LoadedFile {
    /// The name for messages: `cases/mqtt/will.json`.
    pub name: String,
    /// What is in it.
    pub file: CaseFile,
    text: String,
}

impl LoadedFile {
    /// A problem at a path of this file.
    #[must_use]
    pub fn problem(&self, path: &Path, text: impl Into<String>) -> Problem {
        problem(&self.name, &self.text, path, text)
    }
}

/// The cases that come with the program.
///
/// # Errors
/// Every problem in them; a test keeps that from happening.
pub fn load_embedded() -> Result<Vec<LoadedFile>, Vec<Problem>> {
    let mut files = Vec::new();
    for family in EMBEDDED.dirs() {
        for file in family.files() {
            let name = FilePath::new("cases").join(file.path());
            files.push((name, Ok(file.contents().to_vec())));
        }
    }
    load(files)
}

/// The cases in a folder with the layout `<family>/<area>.json`.
///
/// # Errors
/// Every problem in every file, and files and folders that cannot be read.
pub fn load_dir(dir: &FilePath) -> Result<Vec<LoadedFile>, Vec<Problem>> {
    let mut files = Vec::new();
    for family in entries(dir)? {
        if family.is_dir() {
            for path in entries(&family)? {
                let bytes = std::fs::read(&path).map_err(|error| error.to_string());
                files.push((path, bytes));
            }
        }
    }
    if files.is_empty() {
        return Err(vec![unreadable(dir, "no case files: expected <family>/<area>.json")]);
    }
    load(files)
}

/// One case file from its bytes; its family and area must be those that are given.
///
/// # Errors
/// The first byte that is not UTF-8, or every problem in the text.
pub fn load_bytes(
    name: &str,
    family: &str,
    area: &str,
    bytes: &[u8],
) -> Result<LoadedFile, Vec<Problem>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => load_text(name, family, area, text),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = String::from_utf8_lossy(before);
            let (line, column) = line_and_column(&before, before.len());
            let text = "not UTF-8".to_owned();
            Err(vec![Problem { file: name.to_owned(), line, column, path: String::new(), text }])
        }
    }
}

/// One case file from its text; its family and area must be those that are given.
///
/// # Errors
/// Every problem in the text.
pub fn load_text(
    name: &str,
    family: &str,
    area: &str,
    text: &str,
) -> Result<LoadedFile, Vec<Problem>> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| vec![broken(name, text, &error)])?;
    let mut reader = Reader { name, text, problems: Vec::new() };
    for (path, (line, column)) in repeated_keys(text, MOST_PROBLEMS) {
        let text = "the key is there twice".to_owned();
        let path = path.to_string();
        reader.problems.push(Problem { file: name.to_owned(), line, column, path, text });
    }
    let file = reader.file(&value, family, area);
    match file {
        Some(file) if reader.problems.is_empty() => {
            Ok(LoadedFile { name: name.to_owned(), file, text: text.to_owned() })
        }
        _ => {
            reader.problems.sort_by_key(|problem| (problem.line, problem.column));
            Err(reader.problems)
        }
    }
}

type Source = (std::path::PathBuf, Result<Vec<u8>, String>);

fn load(mut sources: Vec<Source>) -> Result<Vec<LoadedFile>, Vec<Problem>> {
    sources.retain(|(path, _)| path.extension().is_some_and(|extension| extension == "json"));
    sources.sort();
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (path, bytes) in sources {
        let word = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let family = word(path.parent().and_then(FilePath::file_name));
        let area = word(path.file_stem());
        match bytes {
            Err(error) => problems.push(unreadable(&path, error)),
            Ok(bytes) => match load_bytes(&path.to_string_lossy(), &family, &area, &bytes) {
                Ok(file) => files.push(file),
                Err(more) => problems.extend(more),
            },
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn entries(dir: &FilePath) -> Result<Vec<std::path::PathBuf>, Vec<Problem>> {
    let read = |dir: &FilePath| -> std::io::Result<Vec<std::path::PathBuf>> {
        std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect()
    };
    read(dir).map_err(|error| vec![unreadable(dir, error.to_string())])
}

fn unreadable(path: &FilePath, text: impl Into<String>) -> Problem {
    let file = path.to_string_lossy().into_owned();
    Problem { file, line: 0, column: 0, path: String::new(), text: text.into() }
}

/// serde_json counts bytes, and gives column 0 for the end of a text that ends with a line.
fn broken(name: &str, source: &str, error: &serde_json::Error) -> Problem {
    let (line, before) = (error.line().max(1), error.column().saturating_sub(1));
    let there = source.split('\n').nth(line - 1).unwrap_or_default();
    let whole = there.char_indices().take_while(|(at, c)| at + c.len_utf8() <= before);
    let column = whole.count() + 1;
    let text = error.to_string();
    let text = format!("not JSON: {}", text.split(" at line ").next().unwrap_or_default());
    Problem { file: name.to_owned(), line, column, path: String::new(), text }
}

fn problem(file: &str, source: &str, path: &Path, text: impl Into<String>) -> Problem {
    let (line, column) = locate(source, path);
    Problem { file: file.to_owned(), line, column, path: path.to_string(), text: text.into() }
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, path: &Path, text: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem(self.name, self.text, path, text));
        }
    }

    fn file(&mut self, value: &Value, family: &str, area: &str) -> Option<CaseFile> {
        let root = Path::default();
        let (bare, cases) = without(value, "cases");
        let mut file: CaseFile = self.read(&bare, &root)?;
        if file.schema != SCHEMA {
            self.problem(&root.key("schema"), format!("the schema must be `{SCHEMA}`"));
        }
        if file.family.as_str() != family {
            let text = format!("the family must be `{family}`, as the folder is called");
            self.problem(&root.key("family"), text);
        }
        for (i, value) in cases.iter().enumerate() {
            let path = root.key("cases").index(i);
            let Some(case) = self.case(value, &path) else { continue };
            self.placement(&case, file.family, area, &path);
            if file.cases.iter().any(|earlier| earlier.id == case.id) {
                self.problem(&path.key("id"), format!("a second case `{}`", case.id));
            }
            file.cases.push(case);
        }
        Some(file)
    }

    fn placement(&mut self, case: &Case, family: Family, area: &str, path: &Path) {
        if case.area() != area {
            let text = format!("the id must start with `{area}/`, as the file is called");
            self.problem(&path.key("id"), text);
        }
        for (i, protocol) in case.protocols.iter().enumerate() {
            if protocol.family() != family {
                let text = format!("`{protocol}` does not belong to the family `{family}`");
                self.problem(&path.key("protocols").index(i), text);
            }
        }
    }

    /// The case without its steps first, then each step, so that one slip does not hide the next.
    fn case(&mut self, value: &Value, path: &Path) -> Option<Case> {
        let (bare, steps) = without(value, "steps");
        let (bare, finally) = without(&bare, "finally");
        let case = self.read::<Case>(&bare, path);
        let steps = self.steps(&steps, &path.key("steps"));
        let finally = self.steps(&finally, &path.key("finally"));
        Some(Case { steps, finally, ..case? })
    }

    fn steps(&mut self, values: &[Value], path: &Path) -> Vec<Step> {
        let values = values.iter().enumerate();
        let steps = values.filter_map(|(i, value)| self.step(value, &path.index(i)));
        // There are thousands of them, and none is added later.
        let mut steps: Vec<Step> = steps.collect();
        steps.shrink_to_fit();
        steps
    }

    fn step(&mut self, value: &Value, path: &Path) -> Option<Step> {
        let (mut bare, inner) = without(value, "steps");
        let inner = self.steps(&inner, &path.key("steps"));
        let mut thens = Vec::new();
        if let Some(branches) = bare.get_mut("any_of").and_then(Value::as_array_mut) {
            for (i, branch) in branches.iter_mut().enumerate() {
                let (bare, then) = without(branch, "then");
                *branch = bare;
                thens.push(self.steps(&then, &path.key("any_of").index(i).key("then")));
            }
        }
        let mut step = self.read::<Step>(&bare, path)?;
        match &mut step {
            Step::Repeat(step) => step.steps = inner,
            Step::Await(super::Await { any_of: Some(branches), .. })
            | Step::Expect(super::Expect { any_of: Some(branches), .. }) => {
                for (branch, then) in branches.iter_mut().zip(thens) {
                    branch.then = then;
                }
            }
            _ => {}
        }
        Some(step)
    }

    fn read<T: DeserializeOwned>(&mut self, value: &Value, path: &Path) -> Option<T> {
        serde_path_to_error::deserialize(value)
            .map_err(|error| {
                let mut path = path.clone();
                path.0.extend(error.path().iter().filter_map(|segment| match segment {
                    serde_path_to_error::Segment::Seq { index } => Some(Segment::Index(*index)),
                    serde_path_to_error::Segment::Map { key } => Some(Segment::Key(key.clone())),
                    serde_path_to_error::Segment::Enum { variant } => {
                        Some(Segment::Key(variant.clone()))
                    }
                    serde_path_to_error::Segment::Unknown => None,
                }));
                self.problem(&path, reword(&error.inner().to_string()));
            })
            .ok()
    }
}

/// The object with an array of it emptied, and what was in the array.
fn without(value: &Value, key: &str) -> (Value, Vec<Value>) {
    let mut bare = value.clone();
    match bare.get_mut(key).and_then(Value::as_array_mut) {
        Some(array) => {
            let taken = std::mem::take(array);
            (bare, taken)
        }
        None => (bare, Vec::new()),
    }
}

/// Serde's words in ours, with a suggestion.
fn reword(text: &str) -> String {
    let mut quoted = text.split('`').skip(1).step_by(2);
    let word = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.collect();
    let all = known.join(", ");
    let hint = match suggest::phrase(word, known.iter().copied()) {
        guess if guess.is_empty() && !known.is_empty() => format!("; it can be {all}"),
        guess => guess,
    };
    if text.starts_with("unknown field") {
        #[cfg(planted_bug)]
        assert!(word.len() != 1 || !wirecheck_codecs::planted("case-files"), "{word}");
        format!("unknown key `{word}`{hint}")
    } else if text.starts_with("unknown variant") {
        format!("unknown word `{word}`{hint}")
    } else if text.starts_with("missing field") {
        format!("`{word}` is missing")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(cases: &str) -> Vec<String> {
        let text =
            format!("{{\"schema\": \"{SCHEMA}\", \"family\": \"mqtt\", \"cases\": [\n{cases}\n]}}");
        let problems = load_text("t.json", "mqtt", "area", &text).expect_err("problems");
        problems.iter().map(ToString::to_string).collect()
    }

    fn in_case(steps: &str) -> Vec<String> {
        problems(&format!(
            "{{\"id\": \"area/a\", \"title\": \"t\", \"protocols\": [\"mqtt-5.0\"], \"steps\": [\n{steps}]}}"
        ))
    }

    #[test]
    fn the_embedded_cases_load() {
        let files = load_embedded().unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
        });
        let cases: usize = files.iter().map(|file| file.file.cases.len()).sum();
        assert!(cases >= 16, "{cases}");
    }

    #[test]
    fn the_folder_gives_what_is_embedded() {
        let dir = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("cases");
        let from_disk = load_dir(&dir).expect("valid cases");
        let embedded = load_embedded().expect("valid cases");
        let contents = |files: Vec<LoadedFile>| -> Vec<CaseFile> {
            files.into_iter().map(|file| file.file).collect()
        };
        assert_eq!(contents(from_disk), contents(embedded));
    }

    #[test]
    fn a_misspelt_key_is_named_where_it_stands() {
        let found = in_case(r#"{"expect": "a", "name": "x", "reqirement": "MQTT5-3.1.2-3"}"#);
        assert_eq!(found, ["t.json:3:30: unknown key `reqirement`; did you mean `requirement`?"]);
    }

    #[test]
    fn what_is_no_text_or_no_json_has_a_place() {
        let place = |bytes: &[u8]| {
            let problems = load_bytes("t.json", "mqtt", "area", bytes).expect_err("a problem");
            problems[0].to_string()
        };
        assert_eq!(place(b"{\n \"\xc3\xa9\xff"), "t.json:2:4: not UTF-8");
        assert!(place("{\n \"é\": x}".as_bytes()).starts_with("t.json:2:7: not JSON: "));
        assert!(place(b"{\n").starts_with("t.json:2:1: not JSON: "));
        assert!(place(b"").starts_with("t.json:1:1: not JSON: "));
    }

    #[test]
    fn a_file_of_nothing_but_problems_is_cut_short() {
        let found = in_case(&vec!["{}"; 3 * MOST_PROBLEMS].join(","));
        assert_eq!(found.len(), MOST_PROBLEMS);
    }

    #[test]
    fn all_problems_are_reported() {
        let found = in_case(
            r#"{"opn": "a"},
{"to": "mqtt", "open": "a"},
{"repeat": 3, "as": "i", "steps": [
  {"close": "a", "how": "clen"},
  {"wait": "soon", "because": "x"}]},
{"await": "a", "any_of": [{"is": 1, "then": [{"close": "a"}]}]},
{},
{"send": "a", "mutate": [{"set": {"feld": "x", "to": 1}}]},
{"open": "A"}"#,
        );
        assert_eq!(
            found,
            [
                "t.json:3:1: the first key `opn` of a step is not a verb; did you mean `open`?",
                "t.json:4:1: the verb `open` must be the first key of its step, before `to`",
                "t.json:6:18: unknown word `clen`; did you mean `clean`?",
                "t.json:7:4: `soon` is not a time such as `500ms`, `2s` or `${each.delay}s`",
                "t.json:8:46: `how` is missing",
                "t.json:9:1: an empty step: its first key must be a verb",
                "t.json:10:35: unknown key `feld`; did you mean `field`?",
                "t.json:11:2: `A` is not a name: lower-case letters, digits and hyphens",
            ]
        );
    }

    #[test]
    fn a_case_stands_in_its_file() {
        let found = problems(
            r#"{"id": "other/a", "title": "t", "protocols": ["coap"], "steps": []},
{"id": "area/a", "title": "t", "title": "u", "protocols": ["mqtt-5.0"], "steps": []},
{"id": "area/a", "title": "t", "protocols": ["mqtt-5"], "steps": []}"#,
        );
        assert_eq!(
            found,
            [
                "t.json:2:2: the id must start with `area/`, as the file is called",
                "t.json:2:47: `coap` does not belong to the family `mqtt`",
                "t.json:3:32: the key is there twice",
                "t.json:4:46: unknown word `mqtt-5`; did you mean `mqtt-5.0`?",
            ]
        );
    }

    #[test]
    fn broken_json_and_missing_files() {
        let problems = load_text("t.json", "mqtt", "area", "{\n  \"a\" 1 }").expect_err("broken");
        assert_eq!(problems[0].to_string(), "t.json:2:7: not JSON: expected `:`");
        let dir = tempfile::tempdir().expect("a folder");
        let problems = load_dir(dir.path()).expect_err("empty");
        assert!(problems[0].to_string().ends_with("no case files: expected <family>/<area>.json"));
        assert!(load_dir(&dir.path().join("none")).is_err());
    }
}
