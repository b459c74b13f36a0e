//! Instances.

use super::{instance_methods::*, zones::path};
use crate::{Client, Error, Method, Operation, Pages, Request, methods::int64::int64};
use names::{InstanceName, ProjectId, Timestamp, Zone};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A service account that an instance runs as.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AttachedServiceAccount {
    /// The email, as text: another owner's account may have any form.
    pub email: String,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// The numeric ID, which is never reused.
    #[serde(default)]
    pub id: String,
    /// The name, as text: another owner's instance may have any name.
    pub name: String,
    /// `PROVISIONING`, `STAGING`, `RUNNING`, `STOPPING`, `TERMINATED`, …
    #[serde(default)]
    pub status: String,
    /// The URL of the zone; see [`Instance::zone`].
    #[serde(default)]
    pub zone: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// When it was created; `None` if it cannot be parsed.
    #[serde(default, deserialize_with = "timestamp")]
    pub creation_timestamp: Option<Timestamp>,
    /// The service accounts that it runs as; `None` if they were not read.
    #[serde(default)]
    pub service_accounts: Option<Vec<AttachedServiceAccount>>,
}

impl Instance {
    /// The zone; `None` if it cannot be parsed.
    #[must_use]
    pub fn zone(&self) -> Option<Zone> {
        self.zone.rsplit('/').next()?.parse().ok()
    }
}

/// Deserializes a timestamp; `None` if it is missing or cannot be parsed.
fn timestamp<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// The instances of a project, and the zones that could not be listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceList {
    /// The instances that were list.
    pub instances: Vec<Instance>,
    /// The scopes (`zones/us-central1-a`) that could not be reached. They may
    /// have instances that are not in the list.
    pub unreachable: Vec<String>,
}

/// A part of the output of an instance's serial port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SerialOutput {
    /// The output.
    #[serde(default)]
    pub contents: String,
    /// The position at which the next part begins, in bytes.
    #[serde(default, deserialize_with = "int64")]
    pub next: i64,
}

fn zone_request(method: &'static Method, project: &ProjectId, zone: &Zone) -> Request {
    Request::on(method, &path(project, zone))
}

fn request(
    method: &'static Method,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
) -> Request {
    let path = format!("{}/instances/{instance}", path(project, zone));
    Request::on(method, &path)
}

/// The request that creates an instance; `instance` is the request body.
#[must_use]
pub fn insert_request(
    project: &ProjectId,
    zone: &Zone,
    instance: &Value,
    request_id: Uuid,
) -> Request {
    zone_request(&INSTANCES_INSERT, project, zone)
        .query("requestId", request_id)
        .json(instance)
}

/// Begins to create an instance; `instance` is the request body.
///
/// # Errors
/// The call failed; 409 if the name is taken. A stockout or an exceeded quota
/// may be reported here or by the operation: see
/// [`crate::OperationError::from_call`].
pub async fn insert(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &Value,
    request_id: Uuid,
) -> Result<Operation, Error> {
    let request = insert_request(project, zone, instance, request_id);
    client.operation(&request).await
}

/// Reads an instance.
///
/// # Errors
/// The call failed; 404 if the instance does not exist.
pub async fn get(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
) -> Result<Instance, Error> {
    let request = request(&INSTANCES_GET, project, zone, instance);
    client.json(&request).await
}

/// Begins to delete an instance.
///
/// # Errors
/// The call failed; 404 if the instance does not exist.
pub async fn delete(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
    request_id: Uuid,
) -> Result<Operation, Error> {
    let request =
        request(&INSTANCES_DELETE, project, zone, instance).query("requestId", request_id);
    client.operation(&request).await
}

/// Lists the instances of a zone that match `filter` (`labels.a=b`); all, if it
/// is empty.
///
/// # Errors
/// A call failed.
pub async fn list(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    filter: &str,
) -> Result<Vec<Instance>, Error> {
    let request = with_filter(zone_request(&INSTANCES_LIST, project, zone), filter);
    Pages::new(client, request).all("items").await
}

fn with_filter(request: Request, filter: &str) -> Request {
    let request = request.query("maxResults", 500);
    match filter {
        "" => request,
        filter => request.query("filter", filter),
    }
}

/// What [`InstanceList`] has: an instance's metadata alone can take 512 KB.
const FIELDS: &str = "nextPageToken,unreachables,items/*(warning/code,\
     instances(id,name,status,zone,labels,creationTimestamp,serviceAccounts/email))";

/// Lists the instances of all zones that match `filter`; all, if it is empty.
///
/// # Errors
/// A call failed. A zone that cannot be reached is not an error: see
/// [`InstanceList::unreachable`].
pub async fn aggregated_list(
    client: &Client,
    project: &ProjectId,
    filter: &str,
) -> Result<InstanceList, Error> {
    #[derive(Deserialize)]
    struct AggregatedPage {
        #[serde(default)]
        items: BTreeMap<String, ScopedList>,
        #[serde(default)]
        unreachables: Vec<String>,
    }
    #[derive(Deserialize)]
    struct ScopedList {
        #[serde(default)]
        instances: Vec<Instance>,
        warning: Option<Value>,
    }
    let request = Request::new(&INSTANCES_AGGREGATED_LIST)
        .path("project", project)
        .query("fields", FIELDS);
    let mut pages = Pages::new(client, with_filter(request, filter));
    let mut list = InstanceList::default();
    while let Some(page) = pages.next::<AggregatedPage>().await? {
        list.unreachable.extend(page.unreachables);
        for (scope, scoped) in page.items {
            let code = scoped.warning.map(|warning| warning["code"].clone());
            if code.is_some_and(|code| code == "UNREACHABLE") {
                list.unreachable.push(scope);
            }
            list.instances.extend(scoped.instances);
        }
    }
    list.unreachable.sort();
    list.unreachable.dedup();
    Ok(list)
}

/// Reads the output of an instance's serial port from byte `start` on.
///
/// # Errors
/// The call failed; 404 if the instance does not exist.
pub async fn serial_output(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
    start: i64,
) -> Result<SerialOutput, Error> {
    let request = request(&GET_SERIAL_PORT_OUTPUT, project, zone, instance).query("start", start);
    client.json(&request).await
}

/// Begins to simulate a maintenance event on an instance. Unverified for
/// instances with GPUs.
///
/// # Errors
/// The call failed; 404 if the instance does not exist.
pub async fn simulate_maintenance(
    client: &Client,
    project: &ProjectId,
    zone: &Zone,
    instance: &InstanceName,
    request_id: Uuid,
) -> Result<Operation, Error> {
    let request = request(&SIMULATE_MAINTENANCE_EVENT, project, zone, instance)
        .query("requestId", request_id);
    client.operation(&request).await
}
