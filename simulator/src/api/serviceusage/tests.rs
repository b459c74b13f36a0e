//! APIs that are enabled, disabled, or about to be.

mod refusals;

use crate::{Cloud, api::test_cloud::TestCloud};
use serde_json::{Value, json};

const P: &str = "/v1/projects/demo-project/services";
const KMS: &str = "cloudkms.googleapis.com";
const RINGS: &str = "POST /v1/projects/demo-project/locations/global/keyRings?keyRingId=";

fn test_cloud(declare: impl FnOnce(&mut Cloud)) -> TestCloud {
    let mut test_cloud = TestCloud::new();
    declare(&mut test_cloud.cloud);
    test_cloud
}

fn state(test_cloud: &mut TestCloud, api: &str) -> Value {
    test_cloud.owner(&format!("GET {P}/{api}"), &json!(null)).1["state"].clone()
}

fn enable(test_cloud: &mut TestCloud, apis: &[&str]) -> (u16, Value) {
    let body = json!({ "serviceIds": apis });
    test_cloud.owner(&format!("POST {P}:batchEnable"), &body)
}

#[test]
fn every_api_is_enabled_by_default() {
    let mut test_cloud = test_cloud(|_| {});
    assert_eq!(state(&mut test_cloud, KMS), "ENABLED");
    assert_eq!(test_cloud.owner(&format!("{RINGS}a"), &json!({})).0, 200);
    let (status, done) = enable(&mut test_cloud, &[KMS]);
    assert_eq!(
        (status, &done["name"], &done["done"]),
        (200, &json!("operations/noop.DONE_OPERATION"), &json!(true))
    );
}

#[test]
fn a_disabled_api_is_reported_before_any_permission() {
    let mut test_cloud = test_cloud(|cloud| {
        cloud.without_api("demo-project", KMS);
        cloud.add_project("other-project", 43, None);
    });
    let stranger = crate::iam::Principal::user("nobody@example.com");
    for (status, error) in [
        test_cloud.owner(&format!("{RINGS}a"), &json!({})),
        test_cloud.ask(&stranger, &format!("{RINGS}a"), &json!({})),
    ] {
        assert_eq!(status, 403);
        let url = "https://console.developers.google.com/apis/api/cloudkms.googleapis.com/overview\
                   ?project=42";
        assert_eq!(
            error["error"]["message"],
            format!(
                "Cloud Key Management Service (KMS) API has not been used in project 42 before or \
                 it is disabled. Enable it by visiting {url} then retry. If you enabled this API \
                 recently, wait a few minutes for the action to propagate to our systems and retry."
            )
        );
        assert_eq!(error["error"]["status"], "PERMISSION_DENIED");
        assert_eq!(
            error["error"]["details"][1],
            json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "SERVICE_DISABLED",
                "domain": "googleapis.com",
                "metadata": { "service": KMS, "consumer": "projects/42" },
            })
        );
    }
    // Other APIs and other projects are not affected.
    assert_eq!(
        test_cloud
            .owner("GET /v1/projects/demo-project/topics", &json!(null))
            .0,
        200
    );
    let elsewhere = RINGS.replace("demo", "other");
    let (_, error) = test_cloud.owner(&format!("{elsewhere}a"), &json!({}));
    assert_eq!(
        error["error"]["details"][0]["reason"],
        "IAM_PERMISSION_DENIED"
    );
}

#[test]
fn compute_and_storage_use_the_legacy_error_format() {
    let mut test_cloud = test_cloud(|cloud| cloud.without_apis("demo-project"));
    test_cloud
        .cloud
        .declare_bucket("logs", "demo-project", test_cloud.now);
    for call in [
        "GET /compute/v1/projects/demo-project/zones/europe-west4-a/instances",
        "GET /storage/v1/b/logs/o",
        "GET /storage/v1/b?project=42",
    ] {
        let (status, error) = test_cloud.owner(call, &json!(null));
        assert_eq!(
            (status, &error["error"]["errors"][0]["reason"]),
            (403, &json!("accessNotConfigured")),
            "{call}"
        );
        assert_eq!(error["error"]["details"][1]["reason"], "SERVICE_DISABLED");
    }
    for call in [
        "GET /v1/projects/demo-project",
        "GET /v1/projects/demo-project/roles",
    ] {
        assert_eq!(test_cloud.owner(call, &json!(null)).0, 200, "{call}");
    }
}

