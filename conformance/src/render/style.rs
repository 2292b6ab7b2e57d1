//! Colours of the terminal. They are always in the text; the stream takes them out where they are
//! not wanted.

use anstyle::{AnsiColor, Style};

use crate::verdict::Verdict;

/// What is good.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is broken.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What deserves a look.
pub const ODD: Style = AnsiColor::Yellow.on_default().bold();
/// What stands in the background.
pub const DIM: Style = Style::new().dimmed();
/// What stands out.
pub const STRONG: Style = Style::new().bold();

/// The colour of a verdict.
#[must_use]
pub fn of(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GOOD,
        Verdict::Fail | Verdict::Error | Verdict::Xpass => BAD,
        Verdict::Warn | Verdict::Inconclusive => ODD,
        Verdict::Info | Verdict::Skip | Verdict::Xfail => DIM,
    }
}

/// Breaks a text into lines of at most `width` characters, at spaces and between the tags of XML.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    // Not `split_whitespace`: runs of spaces may stand in what was sent.
    for (place, word) in text.split(' ').enumerate() {
        for (piece, part) in tags(word).enumerate() {
            let space = usize::from(piece == 0);
            let length = line.chars().count() + space + part.chars().count();
            if !line.is_empty() && length > width {
                lines.push(line.trim_end().to_owned());
                line.clear();
            } else if place > 0 && piece == 0 {
                line.push(' ');
            }
            line.push_str(part);
        }
    }
    lines.push(line);
    lines
}

/// The parts of a word that ends a tag and begins another one: `a</b>`, `<c/>`.
fn tags(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.match_indices("><").map(|(at, _)| at + 1).chain([word.len()]);
    ends.scan(0, |from, to| word.get(std::mem::replace(from, to)..to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_spaces_and_between_tags() {
        let lines = wrap("<a  b='c'><d>e</d><f/></a> g", 12);
        assert_eq!(lines, ["<a  b='c'>", "<d>e</d><f/>", "</a> g"]);
        assert_eq!(wrap("abc def", 3), ["abc", "def"]);
        assert_eq!(wrap("", 3), [""]);
    }
}
