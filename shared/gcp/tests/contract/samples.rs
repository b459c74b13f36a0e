//! A call of each typed function, and what it put on the wire.

use bytes::Bytes;
use gcp::{
    BoxFuture, Client, Endpoints, Method, Policy, Request, RetryPolicy, SendError, Transport,
    credentials::StaticToken,
    methods::{
        cloudbilling, compute, iam, iamcredentials, keyrings, kms, pubsub, resourcemanager,
        serviceusage, storage,
    },
    policy,
};
use names::{BillingAccountName, Clock, Duration, FolderName, Timestamp};
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
    for (method, call) in calls(&client) {
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
    let n = || valid("projects/project-1/global/networks/n");
    let s = || valid("projects/project-1/regions/us-central1/subnetworks/s");
    let longest = Duration::from_secs(5);
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
        ZONES_GET => get_zone(client, &p(), &z());
        ZONES_LIST => list_zones(client, &p());
        NETWORKS_INSERT => insert_network(client, &n(), "d");
        NETWORKS_GET => get_network(client, &n());
        NETWORKS_DELETE => delete_network(client, &n());
        SUBNETWORKS_INSERT => insert_subnetwork(client, &s(), &n(), "10.0.0.0/20", "d");
        SUBNETWORKS_GET => get_subnetwork(client, &s());
        SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS => set_private_google_access(client, &s(), true);
        SUBNETWORKS_DELETE => delete_subnetwork(client, &s());
        GLOBAL_OPERATIONS_GET =>
            client.operation(&global_operation(&p(), "operation-1"));
        GLOBAL_OPERATIONS_WAIT => wait_global(client, &p(), "operation-1", longest);
        REGION_OPERATIONS_GET =>
            client.operation(&region_operation(&p(), &valid("us-central1"), "operation-1"));
        REGION_OPERATIONS_WAIT =>
            wait_region(client, &p(), &valid("us-central1"), "operation-1", longest);
        ZONE_OPERATIONS_GET => get_operation(client, &p(), &z(), "operation-1");
        ZONE_OPERATIONS_WAIT =>
            wait_operation(client, &p(), &z(), "operation-1", Duration::from_secs(5));
    }
}

fn storage_calls(client: &Client) -> Vec<Call<'_>> {
    use storage::{Precondition as If, *};
    let b = || valid("bucket-1");
    let o = || valid("a/b {c}");
    let f = || valid("bucket-1/volumes/data/");
    let bucket = || {
        json!({
            "name": "bucket-1", "location": "EU", "labels": {"a": "b"},
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
        BUCKETS_INSERT => create_bucket(client, &valid("project-1"), &bucket());
        BUCKETS_DELETE => delete_bucket(client, &b());
        BUCKETS_GET => get_bucket(client, &b());
        BUCKETS_PATCH => patch_bucket(client, &b(), &change());
        BUCKETS_LIST => list_buckets(client, &valid("project-1"));
        BUCKETS_GET_IAM_POLICY => policy::get(client, &b());
        BUCKETS_SET_IAM_POLICY => policy::set(client, &b(), &sample_policy());
        FOLDERS_DELETE => delete_folder(client, &f());
        FOLDERS_GET => get_folder(client, &f());
        FOLDERS_GET_IAM_POLICY => policy::get(client, &f());
        FOLDERS_LIST => list_folders(client, &b());
        FOLDERS_INSERT => create_folder(client, &f());
        FOLDERS_SET_IAM_POLICY => policy::set(client, &f(), &sample_policy());
        OBJECTS_INSERT => insert_object(client, &b(), &o(), "text/plain", "x", If::None);
        OBJECTS_INSERT => insert_object(client, &b(), &o(), "text/plain", "x", If::Absent);
        OBJECTS_INSERT => insert_object_with_metadata(client, &b(), &o(), "text/plain", b"x",
            &[("a".to_owned(), "b".to_owned())].into(), If::Absent);
        OBJECTS_GET => get_object(client, &b(), &o());
        OBJECTS_GET_MEDIA => read_object(client, &b(), &o());
        OBJECTS_LIST => list_objects(client, &b(), "jobs/");
        OBJECTS_LIST => list_versions(client, &b());
        OBJECTS_DELETE => delete_version(client, &b(), &version());
        OBJECTS_DELETE => delete_object(client, &b(), &o(), If::Generation(7));
    }
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
    let t = || valid("projects/project-1/topics/t-1");
    let s = || valid("projects/project-1/subscriptions/s-1");
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
        PUBLISH => publish(client, &t(), message);
        TOPICS_CREATE => create_topic(client, &t(), &topic);
        TOPICS_GET => get_topic(client, &t());
        TOPICS_LIST => list_topics(client, &valid("project-1"));
        TOPICS_GET_IAM_POLICY => policy::get(client, &t());
        TOPICS_SET_IAM_POLICY => policy::set(client, &t(), &sample_policy());
        SUBSCRIPTIONS_CREATE => create_subscription(client, &s(), &subscription);
        SUBSCRIPTIONS_GET => get_subscription(client, &s());
        SUBSCRIPTIONS_LIST => list_subscriptions(client, &valid("project-1"));
        SUBSCRIPTIONS_GET_IAM_POLICY => policy::get(client, &s());
        SUBSCRIPTIONS_SET_IAM_POLICY => policy::set(client, &s(), &sample_policy());
        PULL => pull(client, &s(), 10);
        ACKNOWLEDGE => acknowledge(client, &s(), &["a".to_owned()]);
    }
}

