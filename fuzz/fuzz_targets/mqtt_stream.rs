//! See `wirecheck_fuzz::mqtt_stream`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(mqtt_stream);
