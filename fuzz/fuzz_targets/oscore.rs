//! See `wirecheck_fuzz::oscore`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(oscore);
