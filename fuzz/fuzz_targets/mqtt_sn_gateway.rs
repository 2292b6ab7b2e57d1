//! See `wirecheck_fuzz::mqtt_sn_gateway`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(mqtt_sn_gateway);
