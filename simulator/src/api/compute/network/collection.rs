//! What networks, subnetworks and firewall rules have in common as collections.

use super::record::NetworkResource;
use crate::{
    ApiError, Call, Cloud,
    api::compute::{
        error::{invalid_value, not_found},
        reference::{absolute_url, fingerprint, full_path, last_segment, make_links_absolute},
    },
};
use serde_json::{Value, json};

pub(in crate::api::compute) struct Collection {
    pub(super) collection: &'static str,
    /// Singular with a capital (`Network`), as in IAM conditions.
    pub(super) name: &'static str,
    pub(super) global: bool,
    /// Fields that an insert may contain.
    pub(super) fields: &'static [&'static str],
    /// Fields that a patch may change.
    pub(super) patchable: &'static [&'static str],
    /// Checks the resource and fills in defaults.
    pub(super) fill_defaults: fn(&Cloud, &Call, &mut Value) -> Result<(), ApiError>,
    /// The path of another resource whose use of this one prevents its
    /// deletion.
    pub(super) find_user: fn(&Cloud, &str) -> Option<String>,
}

impl Collection {
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

    /// The path of the resource that the call's path or the body of its insert
    /// names.
    pub(super) fn path(&self, call: &Call) -> String {
        let named = call.path(self.singular());
        let name = match named {
            "" => call.body["name"].as_str().unwrap_or_default(),
            name => name,
        };
        format!("{}/{name}", self.scope(call))
    }

    pub(super) fn json(
        &self,
        cloud: &Cloud,
        path: &str,
        item: &NetworkResource,
        origin: &str,
    ) -> Value {
        let mut json = item.resource.clone();
        json["kind"] = format!("compute#{}", self.singular()).into();
        json["id"] = item.id.as_str().into();
        json["creationTimestamp"] = json!(item.created);
        json["selfLink"] = path.into();
        if self.name == "Subnetwork" {
            json["fingerprint"] = fingerprint(&item.resource).into();
        }
        if self.name == "Network" {
            json["selfLinkWithId"] =
                absolute_url(origin, &path.replace(last_segment(path), &item.id)).into();
            let inside: Vec<String> = subnetworks(cloud, path)
                .map(|path| absolute_url(origin, path))
                .collect();
            if !inside.is_empty() {
                json["subnetworks"] = inside.into();
            }
        }
        make_links_absolute(&mut json, origin);
        json
    }
}

pub(super) fn find<'a>(cloud: &'a Cloud, path: &str) -> Result<&'a NetworkResource, ApiError> {
    let found = cloud.compute.networks.get(path);
    found.ok_or_else(|| not_found(path))
}

/// Resolves the network in the body, which must exist and be ready.
pub(super) fn resolve_network(
    cloud: &Cloud,
    call: &Call,
    body: &mut Value,
) -> Result<(), ApiError> {
    let named = body["network"].as_str().unwrap_or("default");
    let path = full_path(named, call.path("project"), "global/networks");
    let Some(item) = cloud.compute.networks.get(&path) else {
        let reason = "The referenced network resource cannot be found.";
        return Err(invalid_value("network", &path, reason));
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
