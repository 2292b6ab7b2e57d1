//! See `wirecheck_fuzz::case_files`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(case_files);
