//! `wirecheck lab`: starts the implementations that are installed here, judges them and publishes
//! what came of it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::target::Chosen;
use super::{Exit, Stop, confirm, matrix, run};
use crate::case::load::LoadedFile;
use crate::case::suggest;
use crate::known::Known;
use crate::render::json;
use crate::render::style::{BAD, GOOD, STRONG};
use crate::result::{self, Counts, RunResult};
use crate::run::Verbs;
use crate::run::alive::REQUIREMENT as ALIVE;
use crate::target::Target;
use crate::target::process::{Kill, Process};
use crate::verdict::{CheckResult, Verdict};

/// Options of `lab`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Which implementations, by the names of their folders; all that are installed without it.
    pub names: Vec<String>,
    /// The folder with a folder for each implementation, in which its `target.json` lies.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    /// Write down in their files of known failures how the checks fail.
    #[arg(long)]
    pub update_known: bool,
    /// Run only cases whose id fits, and publish nothing. Can be repeated.
    #[arg(long = "case", value_name = "GLOB")]
    pub cases: Vec<String>,
}

/// What became of one implementation.
enum Became {
    Missing(String),
    Failed(Stop),
    /// `whole`: all cases ran, and the result is published.
    Judged {
        exit: Exit,
        words: String,
        whole: bool,
    },
}

/// Runs the command: exit 1 if something fails that is not known to, 3 if something could not be
/// started, 4 if nothing is installed.
///
/// # Errors
/// Wrong names and files.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let files = super::load_cases(None)?;
    let now = Arc::new(Mutex::new(None));
    end_with_us(now.clone())?;
    let mut all = Vec::new();
    for (name, file) in targets(args)? {
        super::print(&format!("{STRONG}{name}{STRONG:#}\n"));
        let became = one(args, (&name, &file), &files, &now)?;
        let interrupted = matches!(became, Became::Judged { exit: Exit::Interrupted, .. });
        all.push((name, became));
        if interrupted {
            break;
        }
    }
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let (mut exit, mut text) = (Exit::Good, "\n".to_owned());
    let (mut judged, mut published) = (false, false);
    for (name, became) in &all {
        let words = match became {
            Became::Missing(how) if args.names.is_empty() => format!("not installed: {how}"),
            Became::Missing(how) => {
                exit = exit.and(Exit::Unreached);
                format!("{BAD}not installed{BAD:#}: {how}")
            }
            Became::Failed(stop) => {
                exit = exit.and(stop.exit);
                format!("{BAD}failed{BAD:#}: {}", stop.text)
            }
            Became::Judged { exit: this, words, whole } => {
                judged = true;
                published |= whole;
                exit = exit.and(*this);
                words.clone()
            }
        };
        text.push_str(&format!("{name:width$}  {words}\n"));
    }
    super::print(&text);
    if published {
        matrix::run(&matrix::Args { results: vec![args.reports.clone()], out: None })?;
    }
    Ok(if exit == Exit::Good && !judged { Exit::Nothing } else { exit })
}

/// The target files that were asked for, by name.
fn targets(args: &Args) -> Result<Vec<(String, PathBuf)>, Stop> {
    let folder = args.reports.display();
    let entries = std::fs::read_dir(&args.reports);
    let entries = entries.map_err(|error| Stop::usage(format!("{folder}: {error}")))?;
    let mut found: Vec<(String, PathBuf)> = entries
        .filter_map(Result::ok)
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .map(|(name, path)| (name, path.join("target.json")))
        .filter(|(_, file)| file.is_file())
        .collect();
    found.sort();
    for name in &args.names {
        if !found.iter().any(|(known, _)| known == name) {
            let guess = suggest::phrase(name, found.iter().map(|(known, _)| known.as_str()));
            return Err(Stop::usage(format!("{folder}/{name}/target.json is not there{guess}")));
        }
    }
    if found.is_empty() {
        return Err(Stop::usage(format!("{folder} holds no folder with a target.json")));
    }
    found.retain(|(name, _)| args.names.is_empty() || args.names.contains(name));
    Ok(found)
}

