//! The permissions that the methods of networks, subnetworks and firewall rules require.

use super::{collection::Kind, firewall::FIREWALL};
use crate::{
    ApiError, Call, Cloud,
    api::compute::reference::full,
    iam::{Need, Resource},
};

fn need(kind: &Kind, call: &Call, permission: &'static str) -> Need {
    let resource = Resource::new("compute.googleapis.com", kind.name, kind.path(call));
    Need::new(permission, resource)
}

pub(in crate::api::compute) fn needs(
    kind: &Kind,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<Need>, ApiError> {
    Ok(permissions.iter().map(|p| need(kind, call, p)).collect())
}

/// Whoever changes a rule changes what its network lets through.
pub(in crate::api::compute) fn firewall_needs(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<Need>, ApiError> {
    let mut all = needs(&FIREWALL, call, permissions)?;
    let there = cloud.compute.networks.get(&FIREWALL.path(call));
    let named = there.map_or(&call.body["network"], |item| &item.resource["network"]);
    let named = named.as_str().unwrap_or("default");
    let network = full(named, call.path("project"), "global/networks");
    let network = Resource::new("compute.googleapis.com", "Network", network);
    all.push(Need::new("compute.networks.updatePolicy", network));
    Ok(all)
}
