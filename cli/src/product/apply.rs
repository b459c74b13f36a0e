//! `groundcrew product apply`

use super::{Products, of};
use crate::{
    args::ProductArgs,
    out,
    plan_view::{check_satisfiable, print_plan, print_step, summarize},
    target::Target,
};
use anyhow::Result;
use futures_util::{StreamExt, stream};
use gcp::chain;
use names::{Duration, EnvironmentName};
use plan::{ApplyReport, Plan};
use product::{CONCURRENT_PRODUCTS, Factory, Removal};
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(args: &ProductArgs, removed: &[EnvironmentName]) -> Result<ExitCode> {
    let Products { all, target } = Products::find(args).await?;
    target.announce();
    let removal = Removal(removed.iter().cloned().collect());
    // Nothing is changed before every product is known to be possible.
    let mut planned = Vec::new();
    for (spec, factory) in all {
        let plan = factory.plan().await.map_err(|error| of(&spec, error))?;
        if !args.json {
            out::line(&format!("{} in {}:", spec.name, spec.parent))?;
            print_plan(&plan)?;
        }
        check_satisfiable(&plan).map_err(|error| of(&spec, error))?;
        let checked = factory.check(&plan, &removal).await;
        checked.map_err(|error| of(&spec, error))?;
        planned.push((spec, factory, plan));
    }
    let (total, began) = (planned.len(), target.now());
    let mut applied = stream::iter(planned)
        .map(async |(spec, factory, plan)| {
            let report = apply(&target, &factory, &plan).await;
            (spec, report)
        })
        .buffer_unordered(CONCURRENT_PRODUCTS);
    let (mut code, mut reports, mut done) = (ExitCode::SUCCESS, Vec::new(), 0);
    while let Some((spec, report)) = applied.next().await {
        done += 1;
        let (text, is_done) = match &report {
            Ok(report) => {
                let (text, this) = summarize(report);
                (text, this == ExitCode::SUCCESS)
            }
            Err(error) => (format!("{error:#}"), false),
        };
        if !is_done {
            code = ExitCode::FAILURE;
        }
        match args.json {
            true => out::note!(
                "{} in {}: {text} ({done} of {total})",
                spec.name,
                spec.parent
            ),
            false => out::line(&format!("{} in {}: {text}", spec.name, spec.parent))?,
        }
        reports.push(json!({
            "product": spec.name,
            "parent": spec.parent,
            "report": report.as_ref().ok(),
            "error": report.as_ref().err().map(|error| format!("{error:#}")),
        }));
    }
    let took = humantime::format_duration(Duration::from_millis(
        u64::try_from(target.now().since(began).as_millis()).unwrap_or_default(),
    ));
    out::note!("{} API calls in {took}", target.calls.count());
    if args.json {
        out::json(&reports)?;
    }
    Ok(code)
}

async fn apply(target: &Target, factory: &Factory, plan: &Plan) -> Result<ApplyReport> {
    let failed = |error: product::Error| anyhow::anyhow!(chain(&error));
    let report = factory.apply(plan, &print_step).await.map_err(failed)?;
    let topic = &target.deployment.provisioned;
    let announced = factory.announce(&*target.publisher(), topic).await;
    for project in announced.map_err(failed)?.values() {
        out::note!("  {project}: to be set up for jobs, see `groundcrew account list`");
    }
    Ok(report)
}
