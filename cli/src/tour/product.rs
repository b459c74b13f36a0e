//! A product with two environments, made in the local cloud and set up for jobs.

use crate::{local::Local, out, plan_view::check_satisfiable, target::Target};
use account::{DeploymentState, Deployments};
use anyhow::{Context, Result, bail};
use gcp::chain;
use names::{Duration, ProjectId};
use plan::{Plan, StepOutcome};
use product::{Factory, Removal, Spec};
use tokio::time::timeout;

const SPEC: &str = "
name: tour
parent: folders/1000
billing_account: 000000-000000-000000
location: us-central1
environments: {staging: , production: }
team: {viewers: ['user:ann@groundcrew.local'], deployers: ['user:ann@groundcrew.local']}
processes: {web: }
";

/// Time limit for each of the environments to be set up.
const SETUP_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn run(local: &Local) -> Result<()> {
    let target = Target::local(&local.url, &local.operator_token())?;
    let spec = Spec::parse("the tour's product", SPEC)?;
    let settings = deployment::product_settings(&target.deployment);
    let factory = Factory::new(target.client.clone(), target.ledger(), &spec, &settings);
    out::line(&format!(
        "\nA product, {} in {}, with two environments",
        spec.name, spec.parent
    ))?;
    let made = make(&factory).await.context("the tour failed")?;
    let announced = factory
        .announce(&*target.publisher(), &target.deployment.provisioned)
        .await;
    let announced = announced.map_err(|error| anyhow::anyhow!(chain(&error)))?;
    let mut rows = Vec::new();
    for (name, project) in &announced {
        let set_up = timeout(SETUP_TIMEOUT, set_up(&target, project)).await;
        set_up.with_context(|| format!("the tour failed: {project} is not set up in time"))??;
        rows.push(vec![
            format!("  {name}"),
            project.to_string(),
            "set up for jobs".to_owned(),
        ]);
    }
    out::text(&out::table(&rows))?;
    let again = plan(&factory).await?;
    if !again.is_empty() {
        bail!("the tour failed: a second apply would change something:\n{again}");
    }
    Ok(out::line(&format!(
        "made of {made} resources by `product apply`; a second apply changes nothing"
    ))?)
}

/// Makes the product, and answers of how many resources.
async fn make(factory: &Factory) -> Result<usize> {
    let plan = plan(factory).await?;
    check_satisfiable(&plan)?;
    let checked = factory.check(&plan, &Removal::default()).await;
    checked.map_err(|error| anyhow::anyhow!(chain(&error)))?;
    let report = factory.apply(&plan, &|_| {}).await;
    let report = report.map_err(|error| anyhow::anyhow!(chain(&error)))?;
    let failed = report
        .outcomes
        .iter()
        .find_map(|(id, outcome)| match outcome {
            StepOutcome::Failed { reason, .. } => Some(format!("{id}: {reason}")),
            StepOutcome::Unchanged
            | StepOutcome::Created { .. }
            | StepOutcome::Adopted
            | StepOutcome::Changed
            | StepOutcome::Deleted
            | StepOutcome::Retained { .. }
            | StepOutcome::Blocked { .. } => None,
        });
    match failed {
        Some(failed) => bail!("{failed}"),
        None => Ok(report.outcomes.len()),
    }
}

async fn plan(factory: &Factory) -> Result<Plan> {
    let plan = factory.plan().await;
    plan.map_err(|error| anyhow::anyhow!(chain(&error)))
}

/// Waits until the function has set the project up.
async fn set_up(target: &Target, project: &ProjectId) -> Result<()> {
    let deployments = Deployments::new(target.ledger());
    loop {
        match deployments.get(project).await?.map(|found| found.state) {
            Some(DeploymentState::Ready) => return Ok(()),
            Some(DeploymentState::Failed { reason }) => bail!("{project}: {reason}"),
            Some(
                DeploymentState::Applying
                | DeploymentState::Removing { .. }
                | DeploymentState::Retained { .. }
                | DeploymentState::Removed,
            )
            | None => {}
        }
        tokio::time::sleep(target.poll_interval()).await;
    }
}
