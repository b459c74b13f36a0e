//! Subnetworks, and the machines on them.

use super::{
    collection::{Kind, find, network, subnetworks},
    range::Range,
};
use crate::{
    Answer, ApiError, Call, Cloud,
    api::compute::{
        catalog,
        error::{known, wrong},
        operations,
        reference::{full, last},
    },
};
use serde_json::Value;

pub(in crate::api::compute) const SUBNETWORK: Kind = Kind {
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
    complete,
    user: |cloud, path| {
        let mut machines = cloud.compute.instances.iter();
        let uses = machines.find(|(_, machine)| {
            let interfaces = machine.resource["networkInterfaces"].as_array();
            interfaces.is_some_and(|all| all.iter().any(|i| i["subnetwork"] == path))
        });
        uses.map(|(path, _)| path.clone())
    },
};

fn complete(cloud: &Cloud, call: &Call, body: &mut Value) -> Result<(), ApiError> {
    let region = call.path("region");
    if !catalog::zones().any(|zone| catalog::region_of(&zone) == region) {
        let message = format!("Invalid value for field 'region': '{region}'. Unknown region.");
        return Err(ApiError::invalid(message));
    }
    network(cloud, call, body)?;
    let text = body["ipCidrRange"].as_str().unwrap_or_default();
    let Some(range) = Range::parse(text) else {
        let why = "Must be a range of private IPv4 addresses in CIDR notation.";
        return Err(wrong("ipCidrRange", text, why));
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
                last(path),
                path.split('/').nth(3).unwrap_or_default()
            )));
        }
    }
    let access = &body["privateIpGoogleAccess"];
    if !access.is_boolean() && !access.is_null() {
        return Err(wrong(
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

/// `…/setPrivateIpGoogleAccess`, which asks for no fingerprint.
pub(in crate::api::compute) fn set_private_access(
    cloud: &mut Cloud,
    call: &Call,
) -> Result<Answer, ApiError> {
    const FIELD: &str = "privateIpGoogleAccess";
    let path = SUBNETWORK.path(call);
    let kind = "setPrivateIpGoogleAccess";
    if let Some(answer) = operations::repeated(cloud, call, kind, &path)? {
        return Ok(answer);
    }
    known(&call.body, "resource", &[FIELD])?;
    let id = find(cloud, &path)?.id.clone();
    let access = &call.body[FIELD];
    if !access.is_boolean() {
        return Err(wrong(FIELD, &access.to_string(), "Must be a boolean."));
    }
    if let Some(item) = cloud.compute.networks.get_mut(&path) {
        item.resource[FIELD] = access.clone();
    }
    Ok(operations::soon(cloud, call, kind, &path, &id))
}

/// Puts a machine's interface on its subnetwork, which must be there if its
/// project has networks at all.
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
    if cloud.compute.networks.under(&prefix).next().is_none() {
        return Ok(());
    }
    let field = format!("networkInterfaces[{index}]");
    let Some(item) = cloud.compute.networks.get(&path) else {
        let network = interface["network"].as_str().unwrap_or_default();
        let custom = named["subnetwork"].as_str().is_none_or(str::is_empty)
            && cloud.compute.networks.contains(network);
        return Err(if custom {
            let why = "Subnetwork should be specified for custom subnetmode network";
            wrong(&field, &named.to_string(), why)
        } else {
            let why = "The referenced subnetwork resource cannot be found.";
            wrong(&format!("{field}.subnetwork"), &path, why)
        });
    };
    let network = item.resource["network"].as_str().unwrap_or_default();
    let told = named["network"].as_str().filter(|told| !told.is_empty());
    if told.is_some_and(|told| full(told, project, "global/networks") != network) {
        let why = "The subnetwork is not in the network of the interface.";
        return Err(wrong(&format!("{field}.subnetwork"), &path, why));
    }
    interface["network"] = network.into();
    Ok(())
}
