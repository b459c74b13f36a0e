//! A request to each method, and what it put on the wire: of collections by their
//! declarations, of all others by a call of each typed function.

use bytes::Bytes;
use gcp::{
    BoxFuture, Client, Collection, Endpoints, Method, Policy, Request, RetryPolicy, SendError,
    Transport,
    credentials::StaticToken,
    methods::{
        COLLECTIONS,
        artifactregistry::{self, REPOSITORIES},
        cloudbilling, compute, iam, iamcredentials, kms, logging, pubsub, resourcemanager,
        serviceusage, storage,
    },
};
use names::{
    BucketName, Clock, CryptoKeyName, CustomRoleName, Duration, ServiceAccountEmail,
    SubscriptionName, Timestamp, TopicName,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// A request as a typed function sent it.
pub(crate) struct Sample {
    pub(crate) method: &'static Method,
    /// What was sent.
    pub(crate) sent: http::Request<Bytes>,
    /// The same, put back into the method's terms.
    pub(crate) request: Request,
}

impl Sample {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_slice(self.sent.body()).unwrap_or(Value::Null)
    }
}

const BILLING_ACCOUNT: &str = "billingAccounts/012345-6789AB-CDEF01";

struct Epoch;

impl Clock for Epoch {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(0)
    }
}

/// Keeps what is sent, and answers that it is not found.
#[derive(Default)]
struct Recorder(Mutex<Vec<http::Request<Bytes>>>);

impl Transport for Recorder {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, SendError>> {
        self.0.lock().expect("not poisoned").push(request);
        let answer = http::Response::builder().status(404).body(Bytes::new());
        Box::pin(async { Ok(answer.expect("an answer")) })
    }
}

pub(crate) async fn samples() -> Vec<Sample> {
    let recorder = Arc::new(Recorder::default());
    let client = Client::new(
        Arc::clone(&recorder) as Arc<dyn Transport>,
        Arc::new(StaticToken::new("token")),
        Endpoints::google(),
        Arc::new(Epoch),
    )
    .with_retry(RetryPolicy::none());
    let mut samples = Vec::new();
    let collections = COLLECTIONS.iter().copied().flatten();
    let declared = collections.flat_map(|collection| standard_calls(&client, collection));
    for (method, call) in declared.chain(calls(&client)) {
        call.await;
        let mut sent = recorder.0.lock().expect("not poisoned");
        assert_eq!(sent.len(), 1, "{}: one call, one request", method.id);
        let sent = sent.pop().expect("just counted");
        samples.push(Sample {
            method,
            request: read_back(method, &sent),
            sent,
        });
    }
    samples
}

/// The standard methods of a collection, on its example.
fn standard_calls<'a>(client: &'a Client, collection: &'static Collection) -> Vec<Call<'a>> {
    let call = |request: Request| {
        let call = async move {
            let _ = client.answer(&request).await;
        };
        Box::pin(call) as BoxFuture<'_, ()>
    };
    let samples = collection.samples(collection.example).into_iter();
    samples
        .map(|request| match request.method().id.rsplit('.').next() {
            Some("setIamPolicy") => collection.set_policy(collection.example, &sample_policy()),
            Some(_) | None => request,
        })
        .map(|request| (request.method(), call(request)))
        .collect()
}

/// Rebuilds the request from what was sent, by the method's template.
fn read_back(method: &'static Method, sent: &http::Request<Bytes>) -> Request {
    let decode = |text| {
        let text = percent_encoding::percent_decode_str(text).decode_utf8();
        text.expect("UTF-8").into_owned()
    };
    let mut request = Request::new(method);
    let mut path = sent.uri().path();
    let mut template = method.path;
    while let Some((before, rest)) = template.split_once('{') {
        let (name, after) = rest.split_once('}').expect("closed");
        path = path.strip_prefix(before).expect("the template's text");
        let until = after.split('{').next().unwrap_or_default();
        let end = match until {
            "" => path.len(),
            until if after.contains('{') => path.find(until).expect("the template's text"),
            until => path.rfind(until).expect("the template's text"),
        };
        request = request.path(name.trim_start_matches('+'), decode(&path[..end]));
        path = &path[end..];
        template = after;
    }
    let query = sent.uri().query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if let Some(name) = method.query.iter().find(|known| **known == name) {
            request = request.query(name, value);
        }
    }
    match serde_json::from_slice::<Value>(sent.body()) {
        Ok(body) => request.json(&body),
        Err(_) => request,
    }
}

