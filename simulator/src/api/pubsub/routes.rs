//! The methods, and what each asks permission for.
//!
//! Permissions are those of Google's page on access control for Pub/Sub; a
//! public data set agrees where it says anything, and adds `get` to both
//! patches.

use super::{not_found, pull, subscription, subscription_name, topic, topic_name};
use crate::{
    Answer, ApiError, Call, Cloud,
    error::Dialect,
    iam::{Need, Resource, policy_get, policy_set, policy_test},
    route::Route,
};
use http::Method;
use serde_json::Value;

type Needs = fn(&Cloud, &Call) -> Result<Vec<Need>, ApiError>;
type Act = fn(&mut Cloud, &Call) -> Result<Answer, ApiError>;

const fn route(
    id: &'static str,
    verb: Method,
    path: &'static str,
    needs: Needs,
    act: Act,
) -> Route {
    Route {
        api: "pubsub",
        id,
        verb,
        path,
        dialect: Dialect::Rpc,
        needs,
        act,
    }
}

macro_rules! paths {
    ($($name:ident = $path:literal;)*) => {
        $(
            macro_rules! $name {
                ($verb:literal) => { concat!($path, $verb) };
            }
        )*
    };
}

paths! {
    one_topic = "/v1/projects/{project}/topics/{topic}";
    one_subscription = "/v1/projects/{project}/subscriptions/{subscription}";
}

pub(crate) const ROUTES: &[Route] = &[
    route(
        "pubsub.projects.topics.create",
        Method::PUT,
        one_topic!(""),
        |_, call| on_project("pubsub.topics.create", call),
        topic::create,
    ),
    route(
        "pubsub.projects.topics.get",
        Method::GET,
        one_topic!(""),
        |_, call| on_topic(&["pubsub.topics.get"], call),
        topic::get,
    ),
    route(
        "pubsub.projects.topics.list",
        Method::GET,
        "/v1/projects/{project}/topics",
        |_, call| on_project("pubsub.topics.list", call),
        topic::list,
    ),
    route(
        "pubsub.projects.topics.delete",
        Method::DELETE,
        one_topic!(""),
        |_, call| on_topic(&["pubsub.topics.delete"], call),
        topic::delete,
    ),
    route(
        "pubsub.projects.topics.patch",
        Method::PATCH,
        one_topic!(""),
        |_, call| on_topic(&["pubsub.topics.get", "pubsub.topics.update"], call),
        topic::patch,
    ),
    route(
        "pubsub.projects.topics.publish",
        Method::POST,
        one_topic!(":publish"),
        |_, call| on_topic(&["pubsub.topics.publish"], call),
        topic::publish,
    ),
    route(
        "pubsub.projects.topics.subscriptions.list",
        Method::GET,
        one_topic!("/subscriptions"),
        |_, call| on_topic(&["pubsub.topics.get"], call),
        subscription::list_of_topic,
    ),
    route(
        "pubsub.projects.topics.getIamPolicy",
        Method::GET,
        one_topic!(":getIamPolicy"),
        |_, call| on_topic(&["pubsub.topics.getIamPolicy"], call),
        |cloud, call| policy_get(cloud, &known_topic(cloud, call)?.full_name(), call),
    ),
    route(
        "pubsub.projects.topics.setIamPolicy",
        Method::POST,
        one_topic!(":setIamPolicy"),
        |_, call| on_topic(&["pubsub.topics.setIamPolicy"], call),
        |cloud, call| policy_set(cloud, &known_topic(cloud, call)?.full_name(), call),
    ),
    route(
        "pubsub.projects.topics.testIamPermissions",
        Method::POST,
        one_topic!(":testIamPermissions"),
        |_, _| Ok(Vec::new()),
        |cloud, call| policy_test(cloud, &known_topic(cloud, call)?, call),
    ),
    route(
        "pubsub.projects.subscriptions.create",
        Method::PUT,
        one_subscription!(""),
        create_needs,
        subscription::create,
    ),
    route(
        "pubsub.projects.subscriptions.get",
        Method::GET,
        one_subscription!(""),
        |_, call| on_subscription(&["pubsub.subscriptions.get"], call),
        subscription::get,
    ),
    route(
        "pubsub.projects.subscriptions.list",
        Method::GET,
        "/v1/projects/{project}/subscriptions",
        |_, call| on_project("pubsub.subscriptions.list", call),
        subscription::list,
    ),
    route(
        "pubsub.projects.subscriptions.delete",
        Method::DELETE,
        one_subscription!(""),
        |_, call| on_subscription(&["pubsub.subscriptions.delete"], call),
        subscription::delete,
    ),
    route(
        "pubsub.projects.subscriptions.patch",
        Method::PATCH,
        one_subscription!(""),
        patch_needs,
        subscription::patch,
    ),
    route(
        "pubsub.projects.subscriptions.modifyPushConfig",
        Method::POST,
        one_subscription!(":modifyPushConfig"),
        push_config_needs,
        subscription::modify_push_config,
    ),
    route(
        "pubsub.projects.subscriptions.pull",
        Method::POST,
        one_subscription!(":pull"),
        consume,
        pull::pull,
    ),
    route(
        "pubsub.projects.subscriptions.acknowledge",
        Method::POST,
        one_subscription!(":acknowledge"),
        consume,
        pull::acknowledge,
    ),
    route(
        "pubsub.projects.subscriptions.modifyAckDeadline",
        Method::POST,
        one_subscription!(":modifyAckDeadline"),
        consume,
        pull::modify_ack_deadline,
    ),
    route(
        "pubsub.projects.subscriptions.getIamPolicy",
        Method::GET,
        one_subscription!(":getIamPolicy"),
        |_, call| on_subscription(&["pubsub.subscriptions.getIamPolicy"], call),
        |cloud, call| policy_get(cloud, &known_subscription(cloud, call)?.full_name(), call),
    ),
    route(
        "pubsub.projects.subscriptions.setIamPolicy",
        Method::POST,
        one_subscription!(":setIamPolicy"),
        |_, call| on_subscription(&["pubsub.subscriptions.setIamPolicy"], call),
        |cloud, call| policy_set(cloud, &known_subscription(cloud, call)?.full_name(), call),
    ),
    route(
        "pubsub.projects.subscriptions.testIamPermissions",
        Method::POST,
        one_subscription!(":testIamPermissions"),
        |_, _| Ok(Vec::new()),
        |cloud, call| policy_test(cloud, &known_subscription(cloud, call)?, call),
    ),
];

