//! `groundcrew account plan`, `drift` and `status`, which only read.

use super::Account;
use crate::{
    args::AccountArgs,
    out,
    plan_view::{observation_failed, print_drift, print_plan},
};
use anyhow::Result;
use plan::{Action, Item, Plan, Resource, ResourceId};
use serde_json::json;
use std::process::ExitCode;

/// `groundcrew account plan`
pub(crate) async fn plan(args: &AccountArgs) -> Result<ExitCode> {
    let plan = Account::find(args)
        .await?
        .setup
        .plan()
        .await
        .map_err(observation_failed)?;
    match args.json {
        true => out::json(&plan)?,
        false => print_plan(&plan)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// `groundcrew account drift`
pub(crate) async fn drift(args: &AccountArgs) -> Result<ExitCode> {
    let mut plan = Account::find(args)
        .await?
        .setup
        .plan()
        .await
        .map_err(observation_failed)?;
    plan.steps.retain(|step| !step.is_exact());
    match args.json {
        true => out::json(&plan)?,
        false => print_drift(&plan)?,
    }
    Ok(match plan.steps.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(2),
    })
}

/// `groundcrew account status`
pub(crate) async fn status(args: &AccountArgs) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    let plan = account.setup.plan().await.map_err(observation_failed)?;
    let differences = plan.steps.iter().filter(|step| !step.is_exact()).count();
    let exists = |id: ResourceId| {
        plan.step(&id)
            .is_some_and(|step| step.action != Action::Create)
    };
    let bucket = account.spec.bucket();
    let setup = match (exists(ResourceId::Bucket(bucket.clone())), differences) {
        (false, _) => "not set up",
        (true, 0) => "set up",
        (true, _) => "drifted",
    };
    let access = access(&account, &plan);
    if args.json {
        out::json(&json!({
            "project": account.spec.project, "deployment": account.spec.deployment,
            "setup": setup, "differences": differences, "access": access,
            "resource_manager": account.setup.resource_manager(), "bucket": bucket,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let setup = match differences {
        0 => setup.to_owned(),
        _ => format!("{setup}: {differences} differences, see `groundcrew account plan`"),
    };
    let rows = [
        row("project:", account.spec.project.to_string()),
        row("deployment:", account.spec.deployment.to_string()),
        row("setup:", setup),
        row(
            "access:",
            format!("{access} to {}", account.setup.resource_manager()),
        ),
        row("bucket:", bucket.to_string()),
    ];
    out::text(&out::table(&rows))?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the resource manager has the grants that the setup gives it.
fn access(account: &Account, plan: &Plan) -> &'static str {
    let member = account.setup.resource_manager();
    let (mut wanted, mut missing) = (0, 0);
    for step in &plan.steps {
        let Some(Resource::Policy(policy)) = &step.resource else {
            continue;
        };
        wanted += policy.grants.iter().filter(|g| g.member == *member).count();
        missing += step
            .input
            .grants
            .iter()
            .filter(|g| g.member == *member)
            .count();
    }
    let more = plan.surplus().any(|(_, surplus)| match &surplus.item {
        Item::Grant(grant) => grant.member == member.as_str(),
        Item::Text(_) => false,
    });
    match missing {
        0 if more => "granted, and more than that,",
        0 => "granted",
        n if n == wanted => "none",
        _ => "partially granted",
    }
}
