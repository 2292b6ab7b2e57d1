//! A run while it goes on: a bar with the running cases on a terminal, else a line for each case.

use std::cell::{Cell, RefCell};
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::seconds;
use super::style::{BAD, of};
use super::terminal::{failure, is_shown};
use crate::run::{CaseOutcome, Event};
use crate::secret::Secrets;
use crate::verdict::{CheckResult, Verdict};

/// How many running cases the bar names.
const MOST_NAMES: usize = 3;

/// Prints what happens. Failures go to standard output, the progress to standard error.
pub struct Progress<'a> {
    bar: Option<ProgressBar>,
    failed: Cell<usize>,
    running: RefCell<Vec<(String, Instant)>>,
    secrets: &'a Secrets,
    verbose: bool,
}

impl<'a> Progress<'a> {
    /// Progress over `cases` cases.
    #[must_use]
    pub fn new(cases: usize, secrets: &'a Secrets, verbose: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = terminal.then(|| bar(cases, ProgressDrawTarget::stderr_with_hz(10)));
        Self::with(bar, secrets, verbose)
    }

    fn with(bar: Option<ProgressBar>, secrets: &'a Secrets, verbose: bool) -> Self {
        let (failed, running) = (Cell::new(0), RefCell::default());
        Self { bar, failed, running, secrets, verbose }
    }

    /// Keeps the ages of the running cases fresh; to be polled beside the run.
    pub async fn tick(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            self.show_running();
        }
    }

    /// Something happened.
    pub fn tell(&self, event: &Event<'_>) {
        match event {
            Event::Started(case) => {
                self.running.borrow_mut().push(((*case).to_owned(), Instant::now()));
            }
            Event::Finished(outcome) => {
                self.running.borrow_mut().retain(|(case, _)| *case != outcome.id);
                self.finished(outcome);
            }
            Event::Died(case) => {
                self.aside(&format!("{BAD}the target stopped serving{BAD:#} after {case}\n"));
            }
        }
        self.show_running();
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn finished(&self, outcome: &CaseOutcome) {
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                if outcome.verdict() >= Verdict::Xpass {
                    self.failed.set(self.failed.get() + 1);
                    bar.set_prefix(format!(" · {} failed", self.failed.get()));
                }
            }
            None => self.aside(&line(outcome)),
        }
        let mut shown: Vec<CheckResult> = outcome
            .checks
            .iter()
            .filter(|check| is_shown(check.verdict, self.verbose))
            .cloned()
            .collect();
        for check in &mut shown {
            self.secrets.check(check);
        }
        if !shown.is_empty() {
            let text = failure(&shown.iter().collect::<Vec<_>>(), Some(outcome.ms));
            self.suspended(|| crate::command::print(&text));
        }
    }

    /// To standard error, above the bar.
    fn aside(&self, text: &str) {
        self.suspended(|| {
            // Nobody to tell it to is no reason to stop.
            let _ = anstream::stderr().write_all(text.as_bytes());
        });
    }

    fn suspended(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn show_running(&self) {
        let Some(bar) = &self.bar else { return };
        let running = self.running.borrow();
        let running =
            running.iter().map(|(case, since)| (case.as_str(), since.elapsed().as_secs()));
        bar.set_message(names(running));
        bar.tick();
    }
}

/// `3s [====>       ] 101/250 · 2 failed  1 s mqtt-5.0/keep-alive/off`.
fn bar(cases: usize, target: ProgressDrawTarget) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(cases as u64), target);
    let template = "{elapsed:>4} [{bar:12}] {pos}/{len}{prefix}  {wide_msg}";
    let style = ProgressStyle::with_template(template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar
}

/// `PASS         mqtt-5.0/ping/answered   0.013 s`.
fn line(outcome: &CaseOutcome) -> String {
    let verdict = outcome.verdict();
    let style = of(verdict);
    let name = format!("{:<12}", verdict.name().to_uppercase());
    format!("{style}{name}{style:#} {} {:>9}\n", outcome.id, seconds(outcome.ms))
}

/// The running cases behind their ages in seconds, which must not be cut off; the oldest first, and
/// not all of them.
fn names<'a>(running: impl Iterator<Item = (&'a str, u64)>) -> String {
    let all: Vec<String> = running.map(|(case, age)| format!("{age} s {case}")).collect();
    let shown = all.get(..MOST_NAMES).unwrap_or(&all).join("  ");
    match all.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown}  and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;
    use crate::render::sample;

    fn outcome(checks: Vec<CheckResult>) -> CaseOutcome {
        let id = checks.first().map(|check| check.case.clone()).unwrap_or_default();
        CaseOutcome {
            id,
            checks,
            findings: Vec::new(),
            applied: Vec::new(),
            log: Vec::new(),
            left_over: Vec::new(),
            ms: 1234,
            alive: true,
        }
    }

    #[test]
    fn the_bar_of_a_narrow_and_of_a_wide_terminal() {
        for (width, name) in [(60, "the_bar_60"), (100, "the_bar_100")] {
            let terminal = InMemoryTerm::new(5, width);
            let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
            let secrets = Secrets::default();
            let progress = Progress::with(Some(bar(250, target)), &secrets, false);
            for case in ["keep-alive/off", "will/once", "session/kept", "ping/answered", "qos/a"] {
                progress.tell(&Event::Started(&format!("mqtt-5.0/{case}")));
            }
            for verdict in [Verdict::Pass, Verdict::Error] {
                let mut check = sample().checks.remove(0);
                (check.case, check.verdict) = ("mqtt-5.0/qos/a".to_owned(), verdict);
                progress.tell(&Event::Finished(&outcome(vec![check])));
            }
            insta::assert_snapshot!(name, terminal.contents());
            progress.end();
            assert_eq!(terminal.contents(), "");
        }
    }

    #[test]
    fn a_line_for_each_case() {
        let checks = sample().checks.into_iter().map(|check| line(&outcome(vec![check])));
        let lines = anstream::adapter::strip_str(&checks.collect::<String>()).to_string();
        insta::assert_snapshot!(lines);
    }

    #[test]
    fn the_running_cases() {
        let named = |count: usize| names((0..count).map(|age| ("mqtt-5.0/a/b", 10 - age as u64)));
        assert_eq!(named(0), "");
        assert_eq!(named(2), "10 s mqtt-5.0/a/b  9 s mqtt-5.0/a/b");
        assert_eq!(named(5), "10 s mqtt-5.0/a/b  9 s mqtt-5.0/a/b  8 s mqtt-5.0/a/b  and 2 more");
    }
}
