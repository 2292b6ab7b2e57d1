//! Any bytes as a capture file.

use std::cell::RefCell;

use wirecheck::capture::{Reader, Recording, Told};

/// The longest file that is looked at.
const LONGEST: usize = 4096;

/// The messages of a file as lines, its frames and its notes; `None` if it is refused.
fn read(input: &[u8], most_frames: u64) -> Option<(Vec<String>, u64, Vec<String>)> {
    let mut reader = match Reader::new(input) {
        Ok(reader) => reader,
        Err(error) => {
            assert!(error.starts_with("byte "), "no place: {error}");
            return None;
        }
    };
    let lines = RefCell::new(Vec::new());
    let take = Box::new(|told: Told<'_>| {
        if let Told::Message(line) = told {
            lines.borrow_mut().push(line.to_string());
        }
    });
    let mut recording = Recording::new(&[], Some(take));
    while reader.frames() < most_frames
        && let Some(frame) = reader.next_frame()
    {
        assert!(frame.bytes.len() <= frame.length);
        recording.frame(&frame);
    }
    let output = recording.end();
    let mut notes = reader.notes().clone();
    notes.extend(&output.notes);
    let (right, wrong) =
        output.counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    drop(output);
    let lines = lines.into_inner();
    assert_eq!(right + wrong, lines.len() as u64, "every message is told once");
    Some((lines, reader.frames(), notes.lines()))
}

/// The file is refused with a place, or read to an end, each time alike; it makes no more than
/// there is in it.
pub fn capture(input: &[u8]) {
    // What is packed may become as long as it likes.
    if input.len() > LONGEST || input.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let Some(first) = read(input, u64::MAX) else { return };
    assert!(first.1 as usize <= input.len() / 12, "{} frames", first.1);
    assert!(first.0.len() <= input.len(), "{} messages", first.0.len());
    assert_eq!(read(input, u64::MAX), Some(first), "read twice");
}
