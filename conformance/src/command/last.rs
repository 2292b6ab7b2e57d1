//! `wirecheck run --last failed`: once more what did not pass the last time.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Parser;

use super::diff::load;
use super::options::shell_words;
use super::run::{Args, all};
use super::{Exit, Stop};
use crate::case::load::LoadedFile;
use crate::plan::{Selection, glob, plan};
use crate::renamed::Renamed;
use crate::render::count;
use crate::render::style::{BAD, GOOD, ODD, STRONG};
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// Where the last result is looked for if nobody says.
const FOLDER: &str = "out";
/// Where the report of the repetition goes, in the folder of the last result, which stays as it is:
/// so the next repetition is of the same checks.
const REPETITION: &str = "rerun";

/// What is run once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Last {
    /// The cases with a check that ended `fail`, `error`, `inconclusive` or `xpass`, under
    /// `--strict` also `warn`.
    Failed,
}

/// A command as results record it.
#[derive(Parser)]
struct Recorded {
    #[command(flatten)]
    args: Args,
}

/// Runs again what did not pass.
///
/// # Errors
/// There is no last result, or it cannot be run again.
pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(FOLDER));
    let (last, place) = last_result(&folder)?;
    let bad: Vec<&CheckResult> = last.checks.iter().filter(|it| is_wanted(it, args)).collect();
    if bad.is_empty() {
        let narrowed = if args.cases.is_empty() { "" } else { " that fits --case" };
        super::print(&format!("nothing{narrowed} failed in {}\n", place.display()));
        return Ok(Exit::Good);
    }
    let mut again = repeated(args, &bad)?;
    again.out = Some(folder.join(REPETITION));
    let files = super::load_cases(again.folder.as_deref())?;
    again.cases = cases(&bad, &files)?;
    if again.cases.is_empty() {
        let text = format!("none of the cases that failed in {} exists any more", place.display());
        return Err(Stop::usage(text));
    }
    let exit = all(&again)?;
    let now = load(&folder.join(REPETITION))?;
    super::print(&told(&bad, &now, &place));
    Ok(exit)
}

fn last_result(folder: &Path) -> Result<(RunResult, PathBuf), Stop> {
    let place = folder.join("result.json");
    if place.exists() {
        return Ok((load(&place)?, place));
    }
    let mut text = format!("there is no last result: {} does not exist", place.display());
    let several = folder.join("1/result.json");
    text.push_str(&match several.exists() {
        true => format!(
            "\nThat run had several targets; repeat them one by one: --out {}",
            folder.join("1").display()
        ),
        false => "\nA run leaves one in the folder of --out; --last looks there, without --out in \
                  `out`"
            .to_owned(),
    });
    Err(Stop::usage(text))
}

fn is_wanted(check: &CheckResult, args: &Args) -> bool {
    let bad = match check.verdict {
        Verdict::Fail | Verdict::Error | Verdict::Inconclusive | Verdict::Xpass => true,
        Verdict::Warn => args.strict,
        _ => false,
    };
    bad && (args.cases.is_empty() || args.cases.iter().any(|pattern| glob(pattern, &check.case)))
}

/// The options of this run, and of the last one what says against whom and with which cases.
fn repeated(args: &Args, bad: &[&CheckResult]) -> Result<Args, Stop> {
    let mut again = Args { last: None, ..args.clone() };
    if again.targets.len() > 1 {
        return Err(Stop::usage("--last repeats one result, so it takes one target"));
    }
    if !again.targets.is_empty() || again.fault.is_some() || again.variant.is_some() {
        return Ok(again);
    }
    let recorded = bad.iter().find_map(|check| recorded(&check.again));
    let recorded = recorded.ok_or_else(|| {
        Stop::usage("the last result does not say how it was made; name the target")
    })?;
    (again.targets, again.fault) = (recorded.targets, recorded.fault);
    again.variant = recorded.variant;
    again.folder = again.folder.or(recorded.folder);
    // A device that had to be treated gently still has.
    again.gentle |= recorded.gentle;
    if again.patience == Args::default().patience {
        again.patience = recorded.patience;
    }
    if again.seed == Args::default().seed {
        again.seed = recorded.seed;
    }
    Ok(again)
}

/// What a recorded command says.
fn recorded(command: &str) -> Option<Args> {
    let words = shell_words(command)?;
    let options = words.strip_prefix(&["wirecheck".to_owned(), "run".to_owned()])?;
    let words = std::iter::once("run").chain(options.iter().map(String::as_str));
    Recorded::try_parse_from(words).ok().map(|recorded| recorded.args)
}

/// The cases of these checks that there are. What a passive rule found is shown by a case, which the
/// recorded command names.
fn cases(bad: &[&CheckResult], files: &[LoadedFile]) -> Result<Vec<String>, Stop> {
    let known = plan(files, &Selection::default()).map_err(Stop::own)?;
    let known: HashSet<&str> = known.iter().map(|instance| instance.id.as_str()).collect();
    let mut cases: Vec<String> = Vec::new();
    for check in bad {
        let of_command = recorded(&check.again).and_then(|args| args.cases.into_iter().next());
        let case = of_command.unwrap_or_else(|| check.case.clone());
        let case = Renamed::embedded().case(&case);
        if known.contains(case) && !cases.iter().any(|known| known == case) {
            cases.push(case.to_owned());
        }
    }
    Ok(cases)
}