#[test]
fn enabling_runs_then_lags_then_holds() {
    let mut test_cloud = test_cloud(|cloud| cloud.without_apis("demo-project"));
    let apis = [KMS, "compute.googleapis.com"];
    assert_eq!(
        test_cloud.owner(&format!("GET {P}/{KMS}"), &json!(null)).1,
        json!({ "name": format!("projects/42/services/{KMS}"), "state": "DISABLED" })
    );
    let (status, begun) = enable(&mut test_cloud, &apis);
    assert_eq!((status, begun.get("done")), (200, None));
    let poll = format!("GET /v1/{}", begun["name"].as_str().expect("a name"));
    assert_eq!(test_cloud.owner(&poll, &json!(null)).1, begun);
    assert_eq!(state(&mut test_cloud, KMS), "DISABLED");
    for (verb, uri) in [
        ("POST", format!("{P}:batchEnable")),
        ("POST", format!("{P}/{KMS}:enable")),
    ] {
        let body = json!({ "serviceIds": ["run.googleapis.com"] });
        let (status, error) = test_cloud.owner(&format!("{verb} {uri}"), &body);
        assert_eq!(status, 400);
        let message = error["error"]["message"].as_str().expect("one");
        let words = "Another activation or deactivation is in progress for project 42";
        assert!(message.starts_with(words), "{message}");
    }
    test_cloud.advance(10);
    let (_, ended) = test_cloud.owner(&poll, &json!(null));
    assert_eq!(ended["done"], true);
    let kind = "type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse";
    assert_eq!(ended["response"]["@type"], kind);
    assert_eq!(
        ended["response"]["services"][0],
        json!({
            "name": format!("projects/42/services/{KMS}"),
            "parent": "projects/42",
            "state": "ENABLED",
        })
    );
    // It is shown as enabled and does not serve yet.
    assert_eq!(state(&mut test_cloud, KMS), "ENABLED");
    assert_eq!(test_cloud.owner(&format!("{RINGS}a"), &json!({})).0, 403);
    test_cloud.advance(44);
    assert_eq!(test_cloud.owner(&format!("{RINGS}a"), &json!({})).0, 403);
    test_cloud.advance(1);
    assert_eq!(test_cloud.owner(&format!("{RINGS}a"), &json!({})).0, 200);
    assert_eq!(state(&mut test_cloud, "run.googleapis.com"), "DISABLED");
}

#[test]
fn one_bad_name_enables_none() {
    let mut test_cloud = test_cloud(|cloud| cloud.without_apis("demo-project"));
    let (status, error) = enable(&mut test_cloud, &[KMS, "nonesuch.googleapis.com"]);
    assert_eq!(status, 403);
    assert_eq!(
        error["error"]["message"],
        "Not found or permission denied for service(s): nonesuch.googleapis.com."
    );
    let many = vec![KMS; 21];
    assert_eq!(enable(&mut test_cloud, &many).0, 400);
    assert_eq!(enable(&mut test_cloud, &[]).0, 400);
    test_cloud.advance(60);
    assert_eq!(state(&mut test_cloud, KMS), "DISABLED");
    assert_eq!(enable(&mut test_cloud, &many[..20]).0, 200);
}

#[test]
fn a_disabled_api_is_off_when_the_operation_is_done() {
    let mut test_cloud = test_cloud(|_| {});
    let disable = format!("POST {P}/{KMS}:disable");
    let (status, begun) = test_cloud.owner(&disable, &json!({}));
    assert_eq!(status, 200);
    assert_eq!(test_cloud.owner(&format!("{RINGS}a"), &json!({})).0, 200);
    test_cloud.advance(10);
    assert_eq!(test_cloud.owner(&format!("{RINGS}b"), &json!({})).0, 403);
    let (_, ended) = test_cloud.owner(
        &format!("GET /v1/{}", begun["name"].as_str().expect("a name")),
        &json!(null),
    );
    assert_eq!(ended["response"]["service"]["state"], "DISABLED");
    assert_eq!(ended["response"]["service"]["parent"], "projects/42");
    let (status, error) = test_cloud.owner(&disable, &json!({}));
    assert_eq!(
        (status, &error["error"]["status"]),
        (400, &json!("FAILED_PRECONDITION"))
    );
    assert_eq!(
        test_cloud
            .owner(&format!("POST {P}/{KMS}:enable"), &json!({}))
            .0,
        200
    );
    test_cloud.advance(10);
    assert_eq!(state(&mut test_cloud, KMS), "ENABLED");
}

