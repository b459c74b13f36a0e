//! A simulated cloud with a project, and a transport with fault injection.

use async_trait::async_trait;
use bytes::Bytes;
use gcp::{BoxFuture, Client, Endpoints, SendError, TokenProvider, Transport};
use http::{Request, Response};
use names::{Clock, DeploymentId, Timestamp};
use plan::{
    ApplyReport, Bucket, CryptoKey, CustomRole, DeploymentRecord, Engine, Grant, GrantCondition,
    KeyRing, ManagedFolder, Manifest, Network, Object, ObjectStore, Plan, PolicyGrants,
    PolicyTarget, Resource, Secret, ServiceAccount, Subnetwork,
};
use serde_json::{Value, json};
use simulator::{Cloud, Host, iam::Principal};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::time::{Duration, Instant};

pub(crate) const PROJECT: &str = "demo-project";
pub(crate) const OWNER: &str = "owner@example.com";
const NUMBER: u64 = 42;
const START: Timestamp = Timestamp::from_seconds(1_795_305_600);

/// Tokio's paused time.
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        START + self.0.elapsed()
    }
}

/// What happens to one request.
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

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) status: u16,
}

impl Call {
    pub(crate) fn is_read(&self) -> bool {
        self.verb == "GET" || self.path.ends_with(":getIamPolicy")
    }
}

/// The transport to the simulated cloud.
pub(crate) struct Wire {
    host: Arc<Host>,
    /// Breaks the n-th request that writes.
    cut: Mutex<Option<(usize, Break)>>,
    writes: Mutex<usize>,
    pub(crate) calls: Mutex<Vec<Call>>,
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
        let mut call = Call {
            verb: request.method().to_string(),
            path: request.uri().path().to_owned(),
            status: 0,
        };
        tokio::time::sleep(self.latency).await;
        let broken = self.strikes(&call);
        if broken == Some(Break::DiesBefore) {
            return std::future::pending().await;
        }
        if let Some(Break::Refused(status)) = broken {
            let body =
                json!({ "error": { "code": status, "message": "refused once", "status": "X" } });
            let answer = Response::builder().status(status);
            return Ok(answer
                .body(Bytes::from(body.to_string()))
                .expect("an answer"));
        }
        let answer = self.host.call(request).await;
        call.status = answer.status().as_u16();
        self.calls.lock().expect("whole").push(call);
        match broken {
            Some(Break::DiesAfter) => std::future::pending().await,
            Some(Break::Lost) => Err(SendError::NoAnswer("cut".into())),
            Some(Break::DiesBefore | Break::Refused(_)) | None => Ok(answer),
        }
    }

    fn strikes(&self, call: &Call) -> Option<Break> {
        if call.is_read() {
            return None;
        }
        let mut writes = self.writes.lock().expect("whole");
        *writes += 1;
        let cut = *self.cut.lock().expect("whole");
        cut.filter(|(at, _)| at + 1 == *writes).map(|(_, how)| how)
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

/// One process that uses the engine.
pub(crate) struct Process {
    pub(crate) engine: Engine,
    pub(crate) wire: Arc<Wire>,
}

/// A cloud with a project in it.
pub(crate) struct World {
    pub(crate) host: Arc<Host>,
    clock: Arc<dyn Clock>,
}

pub(crate) fn project_name() -> String {
    format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}")
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Cloud)) -> Self {
        let mut cloud = Cloud::new();
        cloud.add_project(PROJECT, NUMBER, None);
        cloud.add_project("other-project", 43, None);
        for project in [
            project_name(),
            project_name().replace(PROJECT, "other-project"),
        ] {
            for role in ["roles/owner", "roles/storage.admin", "roles/cloudkms.admin"] {
                cloud.grant(&project, role, &format!("user:{OWNER}"), None);
            }
        }
        change(&mut cloud);
        let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", None);
        // A wait for an operation returns when it is done.
        tokio::spawn(host.clone().keep_time());
        Self { host, clock }
    }

    pub(crate) fn process(&self) -> Process {
        self.cut(None, Duration::ZERO)
    }

    pub(crate) fn cut(&self, cut: Option<(usize, Break)>, latency: Duration) -> Process {
        let wire = Arc::new(Wire {
            host: self.host.clone(),
            cut: Mutex::new(cut),
            writes: Mutex::default(),
            calls: Mutex::default(),
            latency,
        });
        let client = Client::new(
            wire.clone() as Arc<dyn Transport>,
            Arc::new(Tokens(self.host.clone())),
            Endpoints::local("http://cloud"),
            self.clock.clone(),
        );
        let store = ObjectStore::new(client.clone(), bucket());
        Process {
            engine: Engine::new(client, Arc::new(store)),
            wire,
        }
    }

    /// Sends a request as the project's owner.
    pub(crate) async fn ask(&self, call: &str, body: Value) -> (u16, Value) {
        let answer = self.raw(call, body).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), body)
    }

    pub(crate) async fn raw(&self, call: &str, body: Value) -> Response<Bytes> {
        let (verb, path) = call.split_once(' ').expect("a verb and a path");
        let principal = Principal::user(OWNER);
        let token = self.host.with(|cloud, now| cloud.mint(&principal, now));
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = Request::builder()
            .method(verb)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(body))
            .expect("a request");
        self.host.call(request).await
    }
}

