//! See `wirecheck_fuzz::coap_round_trip`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(coap_round_trip);
