//! See `wirecheck_fuzz::xmpp_round_trip`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(xmpp_round_trip);
