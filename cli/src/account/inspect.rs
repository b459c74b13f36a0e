//! `groundcrew account plan`, `drift` and `status`, which only read.

use super::{Account, observation_failed};
use crate::{args::AccountArgs, out};
use anyhow::{Result, bail};
use plan::{Action, Colours, Item, Plan, Resource, ResourceId};
use serde_json::json;
use std::process::ExitCode;

fn colours() -> Colours {
    match out::has_colours() {
        true => Colours::Ansi,
        false => Colours::None,
    }
}

pub(crate) fn print_plan(plan: &Plan) -> Result<()> {
    Ok(out::coloured_line(&plan.shown(colours()).to_string())?)
}

/// Says what to do about more access than the setup gives, if there is any.
pub(crate) fn note_surplus(plan: &Plan) {
    let surplus: Vec<String> = plan
        .surplus()
        .map(|(id, surplus)| format!("  {id}: {}", surplus.item))
        .collect();
    if !surplus.is_empty() {
        out::note!(
            "others gave more access than the setup does, which apply keeps; remove what nobody \
             needs, grants from the policy and firewall rules from the network:\n{}",
            surplus.join("\n")
        );
    }
}

/// Fails if a step of `plan` is refused: then nothing would be done, and what the
/// ledger says of the project stays true.
pub(crate) fn check_satisfiable(plan: &Plan) -> Result<()> {
    let refusals = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Refuse { reason } => Some(format!("{}: {reason}", step.id)),
        Action::Create
        | Action::Restore { .. }
        | Action::Change { .. }
        | Action::Delete
        | Action::Keep
        | Action::Adopt { .. }
        | Action::Retain { .. } => None,
    });
    let refusals: Vec<String> = refusals.collect();
    match refusals.is_empty() {
        true => Ok(()),
        false => bail!("nothing was changed: {}", refusals.join("\n  ")),
    }
}

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
    if args.json {
        out::json(&plan)?;
    } else if plan.steps.is_empty() {
        out::line("no drift")?;
    } else {
        // Without the counts in the last line: they include unchanged resources.
        let text = plan.shown(colours()).to_string();
        out::line(text.rsplit_once('\n').map_or("", |(steps, _)| steps))?;
        note_surplus(&plan);
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
