//! Runs the program as a user does, against a local cloud.

mod access;
mod access_record;
mod account;
mod dead_letter;
mod generated;
mod job;
mod local_cloud;
mod product;
mod removal;
mod tour;
mod volume;
