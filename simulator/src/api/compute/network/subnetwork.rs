//! Subnetworks, and the machines attached to them.

use super::{
    range::Range,
    vpc::{NETWORK, attached, is_auto, resolve_network},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::{
        compute::{
            error::{in_use, region},
            reference::{full_path, last_segment},
        },
        orgpolicy::check_compute_location,
    },
    collection::{
        Kind, Row,
        dialect::{compute::invalid_value, compute_operations as operations},
    },
};
use serde_json::Value;

pub(crate) static SUBNETWORK: Kind = Kind::new("compute.v1", "subnetworks")
    .immutable(&["ipCidrRange", "network", "purpose", "region", "stackType"])
    .unsimulated(&[
        "allowSubnetCidrRoutesOverlap",
        "externalIpv6Prefix",
        "internalIpv6Prefix",
        "ipCollection",
        "ipv6AccessType",
        "params",
        "privateIpv6GoogleAccess",
        "reservedInternalRange",
        "resolveSubnetMask",
        "role",
        "secondaryIpRanges",
    ])
    .custom(&[("setPrivateIpGoogleAccess", set_private_access)])
    .prepare(prepare)
    .check_delete(|cloud, _, path| {
        let network = SUBNETWORK.row(cloud, path).map(|row| &row.body["network"]);
        if network.is_some_and(|network| is_auto(cloud, network.as_str().unwrap_or_default())) {
            return Err(ApiError::invalid(
                "Invalid resource usage: 'Cannot delete auto subnetwork from an auto subnet mode \
                 network.'.",
            ));
        }
        match attached(cloud, "subnetwork", path) {
            Some(user) => Err(in_use("subnetwork", path, user)),
            None => Ok(()),
        }
    });

fn prepare(
    cloud: &Cloud,
    call: &Call,
    own: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let region = region(call)?;
    if old.is_none() {
        check_compute_location(cloud, own)?;
    }
    resolve_network(cloud, call, body)?;
    let text = body["ipCidrRange"].as_str().unwrap_or_default();
    let Some(range) = Range::parse(text) else {
        let reason = "Must be a range of private IPv4 addresses in CIDR notation.";
        return Err(invalid_value("ipCidrRange", text, reason));
    };
    let others = SUBNETWORK
        .rows(cloud, "")
        .filter(|(path, row)| *path != own && row.body["network"] == body["network"]);
    for (path, other) in others {
        let other = other.body["ipCidrRange"].as_str();
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
    body["privateIpGoogleAccess"] = (body["privateIpGoogleAccess"] == true).into();
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
fn set_private_access(cloud: &mut Cloud, call: &Call, path: &str) -> Result<ApiResponse, ApiError> {
    const FIELD: &str = "privateIpGoogleAccess";
    const VERB: &str = "setPrivateIpGoogleAccess";
    if call.body[FIELD].is_null() {
        return Err(invalid_value(FIELD, "null", "Must be a boolean."));
    }
    let row = SUBNETWORK.row_mut(cloud, path).expect("it exists");
    row.body[FIELD] = call.body[FIELD].clone();
    row.generation += 1;
    let id = row.uid.clone();
    Ok(operations::begin_timed(cloud, call, VERB, path, &id))
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
    if NETWORK
        .rows(cloud, &format!("projects/{project}/"))
        .next()
        .is_none()
    {
        return Ok(());
    }
    let field = format!("networkInterfaces[{index}]");
    let Some(row) = SUBNETWORK.row(cloud, &path) else {
        let network = interface["network"].as_str().unwrap_or_default();
        let custom = named["subnetwork"].as_str().is_none_or(str::is_empty)
            && NETWORK.row(cloud, network).is_some();
        return Err(if custom {
            let reason = "Subnetwork should be specified for custom subnetmode network";
            invalid_value(&field, &named.to_string(), reason)
        } else {
            let reason = "The referenced subnetwork resource cannot be found.";
            invalid_value(&format!("{field}.subnetwork"), &path, reason)
        });
    };
    let network = row.body["network"].as_str().unwrap_or_default();
    let given = named["network"].as_str().filter(|given| !given.is_empty());
    if given.is_some_and(|given| full_path(given, project, "global/networks") != network) {
        let reason = "The subnetwork is not in the network of the interface.";
        return Err(invalid_value(&format!("{field}.subnetwork"), &path, reason));
    }
    interface["network"] = network.into();
    Ok(())
}
