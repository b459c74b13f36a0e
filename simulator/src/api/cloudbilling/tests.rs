//! Stories of billing accounts.

use super::BillingAccount;
use crate::{api::test_cloud::TestCloud, iam::Principal};
use serde_json::{Value, json};

#[test]
fn an_account_is_seen_by_those_who_may_get_it() {
    let mut world = TestCloud::new();
    world.cloud.add_billing_account("012345-6789AB-CDEF01");
    let account = "//cloudbilling.googleapis.com/billingAccounts/012345-6789AB-CDEF01";
    let owner = "user:owner@example.com";
    world
        .cloud
        .grant(account, "roles/billing.admin", owner, None);
    let (_, list) = world.owner("GET /v1/billingAccounts", &Value::Null);
    let name = "billingAccounts/012345-6789AB-CDEF01";
    assert_eq!(list["billingAccounts"][0]["name"], name);
    let link = json!({ "billingAccountName": name });
    let (status, _) = world.owner("PUT /v1/projects/demo-project/billingInfo", &link);
    assert_eq!(status, 200);
    let (_, paid) = world.owner(&format!("GET /v1/{name}/projects"), &Value::Null);
    assert_eq!(paid["projectBillingInfo"][0]["projectId"], "demo-project");

    let other = Principal::user("ann@example.com");
    let (status, list) = world.ask(&other, "GET /v1/billingAccounts", &Value::Null);
    assert_eq!((status, list), (200, json!({})));
    let get = format!("GET /v1/{name}");
    assert_eq!(world.ask(&other, &get, &Value::Null).0, 403);
    assert_eq!(world.owner(&get, &Value::Null).1["open"], true);
}

const ACCOUNT: &str = "012345-6789AB-CDEF01";
const FULL_NAME: &str = "//cloudbilling.googleapis.com/billingAccounts/012345-6789AB-CDEF01";

/// A world whose owner administers a billing account of this form.
fn world(account: BillingAccount) -> TestCloud {
    let mut world = TestCloud::new();
    world.cloud.add_organization("1");
    world.cloud.add_billing_account(ACCOUNT);
    world.cloud.move_billing_account(ACCOUNT, "organizations/1");
    world.cloud.set_billing_account(ACCOUNT, account);
    let (role, owner) = ("roles/billing.admin", "user:owner@example.com");
    world.cloud.grant(FULL_NAME, role, owner, None);
    world
}

fn link(world: &mut TestCloud, project: &str) -> (u16, Value) {
    let body = json!({ "billingAccountName": format!("billingAccounts/{ACCOUNT}") });
    world.owner(&format!("PUT /v1/projects/{project}/billingInfo"), &body)
}

#[test]
fn an_account_pays_for_as_many_projects_as_its_quota() {
    let mut world = world(BillingAccount {
        project_quota: Some(1),
        ..BillingAccount::default()
    });
    let (cloud, owner) = (&mut world.cloud, "user:owner@example.com");
    cloud.add_project("second-project", 43, None);
    let second = "//cloudresourcemanager.googleapis.com/projects/second-project";
    cloud.grant(second, "roles/owner", owner, None);
    for _ in 0..2 {
        assert_eq!(link(&mut world, "demo-project").0, 200);
    }
    let (status, answer) = link(&mut world, "second-project");
    let error = &answer["error"];
    assert_eq!(
        (status, &error["status"]),
        (400, &"FAILED_PRECONDITION".into())
    );
    assert_eq!(error["message"], "Precondition check failed.");
    let failure = json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{
            "subject": format!("billingAccounts/{ACCOUNT}"),
            "description": "Cloud billing quota exceeded: \
                https://support.google.com/code/contact/billing_quota_increase",
        }],
    });
    assert_eq!(error["details"], json!([failure]));
    // A deleted project counts until it is removed.
    assert_eq!(
        world
            .owner("DELETE /v1/projects/demo-project", &Value::Null)
            .0,
        200
    );
    assert_eq!(link(&mut world, "second-project").0, 400);
    world.advance(31 * 86_400);
    assert_eq!(link(&mut world, "second-project").0, 200);
}

#[test]
fn a_closed_account_does_not_enable_billing() {
    let mut world = world(BillingAccount {
        display_name: Some("Old".to_owned()),
        currency_code: "EUR".to_owned(),
        open: false,
        project_quota: None,
    });
    let get = format!("GET /v1/billingAccounts/{ACCOUNT}");
    let (_, account) = world.owner(&get, &Value::Null);
    let shown = json!({
        "name": format!("billingAccounts/{ACCOUNT}"),
        "displayName": "Old",
        "masterBillingAccount": "",
        "open": false,
        "currencyCode": "EUR",
        "parent": "organizations/1",
    });
    assert_eq!(account, shown);
    for (parent, found) in [
        ("organizations/1", json!([shown])),
        ("organizations/2", json!(null)),
    ] {
        let list = format!("GET /v1/billingAccounts?parent={parent}");
        let (_, list) = world.owner(&list, &Value::Null);
        assert_eq!(list["billingAccounts"], found, "{parent}");
    }
    let (status, info) = link(&mut world, "demo-project");
    assert_eq!((status, &info["billingEnabled"]), (200, &false.into()));
    let enable = "POST /v1/projects/demo-project/services/compute.googleapis.com:enable";
    world.cloud.without_apis("demo-project");
    let (status, refused) = world.owner(enable, &Value::Null);
    assert_eq!(status, 400, "{refused}");
}

#[test]
fn roles_on_the_organization_hold_on_its_accounts() {
    let mut world = world(BillingAccount::default());
    let organization = "//cloudresourcemanager.googleapis.com/organizations/1";
    let (role, ann) = ("roles/billing.user", Principal::user("ann@example.com"));
    world.cloud.grant(organization, role, ann.as_str(), None);
    let test = format!("POST /v1/billingAccounts/{ACCOUNT}:testIamPermissions");
    let asked = [
        "billing.resourceAssociations.create",
        "billing.accounts.close",
    ];
    let (_, held) = world.ask(&ann, &test, &json!({ "permissions": asked }));
    assert_eq!(held, json!({ "permissions": asked[..1] }));
}