type Call<'a> = (&'static Method, BoxFuture<'a, ()>);

macro_rules! calls {
    ($($method:expr => $call:expr;)*) => {
        vec![$((&$method, Box::pin(async move { let _ = $call.await; }) as BoxFuture<'_, ()>)),*]
    };
}

fn valid<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is valid"))
}

fn calls(client: &Client) -> Vec<Call<'_>> {
    let mut all = compute_calls(client);
    all.extend(storage_calls(client));
    all.extend(pubsub_calls(client));
    all.extend(access_calls(client));
    all.extend(kms_calls(client));
    let repositories = operation(&REPOSITORIES, 0);
    let operations: Vec<Call<'_>> = calls! {
        artifactregistry::OPERATIONS.get => client.operation(&repositories);
    };
    all.extend(operations);
    all
}

/// A body with everything that the table declares.
fn instance() -> Value {
    json!({
        "name": "i", "description": "d", "machineType": "zones/us-central1-a/machineTypes/m",
        "minCpuPlatform": "c", "deletionProtection": false,
        "labels": {"a": "b"}, "tags": {"items": ["t"]},
        "metadata": {"items": [{"key": "k", "value": "v"}]},
        "disks": [
            {"boot": true, "autoDelete": true, "type": "PERSISTENT", "deviceName": "boot",
             "initializeParams": {"diskName": "n", "diskType": "t", "diskSizeGb": "10",
                "labels": {"a": "b"}, "sourceImage": "global/images/own"}},
            {"source": "zones/us-central1-a/disks/a", "mode": "READ_WRITE"},
            {"source": "zones/us-central1-a/disks/b", "mode": "READ_ONLY"},
        ],
        "networkInterfaces": [{"network": "n", "subnetwork": "regions/r/subnetworks/s",
            "nicType": "GVNIC",
            "accessConfigs": [{"name": "x", "type": "ONE_TO_ONE_NAT", "networkTier": "PREMIUM"}]}],
        "serviceAccounts": [{"email": "a@project-1.iam.gserviceaccount.com", "scopes": ["s"]}],
        "guestAccelerators": [{"acceleratorType": "t", "acceleratorCount": 1}],
        "scheduling": {
            "provisioningModel": "SPOT", "preemptible": true, "automaticRestart": false,
            "instanceTerminationAction": "DELETE", "onHostMaintenance": "TERMINATE",
            "terminationTime": "2026-11-22T00:00:00Z",
            "maxRunDuration": {"seconds": "1"}, "preemptionNoticeDuration": {"seconds": "1"},
        },
        "shieldedInstanceConfig": {"enableSecureBoot": true, "enableVtpm": true,
            "enableIntegrityMonitoring": true},
    })
}

