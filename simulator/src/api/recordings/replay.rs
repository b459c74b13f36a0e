//! Sends the requests of a recording to a cloud that has what the recorded one
//! had.

use super::exchange::Exchange;
use crate::{Cloud, api::test_cloud::TestCloud};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const OWNER: &str = "user:owner@example.com";
const ORGANIZATION: &str = "123456789012";
const BILLING_ACCOUNT: &str = "012345-6789AB-CDEF01";

const ETAGS: [&str; 3] = ["/etag", "/policy/etag", "/labelFingerprint"];

/// What stands for `${…}`: first what the cloud has, then what it chose.
pub(super) struct Replay {
    cloud: TestCloud,
    values: BTreeMap<String, String>,
    /// The last etag of each resource, by URL.
    etags: BTreeMap<String, Value>,
}

impl Replay {
    pub(super) fn new() -> Self {
        let mut cloud = TestCloud::new();
        let it = &mut cloud.cloud;
        it.add_organization(ORGANIZATION);
        it.add_folder("42", &format!("organizations/{ORGANIZATION}"));
        it.add_billing_account(BILLING_ACCOUNT);
        it.add_project("recorded", 7, Some("folders/42"));
        grant(
            it,
            &format!("cloudresourcemanager.googleapis.com/organizations/{ORGANIZATION}"),
            &[
                "owner",
                "resourcemanager.folderAdmin",
                "resourcemanager.organizationAdmin",
                "resourcemanager.projectCreator",
                "storage.admin",
            ],
        );
        let values = [
            ("billingAccountID", BILLING_ACCOUNT),
            ("diskID", "disk"),
            ("folderID", "42"),
            ("organizationID", ORGANIZATION),
            ("projectId", "recorded"),
            ("projectNumber", "7"),
            ("uniqueId", "abcdef"),
        ];
        Self {
            cloud,
            values: values
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            etags: BTreeMap::new(),
        }
    }

    /// The status and the response to the recorded request.
    pub(super) fn send(&mut self, exchange: &Exchange) -> (u16, Value) {
        let url = self.with_values(&exchange.url);
        // Whoever was recorded came back until an operation was done.
        let seconds = if url.contains("/operations/") { 600 } else { 1 };
        self.cloud.advance(seconds);
        let body = self.with_values(&exchange.body);
        let mut body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let resource = resource(&url).to_owned();
        if let Some(known) = self.etags.get(&resource) {
            for etag in ETAGS {
                if let Some(etag) = body.pointer_mut(etag) {
                    etag.clone_from(known);
                }
            }
        }
        let (origin, path) = split_origin(&url);
        let call = format!("{} {path}", exchange.method);
        // A recorded policy takes it away; whoever recorded began with a read.
        let account = format!("cloudbilling.googleapis.com/billingAccounts/{BILLING_ACCOUNT}");
        if !url.contains(":setIamPolicy") {
            grant(&mut self.cloud.cloud, &account, &["billing.admin"]);
        }
        let (status, mut response) = self.cloud.owner_at(origin, &call, &body);
        hide_grants(&mut response);
        self.learn(&exchange.response, &response);
        if let Some(etag) = ETAGS.iter().find_map(|etag| response.pointer(etag)) {
            self.etags.insert(resource, etag.clone());
        }
        (status, response)
    }

    fn with_values(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.values {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        text
    }

    /// Takes the names that the cloud has chosen.
    fn learn(&mut self, recorded: &Value, ours: &Value) {
        match (recorded, ours) {
            (Value::Object(recorded), Value::Object(ours)) => {
                for (name, recorded) in recorded {
                    let Some(ours) = ours.get(name) else { continue };
                    if let (true, Some(recorded), Some(ours)) =
                        (name == "name", recorded.as_str(), ours.as_str())
                    {
                        self.learn_name(recorded, ours);
                    }
                    self.learn(recorded, ours);
                }
            }
            (Value::Array(recorded), Value::Array(ours)) => {
                for (recorded, ours) in recorded.iter().zip(ours) {
                    self.learn(recorded, ours);
                }
            }
            _ => {}
        }
    }

    fn learn_name(&mut self, recorded: &str, ours: &str) {
        let Some((before, rest)) = recorded.rsplit_once("${") else {
            return;
        };
        let Some((name, after)) = rest.split_once('}') else {
            return;
        };
        let before = self.with_values(before);
        let chosen = ours
            .strip_prefix(&before)
            .and_then(|rest| rest.strip_suffix(after));
        if let Some(chosen) = chosen {
            self.values.insert(name.to_owned(), chosen.to_owned());
        }
    }
}

fn grant(cloud: &mut Cloud, resource: &str, roles: &[&str]) {
    for role in roles {
        cloud.grant(
            &format!("//{resource}"),
            &format!("roles/{role}"),
            OWNER,
            None,
        );
    }
}

/// Takes the grants of [`grant`] out of a policy.
fn hide_grants(policy: &mut Value) {
    let Some(bindings) = policy.get_mut("bindings").and_then(Value::as_array_mut) else {
        return;
    };
    bindings.retain(|binding| binding["members"] != json!([OWNER]));
    if bindings.is_empty()
        && let Some(policy) = policy.as_object_mut()
    {
        policy.retain(|field, _| field == "etag");
    }
}

/// The URL without a custom verb and a query.
fn resource(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or(url);
    let path = path.strip_suffix("/setLabels").unwrap_or(path);
    match path.rfind(':') {
        Some(colon) if colon > "https://".len() => &path[..colon],
        _ => path,
    }
}

fn split_origin(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url[host..].find('/').map_or(url.len(), |at| host + at);
    url.split_at(path)
}
