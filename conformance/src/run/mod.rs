//! Running cases: one instance at a time ([`case`]), many side by side ([`schedule`]).

pub(crate) mod alive;
pub mod case;
mod check;
mod collect;
mod declare;
pub mod environment;
mod expect;
mod hand;
pub(crate) mod ledger;
mod open;
mod record;
pub mod schedule;
mod send;
pub(crate) mod wait;

pub use case::{CaseOutcome, run_case};
pub use environment::{Environment, Halt, NoVerbs, Verbs};
pub use schedule::{Event, Options, Summary, run_all};
