//! `wirecheck run`: cases against targets.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::hints;
use super::last::{self, Last};
use super::options::{self, factor, shell_word};
use super::select::{instances, skipped};
use super::target::{Chosen, Reached};
use super::{Exit, Stop};
use crate::case::Protocol;
use crate::case::instance::Instance;
use crate::case::load::LoadedFile;
use crate::catalogue::Level;
use crate::known::Known;
use crate::render::progress::Progress;
use crate::render::summary::{self, Extra};
use crate::render::terminal;
use crate::render::write_all;
use crate::result::{self, Counts, KnownCapability, RunResult, Suite, Surroundings, TargetInfo};
use crate::run::{self, Environment, Event, Halt, Summary, run_all};
use crate::secret::Secrets;
use crate::verdict::CheckResult;
use crate::wire_log::Entry;

/// The least patience of a gentle run, in percent: our own messages wait for their turn too.
const GENTLE_PATIENCE: u32 = 400;

/// Options of `run`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// `mqtt://host[:port][?v=5.0]` or another URL, or a target file; none is the built-in reference
    /// peers.
    pub targets: Vec<String>,
    /// Run only cases whose id fits; `*` and `?` stand for anything. Can be repeated.
    #[arg(long = "case", value_name = "GLOB")]
    pub cases: Vec<String>,
    /// Run only cases that check a requirement whose id fits. Can be repeated.
    #[arg(long = "requirement", value_name = "GLOB")]
    pub requirements: Vec<String>,
    /// Run only cases that check a requirement of this level or a stronger one: must, should, may.
    #[arg(long, value_parser = options::level)]
    pub level: Option<Level>,
    /// Test only this protocol, such as mqtt-5.0. Can be repeated.
    #[arg(long = "spec", value_name = "SPEC", value_parser = options::protocol)]
    pub specs: Vec<Protocol>,
    /// How many cases run at the same time; 32 on this machine, else 8.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Give the target more time, as a factor.
    #[arg(long, value_name = "2x", default_value = "1x", env = "WIRECHECK_PATIENCE",
          value_parser = options::patience)]
    pub patience: u32,
    /// For small devices: one case at a time, one connection a second, two messages a second, at
    /// least four times the patience, and nothing wrong is sent but in cases named in full.
    #[arg(long, conflicts_with = "jobs")]
    pub gentle: bool,
    /// The seed of the built-in peers' choices.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Use these six characters in all names instead of fresh ones.
    #[arg(long, value_parser = options::nonce)]
    pub nonce: Option<String>,
    /// Run only what failed in the last result, which is in the folder of --out, without it in
    /// `out`; the report goes to the folder `rerun` in it.
    #[arg(long, value_enum)]
    pub last: Option<Last>,
    /// Write result.json, junit.xml, summary.md, report.html and a capture of each case that
    /// fails to this folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Take the failures in this file for known: `xfail`, and `xpass` where they are gone.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fault", "variant"])]
    pub known: Option<PathBuf>,
    /// Write down in that file how the checks of this run fail.
    #[arg(long)]
    pub update_known: bool,
    /// Let warnings count as failures.
    #[arg(long)]
    pub strict: bool,
    /// Start no further case after one that fails.
    #[arg(long)]
    pub fail_fast: bool,
    /// Run your own cases too, `DIR/<family>/<area>.json`.
    #[arg(long = "cases", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Have the built-in peer do this one thing wrong; `wirecheck serve mqtt-5.0 --list` lists
    /// them.
    #[arg(long, value_name = "ID", conflicts_with = "targets")]
    pub fault: Option<String>,
    /// Have the built-in peer do this one thing differently but legally.
    #[arg(long, value_name = "ID", conflicts_with = "targets")]
    pub variant: Option<String>,
    /// Run one part of the cases.
    #[arg(long, value_name = "2/8", value_parser = options::shard)]
    pub shard: Option<(usize, usize)>,
    /// Keep the exchange of every check in result.json, not only of those that did not pass.
    #[arg(long, value_enum)]
    pub log: Option<Log>,
    /// Judge as if nothing were known of the target.
    #[arg(skip)]
    pub raw: bool,
    /// Print inconclusive and open checks too, and the longest cases.
    #[arg(short, long)]
    pub verbose: bool,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            cases: Vec::new(),
            requirements: Vec::new(),
            level: None,
            specs: Vec::new(),
            jobs: None,
            patience: 100,
            gentle: false,
            seed: 1,
            nonce: None,
            last: None,
            out: None,
            known: None,
            update_known: false,
            strict: false,
            fail_fast: false,
            folder: None,
            fault: None,
            variant: None,
            shard: None,
            log: None,
            raw: false,
            verbose: false,
        }
    }
}