/// What became of each check.
fn told(bad: &[&CheckResult], now: &RunResult, place: &Path) -> String {
    let mut lines = String::new();
    let mut counts = [0; 3];
    for was in bad {
        let id = Renamed::embedded().check(&was.id);
        let is = now.checks.iter().find(|check| check.id == *id);
        let (place, word, because) = became(was, is);
        counts[place] += 1;
        let style = [GOOD, BAD, ODD][place];
        let because = because.map(|why| format!("\n                 {why}")).unwrap_or_default();
        lines.push_str(&format!("  {style}{word:<13}{style:#}  {}{because}\n", was.id));
    }
    let [fixed, still, not] = counts;
    let of = count(bad.len(), "check");
    format!(
        "\n{STRONG}of {of} that did not pass in {}{STRONG:#}\n{lines}  {fixed} fixed · {still} \
         still failing · {not} could not be judged\n",
        place.display()
    )
}

/// Where it counts, in a word, and why.
fn became(was: &CheckResult, is: Option<&CheckResult>) -> (usize, &'static str, Option<String>) {
    let Some(is) = is else {
        return (2, "could not", Some("there is no such check any more".to_owned()));
    };
    match is.verdict {
        Verdict::Pass | Verdict::Info => (0, "fixed", None),
        Verdict::Xpass => (1, "still xpass", Some("take its record out of the file".to_owned())),
        Verdict::Fail | Verdict::Warn | Verdict::Xfail => {
            let failed = matches!(was.verdict, Verdict::Fail | Verdict::Warn);
            let other = || format!("in another way: {}, was {}", is.outcome, was.outcome);
            match failed {
                true if was.outcome != is.outcome => (1, "still failing", Some(other())),
                true => (1, "still failing", None),
                false => (1, "fails", Some(format!("observed {}", is.observed))),
            }
        }
        Verdict::Inconclusive | Verdict::Skip | Verdict::Error => {
            (2, "could not", is.reason.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn a_recorded_command_is_read_back() {
        let args = recorded(
            "wirecheck run 'mqtt://h:1?v=5.0' --cases 'my cases' --patience 2.5x --gentle --seed 7 \
             --case 'mqtt-5.0/a/b[c]'",
        )
        .expect("a command");
        assert_eq!(args.targets, ["mqtt://h:1?v=5.0"]);
        assert_eq!(args.cases, ["mqtt-5.0/a/b[c]"]);
        assert_eq!(args.folder.as_deref(), Some(Path::new("my cases")));
        assert_eq!((args.patience, args.seed, args.gentle), (250, 7, true));
        assert_eq!(
            recorded("wirecheck run --fault f").and_then(|args| args.fault),
            Some("f".into())
        );
        assert!(recorded("rm -rf /").is_none());
        assert!(recorded("wirecheck run 'a").is_none());
        assert!(recorded("wirecheck run --no-such-option").is_none());
    }

    #[test]
    fn what_is_given_now_goes_before_what_was_recorded() {
        let result = sample();
        let bad: Vec<_> = result.checks.iter().collect();
        let given = |args: Args| repeated(&args, &bad).map(|args| (args.targets, args.fault));
        let recorded = (vec!["mqtt://127.0.0.1:1883".to_owned()], None);
        assert_eq!(given(Args::default()).ok(), Some(recorded));
        let target = vec!["mqtt://other".to_owned()];
        let args = Args { targets: target.clone(), ..Args::default() };
        assert_eq!(given(args).ok(), Some((target, None)));
        let args = Args { fault: Some("f".to_owned()), ..Args::default() };
        assert_eq!(given(args).ok(), Some((vec![], Some("f".to_owned()))));
    }

    #[test]
    fn what_is_repeated() {
        let result = sample();
        let chosen = |args: &Args| {
            let chosen = result.checks.iter().filter(|check| is_wanted(check, args));
            chosen.map(|check| check.verdict).collect::<Vec<_>>()
        };
        use Verdict::{Fail, Inconclusive, Warn};
        assert_eq!(chosen(&Args::default()), [Fail, Inconclusive]);
        let strict = Args { strict: true, ..Args::default() };
        assert_eq!(chosen(&strict), [Fail, Warn, Inconclusive]);
        let narrow = Args { cases: vec!["*/session/*".to_owned()], ..Args::default() };
        assert_eq!(chosen(&narrow), [Inconclusive]);
    }

    #[test]
    fn each_is_told() {
        let (last, mut now) = (sample(), sample());
        let bad: Vec<_> = last.checks.iter().filter(|it| is_wanted(it, &Args::default())).collect();
        let text = |now: &RunResult| {
            let text = told(&bad, now, Path::new("out/result.json"));
            anstream::adapter::strip_str(&text).to_string()
        };
        insta::assert_snapshot!("the_same_again", text(&now));
        now.checks[0].outcome = "silence".to_owned();
        now.checks[3].verdict = Verdict::Pass;
        insta::assert_snapshot!("one_fixed_one_in_another_way", text(&now));
        now.checks.clear();
        insta::assert_snapshot!("gone", text(&now));
    }
}
