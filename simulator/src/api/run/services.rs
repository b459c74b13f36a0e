//! Services and revisions, in v2.

use super::{reserved, template, traffic};
use crate::{
    ApiError, Call, Cloud,
    collection::{IdSource, Kind, Row, Verb, is_rfc1035},
    iam::{RequiredPermission, Resource, compute_account},
};
use names::Timestamp;
use serde_json::{Value, json};

pub(crate) static SERVICE: Kind = Kind::new("run.v2", "projects.locations.services")
    .type_name("Service")
    .id(
        IdSource::Query("serviceId"),
        "[a-z]([-a-z0-9]{0,47}[a-z0-9])?",
        is_service_id,
    )
    .presence(&["scaling.manualInstanceCount"])
    .unsimulated(&["buildConfig", "multiRegionSettings"])
    .whole_without_mask()
    .operation("google.cloud.run.v2", "Service")
    // That of the 409 is unverified.
    .messages(
        |_, name| format!("service {name:?} not found"),
        |_, name| format!("Resource '{}' already exists.", id_of(name)),
    )
    .refusal(|missing| Some(refusal(missing, &missing.resource.name)))
    .requires(act_as)
    .prepare(|cloud, call, name, old, body| {
        let template = &call.body["template"];
        reserved::check(&call.body)?;
        reserved::check(template)?;
        prepare(cloud, call, name, old, body)
    })
    .follow(add_revision)
    .render(render);

/// Revisions are made by changes of their service's template.
pub(crate) static REVISION: Kind = Kind::new("run.v2", "projects.locations.services.revisions")
    .type_name("Revision")
    .parent(&SERVICE)
    .order("createTime desc,name desc")
    .operation("google.cloud.run.v2", "Revision")
    .messages(
        |_, name| format!("revision {name:?} not found"),
        |_, name| format!("Resource '{}' already exists.", id_of(name)),
    )
    .refusal(|missing| Some(refusal(missing, &missing.resource.name)))
    .check_delete(check_delete)
    .render(|cloud, name, row, json| {
        json["name"] = name.into();
        json["observedGeneration"] = row.generation.to_string().into();
        let types = [
            "Ready",
            "Active",
            "ContainerHealthy",
            "ContainerReady",
            "ResourcesAvailable",
        ];
        let mut conditions = types.map(|of| condition(of, row.created));
        let (_, is_reached) = use_of(cloud, name);
        if !is_reached {
            // Unverified.
            conditions[1]["state"] = "CONDITION_FAILED".into();
            conditions[1]["revisionReason"] = "RETIRED".into();
            conditions[1]["severity"] = "INFO".into();
        }
        json["conditions"] = conditions.into();
        reserved::remove(json);
    });

pub(super) fn is_service_id(id: &str) -> bool {
    id.len() < 50 && is_rfc1035(id)
}

/// The ID in a name.
pub(super) fn id_of(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

/// The project and location in a name.
pub(super) fn place(name: &str) -> (&str, &str) {
    let mut parts = name.split('/').skip(1).step_by(2);
    let mut next = || parts.next().unwrap_or_default();
    (next(), next())
}

/// Google's words, from bug reports.
pub(super) fn refusal(missing: &RequiredPermission, name: &str) -> String {
    match missing.permission {
        "iam.serviceAccounts.actAs" => act_as_refusal(id_of(name)),
        permission => format!(
            "Permission '{permission}' denied on resource '{name}' (or resource may not exist)."
        ),
    }
}

/// Google writes `serviceaccounts` here.
fn act_as_refusal(account: &str) -> String {
    format!(
        "Permission 'iam.serviceaccounts.actAs' denied on service account {account} (or it may \
         not exist)."
    )
}

fn default_account(cloud: &Cloud, name: &str) -> String {
    let number = cloud.iam.project_number(place(name).0);
    compute_account(&number)
}

/// A deployment requires permission to act as the account of the service, even
/// if it changes the traffic only.
pub(super) fn act_as(
    cloud: &Cloud,
    call: &Call,
    verb: Verb,
    name: &str,
) -> Vec<RequiredPermission> {
    if !matches!(verb, Verb::Create | Verb::Update) {
        return Vec::new();
    }
    let paths = [
        "/template/serviceAccount",
        "/template/service_account",
        "/spec/template/spec/serviceAccountName",
    ];
    let given = paths
        .iter()
        .find_map(|path| call.body.pointer(path)?.as_str());
    let mask = call.query("updateMask").unwrap_or("*");
    let replaced = mask
        .split(',')
        .any(|path| matches!(path.trim(), "template" | "*"));
    let row = SERVICE.row(cloud, name).filter(|_| !replaced);
    let current = row.and_then(|row| row.body["template"]["serviceAccount"].as_str());
    let default = default_account(cloud, name);
    let account = given.or(current).unwrap_or(&default);
    // `-` stands for the project in the address, which the default has not.
    let project = if account == default {
        place(name).0
    } else {
        "-"
    };
    let account = Resource::service_account(project, account);
    let permission = "iam.serviceAccounts.actAs";
    vec![RequiredPermission::new(permission, account)]
}

/// Checks a service in the form of v2, and decides whether it has a new
/// revision.
pub(super) fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let service = id_of(name);
    let default = default_account(cloud, name);
    template::complete(&mut body["template"], &default)?;
    for (field, default) in [("ingress", "INGRESS_TRAFFIC_ALL"), ("launchStage", "GA")] {
        if body[field].is_null() {
            body[field] = default.into();
        }
    }
    let forced = call
        .query("forceNewRevision")
        .is_some_and(|forced| forced.eq_ignore_ascii_case("true"));
    let full = |id: &str| format!("{name}/revisions/{id}");
    let mut created = None;
    if forced || old.is_none_or(|old| old.body["template"] != body["template"]) {
        let account = body["template"]["serviceAccount"]
            .as_str()
            .unwrap_or_default();
        if account != default && cloud.iam.account(account).is_none() {
            return Err(ApiError::permission_denied(act_as_refusal(account)));
        }
        let generation = old.map_or(1, |old| old.generation + 1);
        let seed = [name, &generation.to_string(), &call.now.to_string()];
        let id = template::revision_id(&body["template"], service, generation, &seed)?;
        if REVISION.any_row(cloud, &full(&id)).is_some() {
            return Err(ApiError::already_exists(format!(
                "Revision named '{id}' with different configuration already exists."
            )));
        }
        body["latestCreatedRevision"] = full(&id).into();
        created = Some(id);
    } else if let Some(old) = old {
        body["latestCreatedRevision"] = old.body["latestCreatedRevision"].clone();
    }
    traffic::complete(body.get_mut("traffic"), |id| {
        created.as_deref() == Some(id) || REVISION.row(cloud, &full(id)).is_some()
    })?;
    let caller = call.principal.email();
    body["creator"] = old.map_or_else(|| caller.into(), |old| old.body["creator"].clone());
    body["lastModifier"] = caller.into();
    Ok(())
}

