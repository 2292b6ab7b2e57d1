//! `wirecheck matrix`: pages that compare published results.

use std::path::{Path, PathBuf};

use super::{Exit, Stop};
use crate::published::{Published, collect};
use crate::render::page::matrix::{Doubts, Matrix};
use crate::render::page::report::{Around, Fact};
use crate::render::page::{lay_out, percent};
use crate::render::{count, html};
use crate::result::{prepare, write_all};

/// Options of `matrix`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A result.json in `<implementation>/<version>/`, or a folder with such results.
    #[arg(required = true, value_name = "RESULT")]
    pub results: Vec<PathBuf>,
    /// Write index.html, and a page for each result, to this folder; to RESULT without it, if that is
    /// one folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Files that are no results, and folders that cannot be written to.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let results = collect(&args.results).map_err(Stop::usage)?;
    let out = match (&args.out, args.results.as_slice()) {
        (Some(out), _) => out,
        (None, [folder]) if folder.is_dir() => folder,
        _ => return Err(Stop::usage("say with --out DIR where the pages are to go")),
    };
    let pages = pages(&results, out).map_err(Stop::own)?;
    for (path, _) in &pages {
        prepare(path.parent().unwrap_or(Path::new("."))).map_err(Stop::usage)?;
    }
    write_all(&pages).map_err(Stop::usage)?;
    let index = out.join("index.html");
    let matrix = Matrix::of(&results);
    super::print(&format!(
        "{}\n{} in {}\n",
        matrix.said(),
        count(pages.len(), "page"),
        index.display()
    ));
    Ok(Exit::Good)
}

/// The pages for these results below `out`, with their places; the one that has links to the others
/// comes last.
///
/// # Errors
/// A template does not fit, which is our own fault.
pub fn pages(results: &[Published], out: &Path) -> Result<Vec<(PathBuf, String)>, String> {
    let doubts = Doubts::of(results);
    let mut pages = Vec::new();
    for published in results {
        let folder = out.join(&published.folder).join(&published.version);
        let page = html::published(&published.result, &around(published, &doubts, &folder))?;
        pages.push((folder.join("index.html"), page));
    }
    pages.push((out.join("index.html"), lay_out("matrix.html", &Matrix::of(results))?));
    Ok(pages)
}

fn around(published: &Published, doubts: &Doubts, folder: &Path) -> Around {
    let same = |one: &Path, other: &Path| match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    // Only a result that lies beside the page can be reached from wherever the page is put.
    let beside = same(&published.file, &folder.join("result.json"));
    Around {
        name: Some(published.name().to_owned()),
        version: Some(published.version.clone()),
        known: published.known.clone(),
        doubted: doubts.unquoted.clone(),
        recipe: recipe(published),
        index: Some("../../index.html".to_owned()),
        source: beside.then(|| "result.json".to_owned()),
    }
}

/// What to do to see the same, in the folder of the implementation.
fn recipe(published: &Published) -> Vec<Fact> {
    let Some(target) = &published.target else { return Vec::new() };
    let mut recipe = Vec::new();
    if let Some(install) = &target.install {
        recipe.push(Fact::command("install", install));
    }
    if let Some(start) = published.start() {
        recipe.push(Fact::command("start", start));
    }
    recipe.push(Fact::command("run", "wirecheck run target.json"));
    if published.result.target.url.starts_with("mqtt://") {
        let file = format!("wirecheck confirm {}/result.json", percent(&published.version));
        recipe.push(Fact::command("confirm", file));
    }
    recipe.push(Fact::words("where", format!("in the folder {} of the reports", published.folder)));
    if let Some(ours) = &target.ours {
        recipe.push(Fact::words("of ours", ours));
    }
    recipe
}
