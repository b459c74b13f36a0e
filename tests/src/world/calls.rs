//! What can be seen of the world, and done in it, through the cloud's APIs.

use super::World;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use groundcrew::deployment::install;
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use simulator::{Audit, iam::Principal};
use std::{collections::BTreeMap, sync::PoisonError};

/// An event that was recorded because it cannot be handled.
#[derive(Debug, Clone, Deserialize)]
pub struct DeadLetter {
    data: String,
    /// Its own attributes, and those that say why.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl DeadLetter {
    /// The event's data.
    #[must_use]
    pub fn text(&self) -> String {
        let data = BASE64_STANDARD.decode(&self.data).unwrap_or_default();
        String::from_utf8_lossy(&data).into_owned()
    }

    /// Why it was recorded.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.attributes
            .get("groundcrew-reason")
            .map_or("", String::as_str)
    }
}

impl World {
    /// Calls the cloud with a token of `who`; answers status and body.
    ///
    /// # Panics
    /// If `path` is no path.
    pub async fn call(
        &self,
        who: &Principal,
        verb: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let token = self.host.with(|cloud, now| cloud.mint(who, now));
        let body = if body.is_null() {
            Bytes::new()
        } else {
            body.to_string().into()
        };
        let request = Request::builder()
            .method(verb)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body)
            .expect("a request");
        let answer = self.host.call(request).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// Calls the cloud as the operator.
    ///
    /// # Panics
    /// If the call fails.
    pub async fn operate(&self, verb: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.as_operator(verb, path, body).await;
        assert!(status < 300, "{verb} {path}: {status} {answer}");
        answer
    }

    /// The answer to a request of the operator's, with its status.
    pub async fn as_operator(&self, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        let operator = Principal::user(install::OPERATOR);
        self.call(&operator, verb, path, body).await
    }

    /// The machine of that name in `zone`, as the API shows it.
    pub async fn instance(&self, zone: &str, name: &str) -> Option<Value> {
        let (status, body) = self
            .as_operator("GET", &self.path(zone, name), &Value::Null)
            .await;
        (status == 200).then_some(body)
    }

    /// The path of a machine in the API.
    #[must_use]
    pub fn path(&self, zone: &str, name: &str) -> String {
        let project = &self.deployment.settings.project;
        format!("/compute/v1/projects/{project}/zones/{zone}/instances/{name}")
    }

    /// From now on dead letters can be read.
    pub async fn watch_dead_letters(&self) {
        let topic = json!({ "topic": self.deployment.topics.dead_letters });
        self.operate("PUT", &self.dead_letters_path(), &topic).await;
    }

    /// The dead letters that have come and were not read before.
    ///
    /// # Panics
    /// If they are not watched.
    pub async fn dead_letters(&self) -> Vec<DeadLetter> {
        let ask = json!({ "maxMessages": 1000, "returnImmediately": true });
        let mut found = Vec::new();
        loop {
            let path = format!("{}:pull", self.dead_letters_path());
            let answer = self.operate("POST", &path, &ask).await;
            let received = answer["receivedMessages"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            if received.is_empty() {
                return found;
            }
            let acks: Vec<&Value> = received.iter().map(|received| &received["ackId"]).collect();
            let path = format!("{}:acknowledge", self.dead_letters_path());
            self.operate("POST", &path, &json!({ "ackIds": acks }))
                .await;
            found.extend(received.iter().map(|received| {
                serde_json::from_value::<DeadLetter>(received["message"].clone())
                    .expect("a message")
            }));
        }
    }

    fn dead_letters_path(&self) -> String {
        format!(
            "/v1/projects/{}/subscriptions/dead-letters-read",
            self.deployment.home
        )
    }

    /// Every call that service accounts made.
    #[must_use]
    pub fn calls(&self) -> Vec<Audit> {
        let audit = self.audit.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = |call: &&Audit| call.principal.starts_with("serviceAccount:");
        audit.iter().filter(ours).cloned().collect()
    }

    /// How many calls of a method service accounts made that succeeded.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        self.calls()
            .iter()
            .filter(|call| call.method == method && call.status < 300)
            .count()
    }

    /// How the pushes to a function were answered; `None`: its process died.
    #[must_use]
    pub fn answers(&self, function: &str) -> Vec<Option<u16>> {
        let endpoint = format!("http://{function}.function/");
        let pushes = self.pushes.borrow();
        pushes
            .iter()
            .filter(|(to, _)| *to == endpoint)
            .map(|(_, status)| *status)
            .collect()
    }
}

impl World {
    /// From now on just these zones have no machine of the usual kind, and
    /// Google recommends those.
    pub fn out_of_stock(&self, zones: &[&str], recommended: &[&str]) {
        self.host.with(|cloud, _| {
            let settings = cloud.compute_settings();
            let out = |zone: &&str| ((*zone).to_owned(), "e2-standard-2".to_owned());
            settings.stockouts = zones.iter().map(out).collect();
            settings.zones_available = recommended.iter().map(|zone| (*zone).to_owned()).collect();
        });
    }

    /// Whether a machine that cannot be had is refused by the answer, not by
    /// the operation.
    pub fn refuses_at_once(&self, at_once: bool) {
        self.host
            .with(|cloud, _| cloud.compute_settings().refuse_at_once = at_once);
    }
}
