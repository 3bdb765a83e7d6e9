//! libFuzzer, and what it calls.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::log_archive_dest(input));
