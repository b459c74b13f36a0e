//! Cloud Billing v1: the accounts of projects, and the policies of accounts.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::dialect::standard::PAGING,
    iam::{Node, RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};
use serde_json::{Value, json};

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudbilling" "cloudbilling.billingAccounts.list" GET "/v1/billingAccounts" |_, _| Ok(Vec::new()), list;
    "cloudbilling" "cloudbilling.billingAccounts.get" GET "/v1/billingAccounts/{account}"
        |_, call| required_permissions(call, GET), get;
    "cloudbilling" "cloudbilling.billingAccounts.projects.list" GET "/v1/billingAccounts/{account}/projects"
        |_, call| required_permissions(call, "billing.resourceAssociations.list"), projects;
    "cloudbilling" "cloudbilling.billingAccounts.getIamPolicy" GET "/v1/billingAccounts/{account}:getIamPolicy"
        |_, call| required_permissions(call, "billing.accounts.getIamPolicy"),
        |cloud, call| policy_get(cloud, &existing_account(cloud, call)?, call);
    "cloudbilling" "cloudbilling.billingAccounts.setIamPolicy" POST "/v1/billingAccounts/{account}:setIamPolicy"
        |_, call| required_permissions(call, "billing.accounts.setIamPolicy"),
        |cloud, call| policy_set(cloud, &existing_account(cloud, call)?, call);
    "cloudbilling" "cloudbilling.billingAccounts.testIamPermissions" POST "/v1/billingAccounts/{account}:testIamPermissions"
        |_, _| Ok(Vec::new()),
        |cloud, call| policy_test(cloud, &account(call), call);
    "cloudbilling" "cloudbilling.projects.getBillingInfo" GET "/v1/projects/{project}/billingInfo"
        |_, call| Ok(vec![RequiredPermission::new("resourcemanager.projects.get", project(call))]),
        |cloud, call| billing_info(cloud, call);
    "cloudbilling" "cloudbilling.projects.updateBillingInfo" PUT "/v1/projects/{project}/billingInfo"
        link_permissions, link;
};

const GET: &str = "billing.accounts.get";

fn account_json(name: &str) -> Value {
    let (_, id) = name.split_once('/').unwrap_or_default();
    json!({ "name": name, "displayName": id, "masterBillingAccount": "", "open": true })
}

fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    existing_account(cloud, call)?;
    Ok(ApiResponse::Json(account_json(&account(call).name)))
}

/// The accounts that the caller may see.
fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let all = cloud.iam.nodes.with_prefix("billingAccounts/");
    let seen = all.filter(|(name, _)| {
        let account = account_resource(name.as_str());
        cloud.allows(&call.principal, GET, &account, call.now)
    });
    let rows = seen.map(|(name, _)| (name.clone(), account_json(name)));
    let page = PAGING.page(call, rows)?;
    Ok(ApiResponse::Json(page.into_json("billingAccounts")))
}

/// The billing information of the projects that an account pays for.
fn projects(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    existing_account(cloud, call)?;
    let account = account(call).name;
    let all = cloud.iam.nodes.with_prefix("projects/");
    let paid = all.filter(|(_, node)| node.billing_account.as_ref() == Some(&account));
    let rows = paid.map(|(name, node)| {
        let (_, id) = name.split_once('/').unwrap_or_default();
        (name.clone(), info_json(id, node))
    });
    let page = PAGING.page(call, rows)?;
    Ok(ApiResponse::Json(page.into_json("projectBillingInfo")))
}

fn account(call: &Call) -> Resource {
    account_resource(format!("billingAccounts/{}", call.path("account")))
}

fn account_resource(name: impl Into<String>) -> Resource {
    Resource::new("cloudbilling.googleapis.com", "BillingAccount", name)
}

fn project(call: &Call) -> Resource {
    Resource::project(call.path("project"))
}

/// The account in the body; none unlinks the project.
fn requested_account(call: &Call) -> Option<&str> {
    let name = call.body["billingAccountName"].as_str();
    name.filter(|name| !name.is_empty())
}

/// As documented for linking; Google also lets an administrator of the account
/// unlink a project.
fn link_permissions(_: &Cloud, call: &Call) -> Result<Vec<RequiredPermission>, ApiError> {
    let on_project = |permission| RequiredPermission::new(permission, project(call));
    Ok(match requested_account(call) {
        Some(account) => vec![
            on_project("resourcemanager.projects.createBillingAssignment"),
            RequiredPermission::new(
                "billing.resourceAssociations.create",
                account_resource(account),
            ),
        ],
        None => vec![on_project(
            "resourcemanager.projects.deleteBillingAssignment",
        )],
    })
}

fn link(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let account = requested_account(call).map(str::to_owned);
    if let Some(account) = account.as_deref()
        && !cloud.iam.nodes.contains(account)
    {
        // The message is unverified.
        return Err(ApiError::not_found("Requested entity was not found."));
    }
    let id = cloud.iam.project(call.path("project"));
    if let Some(id) = id.map(|(id, _)| id.to_owned()) {
        cloud.link_billing(&id, account);
    }
    billing_info(cloud, call)
}

fn billing_info(cloud: &Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let Some((id, node)) = cloud.iam.project(call.path("project")) else {
        return Err(ApiError::not_found("Requested entity was not found."));
    };
    Ok(ApiResponse::Json(info_json(id, node)))
}

fn info_json(project: &str, node: &Node) -> Value {
    json!({
        "name": format!("projects/{project}/billingInfo"),
        "projectId": project,
        "billingAccountName": node.billing_account.as_deref().unwrap_or_default(),
        "billingEnabled": node.billing_account.is_some(),
    })
}

fn required_permissions(
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(permission, account(call))])
}

/// The full name of the billing account in the path; 404 if it does not exist.
fn existing_account(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let account = account(call);
    match cloud.iam.nodes.contains(&account.name) {
        true => Ok(account.full_name()),
        // The message is unverified.
        false => Err(ApiError::not_found("Requested entity was not found.")),
    }
}

#[cfg(test)]
mod tests {
    use crate::{api::test_cloud::TestCloud, iam::Principal};
    use serde_json::Value;

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
        let link = serde_json::json!({ "billingAccountName": name });
        let (status, _) = world.owner("PUT /v1/projects/demo-project/billingInfo", &link);
        assert_eq!(status, 200);
        let (_, paid) = world.owner(&format!("GET /v1/{name}/projects"), &Value::Null);
        assert_eq!(paid["projectBillingInfo"][0]["projectId"], "demo-project");

        let other = Principal::user("ann@example.com");
        let (status, list) = world.ask(&other, "GET /v1/billingAccounts", &Value::Null);
        assert_eq!((status, list), (200, serde_json::json!({})));
        let get = format!("GET /v1/{name}");
        assert_eq!(world.ask(&other, &get, &Value::Null).0, 403);
        assert_eq!(world.owner(&get, &Value::Null).1["open"], true);
    }
}
