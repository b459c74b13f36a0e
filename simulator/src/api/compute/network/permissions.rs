//! The permissions that the methods of networks, subnetworks and firewall rules require.

use super::{collection::Collection, firewall::FIREWALL};
use crate::{
    ApiError, Call, Cloud,
    api::compute::reference::full_path,
    iam::{RequiredPermission, Resource},
};

fn required(collection: &Collection, call: &Call, permission: &'static str) -> RequiredPermission {
    let resource = Resource::new(
        "compute.googleapis.com",
        collection.name,
        collection.path(call),
    );
    RequiredPermission::new(permission, resource)
}

pub(in crate::api::compute) fn required_permissions(
    collection: &Collection,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(permissions
        .iter()
        .map(|p| required(collection, call, p))
        .collect())
}

/// Changing a firewall rule requires a permission on its network too.
pub(in crate::api::compute) fn firewall_permissions(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<RequiredPermission>, ApiError> {
    let mut all = required_permissions(&FIREWALL, call, permissions)?;
    let existing = cloud.compute.networks.get(&FIREWALL.path(call));
    let named = existing.map_or(&call.body["network"], |item| &item.resource["network"]);
    let named = named.as_str().unwrap_or("default");
    let network = full_path(named, call.path("project"), "global/networks");
    let network = Resource::new("compute.googleapis.com", "Network", network);
    all.push(RequiredPermission::new(
        "compute.networks.updatePolicy",
        network,
    ));
    Ok(all)
}
