//! `wirecheck completions` and `wirecheck man`: what a shell and a manual know of the command line.

use std::path::PathBuf;

use clap_complete::Shell;
use clap_mangen::Man;

use super::{Exit, Stop};
use crate::result;

/// Options of `completions`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell that is to complete the command line.
    pub shell: Shell,
}

/// Prints what the shell is to read.
///
/// # Errors
/// None.
pub fn run(args: &Args, mut cli: clap::Command) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli, "wirecheck", &mut script);
    super::print(&String::from_utf8_lossy(&script));
    Ok(Exit::Good)
}

/// Options of `man`.
#[derive(clap::Args, Debug)]
pub struct ManArgs {
    /// Write a page for the program and one for each verb to this folder; without it the page of the
    /// program is printed.
    pub dir: Option<PathBuf>,
}

/// Prints or writes pages of the manual.
///
/// # Errors
/// The folder cannot be written to.
pub fn man(args: &ManArgs, mut cli: clap::Command) -> Result<Exit, Stop> {
    cli.build();
    let pages = pages(&cli).map_err(|error| Stop::own(error.to_string()))?;
    match &args.dir {
        None => {
            let first = pages.first().map(|(_, page)| page.as_str());
            super::print(first.unwrap_or_default());
        }
        Some(dir) => {
            result::prepare(dir).map_err(Stop::usage)?;
            for (name, page) in &pages {
                result::write(&dir.join(name), page).map_err(Stop::usage)?;
            }
            super::print(&format!("{} pages in {}\n", pages.len(), dir.display()));
        }
    }
    Ok(Exit::Good)
}

/// The pages by file name, that of the program first.
fn pages(cli: &clap::Command) -> std::io::Result<Vec<(String, String)>> {
    let verbs = cli.get_subcommands().filter(|verb| verb.get_name() != "help");
    let verbs = verbs.map(|verb| (format!("wirecheck-{}", verb.get_name()), verb.clone()));
    let all = std::iter::once(("wirecheck".to_owned(), cli.clone())).chain(verbs);
    let pages = all.map(|(name, command)| {
        let mut page = Vec::new();
        Man::new(command).title(&name).render(&mut page)?;
        Ok((format!("{name}.1"), String::from_utf8_lossy(&page).into_owned()))
    });
    pages.collect()
}
