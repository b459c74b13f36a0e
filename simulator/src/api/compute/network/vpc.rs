//! VPC networks.

use crate::{
    ApiError, Call, Cloud,
    api::compute::{
        error::{in_use, not_ready},
        reference::full_path,
    },
    collection::{Kind, Row, Verb, dialect::compute::invalid_value, expire},
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
    .check_delete(|cloud, _, path| {
        // The subnetworks of an auto-mode network go with it.
        let auto = is_auto(cloud, path);
        let mut users = users(cloud, path).filter(|user| !auto || !user.contains(SUBNETWORKS));
        match users.next().or_else(|| attached(cloud, "network", path)) {
            Some(user) => Err(in_use("network", path, user)),
            None => Ok(()),
        }
    })
    .follow(|cloud, _, verb, path| {
        if verb == Verb::Delete {
            let inside = users(cloud, path).map(|user| format!("{SERVICE}{user}"));
            let inside: Vec<String> = inside.collect();
            inside.iter().for_each(|name| expire(cloud, name));
        }
    })
    .render(|cloud, path, _, json| {
        let inside = users(cloud, path).filter(|user| user.contains(SUBNETWORKS));
        let inside: Vec<&str> = inside.collect();
        if !inside.is_empty() {
            json["subnetworks"] = json!(inside);
        }
    });

const SERVICE: &str = "//compute.googleapis.com/";
const SUBNETWORKS: &str = "/subnetworks/";

pub(super) fn is_auto(cloud: &Cloud, path: &str) -> bool {
    let network = NETWORK.row(cloud, path);
    network.is_some_and(|row| row.body["autoCreateSubnetworks"] == true)
}

/// A machine with an interface whose `network` or `subnetwork` has this path.
pub(super) fn attached<'a>(cloud: &'a Cloud, field: &str, path: &str) -> Option<&'a str> {
    let mut machines = cloud.compute.instances.iter();
    let found = machines.find(|(_, machine)| {
        let interfaces = machine.resource["networkInterfaces"].as_array();
        interfaces.is_some_and(|all| all.iter().any(|one| one[field] == path))
    });
    found.map(|(machine, _)| machine.as_str())
}

/// The paths of the resources in a network.
fn users<'a>(cloud: &'a Cloud, path: &str) -> impl Iterator<Item = &'a str> {
    let rows = cloud.resources.rows.with_prefix(SERVICE);
    let inside = rows.filter(move |(_, row)| row.body["network"] == path);
    inside.map(|(name, _)| &name[SERVICE.len()..])
}

fn prepare(
    _: &Cloud,
    _: &Call,
    _: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    match body["autoCreateSubnetworks"].as_bool() {
        Some(_) if old.is_some() => {}
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
