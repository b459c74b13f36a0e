//! groundcrew
fn main() {}
