//! The runner behind the `wirecheck` binary: cases, reference peers, drivers, verdicts and reports.

pub mod case;
pub mod pattern;
pub mod template;
