//! Where a value stands in the text of a JSON file, which parsed values no longer know.

use std::collections::HashSet;
use std::fmt;

/// One step down into a JSON value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An entry of an array.
    Index(usize),
}

/// A way from the root of a JSON file to a value; displayed as `cases[0].steps[3].bites`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// The path of a member.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// The path of an entry.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if i == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The line and the column, both from 1, of the member or entry at the path, or of the nearest
/// value around it that exists. A member starts at its key. The text must be valid JSON.
#[must_use]
pub fn locate(text: &str, path: &Path) -> (usize, usize) {
    let mut best = (0, first_byte(text));
    Scanner::new(text).value(&mut Path::default(), &mut |here, at| {
        if here.0.len() > best.0 && path.0.starts_with(&here.0) {
            best = (here.0.len(), at);
        }
    });
    line_and_column(text, best.1)
}

/// The members that have the same key as an earlier one of their object, with line and column, up
/// to `most` of them.
#[must_use]
pub fn repeated_keys(text: &str, most: usize) -> Vec<(Path, (usize, usize))> {
    // The keys so far of each object and array around; whole paths would take memory for every
    // key once more at all that it contains.
    let mut seen: Vec<HashSet<Segment>> = Vec::new();
    let mut repeated = Vec::new();
    Scanner::new(text).value(&mut Path::default(), &mut |path, at| {
        let depth = path.0.len();
        seen.resize_with(depth, HashSet::new);
        let Some((keys, key)) = seen.last_mut().zip(path.0.last()) else { return };
        if !keys.insert(key.clone()) && repeated.len() < most {
            repeated.push((path.clone(), line_and_column(text, at)));
        }
    });
    repeated
}

fn first_byte(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The line and the column, both from 1, of an offset.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Walks over valid JSON; on anything else it stops early, but neither panics nor loops.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

/// Called with the path and the offset of every member and entry.
type Visit<'v> = dyn FnMut(&Path, usize) + 'v;

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }

    fn value(&mut self, path: &mut Path, visit: &mut Visit<'_>) {
        match self.peek() {
            Some(b'{') => self.entries(b'}', path, visit),
            Some(b'[') => self.entries(b']', path, visit),
            Some(b'"') => drop(self.string()),
            _ => {
                let ends = |byte: &u8| b",]}".contains(byte) || byte.is_ascii_whitespace();
                let rest = self.text.get(self.at..).unwrap_or_default();
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
            }
        }
    }

    fn entries(&mut self, end: u8, path: &mut Path, visit: &mut Visit<'_>) {
        self.at += 1;
        let mut index = 0;
        while let Some(byte) = self.peek() {
            let start = self.at;
            if byte == end {
                self.at += 1;
                return;
            }
            if byte == b',' {
                self.at += 1;
                continue;
            }
            path.0.push(if end == b'}' {
                Segment::Key(self.string())
            } else {
                Segment::Index(index)
            });
            visit(path, start);
            if end == b'}' && self.peek() == Some(b':') {
                self.at += 1;
            }
            self.value(path, visit);
            path.0.pop();
            index += 1;
            if self.at == start {
                return;
            }
        }
    }

    /// Skips a string and gives its value.
    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(&byte) = self.text.get(self.at) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        let literal = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_slice(literal).unwrap_or_default()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{ \"a\": [1, {\"b\\\"\": \"é}\", \"c\": true}],\n  \"d\": {} }";

    #[test]
    fn members_and_entries_are_found() {
        let root = Path::default();
        let second = root.key("a").index(1);
        assert_eq!(locate(TEXT, &root), (1, 1));
        assert_eq!(locate(TEXT, &root.key("a")), (1, 3));
        assert_eq!(locate(TEXT, &second), (1, 12));
        assert_eq!(locate(TEXT, &second.key("b\"")), (1, 13));
        assert_eq!(locate(TEXT, &second.key("c")), (1, 26));
        assert_eq!(locate(TEXT, &root.key("d")), (2, 3));
    }

    #[test]
    fn what_is_missing_is_reported_at_what_is_around_it() {
        assert_eq!(locate(TEXT, &Path::default().key("d").key("x").index(3)), (2, 3));
        assert_eq!(locate("  7", &Path::default().key("x")), (1, 3));
        assert_eq!(Path::default().key("a").index(1).key("c").to_string(), "a[1].c");
    }

    #[test]
    fn repeated_keys_are_found() {
        let repeated =
            repeated_keys(r#"{"a": {"x": 1, "x": 2}, "b": [{"x": 1}, {"x": 1}], "a": 0}"#, 9);
        let names: Vec<_> = repeated.iter().map(|(path, at)| format!("{path} {}", at.1)).collect();
        assert_eq!(names, ["a.x 16", "a 52"]);
    }

    #[test]
    fn broken_text_does_no_harm() {
        for text in ["", "{", "[1, ", "{\"a\"", "{\"a\": \"", "}", "[}]", "{a}", "\"\\"] {
            assert!(repeated_keys(text, 9).len() < 9, "{text}");
        }
    }
}
