//! The program `groundcrew` from outside: its commands as processes, and the
//! files that it generates.

mod access;
mod account;
mod generated;
mod laptop;
