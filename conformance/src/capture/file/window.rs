//! A stretch of a file in memory, which moves forward.

use std::io::Read;

use super::Notes;

/// How much is read at once.
const CHUNK: usize = 256 * 1024;

/// Whether so many bytes are there.
pub(super) enum Asked {
    There,
    /// The file ends before.
    Short,
    /// It cannot be read further.
    Broken(std::io::Error),
}

pub(super) struct Window<'a> {
    source: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where the buffer's `start` is in the file.
    at: u64,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: Box<dyn Read + 'a>) -> Self {
        Self { source, buffer: vec![0; CHUNK], start: 0, end: 0, at: 0 }
    }

    /// What is there.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Where that begins in the file.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    /// Reads until `length` bytes are there. The buffer grows with what comes, not with what is
    /// announced.
    pub(super) fn ask(&mut self, length: usize) -> Asked {
        while self.end - self.start < length {
            if self.start > 0 && self.start + length > self.buffer.len() {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            }
            if self.end == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            match self.source.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => return Asked::Short,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return Asked::Short;
                }
                Err(error) => return Asked::Broken(error),
            }
        }
        Asked::There
    }

    /// Whether `length` bytes are there; if not, a note says why, unless the file ends where a
    /// record may.
    pub(super) fn has(&mut self, length: usize, what: &str, notes: &mut Notes) -> bool {
        let at = self.at;
        match self.ask(length) {
            Asked::There => return true,
            Asked::Short if self.rest().is_empty() => {}
            Asked::Short => {
                let there = self.rest().len();
                notes
                    .add(format!("byte {at}: the file ends within {what}: {there} bytes are left"));
            }
            Asked::Broken(error) => {
                notes.add(format!("byte {at}: nothing further can be read: {error}"));
            }
        }
        false
    }

    /// Moves on behind `length` bytes that are there.
    pub(super) fn take(&mut self, length: usize) -> &[u8] {
        let from = self.start;
        self.start = self.end.min(from + length);
        self.at += (self.start - from) as u64;
        self.buffer.get(from..self.start).unwrap_or_default()
    }
}