fn access_calls(client: &Client) -> Vec<Call<'_>> {
    use iam::*;
    let p = || valid("project-1");
    let a = || valid("a@project-1.iam.gserviceaccount.com");
    let billing = || valid::<BillingAccountName>("billingAccounts/012345-6789AB-CDEF01");
    let role = || Role {
        name: "not sent".into(),
        title: "t".into(),
        description: "d".into(),
        included_permissions: vec!["a.b.c".into()],
        stage: "GA".into(),
        etag: "not sent".into(),
        deleted: true,
    };
    calls! {
        ACCOUNTS_CREATE => create_account(client, &p(), "a", "A", "d");
        ACCOUNTS_DELETE => delete_account(client, &a());
        ACCOUNTS_DISABLE => set_account_disabled(client, &a(), true);
        ACCOUNTS_ENABLE => set_account_disabled(client, &a(), false);
        ACCOUNTS_GET => get_account(client, &a());
        ACCOUNTS_LIST => list_accounts(client, &p());
        ACCOUNTS_PATCH => patch_account(client, &a(), "A", "d");
        ACCOUNTS_UNDELETE => undelete_account(client, &p(), "123456789012345678901");
        ACCOUNTS_GET_IAM_POLICY => policy::get(client, &a());
        ACCOUNTS_SET_IAM_POLICY => policy::set(client, &a(), &sample_policy());
        ROLES_CREATE => create_role(client, &p(), "r", &role());
        ROLES_DELETE => delete_role(client, &p(), "r");
        ROLES_GET => get_role(client, &p(), "r");
        PREDEFINED_ROLES_GET => get_any_role(client, &valid("roles/viewer"));
        ORGANIZATION_ROLES_GET => get_any_role(client, &valid("organizations/1/roles/r"));
        ROLES_GET => get_any_role(client, &valid("projects/project-1/roles/abc"));
        ROLES_PATCH => patch_role(client, &p(), "r", &role());
        ROLES_UNDELETE => undelete_role(client, &p(), "r", "BwX=");
        iamcredentials::GENERATE_ACCESS_TOKEN =>
            iamcredentials::generate_access_token(client, &a(), &["s"], Duration::from_secs(60));
        iamcredentials::GENERATE_ID_TOKEN =>
            iamcredentials::generate_id_token(client, &a(), "https://x");
        cloudbilling::GET_IAM_POLICY => policy::get(client, &billing());
        cloudbilling::SET_IAM_POLICY =>
            policy::set(client, &billing(), &sample_policy());
        resourcemanager::FOLDERS_GET_IAM_POLICY =>
            policy::get(client, &valid::<FolderName>("folders/1"));
        resourcemanager::FOLDERS_SET_IAM_POLICY =>
            policy::set(client, &valid::<FolderName>("folders/1"), &sample_policy());
        resourcemanager::GET => resourcemanager::get(client, &p());
        resourcemanager::GET_IAM_POLICY => policy::get(client, &p());
        resourcemanager::FOLDERS_GET => resourcemanager::get_folder_parent(client, "folders/1");
        resourcemanager::FOLDERS_GET_IAM_POLICY =>
            resourcemanager::get_ancestor_policy(client, "folders/1");
        resourcemanager::ORGANIZATIONS_GET_IAM_POLICY =>
            resourcemanager::get_ancestor_policy(client, "organizations/1");
        resourcemanager::SET_IAM_POLICY => policy::set(client, &p(), &sample_policy());
        resourcemanager::TEST_IAM_PERMISSIONS =>
            resourcemanager::test_iam_permissions(client, &p(), &["a.b.c"]);
    }
}

