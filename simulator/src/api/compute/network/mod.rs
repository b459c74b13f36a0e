//! Networks, subnetworks and firewall rules: what they have in common.
//!
//! A project has none until one is made; until then, its machines may name
//! any. Only custom-mode networks and IPv4 subnetworks are simulated. The
//! words of refusals are Google's as far as bug reports quote them, the rest
//! is unverified.

mod firewall;
mod range;
mod subnetwork;
mod vpc;

pub(super) use subnetwork::{attach, set_private_access};

use super::{
    filter::Page,
    not_found, operation,
    reference::{absolute, fingerprint, full, is_name, last, link},
    request::{known, wrong},
};
use crate::{
    Answer, ApiError, Call, Cloud,
    iam::{Need, Resource},
};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One of them; keyed by its path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Item {
    id: String,
    created: Timestamp,
    /// Until then its insert runs, and nothing can be put on it.
    ready: Timestamp,
    resource: Value,
}

pub(super) struct Kind {
    collection: &'static str,
    /// `Network`, of `compute#network` and of conditions.
    name: &'static str,
    global: bool,
    /// What may be sent.
    fields: &'static [&'static str],
    /// What may be changed.
    patchable: &'static [&'static str],
    /// Fills in the defaults, or says what is wrong.
    complete: fn(&Cloud, &Call, &mut Value) -> Result<(), ApiError>,
    /// Whose use of the item keeps it from being deleted.
    user: fn(&Cloud, &str) -> Option<String>,
}

pub(super) use firewall::FIREWALL;
pub(super) use subnetwork::SUBNETWORK;
pub(super) use vpc::NETWORK;

impl Kind {
    fn singular(&self) -> &'static str {
        self.collection.trim_end_matches('s')
    }

    fn scope(&self, call: &Call) -> String {
        let project = call.path("project");
        let place = match self.global {
            true => "global".to_owned(),
            false => format!("regions/{}", call.path("region")),
        };
        format!("projects/{project}/{place}/{}", self.collection)
    }

    /// What the path names, or the body of an insert.
    fn path(&self, call: &Call) -> String {
        let named = call.path(self.singular());
        let name = match named {
            "" => call.body["name"].as_str().unwrap_or_default(),
            name => name,
        };
        format!("{}/{name}", self.scope(call))
    }

    fn json(&self, cloud: &Cloud, path: &str, item: &Item, origin: &str) -> Value {
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
            let inside: Vec<String> = subnetwork::of(cloud, path)
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

fn find<'a>(cloud: &'a Cloud, path: &str) -> Result<&'a Item, ApiError> {
    let found = cloud.compute.networks.get(path);
    found.ok_or_else(|| not_found(path))
}

/// The network that the body names, which must be there and ready.
fn network(cloud: &Cloud, call: &Call, body: &mut Value) -> Result<(), ApiError> {
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

fn need(kind: &Kind, call: &Call, permission: &'static str) -> Need {
    let resource = Resource::new("compute.googleapis.com", kind.name, kind.path(call));
    Need::new(permission, resource)
}

pub(super) fn needs(
    kind: &Kind,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<Need>, ApiError> {
    Ok(permissions.iter().map(|p| need(kind, call, p)).collect())
}

/// Whoever changes a rule changes what its network lets through.
pub(super) fn firewall_needs(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<Need>, ApiError> {
    let mut all = needs(&FIREWALL, call, permissions)?;
    let there = cloud.compute.networks.get(&FIREWALL.path(call));
    let named = there.map_or(&call.body["network"], |item| &item.resource["network"]);
    let named = named.as_str().unwrap_or("default");
    let network = full(named, call.path("project"), "global/networks");
    let network = Resource::new("compute.googleapis.com", "Network", network);
    all.push(Need::new("compute.networks.updatePolicy", network));
    Ok(all)
}

pub(super) fn insert(kind: &Kind, cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    if let Some(answer) = operation::repeated(cloud, call, "insert", &path)? {
        return Ok(answer);
    }
    known(&call.body, "resource", kind.fields)?;
    let name = call.body["name"].as_str().unwrap_or_default();
    if !is_name(name) {
        let why = "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'";
        return Err(wrong("name", name, why));
    }
    if cloud.compute.networks.contains(&path) {
        let message = format!("The resource '{path}' already exists");
        return Err(ApiError::exists(message));
    }
    let mut resource = call.body.clone();
    (kind.complete)(cloud, call, &mut resource)?;
    let item = Item {
        id: cloud.compute.next_id(),
        created: call.now,
        ready: call.now + cloud.compute.settings.other_operation,
        resource,
    };
    let id = item.id.clone();
    cloud.compute.networks.insert(path.as_str(), item);
    Ok(operation::soon(cloud, call, "insert", &path, &id))
}

pub(super) fn get(kind: &Kind, cloud: &Cloud, call: &Call) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    let item = find(cloud, &path)?;
    Ok(Answer::Json(kind.json(cloud, &path, item, &call.origin)))
}

pub(super) fn list(kind: &Kind, cloud: &Cloud, call: &Call) -> Result<Answer, ApiError> {
    let scope = kind.scope(call);
    let prefix = format!("{scope}/");
    let all = cloud.compute.networks.under(&prefix);
    let page = Page::of(
        call,
        all.map(|(path, item)| (path.clone(), kind.json(cloud, path, item, &call.origin))),
    )?;
    let list = format!("compute#{}List", kind.singular());
    let selves = link(&call.origin, &scope);
    Ok(Answer::Json(page.json(&list, &selves, &scope)))
}

/// Replaces the fields that the body holds. A subnetwork is changed only by
/// who knows its fingerprint.
pub(super) fn patch(kind: &Kind, cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    if let Some(answer) = operation::repeated(cloud, call, "patch", &path)? {
        return Ok(answer);
    }
    let item = find(cloud, &path)?;
    let fields = call.body.as_object();
    let fields = fields.ok_or_else(|| wrong("", "", "Must be an object."))?;
    let mut resource = item.resource.clone();
    if kind.name == "Subnetwork" {
        match call.body["fingerprint"].as_str() {
            None => return Err(wrong("fingerprint", "", "It is required.")),
            Some(seen) if seen != fingerprint(&resource) => {
                return Err(ApiError::precondition("Invalid fingerprint."));
            }
            Some(_) => {}
        }
    }
    for (field, value) in fields {
        let same = resource[field] == *value;
        let told = matches!(field.as_str(), "fingerprint" | "name" | "network") || same;
        if kind.patchable.contains(&field.as_str()) {
            resource[field] = value.clone();
        } else if !told {
            return Err(wrong(field, &value.to_string(), "It cannot be changed."));
        }
    }
    (kind.complete)(cloud, call, &mut resource)?;
    let id = item.id.clone();
    if let Some(item) = cloud.compute.networks.get_mut(&path) {
        item.resource = resource;
    }
    Ok(operation::soon(cloud, call, "patch", &path, &id))
}

pub(super) fn delete(kind: &Kind, cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    if let Some(answer) = operation::repeated(cloud, call, "delete", &path)? {
        return Ok(answer);
    }
    let id = find(cloud, &path)?.id.clone();
    if let Some(user) = (kind.user)(cloud, &path) {
        let what = kind.singular();
        return Err(ApiError {
            reason: "resourceInUseByAnotherResource",
            ..ApiError::invalid(format!(
                "The {what} resource '{path}' is already being used by '{user}'"
            ))
        });
    }
    cloud.compute.networks.remove(&path);
    Ok(operation::soon(cloud, call, "delete", &path, &id))
}
