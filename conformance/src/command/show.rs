//! `wirecheck show`: cases as scripts, with the words of what they check.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::select::no_case;
use super::{Exit, Stop};
use crate::case::Case;
use crate::case::instance::Instance;
use crate::case::load::LoadedFile;
use crate::case::show::show;
use crate::catalogue::Catalogue;
use crate::plan::{Selection, citations, is_called, plan};
use crate::render::style::{DIM, STRONG, wrap};

/// Options of `show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// `will/once`, `mqtt-5.0/connect/first-packet[pingreq]`, or a glob.
    #[arg(value_name = "CASE", required = true)]
    pub globs: Vec<String>,
    /// Look among your own cases too.
    #[arg(long = "cases", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// One JSON object for each case.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// Cases that cannot be loaded, and names that fit nothing.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let files = super::load_cases(args.folder.as_deref())?;
    let mut shown = 0;
    for (file, case) in files.iter().flat_map(|file| file.file.cases.iter().map(move |c| (file, c)))
    {
        let instances = instances(file, case)?;
        if !instances.iter().any(|it| args.globs.iter().any(|glob| is_called(glob, it))) {
            continue;
        }
        if shown > 0 && !args.json {
            super::print("\n");
        }
        shown += 1;
        super::print(&if args.json {
            as_json(case, &instances)?
        } else {
            as_text(case, &instances)
        });
    }
    match shown {
        0 => Err(no_case(&args.globs, &files)),
        _ => Ok(Exit::Good),
    }
}

fn instances(file: &LoadedFile, case: &Case) -> Result<Vec<std::sync::Arc<Instance>>, Stop> {
    let mut one = file.clone();
    one.file.cases = vec![case.clone()];
    plan(&[one], &Selection::default()).map_err(Stop::own)
}

/// Requirements by the names of the checks that cite them.
fn cited(instances: &[std::sync::Arc<Instance>]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for citation in instances.iter().flat_map(|instance| citations(instance)) {
        let names = found.entry(citation.requirement).or_default();
        if !names.contains(&citation.name) {
            names.push(citation.name);
        }
    }
    found
}

fn as_text(case: &Case, instances: &[std::sync::Arc<Instance>]) -> String {
    let mut text = show(case);
    text.push_str("\nchecks\n");
    for (id, names) in cited(instances) {
        let known = Catalogue::embedded().get(&id);
        let level = known.map_or(String::new(), |it| format!(" ({}, {})", it.level, it.subject));
        text.push_str(&format!("  {STRONG}{id}{STRONG:#}{level}  {}\n", names.join(", ")));
        let words = known.map_or("its document has no catalogue yet", |known| known.text.as_str());
        for line in wrap(words, 92) {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text.push_str("\nruns as\n");
    for instance in instances.iter().take(20) {
        text.push_str(&format!("  {}\n", instance.id));
    }
    if instances.len() > 20 {
        text.push_str(&format!("  {DIM}… {} more{DIM:#}\n", instances.len() - 20));
    }
    text
}

fn as_json(case: &Case, instances: &[std::sync::Arc<Instance>]) -> Result<String, Stop> {
    let requirements: Vec<Value> = cited(instances)
        .into_iter()
        .map(|(id, checks)| {
            let known = Catalogue::embedded().get(&id);
            let (text, level) = (known.map(|it| &it.text), known.map(|it| it.level));
            json!({"id": id, "level": level, "text": text, "checks": checks})
        })
        .collect();
    let ids: Vec<&str> = instances.iter().map(|instance| instance.id.as_str()).collect();
    let case = serde_json::to_value(case).map_err(|error| Stop::own(error.to_string()))?;
    let value = json!({"case": case, "requirements": requirements, "instances": ids});
    Ok(format!("{value}\n"))
}
