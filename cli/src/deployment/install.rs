//! Installs the deployment in a simulated cloud, with the API calls that an
//! operator would make.

use super::{CUSTOMER, Deployment, Identity, identity::account, roles};
use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use names::{Duration, ServiceAccountEmail, Timestamp, TopicName};
use serde_json::{Value, json};
use simulator::{Cloud, CloudResponse, iam::Principal};
use std::collections::BTreeMap;

/// The owner of the local projects.
pub const OPERATOR: &str = "operator@groundcrew.local";

/// The acknowledgement deadline of subscriptions. Functions respond in time even
/// if they wait 10 s for a machine to be deleted.
pub const ACK_DEADLINE: Duration = Duration::from_secs(60);

/// The acknowledgement deadline for `function`. The setup of a project takes
/// minutes; Pub/Sub's maximum is ten.
#[must_use]
pub fn ack_deadline(function: &str) -> Duration {
    match function {
        "project-provisioned" => Duration::from_secs(600),
        _ => ACK_DEADLINE,
    }
}

/// Each subscription, which has the name of its topic, and its function.
pub(super) const SUBSCRIPTIONS: [(&str, &str); 6] = [
    ("job-queued", "job-queued"),
    ("job-changed", "job-changed"),
    ("job-reported", "job-changed"),
    ("maintenance-noticed", "maintenance-noticed"),
    ("project-provisioned", "project-provisioned"),
    ("tick", "sweep"),
];

/// Creates projects, accounts, roles, topics and the ledger in an empty cloud.
/// Afterwards [`connect`] must connect the functions, and
/// [`super::project::set_up`] must set up the jobs project.
///
/// # Errors
/// The simulator rejected a call, which is a bug of the deployment.
pub fn install(deployment: &Deployment, cloud: &mut Cloud, now: Timestamp) -> Result<()> {
    let home = deployment.home.as_str();
    let jobs = deployment.settings.project.as_str();
    cloud.add_organization("1");
    cloud.add_project(home, 100_000_000_001, Some("organizations/1"));
    cloud.add_project(jobs, 100_000_000_002, Some("organizations/1"));
    cloud.add_project(CUSTOMER, 100_000_000_004, None);
    // Google lets every authenticated principal use public images.
    cloud.add_project("debian-cloud", 100_000_000_003, None);
    cloud.grant(
        &project("debian-cloud"),
        "roles/compute.imageUser",
        "allAuthenticatedUsers",
        None,
    );
    for id in [home, jobs, CUSTOMER] {
        cloud.grant(
            &project(id),
            "roles/owner",
            &format!("user:{OPERATOR}"),
            None,
        );
    }
    // What administrators of an organisation have, too.
    for role in ["folderAdmin", "organizationViewer", "projectCreator"] {
        cloud.grant(
            "//cloudresourcemanager.googleapis.com/organizations/1",
            &format!("roles/resourcemanager.{role}"),
            &format!("user:{OPERATOR}"),
            None,
        );
    }
    // Owners may not read objects without a role of Cloud Storage.
    for id in [jobs, CUSTOMER] {
        cloud.grant(
            &project(id),
            "roles/storage.admin",
            &format!("user:{OPERATOR}"),
            None,
        );
        // Owners may not encrypt, either.
        cloud.grant(
            &project(id),
            "roles/cloudkms.cryptoKeyEncrypter",
            &format!("user:{OPERATOR}"),
            None,
        );
    }
    for identity in Identity::all() {
        if identity != jobs::Identity::Instances {
            add_account(cloud, &account(deployment, identity));
        }
    }
    add_account(cloud, &deployment.push_account);

    let mut api = Api::new(cloud, now);
    let database = deployment.settings.database.id();
    api.send(
        "POST",
        &format!("/v1/projects/{home}/databases?databaseId={database}"),
        &json!({
            "locationId": "us-central1", "type": "FIRESTORE_NATIVE",
        }),
    )?;
    for topic in topics(deployment) {
        api.send("PUT", &format!("/v1/{topic}"), &json!({}))?;
    }
    for (subscription, function) in SUBSCRIPTIONS {
        // A placeholder: the functions' addresses are not known yet.
        let body = subscription_body(deployment, subscription, function, "http://127.0.0.1:9/");
        api.send(
            "PUT",
            &format!("/v1/projects/{home}/subscriptions/{subscription}"),
            &body,
        )?;
    }
    for index in ledger::INDEXES {
        let ascending = |direction| direction == ledger::Direction::Ascending;
        let fields: Vec<(&str, bool)> = index
            .fields
            .iter()
            .map(|(name, direction)| (*name, ascending(*direction)))
            .collect();
        let database = deployment.settings.database.to_string();
        cloud
            .declare_index(&database, index.collection, &fields)
            .map_err(|e| anyhow!("index of {}: {}", index.collection, e.message))?;
    }
    // The setup of the jobs project creates the roles in it.
    let roles = roles(deployment).into_iter();
    let is_of_setup = |role: &roles::Role| {
        role.project == deployment.settings.project || role.identity == jobs::Identity::Instances
    };
    for role in roles.filter(|role| !is_of_setup(role)) {
        cloud.add_role(&role.name(), &role.permissions);
        let member = format!("serviceAccount:{}", role.account);
        cloud.grant(
            &role.scope.resource,
            &role.name(),
            &member,
            role.scope.condition.as_deref(),
        );
    }
    Ok(())
}

