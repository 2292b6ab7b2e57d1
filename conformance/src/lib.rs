//! The runner behind the `wirecheck` binary: cases, reference peers, drivers, verdicts and reports.

pub mod peer;
