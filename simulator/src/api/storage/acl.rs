//! Access control lists as they are shown where access is not uniform: those that
//! a bucket or object has from the beginning. IAM decides, and nobody can change
//! them.

use serde_json::{Value, json};

/// Teams of a project, and their role on its buckets and objects.
const TEAMS: [(&str, &str); 3] = [
    ("owners", "OWNER"),
    ("editors", "OWNER"),
    ("viewers", "READER"),
];

/// The entries for the teams of a project.
fn teams(project: u64, kind: &str, etag: &Value) -> Vec<Value> {
    let entry = |(team, role)| {
        json!({
            "kind": kind,
            "entity": format!("project-{team}-{project}"),
            "projectTeam": { "projectNumber": project.to_string(), "team": team },
            "role": role,
            "etag": etag,
        })
    };
    TEAMS.into_iter().map(entry).collect()
}

/// Adds what an entry has that is read on its own.
fn identify(entry: &mut Value, of: &Value) {
    let entity = entry["entity"].as_str().unwrap_or_default().to_owned();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entry["id"] = format!("{}/{entity}", text(&of["id"])).into();
    entry["selfLink"] = format!("{}/acl/{entity}", text(&of["selfLink"])).into();
}

/// Adds `owner`, `acl` and `defaultObjectAcl` to a bucket.
pub(super) fn add_to_bucket(bucket: &mut Value, project: u64) {
    let mut acl = teams(project, "storage#bucketAccessControl", &bucket["etag"]);
    for entry in &mut acl {
        identify(entry, bucket);
        entry["bucket"] = bucket["name"].clone();
    }
    let objects = teams(project, "storage#objectAccessControl", &bucket["etag"]);
    bucket["acl"] = acl.into();
    bucket["defaultObjectAcl"] = objects.into();
    bucket["owner"] = json!({ "entity": format!("project-owners-{project}") });
}

/// Adds `owner` and `acl` to an object. `owner` is an email address; empty if
/// nobody owns the object.
pub(super) fn add_to_object(object: &mut Value, project: u64, owner: &str) {
    let kind = "storage#objectAccessControl";
    let mut acl = teams(project, kind, &object["etag"]);
    if !owner.is_empty() {
        let entity = format!("user-{owner}");
        object["owner"] = json!({ "entity": entity });
        acl.push(json!({
            "kind": kind,
            "entity": entity,
            "email": owner,
            "role": "OWNER",
            "etag": object["etag"],
        }));
    }
    for entry in &mut acl {
        identify(entry, object);
        for field in ["bucket", "generation"] {
            entry[field] = object[field].clone();
        }
        entry["object"] = object["name"].clone();
    }
    object["acl"] = acl.into();
}
