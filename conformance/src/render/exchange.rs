//! What went over the links around a judgement: hex, the decoded line, and a caret under the bytes
//! that matter.

use std::collections::BTreeSet;

use super::style::{BAD, DIM, wrap};
use super::terminal::WIDTH;
use crate::verdict::CheckResult;
use crate::wire_log::{Entry, Event};

/// How many entries are shown.
const MOST_ENTRIES: usize = 12;
/// How many bytes stand in a row.
const ROW: usize = 16;
/// How many rows of one message are shown.
const MOST_ROWS: usize = 6;

/// One entry as it is printed, or what stands for entries that are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What the entry is about; none for what is left out.
    pub event: Option<Event>,
    /// Whether a check judged this entry.
    pub judged: bool,
    /// How wide the part before the bytes and the words is.
    pub margin: usize,
    /// Its lines, each with its end.
    pub text: String,
}

/// The part of a log that matters to these checks.
#[must_use]
pub fn render(checks: &[&CheckResult]) -> String {
    match checks.iter().find_map(|check| check.log.as_deref()) {
        Some(log) => blocks(log, checks).into_iter().map(|block| block.text).collect(),
        None => String::new(),
    }
}

/// The entries of a log that matter to these checks, in order.
#[must_use]
pub fn blocks(log: &[Entry], checks: &[&CheckResult]) -> Vec<Block> {
    let judged: BTreeSet<usize> =
        checks.iter().flat_map(|check| &check.frames).copied().filter(|i| *i < log.len()).collect();
    let shown = choose(log, &judged);
    let width = log.iter().map(|entry| entry.actor.chars().count()).max().unwrap_or(0).max(1);
    let mut blocks = Vec::new();
    let mut next = 0;
    for index in shown {
        blocks.extend(elided(index - next));
        if let Some(entry) = log.get(index) {
            let (event, judged) = (Some(entry.event), judged.contains(&index));
            let (margin, text) = (width + 16, one(entry, width));
            blocks.push(Block { event, judged, margin, text });
        }
        next = index + 1;
    }
    blocks.extend(elided(log.len() - next));
    blocks
}

fn elided(count: usize) -> Option<Block> {
    let entries = if count == 1 { "entry" } else { "entries" };
    let text = format!("   {DIM}… {count} more {entries}{DIM:#}\n");
    (count > 0).then_some(Block { event: None, judged: false, margin: 0, text })
}

/// The entries to show: those that were judged or are marked, what was done last before them, then
/// the nearest of the same actors, what the driver did by itself last.
fn choose(log: &[Entry], judged: &BTreeSet<usize>) -> BTreeSet<usize> {
    if log.len() <= MOST_ENTRIES {
        return (0..log.len()).collect();
    }
    let marked = log.iter().enumerate().filter(|(_, entry)| entry.mark.is_some());
    let mut chosen: BTreeSet<usize> = judged.iter().copied().take(MOST_ENTRIES).collect();
    for (index, _) in marked {
        if chosen.len() < MOST_ENTRIES {
            chosen.insert(index);
        }
    }
    let ends = |entry: &Entry| matches!(entry.event, Event::Close | Event::Reset | Event::Timeout);
    let by_us = |entry: &Entry| entry.text.as_deref().is_some_and(|text| text.ends_with("by us"));
    if chosen.is_empty() {
        // Without a judged message it is an end that was judged, or silence at the end.
        let end = log.iter().rposition(|entry| ends(entry) && !by_us(entry));
        chosen.extend(end);
    }
    let centre = chosen.last().copied().unwrap_or(log.len() - 1);
    // What led to it is the last thing that was done, whoever did it.
    let done = |entry: &Entry| entry.event == Event::Send && !entry.auto;
    let cause = log.iter().take(centre).rposition(done);
    let actors: BTreeSet<&str> =
        chosen.iter().filter_map(|index| log.get(*index)).map(|entry| &*entry.actor).collect();
    let mut others: Vec<(bool, bool, usize, usize)> = log
        .iter()
        .enumerate()
        .filter(|(index, _)| !chosen.contains(index))
        .map(|(index, entry)| {
            let stranger = !actors.is_empty() && !actors.contains(&*entry.actor);
            (stranger, entry.auto || by_us(entry), index.abs_diff(centre), index)
        })
        .collect();
    others.sort_unstable();
    chosen.extend(cause.filter(|_| chosen.len() < MOST_ENTRIES));
    others.retain(|(.., index)| !chosen.contains(index));
    // When a link began or ended is one line, and often what explains the rest.
    let turning = |index: &usize| {
        let entry = log.get(*index);
        entry.is_some_and(|entry| entry.event == Event::Open || ends(entry))
            || first_sent(log, *index)
    };
    let (turns, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|(stranger, _, _, index)| !stranger && turning(index));
    let free = MOST_ENTRIES.saturating_sub(chosen.len());
    chosen.extend(turns.into_iter().chain(others).take(free).map(|(.., index)| index));
    chosen
}