pub(super) fn topic_resource(name: String) -> Resource {
    Resource::new("pubsub.googleapis.com", "Topic", name)
}

pub(super) fn subscription_resource(name: String) -> Resource {
    Resource::new("pubsub.googleapis.com", "Subscription", name)
}

fn on_project(permission: &'static str, call: &Call) -> Result<Vec<Need>, ApiError> {
    Ok(vec![Need::new(
        permission,
        Resource::project(call.path("project")),
    )])
}

fn on_topic(permissions: &[&'static str], call: &Call) -> Result<Vec<Need>, ApiError> {
    let resource = topic_resource(topic_name(call));
    Ok(permissions
        .iter()
        .map(|permission| Need::new(permission, resource.clone()))
        .collect())
}

fn on_subscription(permissions: &[&'static str], call: &Call) -> Result<Vec<Need>, ApiError> {
    let resource = subscription_resource(subscription_name(call));
    Ok(permissions
        .iter()
        .map(|permission| Need::new(permission, resource.clone()))
        .collect())
}

fn consume(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    on_subscription(&["pubsub.subscriptions.consume"], call)
}

/// Whoever has pushes authenticated as an account must be allowed to act as it.
fn act_as(push_config: &Value) -> Option<Need> {
    let email = subscription::push_account(push_config)?;
    Some(Need::new(
        "iam.serviceAccounts.actAs",
        Resource::service_account("-", email),
    ))
}

fn create_needs(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let mut needs = on_project("pubsub.subscriptions.create", call)?;
    let topic = call.body["topic"].as_str().unwrap_or_default().to_owned();
    needs.push(Need::new(
        "pubsub.topics.attachSubscription",
        topic_resource(topic),
    ));
    needs.extend(act_as(&call.body["pushConfig"]));
    Ok(needs)
}

fn patch_needs(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let mut needs = on_subscription(
        &["pubsub.subscriptions.get", "pubsub.subscriptions.update"],
        call,
    )?;
    needs.extend(act_as(&call.body["subscription"]["pushConfig"]));
    Ok(needs)
}

fn push_config_needs(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let mut needs = on_subscription(&["pubsub.subscriptions.update"], call)?;
    needs.extend(act_as(&call.body["pushConfig"]));
    Ok(needs)
}

/// The topic of the call; 404 if there is none.
fn known_topic(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    let name = topic_name(call);
    if !cloud.pubsub.topics.contains(&name) {
        return Err(not_found(&name));
    }
    Ok(topic_resource(name))
}

fn known_subscription(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    let name = subscription_name(call);
    if !cloud.pubsub.subscriptions.contains(&name) {
        return Err(not_found(&name));
    }
    Ok(subscription_resource(name))
}
