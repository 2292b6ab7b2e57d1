//! See `wirecheck_fuzz::link_format`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(link_format, generated_links);
