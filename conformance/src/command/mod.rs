//! The verbs of the command line, one file each.

mod behind;
pub mod check;
pub mod completions;
pub mod confirm;
pub mod decode;
pub mod diff;
pub mod encode;
mod exit;
mod hints;
pub mod lab;
mod last;
pub mod list;
pub mod matrix;
mod options;
mod play;
pub mod probe;
pub mod replay;
pub mod run;
mod select;
pub mod serve;
pub mod show;
mod target;

use std::path::Path;

pub use exit::{Exit, Stop};
pub(crate) use options::shell_word;

use crate::case::load::{LoadedFile, Problem, load_dir, load_embedded};
use crate::codec;
use crate::render::{style, terminal};

/// What the exit codes mean, for the help text.
pub const EXIT_CODES: &str = "\
Exit codes: 0 conforms, 1 does not, 2 wrong usage or file, 3 the target was not reached or stopped \
serving, 4 nothing was judged, 5 an error of ours, 130 interrupted.";

/// When to print colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes it so for everything that is printed.
    pub fn apply(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::Always.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

/// Remembers by which path the program was called. Files say `wirecheck`; what is printed can be
/// typed here, also where it is not installed.
pub fn remember_path() {
    let called = std::env::args().next().unwrap_or_default();
    if called.contains(std::path::MAIN_SEPARATOR) {
        terminal::called_as(options::shell_word(&called));
    }
}

/// Prints why a command ended early.
pub fn print_stop(stop: &Stop) {
    let bad = style::BAD;
    anstream::eprintln!("{bad}error{bad:#}: {}", stop.text);
}

/// The cases of the program and those of `folder`.
///
/// # Errors
/// Every problem in them, by file, line and column.
pub(crate) fn load_cases(folder: Option<&Path>) -> Result<Vec<LoadedFile>, Stop> {
    let mut files = load_embedded().map_err(|problems| Stop::own(lines(&problems)))?;
    if let Some(folder) = folder {
        let own = load_dir(folder).map_err(|problems| Stop::usage(lines(&problems)))?;
        let problems: Vec<Problem> =
            own.iter().flat_map(|file| check::lint_file(file, false)).collect();
        if !problems.is_empty() {
            return Err(Stop::usage(lines(&problems)));
        }
        for file in &own {
            refuse_ids_that_are_taken(file, &files)?;
        }
        files.extend(own);
    }
    Ok(files)
}

fn refuse_ids_that_are_taken(own: &LoadedFile, files: &[LoadedFile]) -> Result<(), Stop> {
    for case in &own.file.cases {
        let taken = |file: &&LoadedFile| {
            file.file.family == own.file.family && file.file.cases.iter().any(|c| c.id == case.id)
        };
        if let Some(file) = files.iter().find(taken) {
            let text = format!("{}: the case `{}` is already in {}", own.name, case.id, file.name);
            return Err(Stop::usage(text));
        }
    }
    Ok(())
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Prints to standard output; a reader that has gone away is no error.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// The argument, or standard input for `-` and for none.
pub(crate) fn argument_or_input(argument: Option<&str>) -> Result<Vec<u8>, Stop> {
    use std::io::Read as _;
    /// More than any packet needs, even in hex.
    const MOST: u64 = 1 << 30;
    match argument {
        Some(text) if text != "-" => Ok(text.as_bytes().to_vec()),
        _ => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(MOST).read_to_end(&mut bytes);
            read.map_err(|error| Stop::usage(format!("cannot read standard input: {error}")))?;
            Ok(bytes)
        }
    }
}

/// The codec of a SPEC argument.
pub(crate) fn codec_of(spec: &str) -> Result<&'static dyn codec::Codec, Stop> {
    codec::of(spec).ok_or_else(|| {
        let known: Vec<_> = codec::TABLE.iter().map(|(name, _)| *name).collect();
        let guess = crate::case::suggest::phrase(spec, known.iter().copied());
        Stop::usage(format!("unknown SPEC `{spec}`{guess}; it can be {}", known.join(", ")))
    })
}
