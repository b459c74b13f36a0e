//! `groundcrew account delete`

use super::{
    Account,
    book::{Begun, left_to_do, tried},
    ended, look, tell, unread,
};
use crate::{args::AccountArgs, out};
use anyhow::{Result, bail};
use plan::{Action, ResourceId};
use std::{io, process::ExitCode};

pub(crate) async fn run(args: &AccountArgs, yes: bool) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let plan = account.setup.plan_teardown().await.map_err(unread)?;
    if !args.json {
        look::show(&plan)?;
    }
    if plan.steps.is_empty() && plan.forgotten.is_empty() {
        eprintln!(
            "no deployment record in {}: nothing to delete",
            account.spec.bucket()
        );
        account.book().give_up().await?;
        return Ok(ExitCode::SUCCESS);
    }
    if !yes {
        let bucket = account.spec.bucket();
        let goes = plan.step(&ResourceId::Bucket(bucket.clone()));
        let files = match goes.is_some_and(|step| step.action == Action::Delete) {
            true => "and all its files go for good",
            false => "stays, and the rest goes",
        };
        eprintln!("the bucket {bucket} {files}: write its name to go on");
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if answer.trim() != bucket.as_str() {
            bail!(
                "nothing was deleted: {:?} is not {bucket} (or say --yes)",
                answer.trim()
            );
        }
    }
    let book = account.book();
    let record = account.setup.record().await?;
    let begun = book.begin_removal(record.as_ref()).await?;
    let report = account.setup.delete(&plan, &tell).await;
    book.end(&begun, &tried(&report)).await;
    let report = report?;
    let (text, code) = ended(&report);
    let left = left_to_do(&report.outcomes, &account.spec, args);
    if let (Begun::Unknown, Some(left)) = (begun, left) {
        eprintln!("{left}");
    }
    match args.json {
        true => out::json(&report)?,
        false => out::line(&text)?,
    }
    Ok(code)
}
