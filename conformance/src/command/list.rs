//! `wirecheck list`: what would run.

use std::path::PathBuf;

use serde_json::json;

use super::{Exit, Stop};
use crate::plan::{Selection, checks, glob, plan};

/// Options of `list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only cases whose id fits; `*` and `?` stand for anything.
    pub globs: Vec<String>,
    /// List your own cases too.
    #[arg(long = "cases", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// One JSON object for each case.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// Cases that cannot be loaded, and globs that fit nothing.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let files = super::load_cases(args.folder.as_deref())?;
    let mut instances = plan(&files, &Selection::default()).map_err(Stop::own)?;
    let fits = |id: &str| args.globs.is_empty() || args.globs.iter().any(|it| glob(it, id));
    instances.retain(|instance| fits(&instance.id));
    if instances.is_empty() {
        return Err(Stop::usage(format!("no case matches {}", args.globs.join(", "))));
    }
    let width = instances.iter().map(|instance| instance.id.len()).max().unwrap_or(0).min(60);
    for instance in &instances {
        let line = if args.json {
            let checks: Vec<_> = checks(instance)
                .into_iter()
                .map(|(name, requirement)| json!({"name": name, "requirement": requirement}))
                .collect();
            let protocol = instance.protocol.as_str();
            let title = &instance.case.title;
            json!({"id": instance.id, "protocol": protocol, "title": title, "checks": checks})
                .to_string()
        } else {
            format!("{:<width$}  {}", instance.id, instance.case.title)
        };
        super::print(&format!("{line}\n"));
    }
    Ok(Exit::Good)
}
