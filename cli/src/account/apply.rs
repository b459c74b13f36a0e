//! `groundcrew account apply`

use super::Account;
use crate::{
    args::AccountArgs,
    out,
    plan_view::{
        check_satisfiable, note_surplus, observation_failed, print_plan, print_step, summarize,
    },
};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let recorder = account.recorder();
    recorder.check("changed").await?;
    let plan = account.setup.plan().await.map_err(observation_failed)?;
    if !args.json {
        print_plan(&plan)?;
    }
    check_satisfiable(&plan)?;
    account.check_permissions(&plan).await?;
    let start = recorder.begin_apply(!plan.is_empty()).await?;
    let report = account.setup.apply(&plan, &print_step).await;
    recorder.end(&start, &report).await;
    let report = report?;
    note_surplus(&plan);
    account.note_closed_topics().await?;
    out::note!("{} API calls", account.target.calls.count());
    let (text, code) = summarize(&report);
    match args.json {
        true => out::json(&report)?,
        false => out::line(&text)?,
    }
    Ok(code)
}
