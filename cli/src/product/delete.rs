//! `groundcrew product delete`

use super::{Products, of};
use crate::{
    args::ProductArgs,
    out,
    plan_view::{print_plan, print_step, summarize},
    prompt::confirm_deletion,
};
use anyhow::Result;
use plan::{Action, Plan, ResourceId};
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(args: &ProductArgs, yes: bool) -> Result<ExitCode> {
    let Products { all, target } = Products::find(args).await?;
    target.announce();
    let (mut code, mut reports) = (ExitCode::SUCCESS, Vec::new());
    for (spec, factory) in all {
        let plan = factory.plan_deletion().await;
        let plan = plan.map_err(|error| of(&spec, error))?;
        if !args.json {
            print_plan(&plan)?;
        }
        if plan.is_empty() {
            out::note!("{}: nothing to delete", spec.name);
            continue;
        }
        if !yes {
            let warning = format!(
                "{} will be deleted with all that is in them, and can be restored for 30 days",
                deleted_projects(&plan)
            );
            confirm_deletion(&warning, spec.name.as_str())?;
        }
        let report = factory.delete(&plan, &print_step).await;
        let report = report.map_err(|error| of(&spec, error))?;
        let (text, this) = summarize(&report);
        if this != ExitCode::SUCCESS {
            code = this;
        }
        if !args.json {
            out::line(&format!("{} in {}: {text}", spec.name, spec.parent))?;
        }
        reports.push(json!({ "product": spec.name, "parent": spec.parent, "report": report }));
    }
    if args.json {
        out::json(&reports)?;
    }
    Ok(code)
}

fn deleted_projects(plan: &Plan) -> String {
    let deleted = plan.steps.iter().filter_map(|step| {
        let ResourceId::Project(id) = &step.id else {
            return None;
        };
        (step.action == Action::Delete).then(|| id.to_string())
    });
    let deleted: Vec<String> = deleted.collect();
    format!("the projects {}", deleted.join(", "))
}
