//! Sets up the project that jobs run in, like any customer's project.

use super::{Deployment, identity::account};
use account::{Settings, Setup, Spec};
use anyhow::{Result, anyhow, bail};
use gcp::Client;
use jobs::Identity;
use names::Zone;

/// The settings for every project that `deployment` sets up.
#[must_use]
pub fn settings(deployment: &Deployment) -> Settings {
    let functions = [
        Identity::JobQueued,
        Identity::JobChanged,
        Identity::MaintenanceNoticed,
    ];
    Settings {
        resource_manager: deployment.settings.resource_manager.clone(),
        functions: functions
            .map(|function| account(deployment, function))
            .into(),
        regions: deployment.settings.zones.iter().map(Zone::region).collect(),
        reports: Some(deployment.settings.reports.clone()),
    }
}

/// Sets up the jobs project of `deployment` with the client's credentials.
///
/// # Errors
/// Lists everything that could not be observed or created.
pub async fn set_up(deployment: &Deployment, client: &Client) -> Result<()> {
    let spec = Spec::of(deployment.settings.project.clone());
    let setup = Setup::new(client.clone(), &spec, &settings(deployment));
    let plan = setup.plan().await.map_err(|errors| {
        let texts: Vec<String> = errors.iter().map(|error| gcp::chain(error)).collect();
        anyhow!("{}", texts.join("\n  "))
    })?;
    let report = setup.apply(&plan, &|_| {}).await?;
    if !report.is_done() {
        bail!(
            "{project} is not set up: {:#?}",
            report.outcomes,
            project = spec.project
        );
    }
    Ok(())
}
