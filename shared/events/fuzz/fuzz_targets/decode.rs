//! Any delivery at all: see `tests/forms/delivery.rs` for what must hold of it.

#![no_main]

#[path = "../../tests/forms/delivery.rs"]
mod delivery;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let (headers, body) = delivery::read(text);
    delivery::check(&headers, &body);
});
