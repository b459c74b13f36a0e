//! VPC networks.

use crate::{
    ApiError, Call, Cloud,
    api::compute::{
        error::{in_use, not_ready},
        reference::full_path,
    },
    collection::{Kind, Row, dialect::compute::invalid_value},
};
use serde_json::{Value, json};

pub(crate) static NETWORK: Kind = Kind::new("compute.v1", "networks")
    .immutable(&["autoCreateSubnetworks", "description"])
    .unsimulated(&[
        "IPv4Range",
        "enableUlaInternalIpv6",
        "internalIpv6Range",
        "networkProfile",
        "params",
    ])
    .prepare(prepare)
    .check_delete(|cloud, _, path| match users(cloud, path).next() {
        Some(user) => Err(in_use("network", path, user)),
        None => Ok(()),
    })
    .render(|cloud, path, _, json| {
        let inside = users(cloud, path).filter(|user| user.contains("/subnetworks/"));
        let inside: Vec<&str> = inside.collect();
        if !inside.is_empty() {
            json["subnetworks"] = json!(inside);
        }
    });

/// The paths of the resources in a network.
fn users<'a>(cloud: &'a Cloud, path: &str) -> impl Iterator<Item = &'a str> {
    const SERVICE: &str = "//compute.googleapis.com/";
    let rows = cloud.resources.rows.with_prefix(SERVICE);
    let inside = rows.filter(move |(_, row)| row.body["network"] == path);
    inside.map(|(name, _)| &name[SERVICE.len()..])
}

fn prepare(
    _: &Cloud,
    _: &Call,
    _: &str,
    _: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    match body["autoCreateSubnetworks"].as_bool() {
        Some(false) => {}
        Some(true) => {
            let message = "Auto-mode networks are not simulated.";
            return Err(ApiError::unimplemented(message));
        }
        None => {
            let reason = "Legacy networks cannot be created.";
            return Err(invalid_value("autoCreateSubnetworks", "", reason));
        }
    }
    if body["routingConfig"]["routingMode"].is_null() {
        body["routingConfig"] = json!({ "routingMode": "REGIONAL" });
    }
    if body["networkFirewallPolicyEnforcementOrder"].is_null() {
        body["networkFirewallPolicyEnforcementOrder"] = "AFTER_CLASSIC_FIREWALL".into();
    }
    Ok(())
}

/// The path of the network in a body.
pub(super) fn network_path(call: &Call, body: &Value) -> String {
    let named = body["network"].as_str().unwrap_or("default");
    full_path(named, call.path("project"), "global/networks")
}

/// Resolves the network in the body, which must exist and be ready.
pub(super) fn resolve_network(
    cloud: &Cloud,
    call: &Call,
    body: &mut Value,
) -> Result<(), ApiError> {
    let path = network_path(call, body);
    let Some(row) = NETWORK.row(cloud, &path) else {
        let reason = "The referenced network resource cannot be found.";
        return Err(invalid_value("network", &path, reason));
    };
    if call.now < row.ready {
        return Err(not_ready(&path));
    }
    body["network"] = path.into();
    Ok(())
}
