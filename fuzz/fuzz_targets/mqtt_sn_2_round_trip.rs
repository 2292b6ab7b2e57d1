//! See `wirecheck_fuzz::mqtt_sn_2_round_trip`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(mqtt_sn_2_round_trip);
