//! The resources that groundcrew's own project needs. Pure.

use crate::{
    DeployedFunction, Deployment, FUNCTIONS, Identity, IdentityRole, REGION, audience,
    identity::account, roles::roles,
};
use gcp::{BindingScope, Client};
use names::{
    CustomRoleName, DeploymentId, Duration, RepositoryName, ServiceName, SubscriptionName,
    TopicName,
};
use plan::{
    Api, Bucket, CompositeIndex, CustomRole, Database, DocumentField, Engine, FieldId, Grant,
    GrantCondition, IndexId, Manifest, ObjectStore, PolicyGrants, PolicyTarget, PushEndpoint,
    Repository, Resource, Schedule, ServiceAccount, Subscription, Topic,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
    sync::Arc,
};

/// The APIs that no method of groundcrew calls: builds, and what runs the functions.
const UNCALLED: [&str; 2] = ["cloudbuild.googleapis.com", "run.googleapis.com"];
const DAY: Duration = Duration::from_secs(86_400);
/// The shortest soft delete period that Cloud Storage allows, and its default.
const SOFT_DELETE_PERIOD: Duration = DAY.saturating_mul(7);
/// How long the ledger has a job that ended: longer than the customers' buckets
/// have its logs, by default.
const JOBS_KEPT: Duration = DAY.saturating_mul(400);
/// The longest that Pub/Sub keeps a message.
const DEAD_LETTERS_KEPT: Duration = DAY.saturating_mul(31);

/// An engine that applies the manifest of `deployment` with the identity of
/// `client`. The record is in the deployment's bucket.
#[must_use]
pub fn engine(deployment: &Deployment, client: Client) -> Engine {
    let store = ObjectStore::new(client.clone(), deployment.bucket());
    Engine::new(client, Arc::new(store))
}

