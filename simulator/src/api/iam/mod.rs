//! IAM v1, Service Account Credentials v1, and the keys of Google's ID tokens.

mod accounts;
mod credentials;
mod keys;
mod listing;
mod oauth;
mod roles;
mod setup;
#[cfg(test)]
mod tests;

pub(crate) use accounts::SERVICE_ACCOUNT;
pub(crate) use roles::{ORGANIZATION_ROLE, PROJECT_ROLE};
pub(crate) use setup::{add_account, restored};

use crate::{
    ApiResponse,
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    // Anyone may read predefined roles.
    "iam" "iam.roles.get" GET "/v1/roles/{role}"
        |_, _| Ok(Vec::new()), roles::get_predefined;
    "iam" "iam.roles.list" GET "/v1/roles" |_, _| Ok(Vec::new()), listing::roles;
    "iam" "iam.roles.queryGrantableRoles" POST "/v1/roles:queryGrantableRoles"
        |_, _| Ok(Vec::new()), listing::grantable_roles;
    "iam" "iam.permissions.queryTestablePermissions" POST "/v1/permissions:queryTestablePermissions"
        |_, _| Ok(Vec::new()), listing::testable_permissions;
    "iam" "iam.projects.serviceAccounts.keys.create" POST
        "/v1/projects/{project}/serviceAccounts/{account}/keys"
        |_, call| keys::required(call, "iam.serviceAccountKeys.create"), keys::create;
    "iam" "iam.projects.serviceAccounts.keys.upload" POST
        "/v1/projects/{project}/serviceAccounts/{account}/keys:upload"
        |_, call| keys::required(call, "iam.serviceAccountKeys.create"), keys::upload;
    "iam" "iam.projects.serviceAccounts.keys.list" GET
        "/v1/projects/{project}/serviceAccounts/{account}/keys"
        |_, call| keys::required(call, "iam.serviceAccountKeys.list"), keys::list;
    "iam" "iam.projects.serviceAccounts.keys.get" GET
        "/v1/projects/{project}/serviceAccounts/{account}/keys/{key}"
        |_, call| keys::required(call, "iam.serviceAccountKeys.get"), keys::get;
    "iam" "iam.projects.serviceAccounts.keys.delete" DELETE
        "/v1/projects/{project}/serviceAccounts/{account}/keys/{key}"
        |_, call| keys::required(call, "iam.serviceAccountKeys.delete"), keys::delete;
    "iam" "iam.projects.serviceAccounts.keys.disable" POST
        "/v1/projects/{project}/serviceAccounts/{account}/keys/{key}:disable"
        |_, call| keys::required(call, "iam.serviceAccountKeys.disable"),
        |cloud, call| keys::set_disabled(cloud, call, true);
    "iam" "iam.projects.serviceAccounts.keys.enable" POST
        "/v1/projects/{project}/serviceAccounts/{account}/keys/{key}:enable"
        |_, call| keys::required(call, "iam.serviceAccountKeys.enable"),
        |cloud, call| keys::set_disabled(cloud, call, false);
    "iamcredentials" "iamcredentials.projects.serviceAccounts.generateAccessToken" POST
        "/v1/projects/{project}/serviceAccounts/{account}:generateAccessToken"
        |_, call| credentials::required_permissions(call, "iam.serviceAccounts.getAccessToken"),
        credentials::generate_access_token;
    "iamcredentials" "iamcredentials.projects.serviceAccounts.generateIdToken" POST
        "/v1/projects/{project}/serviceAccounts/{account}:generateIdToken"
        |_, call| credentials::required_permissions(call, "iam.serviceAccounts.getOpenIdToken"),
        credentials::generate_id_token;
    "iamcredentials" "iamcredentials.projects.serviceAccounts.signBlob" POST
        "/v1/projects/{project}/serviceAccounts/{account}:signBlob"
        |_, call| credentials::required_permissions(call, "iam.serviceAccounts.signBlob"),
        credentials::sign_blob;
    "oauth2" "" POST "/token" |_, _| Ok(Vec::new()), oauth::token;
    // Older names of it, at accounts.google.com and www.googleapis.com.
    "oauth2" "" POST "/o/oauth2/token" |_, _| Ok(Vec::new()), oauth::token;
    "oauth2" "" POST "/oauth2/v4/token" |_, _| Ok(Vec::new()), oauth::token;
    // The `jwks_uri` in the OpenID configuration of accounts.google.com.
    "oauth2" "" GET "/oauth2/v3/certs"
        |_, _| Ok(Vec::new()), |cloud, _| Ok(ApiResponse::Json(cloud.iam.signer().jwks()));
};
