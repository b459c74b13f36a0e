//! Calls to the cloud's APIs, the calls that were recorded, and dead letters.

use super::World;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use groundcrew::local::install;
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use simulator::{Audit, iam::Principal};
use std::{collections::BTreeMap, sync::PoisonError};

/// An event that was recorded because it cannot be handled.
#[derive(Debug, Clone, Deserialize)]
pub struct DeadLetter {
    data: String,
    /// The attributes of the message, including the reason.
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

    /// The kind of fault that it was recorded for.
    #[must_use]
    pub fn cause(&self) -> &str {
        let cause = self.attributes.get("groundcrew-cause");
        cause.map_or("", String::as_str)
    }

    /// The reason it was recorded.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.attributes
            .get("groundcrew-reason")
            .map_or("", String::as_str)
    }
}

impl World {
    /// Calls the cloud with a token of `who`, and returns status and body.
    ///
    /// # Panics
    /// If `path` is not a valid path.
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
        let response = self.host.call(request).await;
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        (response.status().as_u16(), body)
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

    /// Calls the cloud as the operator, and returns status and body.
    pub async fn as_operator(&self, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        let operator = Principal::user(install::OPERATOR);
        self.call(&operator, verb, path, body).await
    }

    /// The instance of that name in `zone`, as the API returns it.
    pub async fn instance(&self, zone: &str, name: &str) -> Option<Value> {
        let (status, body) = self
            .as_operator("GET", &self.path(zone, name), &Value::Null)
            .await;
        (status == 200).then_some(body)
    }

    /// The path of an instance in the API.
    #[must_use]
    pub fn path(&self, zone: &str, name: &str) -> String {
        let project = &self.deployment.settings.project;
        format!("/compute/v1/projects/{project}/zones/{zone}/instances/{name}")
    }

    /// Creates a subscription to dead letters, for [`World::dead_letters`].
    pub async fn watch_dead_letters(&self) {
        let topic = json!({ "topic": self.deployment.topics.dead_letters });
        self.operate("PUT", &self.dead_letters_path(), &topic).await;
    }

    /// The dead letters since they were last read.
    ///
    /// # Panics
    /// Without [`World::watch_dead_letters`] before.
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

    /// Every call by a service account.
    #[must_use]
    pub fn calls(&self) -> Vec<Audit> {
        let audit = self.audit.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = |call: &&Audit| call.principal.starts_with("serviceAccount:");
        audit.iter().filter(ours).cloned().collect()
    }

    /// The number of successful calls of a method by service accounts.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        self.calls()
            .iter()
            .filter(|call| call.method == method && call.status < 300)
            .count()
    }

    /// The statuses of pushes to a function; `None` if its process crashed.
    #[must_use]
    pub fn push_statuses(&self, function: &str) -> Vec<Option<u16>> {
        let function = format!("http://{function}.function/");
        let pushes = self.pushes.borrow();
        pushes
            .iter()
            .filter(|(to, _)| to.starts_with(&function))
            .map(|(_, status)| *status)
            .collect()
    }
}

impl World {
    /// Sets the zones without capacity for the usual machine type, and the zones
    /// that the error recommends.
    pub fn set_stockouts(&self, zones: &[&str], recommended: &[&str]) {
        self.host.with(|cloud, _| {
            let settings = cloud.compute_settings();
            let out = |zone: &&str| ((*zone).to_owned(), "e2-standard-2".to_owned());
            settings.stockouts = zones.iter().map(out).collect();
            settings.zones_available = recommended.iter().map(|zone| (*zone).to_owned()).collect();
        });
    }

    /// Sets the zones that do not offer the usual machine type.
    pub fn set_lacking(&self, zones: &[&str]) {
        self.host.with(|cloud, _| {
            let lack = |zone: &&str| ((*zone).to_owned(), "e2-standard-2".to_owned());
            cloud.compute_settings().lacking = zones.iter().map(lack).collect();
        });
    }

    /// Whether `zone` does not offer the usual machine type.
    #[must_use]
    pub fn is_lacking(&self, zone: &str) -> bool {
        let lack = (zone.to_owned(), "e2-standard-2".to_owned());
        self.host
            .with(|cloud, _| cloud.compute_settings().lacking.contains(&lack))
    }

    /// Sets whether an insert without capacity fails at once or by its operation.
    pub fn set_refuse_at_once(&self, at_once: bool) {
        self.host
            .with(|cloud, _| cloud.compute_settings().refuse_at_once = at_once);
    }
}
