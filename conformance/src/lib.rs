//! The runner behind the `wirecheck` binary: cases, reference peers, drivers, verdicts and reports.

pub mod builtin;
pub mod capability;
pub mod case;
pub mod catalogue;
pub mod codec;
pub mod command;
pub mod confirm;
pub mod coverage;
pub mod diff;
pub mod driver;
pub mod known;
pub mod passive;
pub mod pattern;
pub mod peer;
pub mod plan;
pub mod renamed;
pub mod render;
pub mod result;
pub mod run;
pub mod secret;
pub mod target;
pub mod template;
pub mod transport;
pub mod vectors;
pub mod verdict;
pub mod wire_log;
