//! What every project that groundcrew sets up has in common. Pure.

use crate::{Deployment, identity::account};
use account::Settings;
use jobs::Identity;
use names::Zone;
use std::collections::BTreeSet;

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
        maintenance: Some(deployment.maintenance.clone()),
        closed_topics: BTreeSet::new(),
    }
}
