//! What every project that groundcrew sets up has in common. Pure.

use crate::{CUSTOMER, Deployment, Identity, identity::account};
use account::{Settings, Spec, calls};
use jobs::Identity as Jobs;
use names::{Internet, Zone};
use std::collections::BTreeSet;

/// The settings for every project that `deployment` sets up.
#[must_use]
pub fn settings(deployment: &Deployment) -> Settings {
    let functions = [Jobs::JobQueued, Jobs::JobChanged, Jobs::MaintenanceNoticed];
    Settings {
        resource_manager: deployment.settings.resource_manager.clone(),
        functions: functions
            .map(|function| account(deployment, function))
            .into(),
        regions: deployment.settings.zones.iter().map(Zone::region).collect(),
        reports: Some(deployment.settings.reports.clone()),
        maintenance: Some(deployment.maintenance.clone()),
        closed_topics: BTreeSet::new(),
    }
}

/// The project that stands for all of them, with everything that a spec can ask for.
pub(crate) fn customer() -> Spec {
    let mut customer = Spec::of(CUSTOMER.parse().expect("a project ID"));
    customer.internet = Internet::Nat;
    customer
}

/// The settings for every product that `deployment` makes: in each of its projects,
/// the function `project-provisioned` has what it needs in a customer's.
#[must_use]
pub fn product_settings(deployment: &Deployment) -> product::Settings {
    let customer = customer();
    let home = format!("/projects/{}/", deployment.home);
    let grants = calls::grants(&customer, &settings(deployment)).into_iter();
    let in_project = grants.filter(|(scope, _)| !scope.resource.contains(&home));
    product::Settings {
        setup_account: account(deployment, Identity::ProjectProvisioned),
        setup_permissions: in_project
            .flat_map(|(_, permissions)| permissions)
            .map(str::to_owned)
            .collect(),
    }
}