fn compute_calls(client: &Client) -> Vec<Call<'_>> {
    use compute::*;
    let p = || valid("project-1");
    let z = || valid("us-central1-a");
    let i = || valid("i");
    let id = Uuid::nil();
    calls! {
        INSTANCES_INSERT => insert(client, &p(), &z(), &instance(), id);
        INSTANCES_GET => get(client, &p(), &z(), &i());
        INSTANCES_DELETE => delete(client, &p(), &z(), &i(), id);
        INSTANCES_LIST => list(client, &p(), &z(), "labels.a=b");
        INSTANCES_LIST => list(client, &p(), &z(), "");
        INSTANCES_AGGREGATED_LIST => aggregated_list(client, &p(), "labels.a=b");
        GET_SERIAL_PORT_OUTPUT => serial_output(client, &p(), &z(), &i(), 0);
        SIMULATE_MAINTENANCE_EVENT => simulate_maintenance(client, &p(), &z(), &i(), id);
        GLOBAL_OPERATIONS.get => client.operation(&operation(&NETWORKS, 0));
        GLOBAL_OPERATIONS.wait => client.operation(&operation(&NETWORKS, 1));
        REGION_OPERATIONS.get => client.operation(&operation(&SUBNETWORKS, 0));
        REGION_OPERATIONS.wait => client.operation(&operation(&SUBNETWORKS, 1));
        ZONE_OPERATIONS_LIST => operation_of_request(client, &p(), &z(), id);
        ZONE_OPERATIONS.get => client.operation(&zone_operation(&p(), &z(), "operation-1"));
        ZONE_OPERATIONS.wait =>
            wait_operation(client, &p(), &z(), "operation-1", Duration::from_secs(5));
        SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS =>
            client.operation(&set_private_google_access_request(SUBNETWORKS.example, true));
    }
}

/// The request that reads an operation of a collection, or waits for it.
fn operation(collection: &Collection, which: usize) -> Request {
    let requests = collection.operation(collection.example, "operation-1");
    requests.expect("it has operations")[which].clone()
}

fn storage_calls(client: &Client) -> Vec<Call<'_>> {
    use storage::{Precondition as If, *};
    let b = || valid("bucket-1");
    let o = || valid("a/b {c}");
    let name: BucketName = valid("bucket-1");
    let bucket = || {
        json!({
            "location": "EU", "labels": {"a": "b"},
            "iamConfiguration": {"publicAccessPrevention": "enforced",
                "uniformBucketLevelAccess": {"enabled": true}},
            "softDeletePolicy": {"retentionDurationSeconds": "0"},
            "versioning": {"enabled": true},
            "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 1}}]},
        })
    };
    let change = || {
        json!({
            "labels": {"a": "b"}, "softDeletePolicy": {"retentionDurationSeconds": "0"},
            "iamConfiguration": {"publicAccessPrevention": "enforced",
                "uniformBucketLevelAccess": {"enabled": true}},
            "versioning": {"enabled": true},
        })
    };
    let version = move || Object {
        name: o(),
        generation: 7,
        size: 0,
        metadata: [].into(),
    };
    calls! {
        *of(&BUCKETS, "insert") =>
            client.answer(&BUCKETS.create("b/bucket-1", bucket()).query("project", "project-1"));
        *of(&BUCKETS, "patch") => client.patch(&name, change());
        BUCKETS_TEST_IAM_PERMISSIONS =>
            test_bucket_permissions(client, &b(), &["a.b.c", "a.b.d"]);
        *of(&FOLDERS, "delete") =>
            client.answer(&delete_folder_request("b/bucket-1/managedFolders/volumes/data/"));
        OBJECTS_INSERT => insert_object(client, &b(), &o(), "text/plain", "x", If::None);
        OBJECTS_INSERT => insert_object(client, &b(), &o(), "text/plain", "x", If::Absent);
        OBJECTS_INSERT => insert_object_with_metadata(client, &b(), &o(), "text/plain", b"x",
            &json!({"a": "b"}), If::Absent);
        OBJECTS_GET => get_object(client, &b(), &o());
        OBJECTS_GET_MEDIA => read_object(client, &b(), &o());
        OBJECTS_LIST => list_objects(client, &b(), "jobs/");
        OBJECTS_LIST => list_objects_between(client, &b(), &o()..&o());
        OBJECTS_LIST => list_versions(client, &b());
        OBJECTS_DELETE => delete_version(client, &b(), &version());
        OBJECTS_DELETE => delete_object(client, &b(), &o(), If::Generation(7));
    }
}

