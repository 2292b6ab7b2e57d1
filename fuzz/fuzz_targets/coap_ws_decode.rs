//! See `wirecheck_fuzz::coap_ws_decode`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(coap_ws_decode, generated_frame);
