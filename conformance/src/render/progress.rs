//! A run while it goes on: a bar with the running cases on a terminal, else a line for each case.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::seconds;
use super::style::{BAD, of};
use super::terminal::{failure, is_shown};
use crate::run::{CaseOutcome, Event};
use crate::secret::Secrets;
use crate::verdict::CheckResult;

/// How many running cases the bar names.
const MOST_NAMES: usize = 3;

/// Prints what happens. Failures go to standard output, the progress to standard error.
pub struct Progress<'a> {
    bar: Option<ProgressBar>,
    running: RefCell<Vec<(String, Instant)>>,
    secrets: &'a Secrets,
    verbose: bool,
}

impl<'a> Progress<'a> {
    /// Progress over `cases` cases.
    #[must_use]
    pub fn new(cases: usize, secrets: &'a Secrets, verbose: bool) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(
                Some(cases as u64),
                ProgressDrawTarget::stderr_with_hz(10),
            );
            let template = "{elapsed:>4} [{bar:24}] {pos}/{len}  {wide_msg}";
            let style = ProgressStyle::with_template(template);
            bar.set_style(
                style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "),
            );
            bar
        });
        Self { bar, running: RefCell::default(), secrets, verbose }
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
            Some(bar) => bar.inc(1),
            None => {
                let verdict = outcome.verdict();
                let style = of(verdict);
                let name = format!("{:<12}", verdict.name().to_uppercase());
                let line =
                    format!("{style}{name}{style:#} {} {:>9}", outcome.id, seconds(outcome.ms));
                self.aside(&format!("{line}\n"));
            }
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
        let names = running
            .iter()
            .take(MOST_NAMES)
            .map(|(case, since)| format!("{case} {} s", since.elapsed().as_secs()));
        let mut line = names.collect::<Vec<_>>().join("  ");
        if running.len() > MOST_NAMES {
            line.push_str(&format!("  and {} more", running.len() - MOST_NAMES));
        }
        bar.set_message(line);
        bar.tick();
    }
}