/// A method of a collection.
fn of(collection: &'static Collection, name: &str) -> &'static Method {
    collection.method(name).expect("it is declared")
}

fn sample_policy() -> Policy {
    serde_json::from_value(json!({
        "version": 1, "etag": "BwX=",
        "bindings": [{"role": "roles/viewer", "members": ["user:a@x"],
            "condition": {"title": "t", "expression": "e"}}],
    }))
    .expect("a policy")
}

fn pubsub_calls(client: &Client) -> Vec<Call<'_>> {
    use pubsub::*;
    let t: TopicName = valid("projects/project-1/topics/t-1");
    let also = t.clone();
    let s = || valid::<SubscriptionName>("projects/project-1/subscriptions/s-1");
    let topic = json!({"labels": {"a": "b"}, "messageRetentionDuration": "600s"});
    let subscription = json!({
        "topic": "projects/project-1/topics/t-1", "labels": {"a": "b"}, "filter": "f",
        "ackDeadlineSeconds": 60, "messageRetentionDuration": "600s",
        "expirationPolicy": {"ttl": "86400s"}, "enableMessageOrdering": true,
        "pushConfig": {"pushEndpoint": "https://x/", "oidcToken": {
            "serviceAccountEmail": "a@project-1.iam.gserviceaccount.com", "audience": "x"}},
        "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
        "deadLetterPolicy": {"deadLetterTopic": "t", "maxDeliveryAttempts": 5},
    });
    let message = gcp::Message {
        data: "x".into(),
        attributes: [("a".to_owned(), "b".to_owned())].into(),
    };
    calls! {
        PUBLISH => publish(client, &t, message);
        *of(&TOPICS, "create") => client.create(&also, topic);
        *of(&SUBSCRIPTIONS, "create") => client.create(&s(), subscription);
        PULL => pull(client, &s(), 10);
        ACKNOWLEDGE => acknowledge(client, &s(), &["a".to_owned()]);
        MODIFY_ACK_DEADLINE => release(client, &s(), &["a".to_owned()]);
    }
}

