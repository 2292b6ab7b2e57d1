//! See `wirecheck_fuzz::xmpp_decode`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(xmpp_decode, generated_element);
