//! See `wirecheck_fuzz::coap_tcp_decode`.
#![cfg_attr(fuzzing, no_main)]
wirecheck_fuzz::target!(coap_tcp_decode, generated_stream);
