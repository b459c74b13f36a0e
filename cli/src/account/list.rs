//! `groundcrew account list`

use super::summary::DeploymentSummary;
use crate::{
    args::{DeploymentsArgs, TargetArgs},
    out,
    target::Target,
};
use account::Deployments;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(args: &DeploymentsArgs) -> Result<ExitCode> {
    let target = Target::find(&TargetArgs::home(args.google.as_ref())).await?;
    let (entries, unreadable) = Deployments::new(target.ledger()).all().await?;
    for error in &unreadable {
        out::note!("skipped an unreadable record: {error}");
    }
    let rows = entries
        .iter()
        .map(|entry| DeploymentSummary::of(entry.id.as_str(), &entry.record));
    if args.json {
        out::json(&rows.collect::<Vec<_>>())?;
    } else if entries.is_empty() {
        out::note!("no deployments found");
    } else {
        let table: Vec<_> = std::iter::once(DeploymentSummary::header())
            .chain(rows.map(|row| row.cells()))
            .collect();
        out::text(&out::table(&table))?;
    }
    Ok(ExitCode::SUCCESS)
}