/// Whether this is the first message on a link: what was agreed on there is in it.
fn first_sent(log: &[Entry], index: usize) -> bool {
    let Some((entry, before)) = log.get(index).zip(log.get(..index)) else { return false };
    let last = before.iter().rev().find(|other| other.actor == entry.actor);
    entry.event == Event::Send && last.is_some_and(|other| other.event == Event::Open)
}

fn one(entry: &Entry, width: usize) -> String {
    let arrow = match entry.event {
        Event::Send => "→",
        Event::Recv => "←",
        _ => "·",
    };
    let time = format!("{}.{:03}", entry.ms / 1000, entry.ms % 1000);
    let head = format!("   {:<width$} {arrow} {time:>8}  ", entry.actor);
    let margin = " ".repeat(width + 16);
    let mut text = String::new();
    let bytes = entry.hex.as_deref().unwrap_or_default();
    let hex: Vec<&str> = (0..bytes.len() / 2).filter_map(|i| bytes.get(2 * i..2 * i + 2)).collect();
    if hex.is_empty() {
        text.push_str(&format!("{head}{}\n", entry.text.as_deref().unwrap_or_default()));
        return text;
    }
    let (mut first, mut skipped) = (true, false);
    for (row, chunk) in hex.chunks(ROW).enumerate() {
        if !shows_row(entry, row, hex.len()) {
            if !std::mem::replace(&mut skipped, true) {
                text.push_str(&format!("{margin}{DIM}…{DIM:#}\n"));
            }
            continue;
        }
        skipped = false;
        let lead = if std::mem::take(&mut first) { &head } else { &margin };
        text.push_str(&format!("{lead}{}\n", chunk.join(" ")));
        text.push_str(&caret(entry, row, chunk.len(), &margin));
    }
    if let Some(length) = entry.length {
        text.push_str(&format!(
            "{margin}{DIM}… the first {} of {length} bytes{DIM:#}\n",
            hex.len()
        ));
    }
    if let Some(words) = &entry.text {
        let auto = if entry.auto { "   (by itself)" } else { "" };
        for line in wrap(&format!("{words}{auto}"), WIDTH - margin.len()) {
            text.push_str(&format!("{margin}{line}\n"));
        }
    }
    text
}

/// The first rows, the last one and those around the mark.
fn shows_row(entry: &Entry, row: usize, bytes: usize) -> bool {
    let rows = bytes.div_ceil(ROW);
    let around = entry.mark.as_ref().map(|mark| mark.at / ROW);
    rows <= MOST_ROWS
        || row < MOST_ROWS - 2
        || row + 1 == rows
        || around.is_some_and(|around| row.abs_diff(around) <= 1)
}

/// The line below a row: carets under the marked bytes in it, and why where they begin.
fn caret(entry: &Entry, row: usize, length: usize, margin: &str) -> String {
    let Some(mark) = &entry.mark else { return String::new() };
    let (start, end) = (row * ROW, row * ROW + length);
    let marked_end = mark.at + mark.length.max(1);
    // A mark behind the last byte points at where something is missing.
    let behind = mark.at == end && length < ROW;
    let from = mark.at.max(start);
    let to = if behind { mark.at + 1 } else { marked_end.min(end) };
    if from >= to {
        return String::new();
    }
    let carets = "^".repeat((to - from) * 3 - 1);
    let spaces = " ".repeat((from - start) * 3);
    let words =
        if from == mark.at { format!(" {} (byte {})", mark.text, mark.at) } else { String::new() };
    format!("{margin}{spaces}{BAD}{carets}{words}{BAD:#}\n")
}
