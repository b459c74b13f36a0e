//! Firewall rules. They are stored, not enforced: no packets flow here.

use super::collection::{Collection, resolve_network};
use crate::{ApiError, Call, Cloud, api::compute::error::invalid_value};
use serde_json::{Value, json};

pub(in crate::api::compute) const FIREWALL: Collection = Collection {
    collection: "firewalls",
    name: "Firewall",
    global: true,
    fields: &[
        "allowed",
        "denied",
        "description",
        "destinationRanges",
        "direction",
        "disabled",
        "logConfig",
        "name",
        "network",
        "priority",
        "sourceRanges",
        "sourceServiceAccounts",
        "sourceTags",
        "targetServiceAccounts",
        "targetTags",
    ],
    patchable: &[
        "allowed",
        "denied",
        "description",
        "destinationRanges",
        "disabled",
        "logConfig",
        "priority",
        "sourceRanges",
        "sourceServiceAccounts",
        "sourceTags",
        "targetServiceAccounts",
        "targetTags",
    ],
    fill_defaults,
    find_user: |_, _| None,
};

fn fill_defaults(cloud: &Cloud, call: &Call, body: &mut Value) -> Result<(), ApiError> {
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
