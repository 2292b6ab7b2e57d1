//! See `wirecheck_fuzz::xmpp_scram`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(xmpp_scram, generated_exchange);
