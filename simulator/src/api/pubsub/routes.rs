//! The methods of Pub/Sub that are not standard. Permissions are from Google's
//! page on access control for Pub/Sub.

use super::{
    name::topic_name,
    schemas::{self, validate_permissions},
    seek::{self, detach_permissions, seek_permissions},
    snapshots, subscriptions,
    topics::TOPIC,
};
use crate::{
    ApiError, Call, Cloud,
    iam::RequiredPermission,
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    "pubsub" "pubsub.projects.topics.snapshots.list"
        GET "/v1/projects/{project}/topics/{topic}/snapshots"
        get_topic, snapshots::list_of_topic;
    "pubsub" "pubsub.projects.topics.subscriptions.list"
        GET "/v1/projects/{project}/topics/{topic}/subscriptions"
        get_topic, subscriptions::list_of_topic;
    "pubsub" "pubsub.projects.subscriptions.seek"
        POST "/v1/projects/{project}/subscriptions/{subscription}:seek"
        seek_permissions, seek::seek;
    "pubsub" "pubsub.projects.subscriptions.detach"
        POST "/v1/projects/{project}/subscriptions/{subscription}:detach"
        detach_permissions, seek::detach;
    "pubsub" "pubsub.projects.schemas.validate"
        POST "/v1/projects/{project}/schemas:validate"
        validate_permissions, schemas::validate;
    "pubsub" "pubsub.projects.schemas.validateMessage"
        POST "/v1/projects/{project}/schemas:validateMessage"
        validate_permissions, schemas::validate_message;
};

fn get_topic(cloud: &Cloud, call: &Call) -> Result<Vec<RequiredPermission>, ApiError> {
    let topic = TOPIC.resource(topic_name(cloud, call));
    Ok(vec![RequiredPermission::new("pubsub.topics.get", topic)])
}
