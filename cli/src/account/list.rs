//! `groundcrew account list`

use super::row::Row;
use crate::{
    args::{DeploymentsArgs, TargetArgs},
    out,
    target::Target,
};
use account::Deployments;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(args: &DeploymentsArgs) -> Result<ExitCode> {
    let target = Target::find(&TargetArgs {
        google: args.google.clone(),
        jobs_project: None,
    })
    .await?;
    let (entries, unreadable) = Deployments::new(target.ledger()).all().await?;
    for fault in &unreadable {
        eprintln!("left out: {fault}");
    }
    let rows = entries
        .iter()
        .map(|entry| Row::of(entry.id.as_str(), &entry.record));
    if args.json {
        out::json(&rows.collect::<Vec<_>>())?;
    } else if entries.is_empty() {
        eprintln!("no deployments");
    } else {
        let table: Vec<_> = std::iter::once(Row::heads())
            .chain(rows.map(|row| row.cells()))
            .collect();
        out::bytes(out::table(&table).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
