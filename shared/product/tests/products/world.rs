//! A simulated organisation with a folder for products.

use async_trait::async_trait;
use bytes::Bytes;
use gcp::{BoxFuture, Client, Endpoints, Publisher, SendError, TokenProvider, Transport};
use http::{Request, Response};
use ledger::Ledger;
use names::{Clock, Timestamp};
use plan::ApplyReport;
use product::{Factory, Flow, Removal, Settings, Spec};
use serde_json::{Value, json};
use simulator::{Cloud, Host, Observer, iam::Principal};
use std::sync::{Arc, Mutex};
use tokio::time::{Duration, Instant};

pub(crate) const OWNER: &str = "founder@example.com";
pub(crate) const BILLING: &str = "billingAccounts/012345-6789AB-CDEF01";
pub(crate) const PARENT: &str = "//cloudresourcemanager.googleapis.com/folders/7";
const START: Timestamp = Timestamp::from_seconds(1_795_305_600);

/// Tokio's paused time.
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        START + self.0.elapsed()
    }
}

/// What happens to one request that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// The process crashes before the request is sent.
    DiesBefore,
    /// The request is applied, and the process crashes before the answer.
    DiesAfter,
    /// The request is applied, and the answer is lost.
    Lost,
    /// The request is refused with this status.
    Refused(u16),
}

impl Break {
    pub(crate) const ALL: [Self; 7] = [
        Self::DiesBefore,
        Self::DiesAfter,
        Self::Lost,
        Self::Refused(429),
        Self::Refused(500),
        Self::Refused(503),
        Self::Refused(409),
    ];
}

/// A transport to the cloud that breaks the n-th request that writes.
struct Wire {
    host: Arc<Host>,
    cut: Option<(usize, Break)>,
    writes: Mutex<usize>,
    /// How long an answer takes.
    latency: Duration,
}

impl Transport for Wire {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(self.carry(request))
    }
}

impl Wire {
    async fn carry(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        tokio::time::sleep(self.latency).await;
        let broken = self.strikes(&request);
        if broken == Some(Break::DiesBefore) {
            return std::future::pending().await;
        }
        if let Some(Break::Refused(status)) = broken {
            let body = json!({ "error": { "code": status, "message": "refused once" } });
            let answer = Response::builder().status(status);
            return Ok(answer
                .body(Bytes::from(body.to_string()))
                .expect("an answer"));
        }
        let answer = self.host.call(request).await;
        match broken {
            Some(Break::DiesAfter) => std::future::pending().await,
            Some(Break::Lost) => Err(SendError::NoAnswer("cut".into())),
            Some(Break::DiesBefore | Break::Refused(_)) | None => Ok(answer),
        }
    }

