//! `wirecheck diff`: what is different between two results.

use std::path::{Path, PathBuf};

use super::{Exit, Stop};
use crate::diff::Diff;
use crate::renamed::Renamed;
use crate::render::diff::{markdown, terminal};
use crate::result::RunResult;

/// Options of `diff`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The result before: a result.json of `run --out`, or the folder that holds it.
    pub old: PathBuf,
    /// The result now.
    pub new: PathBuf,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Print lists whole.
    #[arg(short, long)]
    pub verbose: bool,
}

/// How to print differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a pull request.
    Markdown,
}

/// Runs the command: exit 1 if something got worse.
///
/// # Errors
/// Files that are no results.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let (old, new) = (load(&args.old)?, load(&args.new)?);
    let diff = Diff::of(&old, &new, Renamed::embedded());
    super::print(&match args.format {
        Format::Text => terminal::render(&diff, args.verbose),
        Format::Markdown => markdown::render(&diff),
    });
    Ok(if diff.is_regression() { Exit::Bad } else { Exit::Good })
}

/// The result in a file, or in the `result.json` of a folder.
pub(super) fn load(path: &Path) -> Result<RunResult, Stop> {
    if !path.is_dir() {
        return RunResult::load(path).map_err(Stop::usage);
    }
    let file = path.join("result.json");
    if !file.exists() {
        let text = format!("{}: no result.json in this folder", path.display());
        return Err(Stop::usage(text));
    }
    RunResult::load(&file).map_err(Stop::usage)
}
