//! A simulated cloud with an empty project.

use account::{Settings, Setup, Spec};
use async_trait::async_trait;
use bytes::Bytes;
use gcp::{BoxFuture, Client, Endpoints, RetryPolicy, SendError, TokenProvider, Transport};
use http::{Request, Response};
use names::{Clock, Timestamp};
use plan::{ApplyReport, Plan};
use serde_json::{Value, json};
use simulator::{Cloud, Host, Observer, iam::Principal};
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

pub(crate) const PROJECT: &str = "customer-project";
pub(crate) const BUCKET: &str = "customer-project-groundcrew";
pub(crate) const KEY: &str = "projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets";
pub(crate) const INSTANCES: &str = "groundcrew-instances@customer-project.iam.gserviceaccount.com";
pub(crate) const RESOURCE_MANAGER: &str =
    "resource-manager@groundcrew-home.iam.gserviceaccount.com";
pub(crate) const JOB_CHANGED: &str = "job-changed@groundcrew-home.iam.gserviceaccount.com";
pub(crate) const OWNER: &str = "owner@example.com";
const START: Timestamp = Timestamp::from_seconds(1_795_305_600);

/// Tokio's paused time.
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        START + self.0.elapsed()
    }
}

struct Direct(Arc<Host>);

impl Transport for Direct {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move { Ok(self.0.call(request).await) })
    }
}

/// A transport that fails after some requests: one more is applied and its answer
/// is lost, and none is sent after that.
struct Cut(Arc<Host>, Mutex<Option<usize>>);

impl Cut {
    /// How many more requests succeed; `None`: the connection is cut.
    fn count(&self) -> Option<usize> {
        let mut left = self.1.lock().expect("whole");
        let now = *left;
        *left = now.and_then(|left| left.checked_sub(1));
        now
    }
}

impl Transport for Cut {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move {
            let lost = || "the wire is cut".to_owned();
            match self.count() {
                None => Err(SendError::NotSent(lost())),
                Some(0) => {
                    self.0.call(request).await;
                    Err(SendError::NoAnswer(lost()))
                }
                Some(_) => Ok(self.0.call(request).await),
            }
        })
    }
}

struct Tokens(Arc<Host>, Principal);

#[async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, _: &[&str]) -> Result<Arc<gcp_auth::Token>, gcp_auth::Error> {
        let token = self.0.with(|cloud, now| cloud.mint(&self.1, now));
        let token = json!({ "access_token": token, "expires_in": 3600 });
        Ok(Arc::new(serde_json::from_value(token).expect("a token")))
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        Err(gcp_auth::Error::Str("no project"))
    }
}

/// Whether a call of this method changes nothing.
fn is_read(method: &str) -> bool {
    let verb = method.rsplit('.').next().unwrap_or_default();
    ["get", "list", "aggregatedList", "batchGet", "getIamPolicy"].contains(&verb)
}

/// A cloud with an empty project in it.
pub(crate) struct World {
    pub(crate) host: Arc<Host>,
    pub(crate) setup: Setup,
    clock: Arc<dyn Clock>,
    calls: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn settings() -> Settings {
    let address = |text: &str| text.parse().expect("an address");
    Settings {
        resource_manager: address(RESOURCE_MANAGER),
        functions: [address(JOB_CHANGED)].into(),
        regions: ["us-central1".parse().expect("a region")].into(),
        reports: None,
        maintenance: None,
        closed_topics: [].into(),
    }
}

pub(crate) fn spec() -> Spec {
    Spec::of(PROJECT.parse().expect("an id"))
}

impl World {
    pub(crate) fn new() -> Self {
        let mut cloud = Cloud::new();
        // In an organisation the Compute Engine default service account may not
        // edit the project, so that policies are those of before at the end.
        cloud.add_organization("1");
        for (number, project) in [(42, PROJECT), (43, "groundcrew-home")] {
            cloud.add_project(project, number, Some("organizations/1"));
            for role in ["roles/owner", "roles/storage.admin"] {
                let project = format!("//cloudresourcemanager.googleapis.com/projects/{project}");
                cloud.grant(&project, role, &format!("user:{OWNER}"), None);
            }
        }
        for account in ["resource-manager", "job-changed"] {
            cloud.add_account("groundcrew-home", account);
        }
        cloud.without_apis(PROJECT);
        // Other resources of the customer.
        cloud.add_account(PROJECT, "their-own");
        cloud.declare_bucket("customer-data", PROJECT, START);
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = calls.clone();
        let observer: Observer = Box::new(move |audit, _, _| {
            seen.lock().expect("whole").push(audit.method.to_owned());
        });
        let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", Some(observer));
        tokio::spawn(host.clone().keep_time());
        let client = client(&host, &clock, Principal::user(OWNER));
        let setup = Setup::new(client, &spec(), &settings());
        Self {
            host,
            setup,
            clock,
            calls,
        }
    }

