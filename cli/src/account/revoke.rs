//! `groundcrew account revoke`

use super::Account;
use crate::{
    args::AccountArgs,
    out,
    plan_view::{observation_failed, print_step, summarize},
};
use account::RunningMachine;
use anyhow::Result;
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs, fast: bool) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    account.recorder().check("revoked").await?;
    let revoked = account.setup.revoke(fast, &print_step).await;
    let revoked = revoked.map_err(observation_failed)?;
    let (_, code) = summarize(&revoked.report);
    let member = account.setup.resource_manager();
    let errors: Vec<String> = revoked
        .errors
        .iter()
        .map(|error| gcp::chain(error))
        .collect();
    if args.json {
        out::json(&json!({
            "revoked": member, "outcomes": revoked.report.outcomes,
            "others": revoked.others, "disabled": revoked.disabled,
            "machines": revoked.machines, "errors": errors,
        }))?;
    } else {
        if code == ExitCode::SUCCESS && errors.is_empty() {
            out::line(&format!(
                "revoked everything that groundcrew had granted to {member}"
            ))?;
        }
        for email in &revoked.disabled {
            out::line(&format!("disabled {email}"))?;
        }
        for machine in &revoked.machines {
            out::line(&format!("still runs, and costs money: {machine}"))?;
        }
    }
    if !revoked.machines.is_empty() {
        out::note!("groundcrew can no longer delete these machines; to do it yourself:");
    }
    for RunningMachine { name, zone, .. } in &revoked.machines {
        let project = &account.spec.project;
        out::note!("  gcloud compute instances delete {name} --zone {zone} --project {project}");
    }
    for error in &errors {
        out::note!("not all is known to be revoked: {error}");
    }
    if !revoked.others.is_empty() {
        out::note!("grants that groundcrew did not make remain; revoke them yourself:");
    }
    for grant in &revoked.others {
        out::note!("  {grant}");
    }
    Ok(match revoked.others.is_empty() && errors.is_empty() {
        true => code,
        false => ExitCode::FAILURE,
    })
}
