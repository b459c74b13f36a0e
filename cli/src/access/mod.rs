//! `groundcrew access`: who may do what, and why.

mod identity;
mod process;
mod projects;
mod record;
mod report;
mod role;

pub(crate) use record::record;

use crate::{
    args::{ExplainArgs, TargetArgs},
    out,
    target::Target,
};
use ::explain::{CollectScope, collect};
use anyhow::{Result, bail};
use std::process::ExitCode;

/// `groundcrew access explain`
pub(crate) async fn explain(args: &ExplainArgs) -> Result<ExitCode> {
    let target = Target::find(&TargetArgs::home(args.google.as_ref())).await?;
    let default_project = &target.deployment.settings.project;
    let project = args.project.as_ref().unwrap_or(default_project);
    out::note!("{}: project {project}", target.description());
    let scope = CollectScope {
        project: project.clone(),
        locations: Vec::new(),
    };
    let snapshot = collect(&target.client, &scope).await;
    let Some(resource) = &args.resource else {
        let explanation = ::explain::explain(&snapshot, &args.principal);
        match args.json {
            true => out::json(&explanation)?,
            false => out::text(&explanation.to_string())?,
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(access) = ::explain::resource_access(&snapshot, &args.principal, resource) else {
        let failures = snapshot.read_failures.iter();
        let failures: Vec<String> = failures
            .map(|failure| format!("\n  {}: {}", failure.what, failure.reason))
            .collect();
        bail!(
            "{resource} not found in project {project}; not read:{}",
            failures.concat()
        );
    };
    match args.json {
        true => out::json(&access)?,
        false => out::text(&access.to_string())?,
    }
    Ok(ExitCode::SUCCESS)
}