/// Stores the revision of a changed template.
pub(super) fn add_revision(cloud: &mut Cloud, call: &Call, verb: Verb, name: &str) {
    let service = SERVICE.row(cloud, name);
    let service = service.filter(|_| matches!(verb, Verb::Create | Verb::Update));
    let Some(service) = service.map(|row| row.body.clone()) else {
        return;
    };
    let revision = service["latestCreatedRevision"]
        .as_str()
        .unwrap_or_default();
    if REVISION.row(cloud, revision).is_some() {
        return;
    }
    let fields = &REVISION.facts().schema.properties;
    let template = service["template"].as_object().into_iter().flatten();
    let template = template.filter(|(field, _)| fields.contains_key(field.as_str()));
    let mut body: Value = template
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    body["service"] = id_of(name).into();
    body["creator"] = service["lastModifier"].clone();
    body["launchStage"] = service["launchStage"].clone();
    let row = REVISION.new_row(cloud.resources.next_id(), call.now, body);
    REVISION.store(cloud, revision, row);
}

fn condition(kind: &str, since: Timestamp) -> Value {
    json!({ "type": kind, "state": "CONDITION_SUCCEEDED", "lastTransitionTime": since })
}

fn render(cloud: &Cloud, name: &str, row: &Row, json: &mut Value) {
    let (project, location) = place(name);
    let number = cloud.iam.project_number(project);
    let host = format!("{}-{number}.{location}.run.app", id_of(name));
    if json["defaultUriDisabled"] != true {
        json["uri"] = format!("https://{host}").into();
        json["urls"] = json!([json["uri"]]);
    }
    json["observedGeneration"] = row.generation.to_string().into();
    json["latestReadyRevision"] = json["latestCreatedRevision"].clone();
    json["trafficStatuses"] = traffic::statuses(&json["traffic"], &host);
    json["terminalCondition"] = condition("Ready", row.updated);
    let types = ["RoutesReady", "ConfigurationsReady"];
    json["conditions"] = types.map(|of| condition(of, row.updated)).into();
    reserved::remove(json);
    reserved::remove(&mut json["template"]);
}

/// Google's rule; its words are unverified.
pub(super) fn check_delete(cloud: &Cloud, _: &Call, name: &str) -> Result<(), ApiError> {
    match use_of(cloud, name) {
        (false, false) => Ok(()),
        (_, _) => Err(ApiError::failed_precondition(format!(
            "Revision '{}' cannot be deleted: it is the latest revision of its service, or can \
             receive traffic.",
            id_of(name)
        ))),
    }
}

/// Whether a revision is the latest one, and whether requests can reach it.
fn use_of(cloud: &Cloud, name: &str) -> (bool, bool) {
    let (service, id) = name.split_once("/revisions/").unwrap_or_default();
    let Some(service) = SERVICE.row(cloud, service) else {
        return (false, false);
    };
    let is_latest = service.body["latestCreatedRevision"] == name;
    let is_reached = traffic::reaches(&service.body["traffic"], id, is_latest);
    (is_latest, is_reached)
}
