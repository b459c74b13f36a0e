//! The methods of IAM, and the permissions that each requires.

use super::{accounts, credentials, custom_roles, request::account};
use crate::{
    ApiError, ApiResponse, Call,
    iam::{RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    "iam" "iam.projects.serviceAccounts.create" POST "/v1/projects/{project}/serviceAccounts"
        |_, call| on_project(call, "iam.serviceAccounts.create"), accounts::create;
    "iam" "iam.projects.serviceAccounts.list" GET "/v1/projects/{project}/serviceAccounts"
        |_, call| on_project(call, "iam.serviceAccounts.list"), accounts::list;
    "iam" "iam.projects.serviceAccounts.get" GET "/v1/projects/{project}/serviceAccounts/{account}"
        |_, call| on_account(call, "iam.serviceAccounts.get"), accounts::get;
    "iam" "iam.projects.serviceAccounts.delete" DELETE "/v1/projects/{project}/serviceAccounts/{account}"
        |_, call| on_account(call, "iam.serviceAccounts.delete"), accounts::delete;
    "iam" "iam.projects.serviceAccounts.patch" PATCH "/v1/projects/{project}/serviceAccounts/{account}"
        |_, call| Ok(vec![
            RequiredPermission::new("iam.serviceAccounts.get", account(call)),
            RequiredPermission::new("iam.serviceAccounts.update", account(call)),
        ]),
        accounts::patch;
    "iam" "iam.projects.serviceAccounts.undelete" POST "/v1/projects/{project}/serviceAccounts/{account}:undelete"
        |_, call| on_account(call, "iam.serviceAccounts.undelete"), accounts::undelete;
    "iam" "iam.projects.serviceAccounts.disable" POST "/v1/projects/{project}/serviceAccounts/{account}:disable"
        |_, call| on_account(call, "iam.serviceAccounts.disable"), accounts::disable;
    "iam" "iam.projects.serviceAccounts.enable" POST "/v1/projects/{project}/serviceAccounts/{account}:enable"
        |_, call| on_account(call, "iam.serviceAccounts.enable"), accounts::enable;
    "iam" "iam.projects.serviceAccounts.getIamPolicy" POST "/v1/projects/{project}/serviceAccounts/{account}:getIamPolicy"
        |_, call| on_account(call, "iam.serviceAccounts.getIamPolicy"),
        |cloud, call| policy_get(cloud, &accounts::existing(cloud, call)?.full_name(), call);
    "iam" "iam.projects.serviceAccounts.setIamPolicy" POST "/v1/projects/{project}/serviceAccounts/{account}:setIamPolicy"
        |_, call| on_account(call, "iam.serviceAccounts.setIamPolicy"),
        |cloud, call| policy_set(cloud, &accounts::existing(cloud, call)?.full_name(), call);
    "iam" "iam.projects.serviceAccounts.testIamPermissions" POST "/v1/projects/{project}/serviceAccounts/{account}:testIamPermissions"
        |_, _| Ok(Vec::new()),
        |cloud, call| policy_test(cloud, &accounts::existing(cloud, call)?, call);
    "iam" "iam.projects.roles.create" POST "/v1/projects/{project}/roles"
        |_, call| on_project(call, "iam.roles.create"), custom_roles::create;
    "iam" "iam.projects.roles.list" GET "/v1/projects/{project}/roles"
        |_, call| on_project(call, "iam.roles.list"), custom_roles::list;
    "iam" "iam.projects.roles.get" GET "/v1/projects/{project}/roles/{role}"
        |_, call| on_role(call, "iam.roles.get"), custom_roles::get;
    // Anyone may read predefined roles.
    "iam" "iam.roles.get" GET "/v1/roles/{role}"
        |_, _| Ok(Vec::new()), custom_roles::get_predefined;
    "iam" "iam.organizations.roles.get" GET "/v1/organizations/{organization}/roles/{role}"
        |_, call| Ok(vec![RequiredPermission::new("iam.roles.get", custom_roles::organization(call))]),
        custom_roles::get_of_organization;
    "iam" "iam.projects.roles.patch" PATCH "/v1/projects/{project}/roles/{role}"
        |_, call| on_role(call, "iam.roles.update"), custom_roles::patch;
    "iam" "iam.projects.roles.delete" DELETE "/v1/projects/{project}/roles/{role}"
        |_, call| on_role(call, "iam.roles.delete"), custom_roles::delete;
    "iam" "iam.projects.roles.undelete" POST "/v1/projects/{project}/roles/{role}:undelete"
        |_, call| on_role(call, "iam.roles.undelete"), custom_roles::undelete;
    "iamcredentials" "iamcredentials.projects.serviceAccounts.generateAccessToken" POST
        "/v1/projects/{project}/serviceAccounts/{account}:generateAccessToken"
        |_, call| credentials::required_permissions(call, "iam.serviceAccounts.getAccessToken"),
        credentials::generate_access_token;
    "iamcredentials" "iamcredentials.projects.serviceAccounts.generateIdToken" POST
        "/v1/projects/{project}/serviceAccounts/{account}:generateIdToken"
        |_, call| credentials::required_permissions(call, "iam.serviceAccounts.getOpenIdToken"),
        credentials::generate_id_token;
    // The `jwks_uri` in the OpenID configuration of accounts.google.com.
    "oauth2" "" GET "/oauth2/v3/certs"
        |_, _| Ok(Vec::new()), |cloud, _| Ok(ApiResponse::Json(cloud.iam.signer().jwks()));
};

fn on_project(call: &Call, permission: &'static str) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(
        permission,
        Resource::project(call.path("project")),
    )])
}

fn on_account(call: &Call, permission: &'static str) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(permission, account(call))])
}

fn on_role(call: &Call, permission: &'static str) -> Result<Vec<RequiredPermission>, ApiError> {
    let name = custom_roles::name(call);
    Ok(vec![RequiredPermission::new(
        permission,
        Resource::new("iam.googleapis.com", "Role", name),
    )])
}
