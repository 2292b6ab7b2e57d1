//! See `wirecheck_fuzz::mqtt_decode`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(mqtt_decode, generated_packet);
