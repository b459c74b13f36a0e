//! `groundcrew account revoke`

use super::{Account, observation_failed, print_step, summarize};
use crate::{args::AccountArgs, out};
use anyhow::Result;
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs, fast: bool) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let revoked = account.setup.revoke(fast, &print_step).await;
    let revoked = revoked.map_err(observation_failed)?;
    let (_, code) = summarize(&revoked.report);
    let member = account.setup.resource_manager();
    if args.json {
        out::json(&json!({
            "revoked": member, "outcomes": revoked.report.outcomes,
            "others": revoked.others, "disabled": revoked.disabled,
        }))?;
    } else if code == ExitCode::SUCCESS {
        out::line(&format!(
            "revoked everything that groundcrew had granted to {member}"
        ))?;
        for email in &revoked.disabled {
            out::line(&format!("disabled {email}"))?;
        }
    }
    if revoked.others.is_empty() {
        return Ok(code);
    }
    out::note!("grants that groundcrew did not make remain; revoke them yourself:");
    for grant in &revoked.others {
        out::note!("  {grant}");
    }
    Ok(ExitCode::FAILURE)
}
