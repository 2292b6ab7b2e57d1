//! See `wirecheck_fuzz::coap_decode`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(coap_decode, generated_message);
