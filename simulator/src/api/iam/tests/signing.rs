//! What accounts sign.

use super::*;
use base64::{Engine, prelude::BASE64_STANDARD};

#[test]
fn an_account_signs_by_a_key_of_its_own() {
    let mut test_cloud = TestCloud::new();
    let me = Principal::user("me@example.com");
    let sign = |account: &str| format!("POST {}:signBlob", path(account));
    let body = json!({ "payload": BASE64_STANDARD.encode("message") });
    assert_eq!(test_cloud.ask(&me, &sign(B), &body).0, 403);
    let on_b = format!("//iam.googleapis.com/projects/demo-project/serviceAccounts/{B}");
    let creator = "roles/iam.serviceAccountTokenCreator";
    test_cloud.cloud.grant(&on_b, creator, me.as_str(), None);
    let (status, signed) = test_cloud.ask(&me, &sign(B), &body);
    assert_eq!(status, 200, "{signed}");
    let again = test_cloud.ask(&me, &sign(B), &body).1;
    assert_eq!(signed["keyId"], again["keyId"]);
    let signature = signed["signedBlob"].as_str().expect("text");
    let signature = BASE64_STANDARD.decode(signature).expect("base64");
    let (iam, now) = (&test_cloud.cloud.iam, test_cloud.now);
    assert!(iam.verifies(B, b"message", &signature, now));
    assert!(!iam.verifies(B, b"messagf", &signature, now));
    assert!(!iam.verifies(A, b"message", &signature, now));
    let wrong = json!({ "payload": "?" });
    assert_eq!(test_cloud.ask(&me, &sign(B), &wrong).0, 400);
}
