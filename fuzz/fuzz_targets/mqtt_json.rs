//! See `wirecheck_fuzz::mqtt_json`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(mqtt_json);
