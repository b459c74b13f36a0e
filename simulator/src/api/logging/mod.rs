//! Cloud Logging v2: sinks of projects, and what they export. Log buckets, log
//! entries of callers, and the sinks `_Default` and `_Required` that Google
//! makes are not simulated.

mod export;
mod query;
mod sink;
#[cfg(test)]
mod tests;

pub(crate) use export::export;
pub(crate) use sink::SINK;
