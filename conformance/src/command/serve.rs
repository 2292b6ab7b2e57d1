//! stub
use super::{Exit, Stop};
/// Options.
#[derive(clap::Args, Debug)]
pub struct Args {}
/// Runs.
pub fn run(_: &Args) -> Result<Exit, Stop> {
    Ok(Exit::Good)
}