impl Args {
    /// The factor for upper limits, in percent.
    pub(super) fn patience(&self) -> u32 {
        if self.gentle { self.patience.max(GENTLE_PATIENCE) } else { self.patience }
    }
}

/// Of which checks the exchange is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Log {
    /// Of all.
    All,
}

/// Runs the command.
///
/// # Errors
/// Wrong options and files, and targets that cannot be tested.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    if args.last.is_some() { last::run(args) } else { all(args) }
}

/// Runs the cases against every target.
pub(super) fn all(args: &Args) -> Result<Exit, Stop> {
    let mut files = super::load_cases(args.folder.as_deref())?;
    let targets = Chosen::all(args)?;
    // Who chooses cases may name some that no target speaks, and is told so.
    if args.cases.is_empty() && args.requirements.is_empty() {
        let protocols = targets.iter().flatten().flat_map(|target| target.protocols(args));
        let families: Vec<_> = protocols.map(Protocol::family).collect();
        files.retain(|file| families.is_empty() || families.contains(&file.file.family));
    }
    if let Some(folder) = &args.out {
        result::prepare(folder).map_err(Stop::usage)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::own(format!("no runtime: {error}")))?;
    let mut exit = Exit::Good;
    for (index, target) in targets.iter().enumerate() {
        let folder = args.out.as_ref().map(|folder| match targets.len() {
            1 => folder.clone(),
            _ => folder.join((index + 1).to_string()),
        });
        if let Some(folder) = &folder {
            result::prepare(folder).map_err(Stop::usage)?;
        }
        let ended = runtime.block_on(against(args, target, &files, folder.as_deref()));
        let this = match ended.map(|(exit, _)| exit) {
            Err(stop) if targets.len() > 1 => {
                super::print_stop(&stop);
                stop.exit
            }
            other => other?,
        };
        exit = if index == 0 { this } else { exit.and(this) };
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok(exit)
}

/// Runs the cases against targets that make one result together.
pub(super) async fn against(
    args: &Args,
    targets: &[Chosen],
    files: &[LoadedFile],
    folder: Option<&Path>,
) -> Result<(Exit, RunResult), Stop> {
    let known_file = args.known.clone().or_else(|| targets.iter().find_map(Chosen::known));
    let known_file = known_file.filter(|_| !args.raw);
    if args.update_known && known_file.is_none() {
        return Err(Stop::usage("--update-known needs --known FILE, or `known` in a target file"));
    }
    let mut known = match &known_file {
        // A file that is to be written need not be there.
        Some(file) if !args.update_known || file.exists() => {
            Known::load(file).map_err(Stop::usage)?
        }
        _ => Known::default(),
    };
    let wanted = targets.iter().flat_map(|target| target.protocols(args)).collect::<Vec<_>>();
    let wanted = instances(args, &wanted, files)?;
    let mut parts = Vec::new();
    for target in targets {
        let mut protocols = target.protocols(args);
        protocols.retain(|protocol| wanted.iter().any(|it| it.protocol == *protocol));
        if !protocols.is_empty() {
            let reached = target.reach(args, &protocols).await?;
            let mine = wanted.iter().filter(|it| protocols.contains(&it.protocol)).cloned();
            parts.push(Part { instances: mine.collect(), reached, protocols });
        }
    }
    if parts.is_empty() {
        let asked: Vec<_> = args.specs.iter().map(|spec| spec.as_str()).collect();
        let text = match args.targets.is_empty() {
            true => format!("no built-in peer that knows it speaks {}", asked.join(", ")),
            false => format!("the target has no endpoint for {}", asked.join(", ")),
        };
        return Err(Stop { exit: Exit::Nothing, text });
    }
    let (started, clock) = (Timestamp::now(), Instant::now());
    let judged_by = if args.update_known { Known::default() } else { known.clone() };
    let mut told = Told { known: judged_by, ..Told::default() };
    let count = parts.iter().map(|part| part.instances.len()).sum();
    for part in &parts {
        told.secrets.extend(&part.reached.secrets);
    }
    let secrets = told.secrets.clone();
    let progress = Progress::new(count, &secrets, args.verbose);
    for part in parts {
        if !told.partial {
            told.add(args, part, &progress).await;
        }
    }
    progress.end();

    let Told { mut checks, mut hints, longest, partial, died_after, .. } = told;
    add_logs(&mut checks, &told.logs);
    let mut result = RunResult {
        schema: result::SCHEMA.to_owned(),
        suite: Suite::this(),
        environment: Surroundings {
            os: std::env::consts::OS.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            patience: factor(args.patience()),
            jobs: told.jobs,
        },
        target: TargetInfo {
            url: told.urls.join(" "),
            implementation: Some(told.names.join(", ")).filter(|names| !names.is_empty()),
            spec: told.protocols.iter().map(ToString::to_string).collect(),
        },
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seconds: clock.elapsed().as_secs(),
        seed: args.seed,
        nonce: told.nonce,
        partial,
        capabilities: told.capabilities,
        summary: Counts::of(&checks),
        checks,
        died_after,
    };
    secrets.result(&mut result);
    print_passive(&result, args.verbose);
    hints.extend(hints::of_result(&result));
    hints.extend(hints::strangers(&known, files, &result)?);
    if let Some(file) = known_file.filter(|_| args.update_known) {
        known.update(&result.checks);
        known.save(&file).map_err(Stop::usage)?;
        let failures = crate::render::count(known.known.len(), "known failure");
        hints.push(format!("wrote {failures} to {}", file.display()));
    }
    let report = match folder {
        Some(folder) => Some((folder, write_all(&result, folder, args.strict).map_err(Stop::own)?)),
        None => None,
    };
    let narrow = std::io::stdout().is_terminal();
    let extra = Extra { longest, hints, report, verbose: args.verbose, narrow };
    super::print(&summary::render(&result, &extra));
    let died = result.died_after.is_some();
    Ok((Exit::of_run(&result.summary, partial, died, args.strict), result))
}

/// One target and what is to be run against it.
struct Part {
    reached: Reached,
    protocols: Vec<Protocol>,
    instances: Vec<Arc<Instance>>,
}

/// What the parts of a run have told so far.
#[derive(Default)]
struct Told {
    checks: Vec<CheckResult>,
    capabilities: Vec<KnownCapability>,
    protocols: Vec<Protocol>,
    urls: Vec<String>,
    names: Vec<String>,
    hints: Vec<String>,
    logs: HashMap<String, Vec<Entry>>,
    longest: Vec<(String, u64)>,
    secrets: Secrets,
    nonce: String,
    jobs: usize,
    partial: bool,
    died_after: Option<String>,
    known: Known,
}

impl Told {
    async fn add(&mut self, args: &Args, part: Part, progress: &Progress<'_>) {
        let Reached { mut env, url, implementation, silent, hints, local, jobs, .. } = part.reached;
        let instances = skipped(&mut env, part.instances, &silent, args);
        let most = if args.gentle { Some(1) } else { args.jobs.map(usize::from).or(jobs) };
        let jobs = most.unwrap_or(if local { 32 } else { 8 });
        let env = Arc::new(env);
        let known = self.known.clone();
        let how = run::Options { jobs, fail_fast: args.fail_fast, known };
        let listening = tokio::spawn(interrupts(env.halt.clone(), !args.raw));
        let logs = &mut self.logs;
        let running = run_all(&env, &instances, &how, |event| {
            if let (Event::Finished(outcome), Some(Log::All)) = (&event, args.log) {
                logs.insert(outcome.id.clone(), outcome.log.clone());
            }
            progress.tell(&event);
        });
        let summary = tokio::select! {
            summary = running => summary,
            () = progress.tick() => unreachable_summary(),
        };
        listening.abort();
        self.checks.extend(summary.checks);
        self.capabilities.extend(capabilities(&env));
        self.protocols.extend(part.protocols);
        self.urls.push(url);
        // The endpoints of one target have one name.
        self.names.extend(implementation.filter(|name| !self.names.contains(name)));
        self.hints.extend(hints);
        self.hints.extend(hints::contradictions(&env));
        self.hints.extend(hints::names_used_before(&env).filter(|hint| !self.hints.contains(hint)));
        self.hints.extend(hints::deaths(&summary.deaths));
        self.longest.extend(summary.longest);
        self.longest.sort_by_key(|(_, ms)| std::cmp::Reverse(*ms));
        self.longest.truncate(10);
        self.nonce.clone_from(&env.nonce);
        self.jobs = jobs;
        self.partial = summary.partial;
        self.died_after = self.died_after.take().or(summary.died_after);
    }
}

/// `tick` never ends; the type of `select!` wants a value all the same.
fn unreachable_summary() -> Summary {
    Summary { partial: true, ..Summary::default() }
}

/// The first interrupt breaks the run off in order, the second at once, unless the caller has
/// something to end first.
async fn interrupts(halt: Halt, alone: bool) {
    if tokio::signal::ctrl_c().await.is_ok() {
        halt.raise();
    }
    if tokio::signal::ctrl_c().await.is_ok() && alone {
        std::process::exit(i32::from(Exit::Interrupted.code()));
    }
}

fn add_logs(checks: &mut [CheckResult], logs: &HashMap<String, Vec<Entry>>) {
    for check in checks.iter_mut().filter(|check| check.log.is_none()) {
        check.log = logs.get(&check.case).cloned();
    }
}

fn capabilities(env: &Environment) -> Vec<KnownCapability> {
    let all = env.capabilities.iter().flat_map(|(protocol, found)| {
        found.to_list().into_iter().map(|one| KnownCapability {
            protocol: protocol.to_string(),
            id: one.id,
            value: one.value,
            source: one.source,
            evidence: one.evidence,
        })
    });
    all.collect()
}

/// What the passive rules found is known only at the end.
fn print_passive(result: &RunResult, verbose: bool) {
    let passive = result.checks.iter().filter(|check| check.case.starts_with("passive/"));
    for check in passive.filter(|check| terminal::is_shown(check.verdict, verbose)) {
        super::print(&terminal::failure(&[check], None));
    }
}

/// The command that runs against the same target in the same way, without the selection.
pub(super) fn again(args: &Args, target: Option<&str>) -> String {
    let mut command = "wirecheck run".to_owned();
    let mut add = |name: &str, value: &str| {
        let value = if value.is_empty() { String::new() } else { shell_word(value) };
        command.push_str(&format!(" {name}{value}"));
    };
    if let Some(target) = target {
        add("", target);
    }
    if let Some(fault) = &args.fault {
        add("--fault ", fault);
    }
    if let Some(variant) = &args.variant {
        add("--variant ", variant);
    }
    if let Some(folder) = &args.folder {
        add("--cases ", &folder.to_string_lossy());
    }
    if args.gentle {
        add("--gentle", "");
    }
    if args.patience != 100 {
        add("--patience ", &factor(args.patience));
    }
    if args.seed != 1 {
        add("--seed ", &args.seed.to_string());
    }
    command
}

/// The protocols to test: those that the target may speak, or those of `--spec` among them.
pub(super) fn wanted(args: &Args, possible: &[Protocol]) -> Vec<Protocol> {
    let asked = |protocol: &Protocol| args.specs.is_empty() || args.specs.contains(protocol);
    possible.iter().copied().filter(asked).collect()
}
