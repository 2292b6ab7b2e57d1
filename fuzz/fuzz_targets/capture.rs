//! See `wirecheck_fuzz::capture`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(capture);
