//! The methods of Pub/Sub that are not standard.

use super::subscriptions;
use crate::{
    iam::{RequiredPermission, Resource},
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    // The permission is from Google's page on access control for Pub/Sub.
    "pubsub" "pubsub.projects.topics.subscriptions.list"
        GET "/v1/projects/{project}/topics/{topic}/subscriptions"
        |_, call| {
            let name = super::name::topic_name(call);
            let topic = Resource::new("pubsub.googleapis.com", "Topic", name);
            Ok(vec![RequiredPermission::new("pubsub.topics.get", topic)])
        },
        subscriptions::list_of_topic;
};
