//! Organisations: found, and their policies, in v1 and v3.

use super::hierarchy::container;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{Filter, dialect::standard::PAGING},
    iam::{RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};
use serde_json::{Value, json};

pub(crate) const ORGANIZATION_ROUTES: &[Route] = routes! {
    "cloudresourcemanager" "cloudresourcemanager.organizations.get" GET "/v1/organizations/{organization}"
        |_, call| required(call, GET), |cloud, call| get(cloud, call, v1);
    "cloudresourcemanager" "cloudresourcemanager.organizations.search" POST "/v1/organizations:search"
        |_, _| Ok(Vec::new()), |cloud, call| search_v1(cloud, call);
    "cloudresourcemanager" "cloudresourcemanager.organizations.getIamPolicy" POST "/v1/organizations/{organization}:getIamPolicy"
        |_, call| required(call, GET_POLICY), |cloud, call| policy_get(cloud, &organization(call).full_name(), call);
    "cloudresourcemanager" "cloudresourcemanager.organizations.setIamPolicy" POST "/v1/organizations/{organization}:setIamPolicy"
        |_, call| required(call, SET_POLICY), |cloud, call| policy_set(cloud, &organization(call).full_name(), call);
    "cloudresourcemanager" "cloudresourcemanager.organizations.testIamPermissions" POST "/v1/organizations/{organization}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &organization(call), call);
    "cloudresourcemanager" "cloudresourcemanager.organizations.get" GET "/v3/organizations/{organization}"
        |_, call| required(call, GET), |cloud, call| get(cloud, call, v3);
    "cloudresourcemanager" "cloudresourcemanager.organizations.search" GET "/v3/organizations:search"
        |_, _| Ok(Vec::new()), |cloud, call| search(cloud, call, v3);
    "cloudresourcemanager" "cloudresourcemanager.organizations.setIamPolicy" POST "/v3/organizations/{organization}:setIamPolicy"
        |_, call| required(call, SET_POLICY), |cloud, call| policy_set(cloud, &organization(call).full_name(), call);
    "cloudresourcemanager" "cloudresourcemanager.organizations.testIamPermissions" POST "/v3/organizations/{organization}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &organization(call), call);
};

const GET: &str = "resourcemanager.organizations.get";
const GET_POLICY: &str = "resourcemanager.organizations.getIamPolicy";
const SET_POLICY: &str = "resourcemanager.organizations.setIamPolicy";

fn organization(call: &Call) -> Resource {
    container(&format!("organizations/{}", call.path("organization")))
}

fn required(call: &Call, permission: &'static str) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(
        permission,
        organization(call),
    )])
}

/// The display name is the organisation's domain. All organisations have the
/// same customer: there is one directory.
fn v3(cloud: &Cloud, name: &str) -> Value {
    json!({
        "name": name,
        "displayName": cloud.directory.domain().unwrap_or(name),
        "directoryCustomerId": cloud.directory.customer,
        "state": "ACTIVE",
    })
}

fn v1(cloud: &Cloud, name: &str) -> Value {
    json!({
        "name": name,
        "displayName": cloud.directory.domain().unwrap_or(name),
        "owner": { "directoryCustomerId": cloud.directory.customer },
        "lifecycleState": "ACTIVE",
    })
}

type Form = fn(&Cloud, &str) -> Value;

fn get(cloud: &Cloud, call: &Call, form: Form) -> Result<ApiResponse, ApiError> {
    let name = organization(call).name;
    match cloud.iam.nodes.contains(&name) {
        true => Ok(ApiResponse::Json(form(cloud, &name))),
        false => Err(ApiError::not_found("Requested entity was not found.")),
    }
}

/// The organisations that the caller may get. `domain:example.com` in a filter is
/// the one with that domain.
fn search(cloud: &Cloud, call: &Call, form: Form) -> Result<ApiResponse, ApiError> {
    let all = cloud.iam.nodes.with_prefix("organizations/");
    let found = all.filter(|(name, _)| {
        let organization = container(name);
        cloud.finds(&call.principal, GET, &organization, call.now)
    });
    let rows = found.map(|(name, _)| (name.clone(), form(cloud, name)));
    let by_domain = |filter: Filter| filter.rename(&[("domain", "displayName")]).whole_values();
    let page = PAGING.page_with(call, by_domain, "", &|_| true, rows)?;
    Ok(ApiResponse::Json(page.into_json("organizations")))
}

/// The same in v1, where the filter is in the body.
fn search_v1(cloud: &Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let fields = ["filter", "pageToken"].into_iter();
    let query =
        fields.filter_map(|field| Some((field.to_owned(), call.body[field].as_str()?.to_owned())));
    let call = Call {
        query: query.collect(),
        ..call.clone()
    };
    search(cloud, &call, v1)
}
