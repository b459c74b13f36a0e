//! Firewall rules. They are stored, not enforced: no packets flow here.

use super::vpc::{NETWORK, network_path, resolve_network};
use crate::{
    ApiError, Call, Cloud,
    collection::{Kind, Row, Verb, dialect::compute::invalid_value},
    iam::RequiredPermission,
};
use serde_json::{Value, json};

pub(crate) static FIREWALL: Kind = Kind::new("compute.v1", "firewalls")
    .immutable(&["direction", "network"])
    .unsimulated(&["params"])
    // The published lists have the network's permission among the rule's.
    .permissions(&[
        ("delete", &["compute.firewalls.delete"]),
        (
            "patch",
            &["compute.firewalls.get", "compute.firewalls.update"],
        ),
        (
            "update",
            &["compute.firewalls.get", "compute.firewalls.update"],
        ),
    ])
    .requires(on_network)
    .prepare(prepare);

/// Changing a firewall rule requires a permission on its network too.
fn on_network(cloud: &Cloud, call: &Call, verb: Verb, path: &str) -> Vec<RequiredPermission> {
    if !matches!(verb, Verb::Create | Verb::Update | Verb::Delete) {
        return Vec::new();
    }
    let existing = FIREWALL.row(cloud, path);
    let network = network_path(call, existing.map_or(&call.body, |row| &row.body));
    let network = NETWORK.resource(network);
    vec![RequiredPermission::new(
        "compute.networks.updatePolicy",
        network,
    )]
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    _: &str,
    _: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    resolve_network(cloud, call, body)?;
    let is_filled = |field: &str| body[field].as_array().is_some_and(|list| !list.is_empty());
    let (allowed, denied) = (is_filled("allowed"), is_filled("denied"));
    if allowed == denied {
        let reason = "Exactly one of 'allowed' and 'denied' must be given.";
        return Err(invalid_value("allowed", "", reason));
    }
    let rules = body[if allowed { "allowed" } else { "denied" }].as_array();
    let protocols = rules.is_some_and(|all| all.iter().all(|r| r["IPProtocol"].is_string()));
    if !protocols {
        return Err(invalid_value("allowed[].IPProtocol", "", "It is required."));
    }
    let direction = body["direction"].as_str().unwrap_or("INGRESS").to_owned();
    let ranges = match direction.as_str() {
        "INGRESS" => "sourceRanges",
        "EGRESS" => "destinationRanges",
        other => {
            return Err(invalid_value(
                "direction",
                other,
                "It is INGRESS or EGRESS.",
            ));
        }
    };
    let sources = [
        "sourceRanges",
        "sourceTags",
        "sourceServiceAccounts",
        "destinationRanges",
    ];
    if !sources.iter().any(|field| is_filled(field)) {
        body[ranges] = json!(["0.0.0.0/0"]);
    }
    if body["priority"].is_null() {
        body["priority"] = 1000.into();
    }
    body["direction"] = direction.into();
    body["disabled"] = (body["disabled"] == true).into();
    if body["logConfig"].is_null() {
        body["logConfig"] = json!({ "enable": false });
    }
    Ok(())
}
