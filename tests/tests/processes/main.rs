//! The program as real processes on a real local cloud. A part of it runs
//! alone by its name: `cargo test -p tests --test processes restart::`.
#![cfg(target_os = "linux")]

mod daemons;
mod gcloud;
mod load;
mod restart;
