//! A collection of networks, subnetworks or firewall rules.

use super::record::Item;
use crate::{
    ApiError, Call, Cloud,
    api::compute::{
        error::{not_found, wrong},
        reference::{absolute, fingerprint, full, last, link},
    },
};
use serde_json::{Value, json};

pub(in crate::api::compute) struct Kind {
    pub(super) collection: &'static str,
    /// `Network`, of `compute#network` and of conditions.
    pub(super) name: &'static str,
    pub(super) global: bool,
    /// What may be sent.
    pub(super) fields: &'static [&'static str],
    /// What may be changed.
    pub(super) patchable: &'static [&'static str],
    /// Fills in the defaults, or says what is wrong.
    pub(super) complete: fn(&Cloud, &Call, &mut Value) -> Result<(), ApiError>,
    /// Whose use of the item keeps it from being deleted.
    pub(super) user: fn(&Cloud, &str) -> Option<String>,
}

impl Kind {
    pub(super) fn singular(&self) -> &'static str {
        self.collection.trim_end_matches('s')
    }

    pub(super) fn scope(&self, call: &Call) -> String {
        let project = call.path("project");
        let place = match self.global {
            true => "global".to_owned(),
            false => format!("regions/{}", call.path("region")),
        };
        format!("projects/{project}/{place}/{}", self.collection)
    }

    /// What the path names, or the body of an insert.
    pub(super) fn path(&self, call: &Call) -> String {
        let named = call.path(self.singular());
        let name = match named {
            "" => call.body["name"].as_str().unwrap_or_default(),
            name => name,
        };
        format!("{}/{name}", self.scope(call))
    }

    pub(super) fn json(&self, cloud: &Cloud, path: &str, item: &Item, origin: &str) -> Value {
        let mut json = item.resource.clone();
        json["kind"] = format!("compute#{}", self.singular()).into();
        json["id"] = item.id.as_str().into();
        json["creationTimestamp"] = json!(item.created);
        json["selfLink"] = path.into();
        if self.name == "Subnetwork" {
            json["fingerprint"] = fingerprint(&item.resource).into();
        }
        if self.name == "Network" {
            json["selfLinkWithId"] = link(origin, &path.replace(last(path), &item.id)).into();
            let inside: Vec<String> = subnetworks(cloud, path)
                .map(|path| link(origin, path))
                .collect();
            if !inside.is_empty() {
                json["subnetworks"] = inside.into();
            }
        }
        absolute(&mut json, origin);
        json
    }
}

pub(super) fn find<'a>(cloud: &'a Cloud, path: &str) -> Result<&'a Item, ApiError> {
    let found = cloud.compute.networks.get(path);
    found.ok_or_else(|| not_found(path))
}

/// The network that the body names, which must be there and ready.
pub(super) fn network(cloud: &Cloud, call: &Call, body: &mut Value) -> Result<(), ApiError> {
    let named = body["network"].as_str().unwrap_or("default");
    let path = full(named, call.path("project"), "global/networks");
    let Some(item) = cloud.compute.networks.get(&path) else {
        let why = "The referenced network resource cannot be found.";
        return Err(wrong("network", &path, why));
    };
    if call.now < item.ready {
        return Err(ApiError {
            reason: "resourceNotReady",
            ..ApiError::invalid(format!("The resource '{path}' is not ready"))
        });
    }
    body["network"] = path.into();
    Ok(())
}

/// The paths of a network's subnetworks.
pub(super) fn subnetworks<'a>(
    cloud: &'a Cloud,
    network: &'a str,
) -> impl Iterator<Item = &'a String> {
    let all = cloud.compute.networks.iter();
    all.filter(move |(path, item)| {
        path.contains("/subnetworks/") && item.resource["network"] == network
    })
    .map(|(path, _)| path)
}
