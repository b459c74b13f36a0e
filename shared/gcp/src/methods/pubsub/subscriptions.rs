//! Subscriptions.

use crate::{
    Collection, Idempotency, Named, Request, RequiredPermission, ResourceName, ResponseKind,
    collection::collection, policy,
};
use names::SubscriptionName;
use serde_json::Value;

collection! {
    /// Subscriptions. To create one needs `attachSubscription` on the topic, and
    /// `actAs` on the service account of its push authentication; so does to change
    /// that.
    SUBSCRIPTIONS = "pubsub.projects.subscriptions" ("pubsub.subscriptions"),
    "projects/project-1/subscriptions/s-1", items: "subscriptions";
    create put "/v1/{+name}" (create Project)
        .request_fields(&[
            "topic",
            "labels",
            "filter",
            "ackDeadlineSeconds",
            "messageRetentionDuration",
            "expirationPolicy",
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
    get get "/v1/{+subscription}" (get Resource)
        .response_fields(&[
            "name",
            "topic",
            "labels",
            "ackDeadlineSeconds",
            "messageRetentionDuration",
            "expirationPolicy",
            "pushConfig.pushEndpoint",
            "pushConfig.oidcToken.serviceAccountEmail",
            "pushConfig.oidcToken.audience",
            "retryPolicy.minimumBackoff",
            "retryPolicy.maximumBackoff",
            "deadLetterPolicy.deadLetterTopic",
            "deadLetterPolicy.maxDeliveryAttempts",
        ]);
    list get "/v1/{+project}/subscriptions" (list Resource)
        .query(&["pageToken"]).response_fields(&["subscriptions.name", "nextPageToken"]);
    patch patch "/v1/{+name}" (update Resource)
        .request_fields(&[
            "updateMask",
            "subscription.labels",
            "subscription.ackDeadlineSeconds",
            "subscription.messageRetentionDuration",
            "subscription.expirationPolicy",
            "subscription.pushConfig.pushEndpoint",
            "subscription.pushConfig.oidcToken.serviceAccountEmail",
            "subscription.pushConfig.oidcToken.audience",
            "subscription.retryPolicy.minimumBackoff",
            "subscription.retryPolicy.maximumBackoff",
            "subscription.deadLetterPolicy.deadLetterTopic",
            "subscription.deadLetterPolicy.maxDeliveryAttempts",
        ])
        .response_fields(&["name", "topic"])
        .idempotency(Idempotency::Always)
        .requires(|r| push_account(&r.body_json()["subscription"]));
    delete delete "/v1/{+subscription}" (delete Resource).response(ResponseKind::Empty);
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
    required.extend(push_account(body));
    required
}

fn push_account(subscription: &Value) -> Vec<RequiredPermission> {
    let account = &subscription["pushConfig"]["oidcToken"]["serviceAccountEmail"];
    let permission = "iam.serviceAccounts.actAs";
    let act_as = |email| RequiredPermission::on_service_account(permission, email);
    account.as_str().map(act_as).into_iter().collect()
}

impl ResourceName for SubscriptionName {
    type Resource = Value;
    type Listed = Named<Self>;
    const COLLECTION: &'static Collection = &SUBSCRIPTIONS;
}
