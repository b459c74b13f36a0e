//! job-queued
