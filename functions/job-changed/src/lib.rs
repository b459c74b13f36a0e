//! job-changed