/// The manifest of `deployment`; `url` returns the URL of a function.
///
/// # Panics
/// Never: all names are derived from valid names, and each occurs once.
#[must_use]
pub fn manifest(deployment: &Deployment, url: impl Fn(&'static str) -> String) -> Manifest {
    let id = DeploymentId::new(&deployment.home, &deployment.settings.deployment);
    let functions = FUNCTIONS.iter();
    let subscriptions = functions.flat_map(|function| {
        let url = url(function.name());
        let subscription = move |topic: &&str| subscription(deployment, function, topic, &url);
        function.topics.iter().map(subscription)
    });
    let resources = apis(deployment)
        .chain(accounts(deployment))
        .chain(access(deployment))
        .chain(storage(deployment))
        .chain(topics(deployment))
        .chain(subscriptions)
        .chain([schedule(deployment)]);
    Manifest::new(id, resources).expect("each resource occurs once")
}

/// The APIs that groundcrew calls: one is called on the quota of the project that
/// contains the caller's account.
fn apis(deployment: &Deployment) -> impl Iterator<Item = Resource> {
    let called = gcp::methods::all().map(gcp::Method::host);
    let hosts: BTreeSet<String> = called.chain(UNCALLED.map(str::to_owned)).collect();
    hosts.into_iter().map(|host| {
        let name = ServiceName::new(deployment.home.clone(), &host).expect("an API's host");
        Resource::Api(Api { name })
    })
}

fn accounts(deployment: &Deployment) -> impl Iterator<Item = Resource> {
    let of_identity = |identity: Identity| {
        let purpose = format!("What groundcrew's {} runs as.", identity.name());
        (account(deployment, identity), identity.name(), purpose)
    };
    // The setup of the jobs project creates the account of its machines.
    let identities = Identity::all().into_iter();
    let identities = identities.filter(|identity| *identity != jobs::Identity::Instances);
    let push = (
        deployment.push_account.clone(),
        "push",
        "What authenticates Pub/Sub to groundcrew's functions.".to_owned(),
    );
    let all = identities.map(of_identity).chain([push]);
    all.map(|(email, name, description)| {
        Resource::Account(ServiceAccount {
            project: deployment.home.clone(),
            email,
            title: format!("groundcrew {name}"),
            description,
        })
    })
}

/// The custom roles in groundcrew's own project, and the grants of them. Those of
/// other projects are created by their setup, and those of the organisation by its
/// administrator.
fn access(deployment: &Deployment) -> impl Iterator<Item = Resource> {
    let mut created = BTreeMap::new();
    let mut granted = Vec::new();
    for role in roles(deployment) {
        let is_own = role.project.as_ref() == Some(&deployment.home);
        if !is_own || role.identity == jobs::Identity::Instances {
            continue;
        }
        let name = CustomRoleName::new(deployment.home.clone(), &role.id).expect("a role's ID");
        let role_name = name.to_string();
        let custom = CustomRole {
            name,
            title: role.id.clone(),
            description: role.description(),
            permissions: role.permissions.iter().map(|&p| p.to_owned()).collect(),
        };
        created.insert(role.id.clone(), Resource::Role(custom));
        granted.push(Resource::Policy(PolicyGrants {
            target: target(&role.scope),
            grants: [grant(&role, &role_name)].into(),
            exclusive: BTreeSet::new(),
        }));
    }
    created.into_values().chain(granted)
}

fn grant(role: &IdentityRole, name: &str) -> Grant {
    let condition = |expression: &String| GrantCondition {
        title: format!("groundcrew: its {}", role.scope.kind),
        expression: expression.clone(),
    };
    Grant {
        role: valid(name),
        member: valid(format!("serviceAccount:{}", role.account)),
        condition: role.scope.condition.as_ref().map(condition),
    }
}

/// The policy of a scope in groundcrew's own project.
fn target(scope: &BindingScope) -> PolicyTarget {
    let (service, path) = scope.resource[2..].split_once('/').unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    match service {
        "pubsub.googleapis.com" => PolicyTarget::Topic(valid(path)),
        "iam.googleapis.com" => PolicyTarget::Account(valid(last)),
        "cloudresourcemanager.googleapis.com" => PolicyTarget::Project(valid(last)),
        _ => unreachable!("{}: no function is granted anything on it", scope.resource),
    }
}

/// The ledger, the deployment record, and the functions' images.
fn storage(deployment: &Deployment) -> impl Iterator<Item = Resource> {
    let database = &deployment.settings.database;
    let indexes = ledger::INDEXES.iter().map(|index| {
        let fields = index.fields.iter();
        let fields = fields.map(|(path, order)| ((*path).to_owned(), order.as_str().to_owned()));
        Resource::Index(CompositeIndex {
            id: IndexId {
                database: database.clone(),
                collection: index.collection.to_owned(),
                fields: fields.collect(),
            },
        })
    });
    let fields = ledger::UNINDEXED.iter().map(|field| {
        Resource::Field(DocumentField {
            id: FieldId {
                database: database.clone(),
                collection: field.0.to_owned(),
                field: field.1.to_owned(),
            },
            time_to_live: (*field == ledger::AGEING).then_some(JOBS_KEPT),
        })
    });
    let repository = RepositoryName::new(deployment.home.clone(), valid(REGION), "groundcrew");
    let fixed = [
        Resource::Bucket(Bucket {
            name: deployment.bucket(),
            project: deployment.home.clone(),
            location: valid(REGION),
            labels: BTreeMap::new(),
            soft_delete: SOFT_DELETE_PERIOD,
            versioning: false,
            expiry: None,
        }),
        Resource::Database(Database {
            name: database.clone(),
            location: valid(REGION),
        }),
        Resource::Repository(Repository {
            name: repository.expect("a repository's name"),
            description: "groundcrew's functions".to_owned(),
            labels: BTreeMap::new(),
        }),
    ];
    fixed.into_iter().chain(indexes).chain(fields)
}

/// The topics of the functions, and the dead letters, which wait to be pulled:
/// without a subscription they would be lost.
fn topics(deployment: &Deployment) -> impl Iterator<Item = Resource> {
    let dead_letters = deployment.topics.dead_letters.clone();
    let of_functions = FUNCTIONS.iter().flat_map(|function| function.topics);
    let names = of_functions.map(|id| topic(deployment, id));
    let topics = names.chain([dead_letters.clone()]).map(|name| {
        Resource::Topic(Topic {
            name,
            labels: BTreeMap::new(),
        })
    });
    let pulled = Resource::Subscription(Subscription {
        name: subscription_name(deployment, dead_letters.id()),
        topic: dead_letters,
        labels: BTreeMap::new(),
        ack_deadline: Duration::from_secs(60),
        retention: DEAD_LETTERS_KEPT,
        push: None,
        // Whoever has read them gives them back for the next reader.
        backoff: None,
        dead_letters: None,
    });
    topics.chain([pulled])
}

/// The shortest pause between attempts.
const SHORTEST_BACKOFF: Duration = Duration::from_secs(1);

/// The path of the endpoint names the subscription: whatever a message says of
/// itself, the function knows by which trigger it came.
fn subscription(
    deployment: &Deployment,
    function: &DeployedFunction,
    id: &str,
    url: &str,
) -> Resource {
    let redelivery = function.redelivery;
    let dead_letters = &deployment.topics.dead_letters;
    Resource::Subscription(Subscription {
        name: subscription_name(deployment, id),
        topic: topic(deployment, id),
        labels: BTreeMap::new(),
        ack_deadline: function.ack_deadline,
        retention: redelivery.retention,
        push: Some(PushEndpoint {
            url: format!("{}/{id}", url.trim_end_matches('/')),
            account: deployment.push_account.clone(),
            audience: audience(deployment, function.name()),
        }),
        backoff: Some((SHORTEST_BACKOFF, redelivery.max_backoff)),
        dead_letters: redelivery
            .attempts
            .map(|attempts| (dead_letters.clone(), attempts)),
    })
}

/// What publishes by itself.
fn schedule(deployment: &Deployment) -> Resource {
    Resource::Schedule(Schedule {
        name: deployment.schedule(),
        description: "Wakes groundcrew's sweep.".to_owned(),
        schedule: "* * * * *".to_owned(),
        topic: deployment.ticks.clone(),
        // `{}` in base64: a message must not be empty.
        data: "e30=".to_owned(),
    })
}

fn topic(deployment: &Deployment, id: &str) -> TopicName {
    TopicName::new(deployment.home.clone(), id).expect("a topic's ID")
}

fn subscription_name(deployment: &Deployment, id: &str) -> SubscriptionName {
    SubscriptionName::new(deployment.home.clone(), id).expect("a subscription's ID")
}

/// Parses a name that is composed of valid names.
fn valid<T: FromStr<Err: Display>>(text: impl AsRef<str>) -> T {
    let text = text.as_ref();
    text.parse()
        .unwrap_or_else(|error| unreachable!("{text}: {error}"))
}