/// Points the push subscriptions at the functions' URLs.
///
/// # Errors
/// A function has no URL, or the simulator rejected a call.
pub fn connect(
    deployment: &Deployment,
    cloud: &mut Cloud,
    urls: &BTreeMap<&'static str, String>,
    now: Timestamp,
) -> Result<()> {
    let mut api = Api::new(cloud, now);
    for (subscription, function) in SUBSCRIPTIONS {
        let Some(url) = urls.get(function) else {
            bail!("function {function} has no URL");
        };
        let push = push_config(deployment, subscription, function, url);
        let home = &deployment.home;
        let path = format!("/v1/projects/{home}/subscriptions/{subscription}:modifyPushConfig");
        api.send("POST", &path, &json!({ "pushConfig": push }))?;
    }
    Ok(())
}

/// The audience of the identity tokens in push requests to `function`.
#[must_use]
pub fn audience(deployment: &Deployment, function: &str) -> String {
    format!("groundcrew/{}/{function}", deployment.home)
}

fn project(id: &str) -> String {
    format!("//cloudresourcemanager.googleapis.com/projects/{id}")
}

fn add_account(cloud: &mut Cloud, account: &ServiceAccountEmail) {
    let (id, host) = account.as_str().split_once('@').unwrap_or_default();
    cloud.add_account(host.split('.').next().unwrap_or_default(), id);
}

pub(super) fn topics(deployment: &Deployment) -> [&TopicName; 7] {
    [
        &deployment.queue,
        &deployment.topics.changes,
        &deployment.settings.reports,
        &deployment.maintenance,
        &deployment.provisioned,
        &deployment.ticks,
        &deployment.topics.dead_letters,
    ]
}

/// The path of the endpoint names the subscription: whatever a message says of
/// itself, the function knows by which trigger it came.
fn push_config(deployment: &Deployment, subscription: &str, function: &str, url: &str) -> Value {
    json!({
        "pushEndpoint": format!("{}/{subscription}", url.trim_end_matches('/')),
        "oidcToken": {
            "serviceAccountEmail": deployment.push_account,
            "audience": audience(deployment, function),
        },
    })
}

pub(super) fn subscription_body(
    deployment: &Deployment,
    subscription: &str,
    function: &str,
    url: &str,
) -> Value {
    let home = &deployment.home;
    json!({
        "topic": format!("projects/{home}/topics/{subscription}"),
        "pushConfig": push_config(deployment, subscription, function, url),
        "ackDeadlineSeconds": ack_deadline(function).as_secs(),
        "retryPolicy": { "minimumBackoff": "1s", "maximumBackoff": "60s" },
        "deadLetterPolicy": {
            "deadLetterTopic": deployment.topics.dead_letters,
            "maxDeliveryAttempts": 50,
        },
    })
}

/// Calls APIs as the operator.
pub(super) struct Api<'a> {
    cloud: &'a mut Cloud,
    token: String,
    now: Timestamp,
}

impl<'a> Api<'a> {
    pub(super) fn new(cloud: &'a mut Cloud, now: Timestamp) -> Self {
        let token = cloud.mint(&Principal::user(OPERATOR), now);
        Self { cloud, token, now }
    }

    /// Sends a request that must succeed, and returns the response.
    pub(super) fn send(&mut self, verb: &str, path: &str, body: &Value) -> Result<Value> {
        let request = http::Request::builder()
            .method(verb)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .with_context(|| format!("{verb} {path}"))?;
        match self.cloud.handle(&request, "", self.now, self.now) {
            CloudResponse::Ready(response, _) if response.status().is_success() => {
                serde_json::from_slice(response.body()).with_context(|| format!("{verb} {path}"))
            }
            CloudResponse::Ready(response, _) => {
                let text = String::from_utf8_lossy(response.body()).into_owned();
                bail!("{verb} {path}: {} {text}", response.status())
            }
            CloudResponse::WaitUntil(_) => bail!("{verb} {path}: no immediate response"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::{Function, Trigger};
    use std::collections::BTreeSet;

    #[test]
    fn subscriptions_match_the_functions_triggers() {
        fn of<F: Function>() -> impl Iterator<Item = (&'static str, &'static Trigger)> {
            F::TRIGGERS.iter().map(|trigger| (F::NAME, trigger))
        }
        let triggers = of::<job_queued::Handler>()
            .chain(of::<job_changed::Handler>())
            .chain(of::<maintenance_noticed::Handler>())
            .chain(of::<project_provisioned::Handler>())
            .chain(of::<sweep::Handler>());
        // A subscription has the name of its topic.
        let triggers: BTreeSet<_> = triggers
            .inspect(|(_, trigger)| assert_eq!(trigger.topic, trigger.subscription))
            .map(|(function, trigger)| (trigger.subscription, function))
            .collect();
        assert_eq!(triggers, BTreeSet::from(SUBSCRIPTIONS));
    }
}
