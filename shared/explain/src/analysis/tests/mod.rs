//! The analysis of small snapshots.

mod effective;
mod escalations;

use super::*;
use names::{FullResourceName, Member};
use std::collections::BTreeSet;

const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/demo-project";
const FOLDER: &str = "//cloudresourcemanager.googleapis.com/folders/7";
const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/data";
const ROBOT: &str = "serviceAccount:robot@demo-project.iam.gserviceaccount.com";
const OTHER: &str = "serviceAccount:other@demo-project.iam.gserviceaccount.com";

fn name(text: &str) -> FullResourceName {
    text.parse().expect("a full name")
}

fn member(text: &str) -> Member {
    text.parse().expect("a member")
}

fn account(member: &str) -> String {
    let email = member.trim_start_matches("serviceAccount:");
    format!("//iam.googleapis.com/projects/demo-project/serviceAccounts/{email}")
}

fn machine(id: &str) -> String {
    format!("//compute.googleapis.com/projects/demo-project/zones/us-central1-a/instances/{id}")
}

/// A project in a folder, with two accounts and a bucket.
fn sample() -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut add = |text: &str, parent: Option<&str>| {
        let resource = ResourcePolicy {
            parent: parent.map(name),
            ..ResourcePolicy::default()
        };
        snapshot.resources.insert(name(text), resource);
    };
    add(FOLDER, None);
    add(PROJECT, Some(FOLDER));
    add(&account(ROBOT), Some(PROJECT));
    add(&account(OTHER), Some(PROJECT));
    add(BUCKET, Some(PROJECT));
    snapshot
}

/// Binds a new custom role with just these permissions.
fn grant(
    snapshot: &mut Snapshot,
    on: &str,
    member: &str,
    permissions: &[&str],
    condition: Option<&str>,
) {
    let role = format!("projects/demo-project/roles/r{}", snapshot.roles.len());
    let permissions = permissions.iter().map(ToString::to_string).collect();
    snapshot.roles.insert(role.clone(), permissions);
    bind(snapshot, on, member, &role, condition);
}

fn bind(snapshot: &mut Snapshot, on: &str, member: &str, role: &str, condition: Option<&str>) {
    let condition = condition.map(|expression| BindingCondition {
        title: "t".to_owned(),
        expression: expression.to_owned(),
    });
    let binding = RoleBinding {
        role: role.to_owned(),
        members: [member.to_owned()].into(),
        condition,
    };
    let resource = snapshot.resources.get_mut(&name(on)).expect("it is there");
    resource.bindings.insert(binding);
}

fn add_machine(snapshot: &mut Snapshot, id: &str, runs_as: &str) {
    let email = runs_as.trim_start_matches("serviceAccount:");
    let resource = ResourcePolicy {
        parent: Some(name(PROJECT)),
        runs_as: [email.parse().expect("an address")].into(),
        ..ResourcePolicy::default()
    };
    snapshot.resources.insert(name(&machine(id)), resource);
}

fn permissions(snapshot: &Snapshot, principal: &str, on: &str) -> BTreeSet<String> {
    let effective = effective_access(snapshot, &member(principal));
    let on = name(on);
    let all = effective.on(&on).flat_map(|grant| &grant.permissions);
    all.cloned().collect()
}

fn paths(snapshot: &Snapshot, principal: &str) -> Vec<String> {
    let reachable = reachable_access(snapshot, &member(principal));
    reachable
        .paths
        .iter()
        .map(EscalationPath::to_string)
        .collect()
}