fn kms_calls(client: &Client) -> Vec<Call<'_>> {
    use kms::*;
    let r = || valid("projects/project-1/locations/global/keyRings/r");
    let k = || valid("projects/project-1/locations/global/keyRings/r/cryptoKeys/k");
    let key = || {
        json!({"purpose": "ENCRYPT_DECRYPT", "labels": {"a": "b"},
            "rotationPeriod": "604800s", "nextRotationTime": "2026-11-22T00:00:00Z"})
    };
    let labels = || [("a".to_owned(), "b".to_owned())].into();
    let rotation = || Some((Duration::from_secs(604_800), Timestamp::from_seconds(0)));
    let api = || valid("projects/project-1/services/iam.googleapis.com");
    let v = "projects/project-1/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";
    calls! {
        RINGS_CREATE => create_ring(client, &r());
        RINGS_DELETE => delete_ring(client, &r());
        RINGS_GET => get_ring(client, &r());
        KEYS_CREATE => create_key(client, &k(), &key());
        KEYS_DECRYPT => decrypt(client, &k(), b"ciphertext", b"aad");
        KEYS_DELETE => delete_key(client, &k());
        KEYS_ENCRYPT => encrypt(client, &k(), b"plain", b"aad");
        KEYS_GET => get_key(client, &k());
        KEYS_GET_IAM_POLICY => policy::get(client, &k());
        KEYS_PATCH => patch_key(client, &k(), &labels(), rotation());
        KEYS_SET_IAM_POLICY => policy::set(client, &k(), &sample_policy());
        KEYS_UPDATE_PRIMARY => update_primary(client, &k(), v);
        keyrings::LOCATIONS_LIST => keyrings::list_locations(client, &valid("project-1"));
        keyrings::RINGS_LIST =>
            keyrings::list_rings(client, &valid("project-1"), &valid("global"));
        keyrings::RINGS_GET_IAM_POLICY => policy::get(client, &r());
        keyrings::KEYS_LIST => keyrings::list_keys(client, &r());
        VERSIONS_CREATE => create_version(client, &k());
        VERSIONS_DELETE => delete_version(client, v);
        VERSIONS_DESTROY => destroy_version(client, v);
        VERSIONS_LIST => list_versions(client, &k());
        serviceusage::BATCH_ENABLE =>
            serviceusage::batch_enable(client, &valid("project-1"), &[api()]);
        serviceusage::BATCH_GET =>
            serviceusage::batch_get(client, &valid("project-1"), &[api(), api()]);
        serviceusage::GET => serviceusage::get(client, &api());
        serviceusage::OPERATIONS_GET =>
            client.operation(&serviceusage::operation("operations/acat.p2-42-o"));
    }
}
