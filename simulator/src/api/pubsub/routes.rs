//! The methods of Pub/Sub, and the permissions that each requires.
//!
//! Permissions are from Google's page on access control for Pub/Sub. A public
//! data set agrees where it has any, and adds `get` to both patches.

use super::{
    name::{not_found, subscription_name, subscription_resource, topic_name, topic_resource},
    pull, push_config, subscriptions, topics,
};
use crate::{
    ApiError, Call, Cloud,
    iam::{RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};
use serde_json::Value;

pub(crate) const ROUTES: &[Route] = routes! {
    api "pubsub", Rpc, "", "";
    "pubsub.projects.topics.create" PUT "/v1/projects/{project}/topics/{topic}"
        |_, call| on_project(call, "pubsub.topics.create"), topics::create;
    "pubsub.projects.topics.get" GET "/v1/projects/{project}/topics/{topic}"
        |_, call| on_topic(call, &["pubsub.topics.get"]), topics::get;
    "pubsub.projects.topics.list" GET "/v1/projects/{project}/topics"
        |_, call| on_project(call, "pubsub.topics.list"), topics::list;
    "pubsub.projects.topics.delete" DELETE "/v1/projects/{project}/topics/{topic}"
        |_, call| on_topic(call, &["pubsub.topics.delete"]), topics::delete;
    "pubsub.projects.topics.patch" PATCH "/v1/projects/{project}/topics/{topic}"
        |_, call| on_topic(call, &["pubsub.topics.get", "pubsub.topics.update"]), topics::patch;
    "pubsub.projects.topics.publish" POST "/v1/projects/{project}/topics/{topic}:publish"
        |_, call| on_topic(call, &["pubsub.topics.publish"]), topics::publish;
    "pubsub.projects.topics.subscriptions.list" GET "/v1/projects/{project}/topics/{topic}/subscriptions"
        |_, call| on_topic(call, &["pubsub.topics.get"]), subscriptions::list_of_topic;
    "pubsub.projects.topics.getIamPolicy" GET "/v1/projects/{project}/topics/{topic}:getIamPolicy"
        |_, call| on_topic(call, &["pubsub.topics.getIamPolicy"]), |cloud, call| policy_get(cloud, &existing_topic(cloud, call)?.full_name(), call);
    "pubsub.projects.topics.setIamPolicy" POST "/v1/projects/{project}/topics/{topic}:setIamPolicy"
        |_, call| on_topic(call, &["pubsub.topics.setIamPolicy"]), |cloud, call| policy_set(cloud, &existing_topic(cloud, call)?.full_name(), call);
    "pubsub.projects.topics.testIamPermissions" POST "/v1/projects/{project}/topics/{topic}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &existing_topic(cloud, call)?, call);
    "pubsub.projects.subscriptions.create" PUT "/v1/projects/{project}/subscriptions/{subscription}"
        create_permissions, subscriptions::create;
    "pubsub.projects.subscriptions.get" GET "/v1/projects/{project}/subscriptions/{subscription}"
        |_, call| on_subscription(call, &["pubsub.subscriptions.get"]), subscriptions::get;
    "pubsub.projects.subscriptions.list" GET "/v1/projects/{project}/subscriptions"
        |_, call| on_project(call, "pubsub.subscriptions.list"), subscriptions::list;
    "pubsub.projects.subscriptions.delete" DELETE "/v1/projects/{project}/subscriptions/{subscription}"
        |_, call| on_subscription(call, &["pubsub.subscriptions.delete"]), subscriptions::delete;
    "pubsub.projects.subscriptions.patch" PATCH "/v1/projects/{project}/subscriptions/{subscription}"
        patch_permissions, subscriptions::patch;
    "pubsub.projects.subscriptions.modifyPushConfig" POST "/v1/projects/{project}/subscriptions/{subscription}:modifyPushConfig"
        push_config_permissions, subscriptions::modify_push_config;
    "pubsub.projects.subscriptions.pull" POST "/v1/projects/{project}/subscriptions/{subscription}:pull"
        |_, call| on_subscription(call, &["pubsub.subscriptions.consume"]), pull::pull;
    "pubsub.projects.subscriptions.acknowledge" POST "/v1/projects/{project}/subscriptions/{subscription}:acknowledge"
        |_, call| on_subscription(call, &["pubsub.subscriptions.consume"]), pull::acknowledge;
    "pubsub.projects.subscriptions.modifyAckDeadline" POST "/v1/projects/{project}/subscriptions/{subscription}:modifyAckDeadline"
        |_, call| on_subscription(call, &["pubsub.subscriptions.consume"]), pull::modify_ack_deadline;
    "pubsub.projects.subscriptions.getIamPolicy" GET "/v1/projects/{project}/subscriptions/{subscription}:getIamPolicy"
        |_, call| on_subscription(call, &["pubsub.subscriptions.getIamPolicy"]), |cloud, call| policy_get(cloud, &existing_subscription(cloud, call)?.full_name(), call);
    "pubsub.projects.subscriptions.setIamPolicy" POST "/v1/projects/{project}/subscriptions/{subscription}:setIamPolicy"
        |_, call| on_subscription(call, &["pubsub.subscriptions.setIamPolicy"]), |cloud, call| policy_set(cloud, &existing_subscription(cloud, call)?.full_name(), call);
    "pubsub.projects.subscriptions.testIamPermissions" POST "/v1/projects/{project}/subscriptions/{subscription}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &existing_subscription(cloud, call)?, call);
};

fn on_project(call: &Call, permission: &'static str) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(
        permission,
        Resource::project(call.path("project")),
    )])
}