    fn strikes(&self, request: &Request<Bytes>) -> Option<Break> {
        let path = request.uri().path();
        let reads = [":getIamPolicy", ":batchGet", ":testIamPermissions"];
        if request.method() == "GET" || reads.iter().any(|read| path.ends_with(read)) {
            return None;
        }
        let mut writes = self.writes.lock().expect("whole");
        *writes += 1;
        self.cut
            .filter(|(at, _)| *at + 1 == *writes)
            .map(|(_, how)| how)
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

/// A cloud with an organisation, the folder 7 for products in it, a billing account,
/// and groundcrew's home with the ledger.
pub(crate) struct World {
    pub(crate) host: Arc<Host>,
    clock: Arc<dyn Clock>,
    latency: Duration,
    calls: Arc<Mutex<Vec<(String, String, Duration)>>>,
}

pub(crate) fn settings() -> Settings {
    Settings {
        setup_account: "project-provisioned@groundcrew-home.iam.gserviceaccount.com"
            .parse()
            .expect("an address"),
        setup_permissions: ["compute.instances.list".to_owned()].into(),
    }
}

/// The product `shop` with two environments, and with `more` fields.
pub(crate) fn spec(more: &str) -> Spec {
    named("shop", more)
}

pub(crate) fn named(name: &str, more: &str) -> Spec {
    let text = format!(
        "name: {name}\nparent: folders/7\nbilling_account: 012345-6789AB-CDEF01\n\
         location: us-central1\nenvironments: {{staging: , production: }}\n{more}"
    );
    Spec::parse("shop.yaml", &text).expect("valid")
}

pub(crate) const TEAM: &str = "team: {viewers: ['user:v@example.com'], deployers: \
                               ['user:d@example.com'], owners: ['user:o@example.com']}\n\
                               processes: {web: {roles: [roles/logging.logWriter]}}\n";

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world in which `change` was done before.
    pub(crate) async fn with(change: impl FnOnce(&mut Cloud)) -> Self {
        let mut cloud = Cloud::new();
        cloud.add_organization("1");
        cloud.add_folder("7", "organizations/1");
        cloud.add_project("groundcrew-home", 43, Some("organizations/1"));
        cloud.add_account("groundcrew-home", "project-provisioned");
        cloud.add_billing_account("012345-6789AB-CDEF01");
        let owner = format!("user:{OWNER}");
        let home = "//cloudresourcemanager.googleapis.com/projects/groundcrew-home";
        cloud.grant(home, "roles/owner", &owner, None);
        for role in [
            "roles/owner",
            "roles/storage.admin",
            "roles/resourcemanager.folderAdmin",
            "roles/resourcemanager.projectCreator",
            "roles/resourcemanager.lienModifier",
            "roles/billing.projectManager",
        ] {
            cloud.grant(PARENT, role, &owner, None);
        }
        let billing = format!("//cloudbilling.googleapis.com/{BILLING}");
        cloud.grant(&billing, "roles/billing.admin", &owner, None);
        change(&mut cloud);
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (seen, start) = (calls.clone(), Instant::now());
        let observer: Observer = Box::new(move |audit, request, _| {
            let path = request.uri().path().to_owned();
            let call = (audit.method.to_owned(), path, start.elapsed());
            seen.lock().expect("whole").push(call);
        });
        let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", Some(observer));
        tokio::spawn(host.clone().keep_time());
        let world = Self {
            host,
            clock,
            latency: Duration::ZERO,
            calls,
        };
        let path = "POST /v1/projects/groundcrew-home/databases?databaseId=ledger";
        let body = json!({ "type": "FIRESTORE_NATIVE", "locationId": "us-central1" });
        assert_eq!(world.ask(path, body).await.0, 200);
        tokio::time::sleep(Duration::from_secs(600)).await;
        world.calls();
        world
    }

    /// The same world, in which an answer takes so long.
    pub(crate) fn with_latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    fn client(&self, who: Principal, cut: Option<(usize, Break)>) -> Client {
        let wire = Wire {
            host: self.host.clone(),
            cut,
            writes: Mutex::new(0),
            latency: self.latency,
        };
        Client::new(
            Arc::new(wire),
            Arc::new(Tokens(self.host.clone(), who)),
            Endpoints::local("http://cloud"),
            self.clock.clone(),
        )
    }

    /// The factory in the hands of the founder.
    pub(crate) fn factory(&self, spec: &Spec) -> Factory {
        self.factory_as(OWNER, spec, None)
    }

    /// The factory in the hands of someone else, whose n-th write is broken.
    pub(crate) fn factory_as(
        &self,
        user: &str,
        spec: &Spec,
        cut: Option<(usize, Break)>,
    ) -> Factory {
        let client = self.client(Principal::user(user), cut);
        Factory::new(client, self.ledger(), spec, &settings())
    }

    /// The ledger in the hands of the founder.
    pub(crate) fn ledger(&self) -> Ledger {
        let home = self.client(Principal::user(OWNER), None);
        let database = "projects/groundcrew-home/databases/ledger".parse();
        Ledger::new(home, database.expect("a name"))
    }

    /// The flow in the hands of `user`, which publishes by `publisher`, and whose n-th
    /// write is broken. It writes to the ledger, too.
    pub(crate) fn flow_as(
        &self,
        user: &str,
        publisher: Arc<dyn Publisher>,
        cut: Option<(usize, Break)>,
    ) -> Flow {
        let client = self.client(Principal::user(user), cut);
        let topic = "projects/groundcrew-home/topics/project-provisioned".parse();
        let database = "projects/groundcrew-home/databases/ledger".parse();
        let ledger = Ledger::new(client.clone(), database.expect("a name"));
        Flow::new(
            client,
            ledger,
            publisher,
            topic.expect("a name"),
            settings(),
        )
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Applies the spec, and expects success.
    pub(crate) async fn apply(&self, spec: &Spec) -> ApplyReport {
        let factory = self.factory(spec);
        let plan = factory.plan().await.expect("observed");
        factory
            .check(&plan, &Removal::default())
            .await
            .expect("may be applied");
        let report = factory.apply(&plan, &|_| {}).await.expect("the ledger");
        assert!(
            report.is_done(),
            "{plan}\n{:#?}\n{:?}\n{:?}",
            report
                .outcomes
                .iter()
                .filter(|(_, o)| !o.is_success())
                .collect::<Vec<_>>(),
            report.remaining.map(|left| left.to_string()),
            report.unobserved
        );
        report
    }

    /// The methods and paths called since the last call of this function.
    pub(crate) fn calls(&self) -> Vec<(String, String)> {
        let calls = self.take_calls().into_iter();
        calls.map(|(method, path, _)| (method, path)).collect()
    }

    /// The methods called since then, and when.
    pub(crate) fn times(&self) -> Vec<(String, Duration)> {
        let calls = self.take_calls().into_iter();
        calls.map(|(method, _, at)| (method, at)).collect()
    }

    fn take_calls(&self) -> Vec<(String, String, Duration)> {
        std::mem::take(&mut *self.calls.lock().expect("whole"))
    }

    /// Sends a request as the founder.
    pub(crate) async fn ask(&self, call: &str, body: Value) -> (u16, Value) {
        self.ask_as(&Principal::user(OWNER), call, body).await
    }

    /// Sends a request as `who`.
    pub(crate) async fn ask_as(&self, who: &Principal, call: &str, body: Value) -> (u16, Value) {
        let (verb, path) = call.split_once(' ').expect("a verb and a path");
        let token = self.host.with(|cloud, now| cloud.mint(who, now));
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
        let answer = self.host.call(request).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), body)
    }

    /// The members who have `role` on a project.
    pub(crate) async fn members(&self, project: &str, role: &str) -> Vec<String> {
        let read = format!("POST /v3/projects/{project}:getIamPolicy");
        let body = json!({ "options": { "requestedPolicyVersion": 3 } });
        let (status, policy) = self.ask(&read, body).await;
        assert_eq!(status, 200, "{policy}");
        let bindings = policy["bindings"].as_array().into_iter().flatten();
        let of_role = bindings.filter(|binding| binding["role"] == role);
        let members =
            of_role.flat_map(|binding| binding["members"].as_array().into_iter().flatten());
        members
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }
}
