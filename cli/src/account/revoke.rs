//! `groundcrew account revoke`

use super::{Account, ended, tell, unread};
use crate::{args::AccountArgs, out};
use anyhow::Result;
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs, fast: bool) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let revoked = account.setup.revoke(fast, &tell).await.map_err(unread)?;
    let (_, code) = ended(&revoked.report);
    let who = account.setup.resource_manager();
    if args.json {
        out::json(&json!({
            "revoked": who, "outcomes": revoked.report.outcomes,
            "others": revoked.others, "disabled": revoked.disabled,
        }))?;
    } else if code == ExitCode::SUCCESS {
        out::line(&format!(
            "{who} has nothing any more of what groundcrew gave it"
        ))?;
        for email in &revoked.disabled {
            out::line(&format!("{email} is disabled"))?;
        }
    }
    if revoked.others.is_empty() {
        return Ok(code);
    }
    eprintln!("somebody else gave it more, and must take that away:");
    for grant in &revoked.others {
        eprintln!("  {grant}");
    }
    Ok(ExitCode::FAILURE)
}
