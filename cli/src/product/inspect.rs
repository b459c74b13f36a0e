//! `groundcrew product plan` and `drift`, which only read.

use super::{Products, of};
use crate::{
    args::ProductArgs,
    out,
    plan_view::{print_drift, print_plan},
};
use anyhow::Result;
use plan::Plan;
use product::Spec;
use serde_json::{Value, json};
use std::process::ExitCode;

/// `groundcrew product plan`
pub(crate) async fn plan(args: &ProductArgs) -> Result<ExitCode> {
    let plans = plans(args).await?;
    for (spec, plan) in plans.iter().filter(|_| !args.json) {
        out::line(&format!("{} in {}:", spec.name, spec.parent))?;
        print_plan(plan)?;
    }
    if args.json {
        out::json(&as_json(&plans))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `groundcrew product drift`
pub(crate) async fn drift(args: &ProductArgs) -> Result<ExitCode> {
    let mut plans = plans(args).await?;
    for (spec, plan) in &mut plans {
        plan.steps.retain(|step| !step.is_exact());
        if !args.json {
            out::line(&format!("{} in {}:", spec.name, spec.parent))?;
            print_drift(plan)?;
        }
    }
    if args.json {
        out::json(&as_json(&plans))?;
    }
    Ok(match plans.iter().all(|(_, plan)| plan.steps.is_empty()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(2),
    })
}

async fn plans(args: &ProductArgs) -> Result<Vec<(Spec, Plan)>> {
    let mut plans = Vec::new();
    for (spec, factory) in Products::find(args).await?.all {
        let plan = factory.plan().await.map_err(|error| of(&spec, error))?;
        plans.push((spec, plan));
    }
    Ok(plans)
}

fn as_json(plans: &[(Spec, Plan)]) -> Vec<Value> {
    let one = |(spec, plan): &(Spec, Plan)| json!({ "product": spec.name, "parent": spec.parent, "plan": plan });
    plans.iter().map(one).collect()
}
