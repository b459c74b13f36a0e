//! Services and revisions in the Knative form of v1, which gcloud speaks.
//!
//! Its paths have no location: that is in the host (`us-central1-run.…`).
//! Without one, lists show all locations. Messages are from bug reports.

mod annotations;
mod template;
mod view;

use super::services::{
    REVISION, SERVICE, act_as, add_revision, check_delete, id_of, is_service_id, place, prepare,
    refusal,
};
use crate::{
    ApiError, Call, Cloud,
    collection::{IdSource, Kind, Paging, Row, with_project_id},
};
use http::header::HOST;
use serde_json::Value;

pub(crate) static SERVICE_V1: Kind = service("namespaces.services").render_list(|_, list| {
    view::list(list, "ServiceList");
});

/// The same at `projects/p/locations/l/services`, where policies are.
pub(crate) static SERVICE_POLICY_V1: Kind =
    service("projects.locations.services").render_list(|_, list| {
        view::list(list, "ServiceList");
    });

pub(crate) static REVISION_V1: Kind = Kind::new("run.v1", "namespaces.revisions")
    .canonical(canonical)
    .paging(&PAGING)
    .listed(has_labels)
    .messages(
        |_, name| missing("REVISION", name),
        |_, name| format!("Resource '{}' already exists.", id_of(name)),
    )
    .refusal(|missing| Some(refusal(missing, &shown_name(&missing.resource.name))))
    .check_delete(check_delete)
    .render(|cloud, name, row, json| {
        let shown = REVISION.to_json(cloud, name, row, "");
        *json = view::revision(cloud, name, &shown, row);
    })
    .render_list(|_, list| view::list(list, "RevisionList"));

const PAGING: Paging = Paging {
    size: "limit",
    token: "continue",
    default: 100,
    max: 1000,
    invalid: |field, value, _| format!("Invalid {field} {value:?}."),
    strict: false,
};

const fn service(collection: &'static str) -> Kind {
    Kind::new("run.v1", collection)
        .id(
            IdSource::Body("metadata.name"),
            "[a-z]([-a-z0-9]{0,47}[a-z0-9])?",
            is_service_id,
        )
        .canonical(canonical)
        .paging(&PAGING)
        .listed(has_labels)
        .messages(
            |_, name| missing("SERVICE", name),
            |_, name| format!("Resource '{}' already exists.", id_of(name)),
        )
        .refusal(|missing| Some(refusal(missing, &shown_name(&missing.resource.name))))
        .requires(act_as)
        .prepare(|cloud, call, name, old, body| {
            check_version(name, old, body)?;
            *body = view::stored(body, old.map(|old| &old.body));
            prepare(cloud, call, name, old, body)
        })
        .follow(add_revision)
        .render(|cloud, name, row, json| {
            let shown = SERVICE.to_json(cloud, name, row, "");
            *json = view::service(cloud, name, &shown, row);
        })
}

/// `namespaces/p/services/s` as v2 names it.
fn canonical(cloud: &Cloud, call: &Call, name: String) -> String {
    let Some(rest) = name.strip_prefix("namespaces/") else {
        return with_project_id(cloud, name);
    };
    let (project, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let host = call.headers.get(HOST).and_then(|host| host.to_str().ok());
    let region = host.and_then(|host| Some(host.split_once("-run.")?.0));
    let project = with_project_id(cloud, format!("projects/{project}"));
    let place = format!("{project}/locations/{}", region.unwrap_or("-"));
    match (rest.strip_prefix("revisions"), region) {
        // A list of those of all services.
        (Some(""), Some(_)) => format!("{place}/services/-/revisions"),
        (Some(id), _) if !id.is_empty() => {
            let prefix = format!("{place}/services/");
            let mut all = REVISION.rows(cloud, &prefix);
            let tail = format!("/revisions{id}");
            let found = all.find(|(name, _)| name.ends_with(&tail));
            found.map_or_else(|| format!("{prefix}-{tail}"), |(name, _)| name.to_owned())
        }
        (_, _) => format!("{place}/{rest}"),
    }
}

/// A name in the form of v1, for messages.
fn shown_name(name: &str) -> String {
    let (project, _) = place(name);
    let mut parts = name.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(id), Some(kind @ ("services" | "revisions"))) => {
            format!("namespaces/{project}/{kind}/{id}")
        }
        (_, Some("locations")) => format!("namespaces/{project}"),
        (_, _) => name.to_owned(),
    }
}

fn missing(kind: &str, name: &str) -> String {
    let (project, region) = place(name);
    format!(
        "Resource '{}' of kind '{kind}' in region '{region}' in project '{project}' does not exist",
        id_of(name)
    )
}

/// Refuses a change by a caller who has seen another state.
fn check_version(name: &str, old: Option<&Row>, body: &Value) -> Result<(), ApiError> {
    let seen = body.pointer("/metadata/resourceVersion");
    let (Some(old), Some(seen)) = (old, seen.and_then(Value::as_str)) else {
        return Ok(());
    };
    match old.etag() {
        current if current == seen => Ok(()),
        current => Err(ApiError::conflict(format!(
            "Conflict for resource '{}': version '{seen}' was specified but current version is \
             '{current}'.",
            id_of(name)
        ))),
    }
}

/// Whether a resource has the labels in `labelSelector` (`a=b,c`). Other forms
/// select nothing.
fn has_labels(_: &Cloud, call: &Call, name: &str, row: &Row) -> bool {
    let Some(selector) = call.query("labelSelector") else {
        return true;
    };
    let labels = view::labels(name, row);
    selector.split(',').all(|part| match part.split_once('=') {
        Some((key, value)) => labels[key.trim()] == *value.trim_start_matches('=').trim(),
        None => !labels[part.trim()].is_null(),
    })
}