/// Starts one, judges it, and publishes the result.
fn one(
    args: &Args,
    (name, file): (&str, &Path),
    files: &[LoadedFile],
    now: &Mutex<Option<Kill>>,
) -> Result<Became, Stop> {
    let target = Target::load(file).map_err(Stop::usage)?;
    let how = target.install.clone().unwrap_or_else(|| format!("see {}", file.display()));
    let Some(mut process) = Process::prepare(&target).map_err(Stop::own)? else {
        return Err(Stop::usage(format!("{}: there is no `start`", file.display())));
    };
    let Some(version) = process.version(&target) else { return Ok(Became::Missing(how)) };
    *lock(now) = Some(process.kill());
    if let Err(why) = process.start() {
        return Ok(Became::Failed(Stop::unreached(why)));
    }
    let process = Arc::new(Mutex::new(process));
    let verbs = Started { verbs: Arc::new(target.verbs.clone()), process: process.clone() };
    let chosen = Chosen::started(file, &target, Arc::new(verbs)).map_err(Stop::usage)?;
    let how = run::Args { raw: true, cases: args.cases.clone(), ..run::Args::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::own(format!("no runtime: {error}")))?;
    let ended = runtime.block_on(run::against(&how, &chosen, files, None));
    let (exit, result) = match ended {
        Ok(ended) => ended,
        Err(stop) => return Ok(Became::Failed(stop)),
    };
    let confirmed = confirmed(&result)?;
    lock(&process).stop();
    let known_file = target.known.as_ref().map(|known| target.folder.join(known));
    let news = known_or_not(args, known_file.as_deref(), &result)?;
    let mut words = format!("{version}: {}", counted(&result.summary));
    if let Some(confirmed) = confirmed {
        words.push_str(&format!(" · {confirmed}"));
    }
    words.push_str(&format!(" · {}", news.words()));
    let whole = args.cases.is_empty() && !result.partial && result.died_after.is_none();
    if whole {
        let folder = args.reports.join(name).join(&version);
        result::prepare(&folder).map_err(Stop::usage)?;
        let text = json::render(&published(result)).map_err(Stop::own)?;
        result::write(&folder.join("result.json"), &text).map_err(Stop::own)?;
    } else {
        words.push_str(" · not the whole, so nothing is published");
    }
    // What is known to fail is no news.
    let exit = match exit {
        Exit::Bad if news.new == 0 => Exit::Good,
        other => other,
    };
    Ok(Became::Judged { exit, words, whole })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends what we have started when we are told to end: at once by SIGTERM and by a second SIGINT;
/// the first breaks a run off in order.
fn end_with_us(now: Arc<Mutex<Option<Kill>>>) -> Result<(), Stop> {
    let cannot = |error: std::io::Error| Stop::own(format!("no signals: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(cannot)?;
    let entered = runtime.enter();
    let told = told_to_end().map_err(cannot)?;
    drop(entered);
    std::thread::spawn(move || {
        runtime.block_on(told);
        if let Some(kill) = lock(&now).take() {
            kill.now();
        }
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
    Ok(())
}

/// Ends when it is time to end.
#[cfg(unix)]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let twice = async {
            interrupt.recv().await;
            interrupt.recv().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            () = twice => {}
        }
    })
}

/// Ends when it is time to end.
#[cfg(not(unix))]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        for _ in 0..2 {
            // Without signals there is nothing to wait for.
            let _ = tokio::signal::ctrl_c().await;
        }
    })
}

/// Whether a second sender sees the same, where that can be told.
fn confirmed(result: &RunResult) -> Result<Option<String>, Stop> {
    // What stops the target was seen twice already.
    let mut others = result.clone();
    let killers = killers(&result.checks);
    others.checks.retain(|check| !killers.contains(&check.case));
    let Some([same, differ, cannot]) = confirm::count(&others, None)? else { return Ok(None) };
    let all = same + differ + cannot;
    let colour = if same == all { GOOD } else { BAD };
    let mut words = format!("{colour}{same} of {all} confirmed{colour:#}");
    if !killers.is_empty() {
        words.push_str(&format!(", {} stop it", killers.len()));
    }
    Ok(Some(words))
}

/// How a result compares with what is known.
struct News {
    new: usize,
    gone: usize,
}

impl News {
    fn words(&self) -> String {
        match (self.new, self.gone) {
            (0, 0) => "as known".to_owned(),
            (new, gone) => format!("{new} not known, {gone} known and not seen"),
        }
    }
}

fn known_or_not(args: &Args, file: Option<&Path>, result: &RunResult) -> Result<News, Stop> {
    let mut known = match file {
        Some(file) if file.exists() => Known::load(file).map_err(Stop::usage)?,
        _ => Known::default(),
    };
    let mut news = News { new: 0, gone: 0 };
    for check in &result.checks {
        let mut judged = check.clone();
        known.apply(&mut judged);
        news.gone += usize::from(judged.verdict == Verdict::Xpass);
        news.new += usize::from(judged.verdict == Verdict::Fail);
    }
    if let Some(file) = file.filter(|_| args.update_known) {
        known.update(&result.checks);
        known.save(file).map_err(Stop::usage)?;
    }
    Ok(news)
}

fn counted(summary: &Counts) -> String {
    let counts = Verdict::ALL.iter().map(|verdict| (summary.get(*verdict), verdict.name()));
    let counts = counts.filter(|(number, _)| *number > 0);
    counts.map(|(number, name)| format!("{number} {name}")).collect::<Vec<_>>().join(", ")
}

/// The cases that stop the target.
fn killers(checks: &[CheckResult]) -> HashSet<String> {
    let stops = |check: &&CheckResult| check.requirement == ALIVE && check.verdict == Verdict::Fail;
    checks.iter().filter(stops).map(|check| check.case.clone()).collect()
}

/// A result as it may be shown to everybody: of what stops a target, no byte.
fn published(mut result: RunResult) -> RunResult {
    let killers = killers(&result.checks);
    for check in &mut result.checks {
        let of_killer = killers.contains(&check.case)
            || killers.iter().any(|case| check.again.ends_with(&format!("'{case}'")))
            || check.log_of.as_ref().is_some_and(|other| {
                killers.iter().any(|case| other.starts_with(&format!("{case}#")))
            });
        if of_killer {
            check.withheld = true;
            check.log = None;
            check.log_of = None;
            check.by_hand = None;
        }
    }
    result
}

/// The verbs of a target that we have started, and can start again.
struct Started {
    verbs: Arc<dyn Verbs>,
    process: Arc<Mutex<Process>>,
}

impl Verbs for Started {
    fn run<'a>(
        &'a self,
        verb: &'a str,
        with: &'a Map<String, Value>,
    ) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>> {
        self.verbs.run(verb, with)
    }

    fn has(&self, verb: &str) -> bool {
        self.verbs.has(verb)
    }

    fn can_revive(&self) -> bool {
        true
    }

    fn revive<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        let process = self.process.clone();
        Box::pin(async move {
            let again = tokio::task::spawn_blocking(move || {
                let mut process = lock(&process);
                process.stop();
                process.start()
            });
            again.await.map_err(|error| error.to_string())?
        })
    }
}
