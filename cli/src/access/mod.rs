//! `groundcrew access`: who may do what, and why.

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
    let place = TargetArgs {
        google: args.google.clone(),
        jobs_project: None,
    };
    let target = Target::find(&place).await?;
    let asked = args.project.as_ref();
    let project = asked.unwrap_or(&target.deployment.settings.project);
    eprintln!("{}: project {project}", target.place());
    let scope = CollectScope {
        project: project.clone(),
        locations: Vec::new(),
    };
    let picture = collect(&target.client, &scope).await;
    let Some(resource) = &args.resource else {
        let explanation = ::explain::explain(&picture, &args.principal);
        match args.json {
            true => out::json(&explanation)?,
            false => out::bytes(explanation.to_string().as_bytes())?,
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(at) = ::explain::resource_access(&picture, &args.principal, resource) else {
        let gaps = picture.read_failures.iter();
        let gaps: Vec<String> = gaps
            .map(|gap| format!("\n  {}: {}", gap.what, gap.why))
            .collect();
        bail!(
            "{resource} was not seen in project {project}; not read were:{}",
            gaps.concat()
        );
    };
    match args.json {
        true => out::json(&at)?,
        false => out::bytes(at.to_string().as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}