fn access_calls(client: &Client) -> Vec<Call<'_>> {
    use iam::*;
    let p = || valid("project-1");
    let a = || valid::<ServiceAccountEmail>("a@project-1.iam.gserviceaccount.com");
    let r: CustomRoleName = valid("projects/project-1/roles/abc");
    let also = r.clone();
    let account = || json!({"displayName": "A", "description": "d"});
    let policy = json!({"auditConfigs": [{"service": "allServices"}]});
    let policy: Policy = serde_json::from_value(policy).expect("a policy");
    let role = || json!({"title": "t", "description": "d", "includedPermissions": ["a.b.c"], "stage": "GA"});
    calls! {
        *of(&ACCOUNTS, "create") => client.create(&a(), account());
        *of(&ACCOUNTS, "patch") => client.patch(&a(), account());
        ACCOUNT_KEYS_CREATE => create_account_key(client, &a());
        ACCOUNTS_DISABLE => set_account_disabled(client, &a(), true);
        ACCOUNTS_ENABLE => set_account_disabled(client, &a(), false);
        ACCOUNTS_UNDELETE => undelete_account(client, &p(), "123456789012345678901");
        *of(&ROLES, "create") => client.create(&r, role());
        *of(&ROLES, "patch") => client.patch(&also, role());
        *of(&ROLES, "get") => get_any_role(client, &valid("projects/project-1/roles/abc"));
        PREDEFINED_ROLES_GET => get_any_role(client, &valid("roles/viewer"));
        ORGANIZATION_ROLES_GET => get_any_role(client, &valid("organizations/1/roles/r"));
        ROLES_UNDELETE => undelete_role(client, &valid("projects/project-1/roles/abc"), "BwX=");
        iamcredentials::GENERATE_ACCESS_TOKEN =>
            iamcredentials::generate_access_token(client, &a(), &["s"], Duration::from_secs(60));
        iamcredentials::GENERATE_ID_TOKEN =>
            iamcredentials::generate_id_token(client, &a(), "https://x");
        *of(&resourcemanager::FOLDERS, "getIamPolicy") =>
            resourcemanager::get_ancestor_policy(client, "folders/1");
        *of(&resourcemanager::ORGANIZATIONS, "getIamPolicy") =>
            resourcemanager::get_ancestor_policy(client, "organizations/1");
        logging::ENTRIES_LIST =>
            logging::list_entries(client, &["projects/project-1".to_owned()], "logName:audit");
        *of(&resourcemanager::PROJECTS, "setIamPolicy") =>
            resourcemanager::set_audited_policy(client, &p(), &policy);
        resourcemanager::PROJECTS_SEARCH => resourcemanager::search_projects(client);
        resourcemanager::PROJECTS_UNDELETE => client.operation(
            &Request::on(&resourcemanager::PROJECTS_UNDELETE, "projects/project-1"));
        resourcemanager::FOLDERS_UNDELETE => client.operation(
            &Request::on(&resourcemanager::FOLDERS_UNDELETE, "folders/1"));
        resourcemanager::OPERATIONS.get => client.operation(
            &Request::on(&resourcemanager::OPERATIONS.get, "operations/cp.1"));
        resourcemanager::TEST_FOLDER_PERMISSIONS =>
            resourcemanager::test_folder_permissions(client, &valid("folders/1"), &["a.b.c"]);
        cloudbilling::BILLING_INFO_GET => client.answer(
            &Request::on(&cloudbilling::BILLING_INFO_GET, "projects/project-1"));
        cloudbilling::BILLING_INFO_UPDATE => client.answer(
            &Request::on(&cloudbilling::BILLING_INFO_UPDATE, "projects/project-1")
                .json(&json!({"billingAccountName": BILLING_ACCOUNT})));
        cloudbilling::TEST_IAM_PERMISSIONS =>
            cloudbilling::test_iam_permissions(client, &valid(BILLING_ACCOUNT), &["a.b.c"]);
        resourcemanager::TEST_IAM_PERMISSIONS =>
            resourcemanager::test_iam_permissions(client, &p(), &["a.b.c"]);
    }
}

fn kms_calls(client: &Client) -> Vec<Call<'_>> {
    use kms::*;
    let k =
        || valid::<CryptoKeyName>("projects/project-1/locations/global/keyRings/r/cryptoKeys/k");
    let key = || {
        json!({"purpose": "ENCRYPT_DECRYPT", "labels": {"a": "b"},
            "rotationPeriod": "604800s", "nextRotationTime": "2026-11-22T00:00:00Z"})
    };
    let change = || json!({"labels": {"a": "b"}, "rotationPeriod": null, "nextRotationTime": null});
    let api = || valid("projects/project-1/services/iam.googleapis.com");
    let v = "projects/project-1/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";
    calls! {
        *of(&KEYS, "create") => client.create(&k(), key());
        *of(&KEYS, "patch") => client.patch(&k(), change());
        KEYS_DECRYPT => decrypt(client, &k(), b"ciphertext", b"aad");
        KEYS_ENCRYPT => encrypt(client, &k(), b"plain", b"aad");
        KEYS_UPDATE_PRIMARY => update_primary(client, &k(), v);
        LOCATIONS_LIST => list_locations(client, &valid("project-1"));
        VERSIONS_CREATE => create_version(client, &k());
        VERSIONS_DELETE => delete_version(client, v);
        VERSIONS_DESTROY => destroy_version(client, v);
        VERSIONS_LIST => list_versions(client, &k());
        serviceusage::BATCH_ENABLE =>
            serviceusage::batch_enable(client, &valid("project-1"), &[api()]);
        serviceusage::BATCH_GET =>
            serviceusage::batch_get(client, &valid("project-1"), &[api(), api()]);
        serviceusage::OPERATIONS_GET =>
            client.operation(&serviceusage::operation("operations/acat.p2-42-o"));
    }
}
