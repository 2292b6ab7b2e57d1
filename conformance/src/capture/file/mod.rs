//! Capture files: pcap and pcapng, plain or in gzip, as frames.
//!
//! One policy for what is wrong. A file that does not begin as a capture is refused, with the place.
//! Behind that, whatever cannot be read ends the file with a note, and what came before counts.

mod pcap;
mod pcapng;
mod window;

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use self::window::{Asked, Window};
use super::{Notes, Time};

/// The largest record or block that is read.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// One frame of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its number, from 1, as other programs count it.
    pub number: u64,
    /// When it was recorded.
    pub time: Time,
    /// What it begins with, as a LINKTYPE of pcap.
    pub link: u16,
    /// Its bytes as far as they were kept.
    pub bytes: &'a [u8],
    /// How many there were.
    pub length: usize,
}

/// A record as a format describes it; its bytes lie in the window.
struct Record {
    time: Time,
    link: u16,
    /// How many bytes of the window are in front of the frame.
    skip: usize,
    captured: usize,
    length: usize,
    /// How many bytes of the window the record takes.
    whole: usize,
}

enum Format {
    Pcap(pcap::Header),
    PcapNg(pcapng::Section),
}

/// Reads a capture file frame by frame.
pub struct Reader<'a> {
    window: Window<'a>,
    format: Format,
    notes: Notes,
    frames: u64,
    ended: bool,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("frames", &self.frames).finish_non_exhaustive()
    }
}

impl Reader<'static> {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// The file cannot be read or is no capture; the text names it and the place.
    pub fn open(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let source: Box<dyn Read> = if path.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else if path.is_dir() {
            return Err(format!("{name}: this is a folder; a capture file is wanted"));
        } else {
            Box::new(std::fs::File::open(path).map_err(|error| format!("{name}: {error}"))?)
        };
        Self::new(source).map_err(|error| format!("{name}: {error}"))
    }
}

impl<'a> Reader<'a> {
    /// Reads from `source`, which begins with the beginning of a file.
    ///
    /// # Errors
    /// It is no capture, with the place.
    pub fn new(source: impl Read + 'a) -> Result<Self, String> {
        let mut plain = BufReader::new(source);
        let head = plain.fill_buf().map_err(|error| format!("byte 0: {error}"))?;
        let source: Box<dyn Read + 'a> = match head.starts_with(&[0x1f, 0x8b]) {
            true => Box::new(MultiGzDecoder::new(plain)),
            false => Box::new(plain),
        };
        let mut window = Window::new(source);
        let mut notes = Notes::default();
        match window.ask(4) {
            Asked::There => {}
            Asked::Broken(error) => return Err(format!("byte 0: {error}")),
            Asked::Short if window.rest().is_empty() => {
                return Err("byte 0: the file is empty".to_owned());
            }
            Asked::Short => return Err("byte 0: too short for a capture file".to_owned()),
        }
        let format = match window.rest().starts_with(&pcapng::MAGIC) {
            true => Format::PcapNg(pcapng::Section::open(&mut window)?),
            false => Format::Pcap(pcap::Header::open(&mut window, &mut notes)?),
        };
        Ok(Self { window, format, notes, frames: 0, ended: false })
    }

    /// The next frame; `None` at the end, or where nothing further can be read.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        if self.ended {
            return None;
        }
        let record = match &mut self.format {
            Format::Pcap(header) => header.next(&mut self.window, &mut self.notes),
            Format::PcapNg(section) => section.next(&mut self.window, &mut self.notes),
        };
        let Some(record) = record else {
            self.ended = true;
            return None;
        };
        self.frames += 1;
        let bytes = self.window.take(record.whole);
        let bytes = bytes.get(record.skip..record.skip + record.captured).unwrap_or_default();
        Some(Frame {
            number: self.frames,
            time: record.time,
            link: record.link,
            bytes,
            length: record.length.max(bytes.len()),
        })
    }

    /// What was odd so far.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// How many frames were read.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// How many bytes were read, after unpacking.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.window.position()
    }
}

#[cfg(test)]
mod tests;
