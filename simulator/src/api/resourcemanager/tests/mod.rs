//! Folders and projects below an organisation, whose administrator may do all.

mod folders;
mod liens;
mod organizations;
mod projects;

use crate::{api::test_cloud::TestCloud, iam::Principal};
use serde_json::{Value, json};

const ORGANIZATION: &str = "//cloudresourcemanager.googleapis.com/organizations/1";
const BILLING: &str = "012345-6789AB-CDEF01";

struct World(TestCloud);

impl World {
    fn new() -> Self {
        let mut world = TestCloud::new();
        let cloud = &mut world.cloud;
        cloud.add_organization("1");
        cloud.add_billing_account(BILLING);
        cloud.add_folder("7", "organizations/1");
        let verbs = [
            "create", "delete", "get", "list", "move", "undelete", "update",
        ];
        let mut all: Vec<String> = Vec::new();
        for kind in ["folders", "projects"] {
            all.extend(verbs.map(|verb| format!("resourcemanager.{kind}.{verb}")));
        }
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        cloud.add_role("organizations/1/roles/admin", &all);
        let admin = "user:admin@example.com";
        cloud.grant(ORGANIZATION, "organizations/1/roles/admin", admin, None);
        Self(world)
    }

    fn ask(&mut self, who: &str, call: &str, body: Value) -> (u16, Value) {
        let who = Principal::user(&format!("{who}@example.com"));
        self.0.ask(&who, call, &body)
    }

    fn admin(&mut self, call: &str, body: Value) -> (u16, Value) {
        self.ask("admin", call, body)
    }

    /// The answer to a call that must succeed.
    fn ok(&mut self, call: &str, body: Value) -> Value {
        let (status, answer) = self.admin(call, body);
        assert_eq!(status, 200, "{call}: {answer}");
        answer
    }

    fn get(&mut self, path: &str) -> Value {
        self.ok(&format!("GET {path}"), Value::Null)
    }

    /// The operation that a call begins, when it is done.
    fn finish(&mut self, call: &str, body: Value) -> Value {
        let operation = self.ok(call, body);
        let name = operation["name"].as_str().expect("a name").to_owned();
        assert_eq!(operation.get("done"), None, "{operation}");
        self.0.advance(3);
        let operation = self.get(&format!("/v1/{name}"));
        assert_eq!(operation["done"], true);
        operation
    }

    /// Creates a folder and returns its name.
    fn folder(&mut self, parent: &str, display_name: &str) -> String {
        let body = json!({ "parent": parent, "displayName": display_name });
        let done = self.finish("POST /v3/folders", body);
        done["response"]["name"]
            .as_str()
            .expect("a name")
            .to_owned()
    }

    /// Creates a project.
    fn project(&mut self, id: &str, parent: &str) {
        let body = json!({ "projectId": id, "parent": parent });
        self.finish("POST /v3/projects", body);
    }

    /// Status and message of a call that must fail.
    fn error(&mut self, who: &str, call: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.ask(who, call, body);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        (status, message.to_owned())
    }

    fn days(&mut self, days: u64) {
        self.0.advance(days * 86_400);
    }
}

/// The names in a list.
fn names(page: &Value, kind: &str, field: &str) -> Vec<String> {
    let items = page[kind].as_array().into_iter().flatten();
    let names = items.map(|item| item[field].as_str().unwrap_or_default().to_owned());
    names.collect()
}
