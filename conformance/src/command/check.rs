//! stub
use super::{Exit, Stop};
/// Options.
#[derive(clap::Args, Debug)]
pub struct Args {}
/// Runs.
pub fn run(_: &Args) -> Result<Exit, Stop> {
    Ok(Exit::Good)
}
/// Lints.
pub fn lint_file(_: &crate::case::load::LoadedFile) -> Vec<crate::case::load::Problem> {
    Vec::new()
}
