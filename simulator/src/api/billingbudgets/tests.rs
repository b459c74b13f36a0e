//! Stories of budgets.

use crate::{
    api::{cloudbilling::BillingAccount, test_cloud::TestCloud},
    iam::Principal,
};
use serde_json::{Value, json};

const ACCOUNT: &str = "012345-6789AB-CDEF01";

/// A project and a billing account in euros, both with the same owner.
fn world() -> TestCloud {
    let mut world = TestCloud::new();
    world.cloud.add_billing_account(ACCOUNT);
    let euros = BillingAccount {
        currency_code: "EUR".to_owned(),
        ..BillingAccount::default()
    };
    world.cloud.set_billing_account(ACCOUNT, euros);
    let full_name = format!("//cloudbilling.googleapis.com/billingAccounts/{ACCOUNT}");
    let owner = "user:owner@example.com";
    world
        .cloud
        .grant(&full_name, "roles/billing.admin", owner, None);
    world
}

fn budgets() -> String {
    format!("/v1/billingAccounts/{ACCOUNT}/budgets")
}

fn budget() -> Value {
    json!({
        "displayName": "All",
        "amount": { "specifiedAmount": { "units": "100" } },
        "thresholdRules": [
            { "thresholdPercent": 0.5 },
            { "thresholdPercent": 1, "spendBasis": "FORECASTED_SPEND" },
        ],
        "budgetFilter": { "projects": ["projects/demo-project"] },
    })
}

#[test]
fn a_budget_is_made_with_defaults_listed_changed_and_deleted() {
    let mut world = world();
    let (status, made) = world.owner(&format!("POST {}", budgets()), &budget());
    assert_eq!(status, 200, "{made}");
    let name = made["name"].as_str().expect("a name").to_owned();
    let (parent, id) = name.rsplit_once('/').expect("an ID");
    assert_eq!((format!("/v1/{parent}"), id.len()), (budgets(), 36));
    let amount = json!({ "specifiedAmount": { "units": "100", "currencyCode": "EUR" } });
    assert_eq!(made["amount"], amount);
    assert_eq!(made["thresholdRules"][0]["spendBasis"], "CURRENT_SPEND");
    let filter = json!({
        "calendarPeriod": "MONTH",
        "creditTypesTreatment": "INCLUDE_ALL_CREDITS",
        "projects": ["projects/42"],
    });
    assert_eq!(made["budgetFilter"], filter);

    for (scope, found) in [
        ("", 1),
        ("?scope=projects/demo-project", 1),
        ("?scope=projects/7", 0),
    ] {
        let (_, list) = world.owner(&format!("GET {}{scope}", budgets()), &Value::Null);
        let list = list["budgets"].as_array().map_or(0, Vec::len);
        assert_eq!(list, found, "{scope}");
    }
    let patch = format!("PATCH /v1/{name}?updateMask=displayName");
    let stale = json!({ "displayName": "More", "etag": "c3RhbGU=" });
    assert_eq!(world.owner(&patch, &stale).0, 409);
    let change = json!({ "displayName": "More", "etag": made["etag"] });
    let (status, patched) = world.owner(&patch, &change);
    assert_eq!((status, &patched["displayName"]), (200, &"More".into()));
    assert_eq!(patched["amount"], amount);
    assert_ne!(patched["etag"], made["etag"]);
    let delete = format!("DELETE /v1/{name}");
    assert_eq!(world.owner(&delete, &Value::Null), (200, json!({})));
    assert_eq!(world.owner(&format!("GET /v1/{name}"), &Value::Null).0, 404);
}

#[test]
fn a_budget_needs_permissions_on_the_account_and_its_topic() {
    let mut world = world();
    let create = format!("POST {}", budgets());
    let ann = Principal::user("ann@example.com");
    let (status, refused) = world.ask(&ann, &create, &budget());
    assert_eq!(status, 403);
    let detail = &refused["error"]["details"][0]["metadata"];
    assert_eq!(detail["permission"], "billing.budgets.create");
    assert_eq!(detail["resource"], format!("billingAccounts/{ACCOUNT}"));

    let full_name = format!("//cloudbilling.googleapis.com/billingAccounts/{ACCOUNT}");
    let role = "roles/billing.costsManager";
    world.cloud.grant(&full_name, role, ann.as_str(), None);
    let topic = "projects/demo-project/topics/budgets";
    world.owner(&format!("PUT /v1/{topic}"), &json!({}));
    let mut with_topic = budget();
    with_topic["notificationsRule"] = json!({ "pubsubTopic": topic, "schemaVersion": "1.0" });
    let (status, refused) = world.ask(&ann, &create, &with_topic);
    assert_eq!(status, 403, "{refused}");
    let detail = &refused["error"]["details"][0]["metadata"];
    assert_eq!(detail["permission"], "pubsub.topics.setIamPolicy");
    let (status, made) = world.owner(&create, &with_topic);
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["notificationsRule"]["pubsubTopic"], topic);
    assert_eq!(world.ask(&ann, &create, &budget()).0, 200);
}

#[test]
fn invalid_budgets_are_refused() {
    let mut world = world();
    for (path, value) in [
        ("/displayName", json!("x".repeat(61))),
        ("/amount", json!({})),
        ("/amount/lastPeriodAmount", json!({})),
        ("/amount/specifiedAmount/units", json!("0")),
        ("/amount/specifiedAmount/units", json!("-5")),
        ("/amount/specifiedAmount/currencyCode", json!("USD")),
        ("/thresholdRules/0/thresholdPercent", json!(-0.1)),
        ("/budgetFilter/projects/0", json!("projects/none")),
        (
            "/budgetFilter/resourceAncestors",
            json!(["projects/demo-project"]),
        ),
        ("/budgetFilter/creditTypes", json!(["PROMOTION"])),
        ("/budgetFilter/customPeriod", json!({})),
        // FORECASTED_SPEND needs a period that recurs.
        (
            "/budgetFilter/customPeriod",
            json!({ "startDate": { "year": 2026, "month": 1, "day": 1 } }),
        ),
        (
            "/notificationsRule",
            json!({ "monitoringNotificationChannels": vec!["c"; 6] }),
        ),
    ] {
        let mut body = budget();
        let (holder, field) = path.rsplit_once('/').expect("a path");
        if let Some(old) = body.pointer_mut(path) {
            *old = value;
        } else {
            body.pointer_mut(holder).expect("it is there")[field] = value;
        }
        let (status, answer) = world.owner(&format!("POST {}", budgets()), &body);
        assert_eq!(status, 400, "{path}: {answer}");
        let message = &answer["error"]["message"];
        assert_eq!(message, "Request contains an invalid argument.", "{path}");
    }
    let mut last = budget();
    last["amount"] = json!({ "lastPeriodAmount": {} });
    let (status, made) = world.owner(&format!("POST {}", budgets()), &last);
    assert_eq!((status, &made["amount"]), (200, &last["amount"]));
}
