//! A small cloud for tests of authenticated requests with permission checks.

use crate::{Cloud, CloudResponse, iam::Principal};
use bytes::Bytes;
use http::Request;
use names::{Duration, Timestamp};
use serde_json::Value;

pub(crate) const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/demo-project";
pub(crate) const A: &str = "agent-a@demo-project.iam.gserviceaccount.com";
pub(crate) const B: &str = "agent-b@demo-project.iam.gserviceaccount.com";

/// A project with accounts A and B, and an owner.
pub(crate) struct TestCloud {
    pub(crate) cloud: Cloud,
    pub(crate) now: Timestamp,
}

impl TestCloud {
    pub(crate) fn new() -> Self {
        let mut cloud = Cloud::new();
        cloud.add_project("demo-project", 42, None);
        cloud.add_account("demo-project", "agent-a");
        cloud.add_account("demo-project", "agent-b");
        cloud.grant(PROJECT, "roles/owner", "user:owner@example.com", None);
        Self {
            cloud,
            now: Timestamp::from_seconds(1000),
        }
    }

    /// Sends a request as `who`; returns status and JSON body.
    pub(crate) fn ask(&mut self, who: &Principal, call: &str, body: &Value) -> (u16, Value) {
        let token = self.cloud.mint(who, self.now);
        self.ask_with(&token, call, body)
    }

    pub(crate) fn ask_with(&mut self, token: &str, call: &str, body: &Value) -> (u16, Value) {
        self.ask_at("http://x", token, call, body)
    }

    fn ask_at(&mut self, origin: &str, token: &str, call: &str, body: &Value) -> (u16, Value) {
        let (verb, uri) = call.split_once(' ').expect("a verb and a path");
        let request = Request::builder()
            .method(verb)
            .uri(uri)
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(if body.is_null() {
                String::new()
            } else {
                body.to_string()
            }))
            .expect("a request");
        let CloudResponse::Ready(response, _) =
            self.cloud.handle(&request, origin, self.now, self.now)
        else {
            panic!("{call} waits")
        };
        // A 204 has no body.
        let answer = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), answer)
    }

    pub(crate) fn owner(&mut self, call: &str, body: &Value) -> (u16, Value) {
        self.ask(&Principal::user("owner@example.com"), call, body)
    }

    /// As the owner, at one of Google's origins (`https://iam.googleapis.com`).
    pub(crate) fn owner_at(&mut self, origin: &str, call: &str, body: &Value) -> (u16, Value) {
        let token = self
            .cloud
            .mint(&Principal::user("owner@example.com"), self.now);
        self.ask_at(origin, &token, call, body)
    }

    /// Advances the time by this many seconds.
    pub(crate) fn advance(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.cloud.advance(self.now);
    }
}
