//! Recorded sessions played again: each recorded client becomes a real one, and what the target
//! answers is compared with what was answered then.
//!
//! A [`Script`] is what a recording says was done, [`play`] does it, and a [`Comparison`] says what
//! came instead. What a server numbers, and what is otherwise different in every run, `terms`
//! knows by protocol.

mod compare;
mod play;
mod rename;
mod script;
mod terms;

pub use compare::{Comparison, Difference, Message, compare};
pub use play::{Heard, Speed, play};
pub use rename::Rename;
pub use script::{Flow, Only, Script, Step, What};
