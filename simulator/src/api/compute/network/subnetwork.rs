//! Subnetworks, and the machines attached to them.

use super::{
    collection::{Collection, find, resolve_network, subnetworks},
    range::Range,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::compute::{
        catalog,
        error::{check_fields, invalid_value},
        operations,
        reference::{full_path, last_segment},
    },
};
use serde_json::Value;

pub(in crate::api::compute) const SUBNETWORK: Collection = Collection {
    collection: "subnetworks",
    name: "Subnetwork",
    global: false,
    fields: &[
        "description",
        "ipCidrRange",
        "logConfig",
        "name",
        "network",
        "privateIpGoogleAccess",
        "purpose",
        "region",
        "stackType",
    ],
    patchable: &["description", "logConfig", "privateIpGoogleAccess"],
    fill_defaults,
    find_user: |cloud, path| {
        let mut machines = cloud.compute.instances.iter();
        let uses = machines.find(|(_, machine)| {
            let interfaces = machine.resource["networkInterfaces"].as_array();
            interfaces.is_some_and(|all| all.iter().any(|i| i["subnetwork"] == path))
        });
        uses.map(|(path, _)| path.clone())
    },
};

fn fill_defaults(cloud: &Cloud, call: &Call, body: &mut Value) -> Result<(), ApiError> {
    let region = call.path("region");
    if !catalog::zones().any(|zone| catalog::region_of(&zone) == region) {
        let message = format!("Invalid value for field 'region': '{region}'. Unknown region.");
        return Err(ApiError::invalid(message));
    }
    resolve_network(cloud, call, body)?;
    let text = body["ipCidrRange"].as_str().unwrap_or_default();
    let Some(range) = Range::parse(text) else {
        let reason = "Must be a range of private IPv4 addresses in CIDR notation.";
        return Err(invalid_value("ipCidrRange", text, reason));
    };
    let own = SUBNETWORK.path(call);
    let of_network = body["network"].as_str().unwrap_or_default();
    for path in subnetworks(cloud, of_network).filter(|path| **path != own) {
        let other = find(cloud, path)?.resource["ipCidrRange"].as_str();
        if other
            .and_then(Range::parse)
            .is_some_and(|other| other.overlaps(range))
        {
            return Err(ApiError::invalid(format!(
                "Invalid IPCidrRange: {text} conflicts with existing subnetwork '{}' in region '{}'.",
                last_segment(path),
                path.split('/').nth(3).unwrap_or_default()
            )));
        }
    }
    let access = &body["privateIpGoogleAccess"];
    if !access.is_boolean() && !access.is_null() {
        return Err(invalid_value(
            "privateIpGoogleAccess",
            &access.to_string(),
            "Must be a boolean.",
        ));
    }
    body["privateIpGoogleAccess"] = (*access == true).into();
    body["gatewayAddress"] = range.gateway().into();
    body["region"] = format!("projects/{}/regions/{region}", call.path("project")).into();
    for (field, only) in [("purpose", "PRIVATE"), ("stackType", "IPV4_ONLY")] {
        if body[field].is_null() {
            body[field] = only.into();
        } else if body[field] != only {
            let message = format!("{field} {} is not simulated.", body[field]);
            return Err(ApiError::unimplemented(message));
        }
    }
    Ok(())
}

/// `…/setPrivateIpGoogleAccess`, which requires no fingerprint.
pub(in crate::api::compute) fn set_private_access(
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    const FIELD: &str = "privateIpGoogleAccess";
    let path = SUBNETWORK.path(call);
    let kind = "setPrivateIpGoogleAccess";
    if let Some(answer) = operations::find_by_request_id(cloud, call, kind, &path)? {
        return Ok(answer);
    }
    check_fields(&call.body, "resource", &[FIELD])?;
    let id = find(cloud, &path)?.id.clone();
    let access = &call.body[FIELD];
    if !access.is_boolean() {
        return Err(invalid_value(
            FIELD,
            &access.to_string(),
            "Must be a boolean.",
        ));
    }
    if let Some(item) = cloud.compute.networks.get_mut(&path) {
        item.resource[FIELD] = access.clone();
    }
    Ok(operations::begin_timed(cloud, call, kind, &path, &id))
}

/// Attaches a machine's interface to its subnetwork, which must exist if the
/// project has any networks.
pub(in crate::api::compute) fn attach(
    cloud: &Cloud,
    named: &Value,
    index: usize,
    interface: &mut Value,
) -> Result<(), ApiError> {
    let path = interface["subnetwork"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let project = path.split('/').nth(1).unwrap_or_default();
    let prefix = format!("projects/{project}/");
    if cloud.compute.networks.with_prefix(&prefix).next().is_none() {
        return Ok(());
    }
    let field = format!("networkInterfaces[{index}]");
    let Some(item) = cloud.compute.networks.get(&path) else {
        let network = interface["network"].as_str().unwrap_or_default();
        let custom = named["subnetwork"].as_str().is_none_or(str::is_empty)
            && cloud.compute.networks.contains(network);
        return Err(if custom {
            let reason = "Subnetwork should be specified for custom subnetmode network";
            invalid_value(&field, &named.to_string(), reason)
        } else {
            let reason = "The referenced subnetwork resource cannot be found.";
            invalid_value(&format!("{field}.subnetwork"), &path, reason)
        });
    };
    let network = item.resource["network"].as_str().unwrap_or_default();
    let given = named["network"].as_str().filter(|given| !given.is_empty());
    if given.is_some_and(|given| full_path(given, project, "global/networks") != network) {
        let reason = "The subnetwork is not in the network of the interface.";
        return Err(invalid_value(&format!("{field}.subnetwork"), &path, reason));
    }
    interface["network"] = network.into();
    Ok(())
}
