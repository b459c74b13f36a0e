//! `groundcrew dead-letter`: one file per command.

pub(crate) mod drop;
mod letter;
pub(crate) mod list;
mod queue;
pub(crate) mod replay;
pub(crate) mod show;