    /// A client of the resource manager.
    pub(crate) fn resource_manager(&self) -> Client {
        let who = Principal::service_account(RESOURCE_MANAGER);
        client(&self.host, &self.clock, who).with_retry(RetryPolicy::none())
    }

    /// A client of the project's owner.
    pub(crate) fn owner(&self) -> Client {
        client(&self.host, &self.clock, Principal::user(OWNER))
    }

    /// A client of `who`.
    pub(crate) fn client(&self, who: Principal) -> Client {
        client(&self.host, &self.clock, who)
    }

    /// A client of the machines' account.
    pub(crate) fn instances(&self) -> Client {
        let who = Principal::service_account(INSTANCES);
        client(&self.host, &self.clock, who).with_retry(RetryPolicy::none())
    }

    pub(crate) async fn plan(&self) -> Plan {
        self.setup.plan().await.expect("observed")
    }

    /// Sets up the project.
    pub(crate) async fn apply(&self) -> ApplyReport {
        let plan = self.plan().await;
        let report = self.setup.apply(&plan, &|_| {}).await.expect("the record");
        assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
        report
    }

    /// The methods called since the last call of this function: reads and writes.
    pub(crate) fn calls(&self) -> (Vec<String>, Vec<String>) {
        let calls = std::mem::take(&mut *self.calls.lock().expect("whole"));
        calls.into_iter().partition(|method| is_read(method))
    }

    /// The setup over a connection that is cut after `requests` more requests.
    pub(crate) fn setup_cut_after(&self, requests: usize) -> Setup {
        self.setup_over(Arc::new(Cut(self.host.clone(), Mutex::new(Some(requests)))))
    }

    /// The setup by someone else.
    pub(crate) fn setup_as(&self, who: &Principal) -> Setup {
        let client = client(&self.host, &self.clock, who.clone());
        Setup::new(client, &spec(), &settings())
    }

    /// The setup over the transport `wire`.
    pub(crate) fn setup_over(&self, wire: Arc<dyn Transport>) -> Setup {
        let tokens = Tokens(self.host.clone(), Principal::user(OWNER));
        let client = Client::new(
            wire,
            Arc::new(tokens),
            Endpoints::local("http://cloud"),
            self.clock.clone(),
        );
        Setup::new(client, &spec(), &settings())
    }

    /// The present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends a request as the project's owner.
    pub(crate) async fn ask(&self, call: &str, body: Value) -> (u16, Value) {
        ask(&self.host, call, body).await
    }

    /// Sends a request as `who`.
    pub(crate) async fn call(
        &self,
        who: &Principal,
        verb: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        call(&self.host, who, verb, path, body).await
    }
}

/// Sends a request as the project's owner.
pub(crate) async fn ask(host: &Host, call: &str, body: Value) -> (u16, Value) {
    let (verb, path) = call.split_once(' ').expect("a verb and a path");
    self::call(host, &Principal::user(OWNER), verb, path, body).await
}

async fn call(host: &Host, who: &Principal, verb: &str, path: &str, body: Value) -> (u16, Value) {
    let token = host.with(|cloud, now| cloud.mint(who, now));
    let body = match body.is_null() {
        true => String::new(),
        false => body.to_string(),
    };
    let request = Request::builder()
        .method(verb)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .body(Bytes::from(body))
        .expect("a request");
    let answer = host.call(request).await;
    let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    (answer.status().as_u16(), body)
}

fn client(host: &Arc<Host>, clock: &Arc<dyn Clock>, who: Principal) -> Client {
    Client::new(
        Arc::new(Direct(host.clone())),
        Arc::new(Tokens(host.clone(), who)),
        Endpoints::local("http://cloud"),
        clock.clone(),
    )
}
