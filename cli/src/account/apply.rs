//! `groundcrew account apply`

use super::{Account, book::tried, ended, look, tell, unread};
use crate::{args::AccountArgs, out};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let plan = account.setup.plan().await.map_err(unread)?;
    if !args.json {
        look::show(&plan)?;
    }
    let book = account.book();
    let begun = book.begin_apply(!plan.is_empty()).await?;
    let report = account.setup.apply(&plan, &tell).await;
    book.end(&begun, &tried(&report)).await;
    let report = report?;
    eprintln!("{} calls of APIs", account.target.calls.number());
    let (text, code) = ended(&report);
    match args.json {
        true => out::json(&report)?,
        false => out::line(&text)?,
    }
    Ok(code)
}