#[test]
fn lists_are_filtered_and_paged() {
    let mut test_cloud = test_cloud(|cloud| cloud.without_api("demo-project", KMS));
    let (_, off) = test_cloud.owner(&format!("GET {P}?filter=state:DISABLED"), &json!(null));
    assert_eq!(off["services"].as_array().map(Vec::len), Some(1));
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let uri = format!("GET {P}?filter=state:ENABLED&pageSize=7&pageToken={token}");
        let (_, page) = test_cloud.owner(&uri, &json!(null));
        let all = page["services"].as_array().expect("some").iter();
        names.extend(all.map(|s| s["name"].as_str().expect("text").to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(names.len(), super::catalog::APIS.len() - 1);
    assert!(names.is_sorted() && !names.iter().any(|name| name.ends_with(KMS)));
    let uri = format!(
        "GET {P}:batchGet?names={0}/{KMS}&names={0}/run.googleapis.com",
        &P[4..]
    );
    let (_, both) = test_cloud.owner(&uri, &json!(null));
    assert_eq!(
        (&both["services"][0]["state"], &both["services"][1]["state"]),
        (&json!("DISABLED"), &json!("ENABLED"))
    );
}

#[test]
fn denied_callers_are_told_the_permission() {
    let mut test_cloud = test_cloud(|_| {});
    let who = crate::iam::Principal::user("nobody@example.com");
    for (call, message) in [
        (
            format!("POST {P}:batchEnable"),
            format!("Permission denied to enable service [{KMS}]"),
        ),
        (
            format!("POST {P}/{KMS}:disable"),
            format!("Permission denied to disable service [{KMS}]"),
        ),
        (
            format!("GET {P}"),
            "Permission denied to list services for consumer container [projects/demo-project]"
                .into(),
        ),
    ] {
        let (status, error) = test_cloud.ask(&who, &call, &json!({ "serviceIds": [KMS] }));
        assert_eq!((status, &error["error"]["message"]), (403, &json!(message)));
        assert_eq!(
            error["error"]["details"][0]["reason"],
            "AUTH_PERMISSION_DENIED"
        );
    }
}

#[test]
fn without_billing_paid_apis_are_not_enabled_or_called() {
    let mut test_cloud = test_cloud(|cloud| {
        cloud.without_apis("demo-project");
        cloud.without_billing("demo-project");
    });
    let (status, error) = enable(
        &mut test_cloud,
        &["pubsub.googleapis.com", KMS, "compute.googleapis.com"],
    );
    let apis = "cloudkms.googleapis.com,compute.googleapis.com";
    assert_eq!(
        (status, &error["error"]["message"]),
        (
            400,
            &json!(format!(
                "Billing account for project '42' is not found. Billing must be enabled for \
                 activation of service(s) '{apis}' to proceed."
            ))
        )
    );
    assert_eq!(error["error"]["status"], "FAILED_PRECONDITION");
    assert_eq!(
        error["error"]["details"][1]["reason"],
        "UREQ_PROJECT_BILLING_NOT_FOUND"
    );
    test_cloud.advance(60);
    assert_eq!(state(&mut test_cloud, "pubsub.googleapis.com"), "DISABLED");
    assert_eq!(enable(&mut test_cloud, &["pubsub.googleapis.com"]).0, 200);
    // An API that was enabled when billing ended.
    let mut test_cloud = self::test_cloud(|cloud| cloud.without_billing("demo-project"));
    let (status, error) = test_cloud.owner(&format!("{RINGS}a"), &json!({}));
    assert_eq!(
        (status, &error["error"]["details"][0]["reason"]),
        (403, &json!("BILLING_DISABLED"))
    );
    assert_eq!(
        test_cloud
            .owner("GET /v1/projects/demo-project/topics", &json!(null))
            .0,
        200
    );
}

#[test]
fn a_deleted_project_is_shown_but_refuses_calls() {
    let mut test_cloud = test_cloud(|_| {});
    let delete = "DELETE /v1/projects/demo-project";
    assert_eq!(test_cloud.owner(delete, &json!(null)), (200, json!({})));
    let (_, project) = test_cloud.owner("GET /v1/projects/demo-project", &json!(null));
    assert_eq!(project["lifecycleState"], "DELETE_REQUESTED");
    let (_, project) = test_cloud.owner("GET /v3/projects/demo-project", &json!(null));
    assert_eq!(project["state"], "DELETE_REQUESTED");
    let list = "GET /v1/projects?filter=lifecycleState:ACTIVE";
    assert_eq!(test_cloud.owner(list, &json!(null)), (200, json!({})));
    let (status, error) = enable(&mut test_cloud, &[KMS]);
    assert_eq!(
        (status, &error["error"]["message"]),
        (403, &json!("Project #42 has been deleted."))
    );
}

#[test]
fn compute_engine_comes_with_a_network_and_an_account() {
    const COMPUTE: &str = "compute.googleapis.com";
    let global = "/compute/v1/projects/demo-project/global";
    let account = "42-compute@developer.gserviceaccount.com";
    let mut test_cloud = test_cloud(|cloud| cloud.without_apis("demo-project"));
    let get_account = format!("GET /v1/projects/demo-project/serviceAccounts/{account}");
    assert_eq!(test_cloud.owner(&get_account, &json!(null)).0, 404);
    assert_eq!(enable(&mut test_cloud, &[COMPUTE]).0, 200);
    test_cloud.advance(60);
    let (status, found) = test_cloud.owner(&get_account, &json!(null));
    assert_eq!((status, &found["email"]), (200, &json!(account)));
    let editor = crate::iam::Principal::service_account(account);
    let project = "GET /v3/projects/demo-project";
    assert_eq!(test_cloud.ask(&editor, project, &json!(null)).0, 200);

    let get = |test_cloud: &mut TestCloud, path: &str| {
        let (status, json) = test_cloud.owner(&format!("GET {path}"), &json!(null));
        assert_eq!(status, 200, "{path}: {json}");
        json
    };
    let network = get(&mut test_cloud, &format!("{global}/networks/default"));
    assert_eq!(network["autoCreateSubnetworks"], true);
    let regions = get(&mut test_cloud, "/compute/v1/projects/demo-project/regions");
    let count = |of: &serde_json::Value| of.as_array().map(Vec::len);
    assert_eq!(count(&regions["items"]), Some(37));
    assert_eq!(count(&network["subnetworks"]), Some(37));
    let region = "/compute/v1/projects/demo-project/regions/us-central1/subnetworks/default";
    let subnetwork = get(&mut test_cloud, region);
    assert_eq!(subnetwork["ipCidrRange"], "10.128.0.0/20");
    assert_eq!(subnetwork["gatewayAddress"], "10.128.0.1");
    let rules = get(&mut test_cloud, &format!("{global}/firewalls"));
    let rules = rules["items"].as_array().expect("some");
    let names = rules
        .iter()
        .map(|rule| rule["name"].as_str().expect("text"));
    let names: Vec<&str> = names.collect();
    let each = ["icmp", "internal", "rdp", "ssh"];
    assert_eq!(names, each.map(|name| format!("default-allow-{name}")));

    let (status, error) = test_cloud.owner(&format!("DELETE {region}"), &json!(null));
    assert_eq!(
        (status, &error["error"]["message"]),
        (
            400,
            &json!(
                "Invalid resource usage: 'Cannot delete auto subnetwork from an auto subnet mode \
                 network.'."
            )
        )
    );
    let delete = format!("DELETE {global}/networks/default");
    let (status, error) = test_cloud.owner(&delete, &json!(null));
    let reason = &error["error"]["errors"][0]["reason"];
    assert_eq!(
        (status, reason),
        (400, &json!("resourceInUseByAnotherResource"))
    );
    for name in each {
        let rule = format!("DELETE {global}/firewalls/default-allow-{name}");
        assert_eq!(test_cloud.owner(&rule, &json!(null)).0, 200);
    }
    assert_eq!(test_cloud.owner(&delete, &json!(null)).0, 200);
    let gone = test_cloud.owner(&format!("GET {region}"), &json!(null)).0;
    assert_eq!(gone, 404, "with its network");

    // What was removed stays away.
    let disable = format!("POST {P}/{COMPUTE}:disable");
    assert_eq!(test_cloud.owner(&disable, &json!({})).0, 200);
    test_cloud.advance(60);
    assert_eq!(enable(&mut test_cloud, &[COMPUTE]).0, 200);
    test_cloud.advance(60);
    let networks = get(&mut test_cloud, &format!("{global}/networks"));
    assert_eq!(networks.get("items"), None);
}

#[test]
fn the_default_account_edits_no_project_of_an_organization() {
    let mut test_cloud = test_cloud(|cloud| {
        cloud.add_organization("1");
        cloud.add_project("other-project", 43, Some("organizations/1"));
        let project = "//cloudresourcemanager.googleapis.com/projects/other-project";
        cloud.grant(project, "roles/owner", "user:owner@example.com", None);
        cloud.without_apis("other-project");
    });
    let enable = "POST /v1/projects/other-project/services/compute.googleapis.com:enable";
    assert_eq!(test_cloud.owner(enable, &json!({})).0, 200);
    let account =
        crate::iam::Principal::service_account("43-compute@developer.gserviceaccount.com");
    assert!(test_cloud.cloud.iam.account(account.email()).is_some());
    let project = "GET /v3/projects/other-project";
    assert_eq!(test_cloud.ask(&account, project, &json!(null)).0, 403);
}
