//! An exchange for a page: the lines that the terminal prints, with names for what they are.

use serde::Serialize;

use crate::render::exchange;
use crate::verdict::CheckResult;
use crate::wire_log::{Entry, Event};

/// One entry of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Its classes: `s` sent, `r` received, `e` another event, `x` left out; `j` judged.
    pub class: &'static str,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Who, which way and when, or spaces.
    pub head: String,
    /// What is behind it.
    pub text: String,
    /// What that is: `bytes`, `caret` or `words`.
    pub kind: &'static str,
}

/// The entries of a log that matter to a check.
#[must_use]
pub(super) fn blocks(log: &[Entry], check: &CheckResult) -> Vec<Block> {
    let blocks = exchange::blocks(log, &[check]);
    blocks.into_iter().map(block).collect()
}

fn block(block: exchange::Block) -> Block {
    let class = match (block.event, block.judged) {
        (None, _) => "x",
        (Some(Event::Send), false) => "s",
        (Some(Event::Send), true) => "s j",
        (Some(Event::Recv), false) => "r",
        (Some(Event::Recv), true) => "r j",
        (Some(_), false) => "e",
        (Some(_), true) => "e j",
    };
    let text = anstream::adapter::strip_str(&block.text).to_string();
    let lines = text.lines().map(|line| self::line(line, block.margin));
    Block { class, lines: lines.collect() }
}

fn line(line: &str, margin: usize) -> Line {
    let split = line.char_indices().nth(margin).map_or(line.len(), |(at, _)| at);
    let (head, text) = line.split_at(split);
    // The terminal indents all of it.
    let head = head.strip_prefix("   ").unwrap_or(head);
    let text = if margin == 0 { text.trim_start() } else { text };
    let is_byte = |word: &str| word.len() == 2 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let kind = match text.trim_start() {
        pointing if pointing.starts_with('^') => "caret",
        "…" => "bytes",
        words if !words.is_empty() && words.split(' ').all(is_byte) => "bytes",
        _ => "words",
    };
    Line { head: head.to_owned(), text: text.to_owned(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn entries_have_classes_and_carets_are_known() {
        let result = sample();
        let check = &result.checks[0];
        let log = check.log.as_deref().expect("a log");
        let mut shown = String::new();
        for block in blocks(log, check) {
            for Line { head, text, kind } in block.lines {
                shown += &format!("{:<4}{kind:<6}{head}|{text}\n", block.class);
            }
        }
        insta::assert_snapshot!(shown);
    }
}
