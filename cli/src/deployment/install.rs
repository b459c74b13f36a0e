//! Puts the deployment into a simulated cloud, by the calls that an operator
//! would make.

use super::{CUSTOMER, Deployment, Identity, roles, roles::account};
use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use jobs::calls;
use names::{Duration, ServiceAccountEmail, Timestamp, TopicName};
use serde_json::{Value, json};
use simulator::{Cloud, CloudResponse, iam::Principal};
use std::collections::BTreeMap;

/// Who owns the local projects: the person at the laptop.
pub const OPERATOR: &str = "operator@groundcrew.local";

/// How long a subscription waits for an acknowledgement: a function answers in
/// time even if it waits 10 s for a machine to go.
pub const ACK_DEADLINE: Duration = Duration::from_secs(60);

/// The same of [`ACK_DEADLINE`] for `function`: the setup of a project takes
/// minutes, and Pub/Sub waits for ten at the most.
#[must_use]
pub fn ack_deadline(function: &str) -> Duration {
    match function {
        "project-provisioned" => Duration::from_secs(600),
        _ => ACK_DEADLINE,
    }
}

/// What delivers which topic to which function.
pub(super) const SUBSCRIPTIONS: [(&str, &str); 6] = [
    ("job-queued", "job-queued"),
    ("job-changed", "job-changed"),
    ("job-reported", "job-changed"),
    ("maintenance-noticed", "maintenance-noticed"),
    ("project-provisioned", "project-provisioned"),
    ("tick", "sweep"),
];

/// Makes projects, accounts, roles, topics and the ledger in an empty cloud.
/// Functions get their messages once [`connect`] says where they are, and jobs
/// can run once [`super::project::set_up`] did its work.
///
/// # Errors
/// The cloud refused a call: a defect of the deployment's manifest.
pub fn install(deployment: &Deployment, cloud: &mut Cloud, now: Timestamp) -> Result<()> {
    let home = deployment.home.as_str();
    let jobs = deployment.settings.project.as_str();
    cloud.add_organization("1");
    cloud.add_project(home, 100_000_000_001, Some("organizations/1"));
    cloud.add_project(jobs, 100_000_000_002, Some("organizations/1"));
    cloud.add_project(CUSTOMER, 100_000_000_004, None);
    // Public images: Google lets every authenticated principal use them.
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
    // An owner may not read objects: it takes a role of Cloud Storage.
    for id in [jobs, CUSTOMER] {
        cloud.grant(
            &project(id),
            "roles/storage.admin",
            &format!("user:{OPERATOR}"),
            None,
        );
        // Nor may an owner encrypt.
        cloud.grant(
            &project(id),
            "roles/cloudkms.cryptoKeyEncrypter",
            &format!("user:{OPERATOR}"),
            None,
        );
    }
    for identity in Identity::all() {
        if identity != calls::Identity::Instances {
            add_account(cloud, &account(deployment, identity));
        }
    }
    add_account(cloud, &deployment.push_account);

    let token = cloud.mint(&Principal::user(OPERATOR), now);
    let mut api = Api { cloud, token, now };
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
        // Nobody listens there: a function has no address before it runs.
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
    // What is for the jobs' project and its machines comes with its setup.
    let own = roles(deployment).into_iter();
    let with_setup = |role: &roles::Role| {
        role.project == deployment.settings.project || role.identity == calls::Identity::Instances
    };
    for role in own.filter(|role| !with_setup(role)) {
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

/// Tells the subscriptions where the functions listen.
///
/// # Errors
/// The cloud refused a call.
pub fn connect(
    deployment: &Deployment,
    cloud: &mut Cloud,
    urls: &BTreeMap<&'static str, String>,
    now: Timestamp,
) -> Result<()> {
    let token = cloud.mint(&Principal::user(OPERATOR), now);
    let mut api = Api { cloud, token, now };
    for (subscription, function) in SUBSCRIPTIONS {
        let Some(url) = urls.get(function) else {
            bail!("no function {function} listens");
        };
        let push = push_config(deployment, subscription, function, url);
        let home = &deployment.home;
        let path = format!("/v1/projects/{home}/subscriptions/{subscription}:modifyPushConfig");
        api.send("POST", &path, &json!({ "pushConfig": push }))?;
    }
    Ok(())
}

/// The audience of the identity tokens that pushes to `function` carry.
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

struct Api<'a> {
    cloud: &'a mut Cloud,
    token: String,
    now: Timestamp,
}

impl Api<'_> {
    fn send(&mut self, verb: &str, path: &str, body: &Value) -> Result<()> {
        let request = http::Request::builder()
            .method(verb)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .with_context(|| format!("{verb} {path}"))?;
        match self.cloud.handle(&request, "", self.now, self.now) {
            CloudResponse::Ready(answer, _) if answer.status().is_success() => Ok(()),
            CloudResponse::Ready(answer, _) => {
                let text = String::from_utf8_lossy(answer.body()).into_owned();
                bail!("{verb} {path}: {} {text}", answer.status())
            }
            CloudResponse::WaitUntil(_) => bail!("{verb} {path}: still waiting"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::{Function, Trigger};
    use std::collections::BTreeSet;

    #[test]
    fn each_function_says_what_triggers_it() {
        fn of<F: Function>() -> impl Iterator<Item = (&'static str, &'static Trigger)> {
            F::TRIGGERS.iter().map(|trigger| (F::NAME, trigger))
        }
        let said = of::<job_queued::Handler>()
            .chain(of::<job_changed::Handler>())
            .chain(of::<maintenance_noticed::Handler>())
            .chain(of::<project_provisioned::Handler>())
            .chain(of::<sweep::Handler>());
        // A subscription has the name of its topic.
        let said: BTreeSet<_> = said
            .inspect(|(_, trigger)| assert_eq!(trigger.topic, trigger.subscription))
            .map(|(function, trigger)| (trigger.subscription, function))
            .collect();
        assert_eq!(said, BTreeSet::from(SUBSCRIPTIONS));
    }
}
