//! Subscriptions.

use crate::{
    Collection, Named, Request, RequiredPermission, ResourceName, collection::collection, policy,
};
use names::SubscriptionName;
use serde::Deserialize;

collection! {
    /// Subscriptions. To create one needs `attachSubscription` on the topic, and
    /// `actAs` on the service account of its push authentication.
    SUBSCRIPTIONS = "pubsub.projects.subscriptions" ("pubsub.subscriptions"),
    "projects/project-1/subscriptions/s-1", items: "subscriptions";
    create put "/v1/{+name}" (create Project)
        .request_fields(&[
            "topic",
            "labels",
            "filter",
            "ackDeadlineSeconds",
            "messageRetentionDuration",
            "expirationPolicy.ttl",
            "enableMessageOrdering",
            "pushConfig.pushEndpoint",
            "pushConfig.oidcToken.serviceAccountEmail",
            "pushConfig.oidcToken.audience",
            "retryPolicy.minimumBackoff",
            "retryPolicy.maximumBackoff",
            "deadLetterPolicy.deadLetterTopic",
            "deadLetterPolicy.maxDeliveryAttempts",
        ])
        .response_fields(&["name", "topic"])
        .requires(topic_and_account);
    get get "/v1/{+subscription}" (get Resource).response_fields(&["name", "topic"]);
    list get "/v1/{+project}/subscriptions" (list Resource)
        .query(&["pageToken"]).response_fields(&["subscriptions.name", "nextPageToken"]);
    getIamPolicy get "/v1/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .query(policy::VERSION_QUERY).reads_policy();
    setIamPolicy post "/v1/{+resource}:setIamPolicy" (setIamPolicy Resource).writes_policy();
}

fn topic_and_account(r: &Request) -> Vec<RequiredPermission> {
    let body = r.body_json();
    let topic = body["topic"].as_str().unwrap_or_default();
    let permission = "pubsub.topics.attachSubscription";
    let mut required = vec![RequiredPermission::on(
        permission,
        "pubsub.googleapis.com",
        topic,
    )];
    let account = &body["pushConfig"]["oidcToken"]["serviceAccountEmail"];
    if let Some(email) = account.as_str() {
        let permission = "iam.serviceAccounts.actAs";
        required.push(RequiredPermission::on_service_account(permission, email));
    }
    required
}

impl ResourceName for SubscriptionName {
    type Resource = Subscription;
    type Listed = Named<Self>;
    const COLLECTION: &'static Collection = &SUBSCRIPTIONS;
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subscription {
    /// Full resource name, `projects/{project}/subscriptions/{subscription}`.
    pub name: SubscriptionName,
    /// The name of the topic; `_deleted-topic_` if it was deleted.
    #[serde(default)]
    pub topic: String,
}
