//! VPC networks.

use super::collection::Collection;
use crate::{ApiError, Call, Cloud, api::compute::error::invalid_value};
use serde_json::{Value, json};

pub(in crate::api::compute) const NETWORK: Collection = Collection {
    collection: "networks",
    name: "Network",
    global: true,
    fields: &[
        "autoCreateSubnetworks",
        "description",
        "mtu",
        "name",
        "networkFirewallPolicyEnforcementOrder",
        "routingConfig",
    ],
    patchable: &[
        "mtu",
        "networkFirewallPolicyEnforcementOrder",
        "routingConfig",
    ],
    fill_defaults,
    find_user: |cloud, path| {
        let mut all = cloud.compute.networks.iter();
        let uses = all.find(|(_, item)| item.resource["network"] == path);
        uses.map(|(path, _)| path.clone())
    },
};

fn fill_defaults(_: &Cloud, _: &Call, body: &mut Value) -> Result<(), ApiError> {
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
