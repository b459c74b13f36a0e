//! A customer's project in a folder of an organisation, set up by the account
//! flow in a cloud in process.

use ::explain::{
    BindingCondition, CollectScope, ResourceKind, ResourcePolicy, RoleBinding, Snapshot, collect,
};
use account::{Settings, Setup, Spec};
use async_trait::async_trait;
use bytes::Bytes;
use gcp::{BoxFuture, Client, Endpoints, SendError, TokenProvider, Transport};
use http::{Request, Response};
use names::{Clock, FullResourceName, Timestamp};
use serde_json::{Value, json};
use simulator::{Cloud, Host, iam::Principal};
use std::{collections::BTreeSet, sync::Arc};
use tokio::time::Instant;

pub(crate) const PROJECT: &str = "customer-project";
pub(crate) const BUCKET: &str = "customer-project-groundcrew";
pub(crate) const INSTANCES: &str = "groundcrew-instances@customer-project.iam.gserviceaccount.com";
pub(crate) const THEIR_OWN: &str = "their-own@customer-project.iam.gserviceaccount.com";
pub(crate) const RESOURCE_MANAGER: &str =
    "resource-manager@groundcrew-home.iam.gserviceaccount.com";
const OWNER: &str = "owner@example.com";
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

pub(crate) struct World {
    pub(crate) host: Arc<Host>,
    clock: Arc<dyn Clock>,
}

impl World {
    /// With the project set up.
    pub(crate) async fn set_up() -> Self {
        let mut cloud = Cloud::new();
        cloud.add_organization("1");
        cloud.add_folder("7", "organizations/1");
        cloud.add_project(PROJECT, 42, Some("folders/7"));
        cloud.add_project("groundcrew-home", 43, None);
        let name = |node: &str| format!("//cloudresourcemanager.googleapis.com/{node}");
        let project = name(&format!("projects/{PROJECT}"));
        for role in ["roles/owner", "roles/storage.admin"] {
            cloud.grant(&project, role, &format!("user:{OWNER}"), None);
        }
        let images = name("projects/debian-cloud");
        cloud.grant(
            &images,
            "roles/compute.imageUser",
            &format!("user:{OWNER}"),
            None,
        );
        // Reads everything, from the organisation down.
        for role in ["roles/iam.securityAdmin", "roles/browser", "roles/viewer"] {
            cloud.grant(
                &name("organizations/1"),
                role,
                "user:auditor@example.com",
                None,
            );
        }
        cloud.add_account("groundcrew-home", "resource-manager");
        cloud.add_account(PROJECT, "their-own");
        cloud.declare_bucket("customer-data", PROJECT, START);
        let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", None);
        tokio::spawn(host.clone().keep_time());
        let world = Self { host, clock };
        let settings = Settings {
            resource_manager: RESOURCE_MANAGER.parse().expect("an address"),
            functions: [].into(),
            regions: ["us-central1".parse().expect("a region")].into(),
            reports: None,
            maintenance: None,
            closed_topics: [].into(),
        };
        let spec = Spec::of(PROJECT.parse().expect("an id"));
        let setup = Setup::new(world.client(Principal::user(OWNER)), &spec, &settings);
        let plan = setup.plan().await.expect("observed");
        let report = setup.apply(&plan, &|_| {}).await.expect("the record");
        assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
        world
    }

    fn client(&self, who: Principal) -> Client {
        Client::new(
            Arc::new(Direct(self.host.clone())),
            Arc::new(Tokens(self.host.clone(), who)),
            Endpoints::local("http://cloud"),
            self.clock.clone(),
        )
    }

    /// What somebody reads of the project through the APIs.
    pub(crate) async fn collect(&self, who: Principal) -> Snapshot {
        let client = self.client(who).with_retry(gcp::RetryPolicy::none());
        let scope = CollectScope {
            project: PROJECT.parse().expect("an id"),
            locations: Vec::new(),
        };
        collect(&client, &scope).await
    }

