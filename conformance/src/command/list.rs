//! `wirecheck list`: what would run, and what it is checked against.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::select::{no_case, no_requirement};
use super::{Exit, Stop};
use crate::case::instance::Instance;
use crate::catalogue::{Catalogue, Requirement};
use crate::plan::{Selection, checks, glob, is_called, plan};
use crate::render::count;
use crate::render::style::{STRONG, wrap};

/// Options of `list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only what is called so; `*` and `?` stand for anything.
    pub globs: Vec<String>,
    /// List the requirements instead, with their words and how many cases check them.
    #[arg(long)]
    pub requirements: bool,
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
    if args.requirements {
        return requirements(args, &instances);
    }
    instances
        .retain(|it| args.globs.is_empty() || args.globs.iter().any(|glob| is_called(glob, it)));
    if instances.is_empty() {
        return Err(no_case(&args.globs, &files));
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

/// Lists the requirements of the catalogues, those without a check too.
fn requirements(args: &Args, instances: &[Arc<Instance>]) -> Result<Exit, Stop> {
    let fits = |id: &str| args.globs.is_empty() || args.globs.iter().any(|it| glob(it, id));
    let known: Vec<_> = Catalogue::embedded().iter().filter(|it| fits(&it.id)).collect();
    if known.is_empty() {
        return Err(no_requirement(&args.globs));
    }
    let mut cases: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for instance in instances {
        for (_, requirement) in checks(instance) {
            let cases = cases.entry(requirement).or_default();
            if cases.last() != Some(&instance.id.as_str()) {
                cases.push(&instance.id);
            }
        }
    }
    for requirement in known {
        let cases = cases.get(&requirement.id).map(Vec::as_slice).unwrap_or_default();
        super::print(&if args.json {
            let Requirement { id, level, subject, section, text, .. } = requirement;
            let (level, subject) = (level.name(), subject.name());
            let value = json!({"id": id, "level": level, "subject": subject, "section": section,
                               "text": text, "cases": cases});
            format!("{value}\n")
        } else {
            described(requirement, cases.len())
        });
    }
    Ok(Exit::Good)
}

fn described(requirement: &Requirement, cases: usize) -> String {
    let Requirement { id, level, subject, text, .. } = requirement;
    let cases = count(cases, "case");
    let mut lines = format!("{STRONG}{id}{STRONG:#} ({level}, {subject})  {cases}\n");
    for line in wrap(text, 92) {
        lines.push_str(&format!("    {line}\n"));
    }
    lines
}