fn on_topic(
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<RequiredPermission>, ApiError> {
    let resource = topic_resource(topic_name(call));
    Ok(permissions
        .iter()
        .map(|permission| RequiredPermission::new(permission, resource.clone()))
        .collect())
}

fn on_subscription(
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<RequiredPermission>, ApiError> {
    let resource = subscription_resource(subscription_name(call));
    Ok(permissions
        .iter()
        .map(|permission| RequiredPermission::new(permission, resource.clone()))
        .collect())
}

/// Pushing with the identity of a service account requires permission to act as
/// it.
fn act_as(push_config: &Value) -> Option<RequiredPermission> {
    let email = push_config::account(push_config)?;
    Some(RequiredPermission::new(
        "iam.serviceAccounts.actAs",
        Resource::service_account("-", email),
    ))
}

fn create_permissions(_: &Cloud, call: &Call) -> Result<Vec<RequiredPermission>, ApiError> {
    let mut required = on_project(call, "pubsub.subscriptions.create")?;
    let topic = call.body["topic"].as_str().unwrap_or_default().to_owned();
    required.push(RequiredPermission::new(
        "pubsub.topics.attachSubscription",
        topic_resource(topic),
    ));
    required.extend(act_as(&call.body["pushConfig"]));
    Ok(required)
}

fn patch_permissions(_: &Cloud, call: &Call) -> Result<Vec<RequiredPermission>, ApiError> {
    let mut required = on_subscription(
        call,
        &["pubsub.subscriptions.get", "pubsub.subscriptions.update"],
    )?;
    required.extend(act_as(&call.body["subscription"]["pushConfig"]));
    Ok(required)
}

fn push_config_permissions(_: &Cloud, call: &Call) -> Result<Vec<RequiredPermission>, ApiError> {
    let mut required = on_subscription(call, &["pubsub.subscriptions.update"])?;
    required.extend(act_as(&call.body["pushConfig"]));
    Ok(required)
}

/// The topic in the path; 404 if it does not exist.
fn existing_topic(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    let name = topic_name(call);
    if !cloud.pubsub.topics.contains(&name) {
        return Err(not_found(&name));
    }
    Ok(topic_resource(name))
}

fn existing_subscription(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    let name = subscription_name(call);
    if !cloud.pubsub.subscriptions.contains(&name) {
        return Err(not_found(&name));
    }
    Ok(subscription_resource(name))
}
