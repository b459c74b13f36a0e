//! Cloud Scheduler v1: jobs that publish to Pub/Sub or push over HTTP. Times
//! are UTC. App Engine, retries, and HTTP methods other than POST are not
//! simulated; runs that were due while the cloud was stopped are skipped.

mod job;
mod schedule;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use job::{JOB, pushed, tick};
