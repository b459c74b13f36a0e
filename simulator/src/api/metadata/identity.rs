//! The guest that sends a request to its metadata server, and what it can read.

use super::tree::Node;
use crate::{
    Cloud, Guest,
    api::compute::instance::{Instance, Status},
};
use names::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What differs between guests.
pub(super) struct Identity {
    pub(super) account: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) tree: Node,
    /// Claims of an identity token with `format=full`.
    pub(super) claims: Map<String, Value>,
    /// When anything in the tree last changed.
    pub(super) changed: Timestamp,
}

impl Cloud {
    pub(super) fn identity(&self, guest: &Guest) -> Option<Identity> {
        match guest {
            Guest::Instance(id) => {
                let instance = self.compute.by_id(id)?;
                // A machine that is shutting down still has a running guest.
                let up = matches!(instance.status, Status::Running | Status::Stopping);
                (up && instance.powered).then(|| of_instance(self, instance))
            }
            Guest::Service { project, account } => {
                let number = self.iam.project_number(project);
                let scopes = vec!["https://www.googleapis.com/auth/cloud-platform".to_owned()];
                let region = format!("projects/{number}/regions/us-central1");
                let accounts = accounts(Some(account), &scopes);
                let instance = Node::dir([
                    ("region", Node::text(region)),
                    ("service-accounts", accounts),
                ]);
                Some(Identity {
                    tree: root(instance, project, &number),
                    account: Some(account.clone()),
                    scopes,
                    claims: Map::new(),
                    changed: Timestamp::from_micros(0),
                })
            }
        }
    }
}

fn of_instance(cloud: &Cloud, instance: &Instance) -> Identity {
    let number = cloud.iam.project_number(&instance.project);
    let scopes: Vec<String> = instance
        .scopes()
        .iter()
        .map(|scope| (*scope).to_owned())
        .collect();
    let Instance {
        id,
        name,
        zone,
        project,
        resource,
        ..
    } = instance;
    let scheduling = &resource["scheduling"];
    let upper_case = |value: &Value| Node::text(value.to_string().trim_matches('"').to_uppercase());
    let tags = &resource["tags"]["items"];
    let attributes: BTreeMap<String, Node> = instance
        .metadata()
        .map(|(key, value)| (key.to_owned(), Node::text(value)))
        .collect();
    let mut tree = Node::dir([
        ("attributes", Node::Dir(attributes)),
        (
            "hostname",
            Node::text(format!("{name}.{zone}.c.{project}.internal")),
        ),
        ("id", Node::Leaf(json!(id.parse::<u64>().unwrap_or(0)))),
        (
            "machine-type",
            Node::text(format!(
                "projects/{number}/machineTypes/{}",
                instance.machine_type()
            )),
        ),
        (
            "maintenance-event",
            Node::text(instance.maintenance_event()),
        ),
        ("name", Node::text(name)),
        ("preempted", upper_case(&json!(instance.preempted))),
        (
            "scheduling",
            Node::dir([
                (
                    "automatic-restart",
                    upper_case(&scheduling["automaticRestart"]),
                ),
                (
                    "on-host-maintenance",
                    upper_case(&scheduling["onHostMaintenance"]),
                ),
                ("preemptible", upper_case(&scheduling["preemptible"])),
            ]),
        ),
        ("service-accounts", accounts(instance.account(), &scopes)),
        (
            "tags",
            Node::Leaf(if tags.is_array() {
                tags.clone()
            } else {
                json!([])
            }),
        ),
        (
            "zone",
            Node::text(format!("projects/{number}/zones/{zone}")),
        ),
    ]);
    if let (Node::Dir(entries), Some(begins)) = (&mut tree, instance.maintenance) {
        let status = if instance.status == Status::Running {
            "PENDING"
        } else {
            "ONGOING"
        };
        let window = json!({
            "can_reschedule": "FALSE",
            "latest_window_start_time": begins,
            "maintenance_status": status,
            "type": "UNSCHEDULED",
            "window_start_time": begins,
        });
        entries.insert("upcoming-maintenance".to_owned(), Node::Leaf(window));
    }
    let claims = json!({ "google": { "compute_engine": {
        "instance_id": id,
        "instance_name": name,
        "project_id": project,
        "project_number": number.parse::<u64>().unwrap_or(0),
        "zone": zone,
        "instance_creation_timestamp": instance.created.as_seconds(),
    }}});
    Identity {
        account: instance.account().map(str::to_owned),
        scopes,
        tree: root(tree, project, &number),
        claims: claims.as_object().cloned().unwrap_or_default(),
        changed: instance.changed,
    }
}

fn root(instance: Node, project: &str, number: &str) -> Node {
    let project = Node::dir([
        ("attributes", Node::Dir(BTreeMap::new())),
        (
            "numeric-project-id",
            Node::Leaf(json!(number.parse::<u64>().unwrap_or(0))),
        ),
        ("project-id", Node::text(project)),
    ]);
    Node::dir([("instance", instance), ("project", project)])
}

/// The service accounts: the only one, as `default` and by its address.
fn accounts(account: Option<&str>, scopes: &[String]) -> Node {
    let Some(email) = account else {
        return Node::Dir(BTreeMap::new());
    };
    let entry = Node::dir([
        ("aliases", Node::Lines(vec!["default".to_owned()])),
        ("email", Node::text(email)),
        ("identity", Node::Generated),
        ("scopes", Node::Lines(scopes.to_vec())),
        ("token", Node::Generated),
    ]);
    Node::dir([("default", entry.clone()), (email, entry)])
}
