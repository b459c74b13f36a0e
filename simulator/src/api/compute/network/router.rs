//! Cloud Routers and their Cloud NATs. They are stored: no packets flow here, and
//! the processes of machines use the network of the computer that they run on.

use super::vpc::resolve_network;
use crate::{
    ApiError, Call, Cloud,
    api::compute::error::region,
    collection::{Kind, Row, dialect::compute::invalid_value, is_rfc1035},
};
use serde_json::{Value, json};

pub(crate) static ROUTER: Kind = Kind::new("compute.v1", "routers")
    .immutable(&["network", "region"])
    .unsimulated(&[
        "bgp",
        "bgpPeers",
        "encryptedInterconnectRouter",
        "interfaces",
        "md5AuthenticationKeys",
        "nccGateway",
        "params",
    ])
    .prepare(prepare);

fn prepare(
    cloud: &Cloud,
    call: &Call,
    own: &str,
    _: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let region = region(call)?;
    resolve_network(cloud, call, body)?;
    body["region"] = format!("projects/{}/regions/{region}", call.path("project")).into();
    for nat in body["nats"].as_array_mut().into_iter().flatten() {
        complete_nat(nat)?;
    }
    let serves = |body: &Value| body["nats"].as_array().is_some_and(|nats| !nats.is_empty());
    let mut others = ROUTER.rows(cloud, "").filter(|(path, row)| {
        *path != own
            && (&row.body["network"], &row.body["region"]) == (&body["network"], &body["region"])
    });
    // Google's words are unverified.
    if serves(body) && others.any(|(_, row)| serves(&row.body)) {
        let reason = "Another Cloud NAT serves all subnetworks of the network in this region.";
        return Err(invalid_value("nats", "", reason));
    }
    Ok(())
}

/// Checks a Cloud NAT, and adds Google's defaults.
fn complete_nat(nat: &mut Value) -> Result<(), ApiError> {
    let name = nat["name"].as_str().unwrap_or_default();
    if !is_rfc1035(name) {
        let reason = "Must be a name of 1 to 63 characters that complies with RFC 1035.";
        return Err(invalid_value("nats[].name", name, reason));
    }
    for (field, only) in [
        ("natIpAllocateOption", "AUTO_ONLY"),
        (
            "sourceSubnetworkIpRangesToNat",
            "ALL_SUBNETWORKS_ALL_IP_RANGES",
        ),
        ("type", "PUBLIC"),
    ] {
        if nat[field].is_null() && field == "type" {
            nat[field] = only.into();
        } else if nat[field].is_null() {
            let field = format!("nats[].{field}");
            return Err(invalid_value(&field, "", "It is required."));
        } else if nat[field] != only {
            let message = format!("{field} {} is not simulated.", nat[field]);
            return Err(ApiError::unimplemented(message));
        }
    }
    if nat["endpointTypes"].is_null() {
        nat["endpointTypes"] = json!(["ENDPOINT_TYPE_VM"]);
    }
    Ok(())
}
