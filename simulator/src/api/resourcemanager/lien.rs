//! Liens, in v1 (as gcloud asks) and v3: what prevents the deletion of a project.

use super::hierarchy::row;
use crate::{
    ApiError, Call, Cloud,
    collection::{IdSource, Kind, Row, Verb},
    iam::{RESOURCE_MANAGER, RequiredPermission, Resource, hash},
};
use serde_json::{Value, json};

pub(crate) static LIEN: Kind = lien("cloudresourcemanager.v3");
pub(crate) static LIEN_V1: Kind = lien("cloudresourcemanager.v1");

/// The only operation that liens can block.
const RESTRICTION: &str = "resourcemanager.projects.delete";
const UPDATE: &str = "resourcemanager.projects.updateLiens";
/// Of an origin or a reason, in characters.
const MAX_LENGTH: usize = 200;

const fn lien(document: &'static str) -> Kind {
    Kind::new(document, "liens")
        .id(IdSource::Assigned(new_id), "", |_| true)
        .permissions(&[
            ("create", &[UPDATE]),
            ("list", &["resourcemanager.projects.get"]),
            // On the project, see `requires`.
            ("get", &[]),
            ("delete", &[]),
        ])
        .requires(requires)
        .prepare(prepare)
        .listed(listed)
        .messages(
            |_, _| "Requested entity was not found.".to_owned(),
            |_, _| "Requested entity already exists".to_owned(),
        )
}

/// `p42-l…`, as Google's names have the project's number.
fn new_id(cloud: &mut Cloud, project: &str) -> String {
    let number = cloud.iam.project_number(id_of(project));
    let hash = hash(&[&number, &cloud.resources.next_id()]);
    format!("p{number}-l{hash:016x}")
}

fn id_of(project: &str) -> &str {
    project.trim_start_matches("projects/")
}

/// A lien is read and deleted by who may do so on its project, whose number is in
/// its name.
fn requires(_: &Cloud, _: &Call, verb: Verb, name: &str) -> Vec<RequiredPermission> {
    let permission = match verb {
        Verb::Get => "resourcemanager.projects.get",
        Verb::Delete => UPDATE,
        Verb::Create
        | Verb::List
        | Verb::Update
        | Verb::Undelete
        | Verb::GetPolicy
        | Verb::SetPolicy
        | Verb::TestPermissions
        | Verb::Custom => return Vec::new(),
    };
    let number = name
        .strip_prefix("liens/p")
        .and_then(|id| id.split_once('-'));
    let project = Resource::project(number.map_or("", |(number, _)| number));
    vec![RequiredPermission::new(permission, project)]
}

/// The messages are unverified.
fn prepare(
    cloud: &Cloud,
    _: &Call,
    _: &str,
    _: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let parent = body["parent"].as_str().unwrap_or_default();
    let Some((project, node)) = cloud.iam.project(id_of(parent)) else {
        return Err(ApiError::invalid(format!("Invalid parent: {parent:?}.")));
    };
    let row = row(cloud, &format!("projects/{project}"));
    if row.is_some_and(|row| row.expires.is_some()) {
        let message = "Cannot update an inactive project.";
        return Err(ApiError::permission_denied(message));
    }
    if body["restrictions"] != json!([RESTRICTION]) {
        return Err(ApiError::invalid(format!(
            "Invalid restrictions: a lien must have {RESTRICTION} and no other."
        )));
    }
    for field in ["origin", "reason"] {
        let text = body[field].as_str().unwrap_or_default();
        if text.chars().count() > MAX_LENGTH {
            let message = format!("Invalid {field}: at most {MAX_LENGTH} characters.");
            return Err(ApiError::invalid(message));
        }
    }
    body["parent"] = format!("projects/{}", node.number).into();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("name");
    }
    Ok(())
}

fn listed(cloud: &Cloud, call: &Call, _: &str, row: &Row) -> bool {
    let project = id_of(call.query("parent").unwrap_or_default());
    row.body["parent"] == format!("projects/{}", cloud.iam.project_number(project))
}

/// Refuses to delete a project that has a lien. The message and details are
/// Google's, from bug reports and gcloud's tests; the two details after the first
/// are in newer ones only. A project that is to be deleted gets no lien, so none is left when it
/// is removed.
pub(super) fn check_liens(cloud: &Cloud, _: &Call, name: &str) -> Result<(), ApiError> {
    let number = cloud.iam.project_number(id_of(name));
    let prefix = format!("{RESOURCE_MANAGER}liens/p{number}-");
    let Some((lien, row)) = cloud.resources.rows.with_prefix(prefix).next() else {
        return Ok(());
    };
    let origin = row.body["origin"].as_str().unwrap_or_default();
    let description = format!(
        "A lien to prevent deletion was placed on the project by [{origin}]. Remove the lien to \
         allow deletion."
    );
    let lien = &lien[RESOURCE_MANAGER.len()..];
    let mut error = ApiError::failed_precondition("Precondition check failed.").violating(
        "LIEN",
        lien,
        &description,
    );
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{
            "description": "Troubleshooting project deletion",
            "url": "https://cloud.google.com/resource-manager/docs/troubleshooting-project-deletion",
        }],
    }));
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "PROJECT_DELETE_LIEN",
        "domain": "cloudresourcemanager.googleapis.com",
    }));
    Err(error)
}
