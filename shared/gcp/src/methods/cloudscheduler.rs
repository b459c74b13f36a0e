//! Cloud Scheduler, v1.

use crate::{Collection, Idempotency, NewId, ResponseKind, collection::collection};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&JOBS];

const FIELDS: &[&str] = &[
    "name",
    "description",
    "schedule",
    "timeZone",
    "pubsubTarget.topicName",
    "pubsubTarget.data",
    "retryConfig.retryCount",
    "retryConfig.minBackoffDuration",
    "retryConfig.maxBackoffDuration",
];

collection! {
    /// Jobs that run on a schedule.
    JOBS = "cloudscheduler.projects.locations.jobs" ("cloudscheduler.jobs"),
    "projects/project-1/locations/us-central1/jobs/j", items: "jobs", id: NewId::FullName;
    create post "/v1/{+parent}/jobs" (create Resource)
        .request_fields(FIELDS).response_fields(&["name"]);
    get get "/v1/{+name}" (get Resource).response_fields(FIELDS);
    patch patch "/v1/{+name}" (update Resource)
        .query(&["updateMask"]).request_fields(FIELDS).response_fields(&["name"])
        .idempotency(Idempotency::Always);
    delete delete "/v1/{+name}" (delete Resource).response(ResponseKind::Empty);
}
