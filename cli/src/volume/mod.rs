//! `groundcrew volume`: one file per command.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;

use crate::{
    account::{Account, ended, look, tell},
    out,
};
use anyhow::Result;
use names::VolumeName;
use plan::Plan;
use std::process::ExitCode;

/// Carries out what concerns `volume`, and says what became of it.
async fn apply(
    account: &Account,
    volume: &VolumeName,
    plan: &Plan,
    json: bool,
) -> Result<ExitCode> {
    let report = account.setup.apply_volume(volume, plan, &tell).await?;
    let (text, code) = ended(&report);
    match json {
        true => out::json(&report)?,
        false => out::line(&text)?,
    }
    Ok(code)
}

/// Shows people the steps, unless it is all for a program to read.
fn show(plan: &Plan, json: bool) -> Result<()> {
    match json {
        true => Ok(()),
        false => look::show(plan),
    }
}
