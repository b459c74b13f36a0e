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
        let plans = plans.iter().map(|(spec, plan)| as_json(spec, plan));
        out::json(&plans.collect::<Vec<_>>())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `groundcrew product drift`
pub(crate) async fn drift(args: &ProductArgs) -> Result<ExitCode> {
    let (mut shown, mut has_drift) = (Vec::new(), false);
    for (spec, factory) in Products::find(args).await?.all {
        let mut plan = factory.plan().await.map_err(|error| of(&spec, error))?;
        plan.steps.retain(|step| !step.is_exact());
        let default = factory.default_identities().await;
        let default = default.map_err(|error| of(&spec, error))?;
        has_drift |= !plan.steps.is_empty() || !default.is_empty();
        if !args.json {
            out::line(&format!("{} in {}:", spec.name, spec.parent))?;
            print_drift(&plan)?;
            for identity in &default {
                out::line(&identity.to_string())?;
            }
        }
        let mut one = as_json(&spec, &plan);
        one["default_identities"] = json!(default);
        shown.push(one);
    }
    if args.json {
        out::json(&shown)?;
    }
    Ok(match has_drift {
        false => ExitCode::SUCCESS,
        true => ExitCode::from(2),
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

fn as_json(spec: &Spec, plan: &Plan) -> Value {
    json!({ "product": spec.name, "parent": spec.parent, "plan": plan })
}
