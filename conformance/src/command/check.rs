//! `wirecheck check`: the cases themselves, and what they cover.

use std::path::PathBuf;

use super::{Exit, Stop};
use crate::case::Protocol;
use crate::case::lint::{Known, RequirementInfo, lint};
use crate::case::load::{LoadedFile, Problem, load_embedded};
use crate::catalogue::{Catalogue, Role};
use crate::coverage::{Cited, render};
use crate::driver;
use crate::peer;
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
    // The user's own were looked at when they were loaded; of ours each check must be proven.
    let ours = load_embedded().map_or(0, |files| files.len());
    let problems: Vec<Problem> =
        files.iter().take(ours).flat_map(|file| lint_file(file, true)).collect();
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
            "{} cite documents that have no catalogue\n",
            count(waiting, "case")
        ));
    }
    Ok(Exit::Good)
}

/// Every problem in a file of cases. With `proof`, each check must name a fault that it catches.
#[must_use]
pub fn lint_file(file: &LoadedFile, proof: bool) -> Vec<Problem> {
    let of_family = |protocol: &Protocol| protocol.family() == file.file.family;
    // The cases of a file have one form of messages; in a family there may be more.
    let named = file.file.cases.iter().flat_map(|case| case.protocols.iter().copied());
    let driver = named.chain(Protocol::ALL).filter(of_family).find_map(driver::of);
    let of_family = peer::TABLE.iter().filter(|peer| peer.family() == file.file.family);
    let faults: Vec<_> = of_family.flat_map(|peer| peer.faults()).collect();
    let faults: Vec<&str> = faults.iter().map(|fault| &*fault.id).collect();
    let kinds = driver.map(|driver| driver.codec().error_kinds()).unwrap_or_default();
    let fields = move |kind: &str| driver.and_then(|driver| driver.codec().fields_of(kind));
    let known = Known {
        requirement: &|id| requirement(id, proof),
        procedures: driver.map(|driver| driver.procedures()),
        opening: driver.map(|driver| driver.opening()),
        faults: driver.is_some().then_some(&faults),
        error_kinds: driver.is_some().then_some(&kinds),
        fields: if driver.is_some() { Some(&fields) } else { None },
        proof,
    };
    lint(file, &known)
}

/// What the catalogue says. Our own cases cite nothing else; others may have documents of their own.
fn requirement(id: &str, ours: bool) -> Option<RequirementInfo> {
    match Catalogue::embedded().get(id) {
        Some(known) => Some(RequirementInfo {
            binds_server: known.binds(Role::Server),
            binds_client: known.binds(Role::Client),
            level: known.level.name().to_owned(),
        }),
        None if ours || has_document(id) => None,
        None => {
            let level = "MUST".to_owned();
            Some(RequirementInfo { binds_server: true, binds_client: true, level })
        }
    }
}

fn has_document(id: &str) -> bool {
    Catalogue::embedded().documents().iter().any(|document| id.starts_with(&document.prefix))
}

/// How many cases cite documents that there is no catalogue of.
fn without_catalogue(files: &[LoadedFile]) -> Result<usize, Stop> {
    let mut waiting = std::collections::BTreeSet::new();
    for instance in plan(files, &Selection::default()).map_err(Stop::usage)? {
        if citations(&instance).iter().any(|one| !has_document(&one.requirement)) {
            waiting.insert(instance.case.id.clone());
        }
    }
    Ok(waiting.len())
}