impl Process {
    pub(crate) async fn look(&self, manifest: &Manifest) -> Plan {
        self.engine.plan(manifest).await.expect("observed")
    }

    pub(crate) async fn apply(&self, manifest: &Manifest) -> ApplyReport {
        let plan = self.look(manifest).await;
        let report = self.engine.apply(manifest, &plan, &|_| {}).await;
        report.expect("the record reads")
    }

    /// The calls since the last call of this function.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.wire.calls.lock().expect("whole"))
    }
}

pub(crate) fn deployment() -> DeploymentId {
    valid("demo-project_local")
}

pub(crate) fn valid<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is valid"))
}

pub(crate) fn bucket() -> names::BucketName {
    valid("demo-project-groundcrew")
}

pub(crate) const ACCOUNT: &str = "groundcrew-instances@demo-project.iam.gserviceaccount.com";
pub(crate) const ROLE: &str = "projects/demo-project/roles/groundcrewInstance";
pub(crate) const RING: &str = "projects/demo-project/locations/global/keyRings/groundcrew";
pub(crate) const FOLDER: &str = "demo-project-groundcrew/volumes/data/";
pub(crate) const NETWORK: &str = "projects/demo-project/global/networks/groundcrew";
pub(crate) const SUBNETWORK: &str =
    "projects/demo-project/regions/europe-west4/subnetworks/groundcrew";
pub(crate) const OBJECT: &str = "secrets/ssh-key";
pub(crate) const AAD: &str = "groundcrew: the key of a test";
pub(crate) const KEY: &str =
    "projects/demo-project/locations/global/keyRings/groundcrew/cryptoKeys/ssh";

pub(crate) fn grant(role: &str, member: &str) -> Grant {
    Grant {
        role: valid(role),
        member: valid(member),
        condition: None,
    }
}

pub(crate) fn policy(target: PolicyTarget, grants: &[Grant]) -> Resource {
    Resource::Policy(PolicyGrants {
        target,
        grants: grants.iter().cloned().collect(),
        exclusive: BTreeSet::new(),
    })
}

pub(crate) fn role() -> CustomRole {
    CustomRole {
        name: valid(ROLE),
        title: "groundcrew instance".into(),
        description: "What a job's machine may do.".into(),
        permissions: ["storage.objects.create", "storage.objects.get"]
            .map(str::to_owned)
            .into(),
    }
}

