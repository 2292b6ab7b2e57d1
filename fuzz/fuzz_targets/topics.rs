//! See `wirecheck_fuzz::topics`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(topics);
