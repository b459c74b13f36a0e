//! `groundcrew account apply`

use super::{Account, ended, look, tell, unread};
use crate::{args::AccountArgs, out};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let plan = account.setup.look().await.map_err(unread)?;
    if !args.json {
        look::show(&plan)?;
    }
    let report = account.setup.apply(&plan, &tell).await?;
    let (text, code) = ended(&report);
    match args.json {
        true => out::json(&report)?,
        false => out::line(&text)?,
    }
    Ok(code)
}
