//! Static external addresses of regions, from a range that is not routed.

use crate::{
    ApiError, Call, Cloud,
    api::compute::{
        error::{in_use, region},
        labels::set_labels,
        validate::check_labels,
    },
    collection::{
        Kind, Row,
        dialect::compute::{fingerprint, invalid_value},
    },
};
use serde_json::{Value, json};

pub(crate) static ADDRESS: Kind = Kind::new("compute.v1", "addresses")
    // The published lists have those of internal addresses among them.
    .permissions(&[
        ("insert", &["compute.addresses.create"]),
        ("delete", &["compute.addresses.delete"]),
    ])
    .unsimulated(&[
        "ipCollection",
        "ipv6EndpointType",
        "network",
        "networkAttachment",
        "prefixLength",
        "purpose",
        "serviceClassId",
        "subnetwork",
    ])
    .custom(&[("setLabels", |cloud, call, path| {
        set_labels(&ADDRESS, cloud, call, path)
    })])
    .prepare(prepare)
    .check_delete(|cloud, _, path| {
        let row = ADDRESS.row(cloud, path);
        match row.and_then(|row| user(cloud, path, &row.body["address"])) {
            Some(user) => Err(in_use("address", path, user)),
            None => Ok(()),
        }
    })
    .render(|cloud, path, row, json| {
        let user = user(cloud, path, &row.body["address"]);
        json["status"] = user.map_or("RESERVED", |_| "IN_USE").into();
        if let Some(user) = user {
            json["users"] = json!([user]);
        }
        json["labelFingerprint"] = fingerprint(&row.body["labels"]).into();
    });

/// The path of the machine of the same project that has the address.
fn user<'a>(cloud: &'a Cloud, path: &str, address: &Value) -> Option<&'a str> {
    let project = path.split('/').nth(1).unwrap_or_default();
    let prefix = format!("projects/{project}/");
    let mut machines = cloud.compute.instances.with_prefix(&prefix);
    let found = machines.find(|(_, machine)| {
        let interfaces = machine.resource["networkInterfaces"].as_array();
        let configs = |one: &Value| one["accessConfigs"].as_array().cloned();
        let configs = interfaces.into_iter().flatten().filter_map(configs);
        configs.flatten().any(|config| config["natIP"] == *address)
    });
    found.map(|(machine, _)| machine.as_str())
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    own: &str,
    _: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let region = region(call)?;
    check_labels(&body["labels"])?;
    for (field, only) in [
        ("addressType", "EXTERNAL"),
        ("ipVersion", "IPV4"),
        ("networkTier", "PREMIUM"),
    ] {
        if body[field].is_null() {
            // Google shows no version unless one was given.
            if field != "ipVersion" {
                body[field] = only.into();
            }
        } else if body[field] != only {
            let message = format!("{field} {} is not simulated.", body[field]);
            return Err(ApiError::unimplemented(message));
        }
    }
    if !body["address"].is_null() {
        let given = body["address"].to_string();
        let reason = "An external address is chosen by Compute Engine.";
        return Err(invalid_value("address", &given, reason));
    }
    let taken = |address: &String| {
        let mut others = ADDRESS.rows(cloud, "");
        others.any(|(path, row)| path != own && row.body["address"] == address.as_str())
    };
    // TEST-NET-2 (RFC 5737); machines have addresses of TEST-NET-3.
    let mut all = (1..255).map(|low| format!("198.51.100.{low}"));
    let Some(free) = all.find(|address| !taken(address)) else {
        return Err(ApiError::exhausted("No external address is left."));
    };
    body["address"] = free.into();
    body["region"] = format!("projects/{}/regions/{region}", call.path("project")).into();
    Ok(())
}