    /// All policies that the simulator holds, of every project.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let inventory = self.host.with(|cloud, now| cloud.inventory(now));
        let name = |text: &str| text.parse::<FullResourceName>().expect(text);
        let items = inventory.items.iter().map(|(key, item)| {
            let rules = item.rules.iter().map(|rule| RoleBinding {
                role: rule.role.clone(),
                members: rule.members.iter().cloned().collect(),
                condition: rule
                    .condition
                    .clone()
                    .map(|(title, expression)| BindingCondition { title, expression }),
            });
            let resource = ResourcePolicy {
                parent: item.parent.as_deref().map(name),
                bindings: rules.collect(),
                runs_as: item.runs_as.iter().map(|e| e.parse().expect(e)).collect(),
                public_access_prevention: item.closed_to_public,
            };
            (name(key), resource)
        });
        Snapshot {
            resources: items.collect(),
            roles: inventory.roles,
            read_failures: BTreeSet::new(),
        }
    }

    /// The part of a snapshot that `collect` reads: the project, its resources and
    /// ancestors of the supported kinds, and the roles bound there.
    pub(crate) fn part_of_project(&self, all: &Snapshot) -> Snapshot {
        let project = FullResourceName::project(&PROJECT.parse().expect("an id"));
        let parents = |from: &FullResourceName| {
            let mut found = vec![from.clone()];
            while let Some(next) = all.resources[&found[found.len() - 1]].parent.clone() {
                found.push(next);
            }
            found
        };
        let above = parents(&project);
        let resources = all.resources.iter().filter(|(name, _)| {
            let inside = || parents(name).contains(&project);
            ResourceKind::of(name) != ResourceKind::Other && (above.contains(name) || inside())
        });
        let resources: std::collections::BTreeMap<_, _> =
            resources.map(|(n, r)| (n.clone(), r.clone())).collect();
        let bound = resources.values().flat_map(|r| &r.bindings);
        let bound: BTreeSet<&String> = bound.map(|binding| &binding.role).collect();
        let roles = all.roles.iter().filter(|(name, _)| bound.contains(name));
        Snapshot {
            roles: roles.map(|(n, p)| (n.clone(), p.clone())).collect(),
            resources: resources.clone(),
            read_failures: BTreeSet::new(),
        }
    }

    async fn ask(&self, call: &str, body: Value) {
        let (verb, path) = call.split_once(' ').expect("a verb and a path");
        let owner = Principal::user(OWNER);
        let token = self.host.with(|cloud, now| cloud.mint(&owner, now));
        let request = Request::builder()
            .method(verb)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(body.to_string()))
            .expect("a request");
        let answer = self.host.call(request).await;
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        assert_eq!(answer.status(), 200, "{call}: {said}");
    }

    pub(crate) async fn add_machine(&self, name: &str, runs_as: &str) {
        let zone = "projects/customer-project/zones/us-central1-a";
        let body = json!({
            "name": name, "machineType": format!("{zone}/machineTypes/e2-small"),
            "disks": [{ "boot": true, "autoDelete": true, "initializeParams": {
                "sourceImage": "projects/debian-cloud/global/images/family/debian-12" } }],
            "networkInterfaces": [{ "subnetwork":
                format!("projects/{PROJECT}/regions/us-central1/subnetworks/groundcrew") }],
            "serviceAccounts": [{ "email": runs_as, "scopes": [] }],
        });
        let call = format!("POST /compute/v1/{zone}/instances");
        self.ask(&call, body).await;
    }

    pub(crate) async fn add_folder(&self, bucket: &str, prefix: &str) {
        let call = format!("POST /storage/v1/b/{bucket}/managedFolders");
        self.ask(&call, json!({ "name": prefix })).await;
    }

    pub(crate) async fn add_topic(&self, id: &str) {
        let call = format!("PUT /v1/projects/{PROJECT}/topics/{id}");
        self.ask(&call, json!({})).await;
    }
}
