//! Stories of groups in an organisation with one administrator.

mod access;
mod groups;
mod nesting;
mod policies;

use super::Directory;
use crate::{api::test_cloud::TestCloud, iam::Principal};
use serde_json::{Value, json};

const FORUM: &str = "cloudidentity.googleapis.com/groups.discussion_forum";

struct World(TestCloud);

impl World {
    /// Ann, Bob and Cid are users; `admin` administers groups.
    fn new() -> Self {
        let mut world = TestCloud::new();
        world.cloud.set_directory(directory(false));
        Self(world)
    }

    fn ask(&mut self, who: &str, call: &str, body: Value) -> (u16, Value) {
        let who = Principal::user(&format!("{who}@example.com"));
        let (verb, uri) = call.split_once(' ').expect("a verb and a path");
        let uri = uri.replace(' ', "%20").replace('"', "%22");
        let call = format!("{verb} {uri}");
        self.0.ask(&who, &call, &body)
    }

    /// The answer to a call that must succeed.
    fn ok(&mut self, who: &str, call: &str, body: Value) -> Value {
        let (status, answer) = self.ask(who, call, body);
        assert_eq!(status, 200, "{call}: {answer}");
        answer
    }

    /// Status and message of a call that must fail.
    fn error(&mut self, who: &str, call: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.ask(who, call, body);
        assert_ne!(status, 200, "{call}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        (status, message.to_owned())
    }

    /// The name of a new group.
    fn group(&mut self, id: &str) -> String {
        let created = self.ok("admin", "POST /v1/groups", body(id));
        assert_eq!(created["done"], true);
        let name = created["response"]["name"].as_str().expect("a name");
        name.to_owned()
    }

    /// The name of a new membership.
    fn member(&mut self, group: &str, email: &str, roles: &[&str]) -> String {
        let created = self.ok("admin", &members(group), member(email, roles));
        let name = created["response"]["name"].as_str().expect("a name");
        name.to_owned()
    }
}

fn directory(premium: bool) -> Directory {
    let email = |name: &str| format!("{name}@example.com");
    Directory {
        customer: "C1".to_owned(),
        domains: vec!["example.com".to_owned()],
        administrators: vec![email("admin")],
        users: Some(["admin", "ann", "bob", "cid", "owner"].map(email).into()),
        premium,
    }
}

fn body(id: &str) -> Value {
    json!({
        "groupKey": { "id": format!("{id}@example.com") },
        "parent": "customers/C1",
        "labels": { FORUM: "" },
        "displayName": id,
    })
}

fn members(group: &str) -> String {
    format!("POST /v1/{group}/memberships")
}

fn member(email: &str, roles: &[&str]) -> Value {
    let roles: Vec<Value> = roles.iter().map(|role| json!({ "name": role })).collect();
    let mut body = json!({ "preferredMemberKey": { "id": email } });
    if !roles.is_empty() {
        body["roles"] = roles.into();
    }
    body
}
