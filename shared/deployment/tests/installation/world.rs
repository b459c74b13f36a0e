//! A simulated cloud with the projects of a deployment, and their owner.

use async_trait::async_trait;
use bytes::Bytes;
use deployment::{Deployment, engine, manifest};
use gcp::{BoxFuture, Client, Endpoints, SendError, TokenProvider, Transport};
use http::{Request, Response};
use names::{Clock, Timestamp};
use plan::{ApplyReport, Engine, Manifest, Plan};
use serde_json::{Value, json};
use simulator::{Cloud, Host, iam::Principal};
use std::sync::Arc;
use tokio::time::Instant;

const OWNER: &str = "owner@example.com";
const START: Timestamp = Timestamp::from_seconds(1_795_305_600);

/// Tokio's paused time.
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        START + self.0.elapsed()
    }
}

struct Wire(Arc<Host>);

impl Transport for Wire {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move { Ok(self.0.call(request).await) })
    }
}

struct Tokens(Arc<Host>);

#[async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, _: &[&str]) -> Result<Arc<gcp_auth::Token>, gcp_auth::Error> {
        let principal = Principal::user(OWNER);
        let token = self.0.with(|cloud, now| cloud.mint(&principal, now));
        let token = json!({ "access_token": token, "expires_in": 3600 });
        Ok(Arc::new(serde_json::from_value(token).expect("a token")))
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        Err(gcp_auth::Error::Str("no project"))
    }
}

/// A cloud in which nothing is installed yet.
pub(crate) struct World {
    pub(crate) deployment: Deployment,
    pub(crate) engine: Engine,
    host: Arc<Host>,
}

impl World {
    pub(crate) fn new() -> Self {
        let deployment = Deployment::local();
        let mut cloud = Cloud::new();
        for (number, project) in [(1, &deployment.home), (2, &deployment.settings.project)] {
            cloud.add_project(project.as_str(), number, None);
            let name = format!("//cloudresourcemanager.googleapis.com/projects/{project}");
            for role in ["roles/owner", "roles/storage.admin"] {
                cloud.grant(&name, role, &format!("user:{OWNER}"), None);
            }
            cloud.without_apis(project.as_str());
        }
        let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", None);
        tokio::spawn(host.clone().keep_time());
        let (wire, tokens) = (Wire(host.clone()), Tokens(host.clone()));
        let endpoints = Endpoints::local("http://cloud");
        let client = Client::new(Arc::new(wire), Arc::new(tokens), endpoints, clock);
        Self {
            engine: engine(&deployment, client),
            deployment,
            host,
        }
    }

    /// The manifest with the functions at `domain`.
    pub(crate) fn manifest(&self, domain: &str) -> Manifest {
        manifest(&self.deployment, |name| format!("https://{name}.{domain}/"))
    }

    pub(crate) async fn plan(&self, manifest: &Manifest) -> Plan {
        self.engine.plan(manifest).await.expect("observed")
    }

    pub(crate) async fn apply(&self, manifest: &Manifest, plan: &Plan) -> ApplyReport {
        let report = self.engine.apply(manifest, plan, &|_| {}).await;
        let report = report.expect("the record reads");
        assert!(report.is_done(), "{report:#?}");
        report
    }

    /// Sends a request as the projects' owner.
    pub(crate) async fn ask(&self, call: &str, body: &Value) -> Value {
        let (verb, path) = call.split_once(' ').expect("a verb and a path");
        let principal = Principal::user(OWNER);
        let token = self.host.with(|cloud, now| cloud.mint(&principal, now));
        let request = Request::builder()
            .method(verb)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(body.to_string()))
            .expect("a request");
        let answer = self.host.call(request).await;
        let text = String::from_utf8_lossy(answer.body());
        assert!(answer.status().is_success(), "{call}: {text}");
        serde_json::from_slice(answer.body()).expect("JSON")
    }
}
