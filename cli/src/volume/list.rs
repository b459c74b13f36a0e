//! `groundcrew volume list`

use crate::{account::Account, args::AccountArgs, out, plan_view::observation_failed};
use anyhow::Result;
use serde_json::{Value, json};
use std::process::ExitCode;

pub(crate) async fn run(args: &AccountArgs) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    let volumes = account.setup.volumes().await.map_err(observation_failed)?;
    let (bucket, project) = (account.spec.bucket(), &account.spec.project);
    let columns = volumes.iter().map(|volume| {
        let data = volume.data(&bucket);
        (volume, format!("gs://{data}"), volume.account(project))
    });
    if args.json {
        let rows: Vec<Value> = columns
            .map(|(name, data, account)| json!({ "name": name, "data": data, "account": account }))
            .collect();
        out::json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if volumes.is_empty() {
        out::note!("no volumes found in project {project}");
        return Ok(ExitCode::SUCCESS);
    }
    let header = ["NAME", "DATA", "ACCOUNT"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(header)
        .chain(
            columns.map(|(name, data, account)| vec![name.to_string(), data, account.to_string()]),
        )
        .collect();
    out::text(&out::table(&rows))?;
    Ok(ExitCode::SUCCESS)
}
