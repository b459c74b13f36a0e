//! Projects in a folder of an organisation, whose owner sets policies.

mod enforced;
mod locations;
mod members;
mod policies;

use crate::{api::test_cloud::TestCloud, iam::Principal};
use serde_json::{Value, json};

const NULL: Value = Value::Null;

/// The project that no policy of a test makes an exception for.
const PROJECT: &str = "product";
/// The project with an exception.
const CHILD: &str = "exempted";

struct World(TestCloud);

impl World {
    fn new() -> Self {
        let mut world = TestCloud::new();
        let cloud = &mut world.cloud;
        cloud.add_organization("1");
        cloud.add_folder("7", "organizations/1");
        for (id, number) in [(PROJECT, 77), (CHILD, 78)] {
            cloud.add_project(id, number, Some("folders/7"));
            cloud.add_account(id, "robot");
        }
        let organization = "//cloudresourcemanager.googleapis.com/organizations/1";
        for role in [
            "cloudkms.admin",
            "orgpolicy.policyAdmin",
            "owner",
            "resourcemanager.folderAdmin",
            "storage.admin",
        ] {
            let owner = "user:owner@example.com";
            cloud.grant(organization, &format!("roles/{role}"), owner, None);
        }
        Self(world)
    }

    fn ask(&mut self, call: &str, body: Value) -> (u16, Value) {
        self.0.owner(call, &body)
    }

    /// The answer to a call that must succeed.
    fn ok(&mut self, call: &str, body: Value) -> Value {
        let (status, answer) = self.ask(call, body);
        assert!(matches!(status, 200 | 204), "{call}: {status} {answer}");
        answer
    }

    fn get(&mut self, path: &str) -> Value {
        self.ok(&format!("GET {path}"), NULL)
    }

    /// Status and message of a call that must fail.
    fn error(&mut self, call: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.ask(call, body);
        let message = answer["error"]["message"].as_str();
        (status, message.unwrap_or_default().to_owned())
    }

    /// Creates a policy with this `spec`.
    fn policy(&mut self, node: &str, constraint: &str, spec: Value) -> Value {
        let name = format!("{node}/policies/{constraint}");
        let body = json!({ "name": name, "spec": spec });
        self.ok(&format!("POST /v2/{node}/policies"), body)
    }

    fn boolean(&mut self, node: &str, constraint: &str, enforce: bool) {
        self.policy(
            node,
            constraint,
            json!({ "rules": [{ "enforce": enforce }] }),
        );
    }

    fn list(&mut self, node: &str, constraint: &str, rule: Value) {
        self.policy(node, constraint, json!({ "rules": [rule] }));
    }
}

fn child() -> String {
    format!("projects/{CHILD}")
}

fn allowed(values: &[&str]) -> Value {
    json!({ "values": { "allowedValues": values } })
}
