//! Topics.

use crate::{
    Collection, Idempotency, Named, ResourceName, ResponseKind, collection::collection, policy,
};
use names::TopicName;

collection! {
    /// Topics.
    TOPICS = "pubsub.projects.topics" ("pubsub.topics"),
    "projects/project-1/topics/t-1", items: "topics";
    create put "/v1/{+name}" (create Project)
        .request_fields(&["labels", "messageRetentionDuration"]).response_fields(&["name"]);
    get get "/v1/{+topic}" (get Resource).response_fields(&["name", "labels"]);
    list get "/v1/{+project}/topics" (list Resource)
        .query(&["pageToken"]).response_fields(&["topics.name", "nextPageToken"]);
    patch patch "/v1/{+name}" (update Resource)
        .request_fields(&["topic.labels", "updateMask"]).response_fields(&["name"])
        .idempotency(Idempotency::Always);
    delete delete "/v1/{+topic}" (delete Resource).response(ResponseKind::Empty);
    getIamPolicy get "/v1/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .query(policy::VERSION_QUERY).reads_policy();
    setIamPolicy post "/v1/{+resource}:setIamPolicy" (setIamPolicy Resource).writes_policy();
}

impl ResourceName for TopicName {
    type Resource = Named<Self>;
    type Listed = Named<Self>;
    const COLLECTION: &'static Collection = &TOPICS;
}
