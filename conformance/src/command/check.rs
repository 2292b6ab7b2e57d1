//! `wirecheck check`: the cases themselves, and what they cover.

use std::path::PathBuf;

use wirecheck_codecs::mqtt::ErrorKind;

use super::target::faults;
use super::{Exit, Stop};
use crate::case::lint::{Known, RequirementInfo, lint};
use crate::case::load::{LoadedFile, Problem};
use crate::case::{Family, Step, walk};
use crate::catalogue::{Catalogue, Role};
use crate::coverage::{Cited, render};
use crate::plan::{Selection, citations, plan};
use crate::render::count;

/// Options of `check`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Check your own cases too.
    #[arg(long = "cases", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// List the requirements that are not covered.
    #[arg(long)]
    pub open: bool,
}

/// Runs the command.
///
/// # Errors
/// Every problem in the cases, by file, line and column.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let files = super::load_cases(args.folder.as_deref())?;
    let problems: Vec<Problem> = files.iter().flat_map(lint_file).collect();
    if !problems.is_empty() {
        return Err(Stop::usage(super::lines(&problems)));
    }
    let cited = Cited::by(&files).map_err(Stop::usage)?;
    super::print(&render(&cited, args.open));
    let cases = files.iter().map(|file| file.file.cases.len()).sum();
    super::print(&format!(
        "\n{} in {}, no problems\n",
        count(cases, "case"),
        count(files.len(), "file")
    ));
    let waiting = without_catalogue(&files)?;
    if waiting > 0 {
        super::print(&format!(
            "{} cite documents that have no catalogue yet\n",
            count(waiting, "case")
        ));
    }
    Ok(Exit::Good)
}

/// Every problem in a file of cases.
#[must_use]
pub fn lint_file(file: &LoadedFile) -> Vec<Problem> {
    let faults: Vec<String> = faults().into_iter().map(|fault| fault.id.to_string()).collect();
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let kinds: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    let mut procedures = Vec::new();
    for case in &file.file.cases {
        walk::visit(case, &mut |step, _| {
            if let Step::Procedure(step) = step {
                procedures.push(step.name.to_string());
            }
        });
    }
    let procedures: Vec<&str> = procedures.iter().map(String::as_str).collect();
    let known = match file.file.family {
        Family::Mqtt => Known {
            requirement: &requirement,
            procedures: &[],
            faults: Some(&faults),
            error_kinds: Some(&kinds),
        },
        // The other families have no engine yet: whatever procedure they name is to come.
        _ => Known {
            requirement: &requirement,
            procedures: &procedures,
            faults: None,
            error_kinds: None,
        },
    };
    lint(file, &known)
}

/// What the catalogue says; of a document that is not there yet anything may be cited.
fn requirement(id: &str) -> Option<RequirementInfo> {
    match Catalogue::embedded().get(id) {
        Some(known) => Some(RequirementInfo {
            binds_server: known.binds(Role::Server),
            binds_client: known.binds(Role::Client),
            level: known.level.name().to_owned(),
        }),
        None if has_document(id) => None,
        None => {
            let level = "MUST".to_owned();
            Some(RequirementInfo { binds_server: true, binds_client: true, level })
        }
    }
}

fn has_document(id: &str) -> bool {
    Catalogue::embedded().documents().iter().any(|document| id.starts_with(&document.prefix))
        // A misspelt prefix of MQTT is an error, not a document to come.
        || id.starts_with("MQTT5") || id.starts_with("MQTT311")
}

/// How many cases cite documents that are not there yet.
fn without_catalogue(files: &[LoadedFile]) -> Result<usize, Stop> {
    let mut waiting = std::collections::BTreeSet::new();
    for instance in plan(files, &Selection::default()).map_err(Stop::usage)? {
        if citations(&instance).iter().any(|one| !has_document(&one.requirement)) {
            waiting.insert(instance.case.id.clone());
        }
    }
    Ok(waiting.len())
}
