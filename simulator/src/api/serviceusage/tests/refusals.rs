//! Calls that are refused whatever the caller's permissions.

use super::*;

/// Calls of a service account to some APIs count against its own project.
#[test]
fn an_api_can_be_disabled_where_the_caller_is_at_home() {
    let mut test_cloud = test_cloud(|cloud| {
        cloud.add_project("home-project", 43, None);
        cloud.add_account("home-project", "robot");
        cloud.without_api("home-project", "iam.googleapis.com");
        cloud.without_api("home-project", KMS);
        cloud.without_api("home-project", "pubsub.googleapis.com");
    });
    let robot = "robot@home-project.iam.gserviceaccount.com";
    let robot = crate::iam::Principal::service_account(robot);
    let project = "//cloudresourcemanager.googleapis.com/projects/demo-project";
    let owner = "roles/owner";
    test_cloud.cloud.grant(project, owner, robot.as_str(), None);
    let roles = "GET /v1/projects/demo-project/roles";
    let (status, error) = test_cloud.ask(&robot, roles, &json!(null));
    assert_eq!(status, 403);
    let info = &error["error"]["details"][1];
    assert_eq!(info["reason"], "SERVICE_DISABLED");
    assert_eq!(info["metadata"]["consumer"], "projects/43");
    assert_eq!(test_cloud.owner(roles, &json!(null)).0, 200);
    let topic = "/v1/projects/demo-project/topics/reports";
    assert_eq!(test_cloud.owner(&format!("PUT {topic}"), &json!({})).0, 200);
    let message = json!({ "messages": [{ "data": "e30=" }] });
    let publish = format!("POST {topic}:publish");
    assert_eq!(test_cloud.owner(&publish, &message).0, 200);
    let (status, error) = test_cloud.ask(&robot, &publish, &message);
    assert_eq!(status, 403);
    let info = &error["error"]["details"][1];
    assert_eq!(info["metadata"]["service"], "pubsub.googleapis.com");
    assert_eq!(info["metadata"]["consumer"], "projects/43");
    // Others count against the project of the resource.
    let ring = test_cloud.ask(&robot, &format!("{RINGS}a"), &json!({}));
    assert_eq!(ring.0, 200, "{ring:?}");
}

#[test]
fn declared_refusals_have_googles_form() {
    use crate::api::serviceusage::DeclaredRefusal::{Constraint, Perimeter, RateLimit};
    let mut test_cloud = test_cloud(|_| {});
    let machines = "GET /compute/v1/projects/demo-project/zones/us-central1-a/instances";
    let roles = "GET /v1/projects/demo-project/roles";
    let constraint = "constraints/iam.allowedPolicyMemberDomains";
    for (refusal, call, status, parts) in [
        (
            RateLimit,
            machines,
            403,
            vec!["rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "per minute"],
        ),
        (
            RateLimit,
            roles,
            429,
            vec!["RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"],
        ),
        (
            Constraint(constraint.into()),
            machines,
            412,
            vec!["conditionNotMet", constraint],
        ),
        (
            Constraint(constraint.into()),
            roles,
            400,
            vec!["FAILED_PRECONDITION", constraint],
        ),
        (
            Perimeter,
            roles,
            403,
            vec!["VPC_SERVICE_CONTROLS", "SECURITY_POLICY_VIOLATED"],
        ),
    ] {
        for api in ["compute.", "iam."] {
            test_cloud.cloud.refuse_calls(api, refusal.clone());
        }
        let (found, error) = test_cloud.owner(call, &json!(null));
        assert_eq!(found, status, "{error}");
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        // Other methods are served.
        let topics = "GET /v1/projects/demo-project/topics";
        assert_eq!(test_cloud.owner(topics, &json!(null)).0, 200);
        test_cloud.cloud.allow_calls();
        assert_eq!(test_cloud.owner(call, &json!(null)).0, 200);
    }
}