/// The object with `content`.
pub(crate) fn object(content: Option<&str>) -> Resource {
    let secret = |text: &str| Secret::new(text.as_bytes().to_vec()).expect("short");
    Resource::Object(Object {
        bucket: bucket(),
        name: valid(OBJECT),
        key: valid(KEY),
        aad: AAD.into(),
        content: content.map(secret),
    })
}

pub(crate) fn subnetwork(range: &str) -> Resource {
    Resource::Subnetwork(Subnetwork {
        name: valid(SUBNETWORK),
        network: valid(NETWORK),
        range: valid(range),
        description: "Where jobs run.".into(),
    })
}

/// The manifest with one resource replaced by `instead`.
pub(crate) fn with(instead: Resource) -> Manifest {
    let others = resources().into_iter().filter(|r| r.id() != instead.id());
    Manifest::new(deployment(), others.chain([instead.clone()])).expect("each once")
}

/// The resources of a small account setup.
pub(crate) fn resources() -> Vec<Resource> {
    let instances = format!("serviceAccount:{ACCOUNT}");
    let project = valid(PROJECT);
    let manager = "user:manager@example.com";
    let conditioned = Grant {
        condition: Some(GrantCondition {
            title: "groundcrew machines".into(),
            expression: "resource.name.startsWith(\"projects/demo-project/zones\")".into(),
        }),
        ..grant("roles/compute.instanceAdmin.v1", manager)
    };
    let mut all: Vec<Resource> = [
        "iam",
        "storage",
        "cloudkms",
        "compute",
        "cloudresourcemanager",
    ]
    .map(|api| {
        let name = valid(&format!("projects/{PROJECT}/services/{api}.googleapis.com"));
        Resource::Api(plan::Api { name })
    })
    .into();
    all.extend([
        Resource::Role(role()),
        Resource::Account(ServiceAccount {
            project: valid(PROJECT),
            email: valid(ACCOUNT),
            title: "groundcrew instances".into(),
            description: "Jobs' machines.".into(),
        }),
        Resource::Ring(KeyRing { name: valid(RING) }),
        Resource::Key(CryptoKey {
            name: valid(KEY),
            rotation: Duration::from_secs(7 * 86_400),
            labels: [].into(),
        }),
        Resource::Bucket(Bucket {
            name: bucket(),
            project: valid(PROJECT),
            location: valid("europe-west4"),
            labels: [("team".to_owned(), "ml".to_owned())].into(),
            soft_delete: Duration::from_secs(7 * 86_400),
            versioning: false,
            expiry: None,
        }),
        Resource::Folder(ManagedFolder {
            name: valid(FOLDER),
        }),
        object(Some("a private key")),
        Resource::Network(Network {
            name: valid(NETWORK),
            description: "Jobs' machines.".into(),
        }),
        subnetwork("10.0.0.0/20"),
        policy(
            PolicyTarget::Folder(valid(FOLDER)),
            &[grant("roles/storage.objectUser", &instances)],
        ),
        policy(PolicyTarget::Bucket(bucket()), &[grant(ROLE, &instances)]),
        policy(
            PolicyTarget::Key(valid(KEY)),
            &[grant("roles/cloudkms.cryptoKeyDecrypter", &instances)],
        ),
        policy(
            PolicyTarget::Account(valid(ACCOUNT)),
            &[grant("roles/iam.serviceAccountUser", manager)],
        ),
        policy(PolicyTarget::Project(project), &[conditioned]),
    ]);
    all
}

pub(crate) fn manifest() -> Manifest {
    Manifest::new(deployment(), resources()).expect("each once")
}

pub(crate) fn empty() -> Manifest {
    Manifest::empty(deployment())
}

/// The record in the bucket.
pub(crate) async fn stored(world: &World) -> Option<DeploymentRecord> {
    let path = format!(
        "GET /storage/v1/b/{}/o/groundcrew%2Fdeployment.json?alt=media",
        bucket()
    );
    let (status, body) = world.ask(&path, Value::Null).await;
    (status == 200).then(|| serde_json::from_value(body).expect("a record"))
}
