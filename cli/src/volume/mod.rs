//! `groundcrew volume`: one file per command.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;

use crate::{
    account::Account,
    out,
    plan_view::{print_step, summarize},
};
use anyhow::Result;
use names::VolumeName;
use plan::Plan;
use std::process::ExitCode;

/// Applies the plan for `volume` and prints the result.
async fn apply(
    account: &Account,
    volume: &VolumeName,
    plan: &Plan,
    json: bool,
) -> Result<ExitCode> {
    let report = account
        .setup
        .apply_volume(volume, plan, &print_step)
        .await?;
    let (text, code) = summarize(&report);
    match json {
        true => out::json(&report)?,
        false => out::line(&text)?,
    }
    Ok(code)
}

/// Prints the plan, unless the output is JSON.
fn print_plan(plan: &Plan, json: bool) -> Result<()> {
    match json {
        true => Ok(()),
        false => crate::plan_view::print_plan(plan),
    }
}
