//! Running cases: one instance at a time ([`case`]), many side by side ([`schedule`]).

mod alive;
pub mod case;
mod check;
mod collect;
mod declare;
pub mod environment;
mod expect;
mod hand;
mod ledger;
mod mutate;
mod open;
pub mod probe;
mod record;
pub mod schedule;
mod send;
mod wait;

pub use case::{CaseOutcome, run_case};
pub use environment::{Environment, Halt, NoVerbs, Verbs};
pub use schedule::{Event, Options, Summary, run_all};
