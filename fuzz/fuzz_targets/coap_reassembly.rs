//! See `wirecheck_fuzz::coap_reassembly`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(coap_reassembly);
