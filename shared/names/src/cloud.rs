//! Names of Google Cloud resources.

use crate::name::{is_label, name, resource_name};

name!(
    /// A project id: 6 to 30 characters (Resource Manager v3, `Project.projectId`).
    ProjectId,
    "project id",
    "6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 6, 30)
);

name!(
    /// The name of a deployment of groundcrew, usable as the value of a label.
    DeploymentName,
    "deployment",
    "1 to 32 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 32)
);

name!(
    /// A deployment among those of all projects, `{project}_{deployment}`: two
    /// projects may each have one that is called `default`. Usable as the value of
    /// a label.
    DeploymentId,
    "deployment ID",
    "a project and a deployment, such as my-project_default",
    |t| t.split_once('_').is_some_and(|(project, name)| {
        is_label(project, 6, 30) && is_label(name, 1, 32)
    })
);

impl DeploymentId {
    /// The deployment `name` of `project`.
    #[must_use]
    pub fn new(project: &ProjectId, name: &DeploymentName) -> Self {
        Self(format!("{project}_{name}"))
    }
}

name!(
    /// A region such as `us-central1`.
    Region,
    "region",
    "such as us-central1: lower-case letters, digits and one hyphen or more",
    |t| is_label(t, 4, 40) && t.contains('-')
);

name!(
    /// A zone such as `us-central1-a`.
    Zone,
    "zone",
    "such as us-central1-a: a region, a hyphen and a letter",
    |t| is_label(t, 6, 42)
        && t.rsplit_once('-')
            .is_some_and(|(region, z)| region.contains('-') && z.len() == 1)
);

impl Zone {
    /// The region that contains the zone.
    ///
    /// # Panics
    /// Never: a zone's form includes its region's.
    #[must_use]
    pub fn region(&self) -> Region {
        let (region, _) = self.as_str().rsplit_once('-').expect("a zone has a hyphen");
        region.parse().expect("a zone begins with a region")
    }
}

name!(
    /// A machine type such as `n1-standard-4` or `custom-4-16384`.
    MachineType,
    "machine type",
    "such as n1-standard-4: lower-case letters, digits and hyphens",
    |t| is_label(t, 3, 63)
);

name!(
    /// The name of a Compute Engine instance: RFC 1035, at most 63 characters.
    InstanceName,
    "instance name",
    "1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 63)
);

name!(
    /// The name of a Cloud Storage bucket (names with dots are rejected).
    BucketName,
    "bucket name",
    "3 to 63 lower-case letters, digits, hyphens and underscores, a letter or digit first and last",
    |t| {
        let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        (3..=63).contains(&t.len())
            && t.bytes().all(|b| edge(b) || b == b'-' || b == b'_')
            && edge(t.as_bytes()[0])
            && edge(t.as_bytes()[t.len() - 1])
    }
);

name!(
    /// The name of an object in a bucket: 1 to 1,024 bytes of UTF-8, no line breaks.
    ObjectName,
    "object name",
    "1 to 1,024 bytes without line breaks",
    |t| (1..=1024).contains(&t.len()) && !t.contains(['\r', '\n'])
);

name!(
    /// The e-mail address of a service account.
    ServiceAccountEmail,
    "service account",
    "such as name@project.iam.gserviceaccount.com",
    |t| t.split_once('@').is_some_and(|(id, host)| {
        !id.is_empty()
            && host.ends_with(".gserviceaccount.com")
            && t.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'@')
            })
    })
);

fn is_pubsub_id(t: &str) -> bool {
    (3..=255).contains(&t.len())
        && t.as_bytes()[0].is_ascii_alphabetic()
        && !t.starts_with("goog")
        && t.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.~+%".contains(&b))
}

resource_name!(
    /// A Pub/Sub topic, `projects/{project}/topics/{id}`.
    TopicName,
    "topic",
    ["projects" / PROJECT project: ProjectId] "topics",
    "3 to 255 letters, digits and -_.~+%, a letter first, not goog…",
    is_pubsub_id
);

resource_name!(
    /// A Pub/Sub subscription, `projects/{project}/subscriptions/{id}`.
    SubscriptionName,
    "subscription",
    ["projects" / PROJECT project: ProjectId] "subscriptions",
    "3 to 255 letters, digits and -_.~+%, a letter first, not goog…",
    is_pubsub_id
);

resource_name!(
    /// An API in a project, `projects/{project}/services/{host}` (Service Usage).
    ServiceName,
    "service",
    ["projects" / PROJECT project: ProjectId] "services",
    "an API's host name, such as cloudkms.googleapis.com",
    |t| t.contains('.') && t.split('.').all(|part| is_label(part, 1, 63))
);

resource_name!(
    /// A project's custom role, `projects/{project}/roles/{id}`.
    CustomRoleName,
    "custom role",
    ["projects" / PROJECT project: ProjectId] "roles",
    "3 to 64 letters, digits, underscores and periods",
    |t| (3..=64).contains(&t.len())
        && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
);

resource_name!(
    /// A Firestore database, `projects/{project}/databases/{id}`.
    DatabaseName,
    "database",
    ["projects" / PROJECT project: ProjectId] "databases",
    "(default), or 4 to 63 lower-case letters, digits and hyphens, a letter first",
    |t| t == "(default)" || is_label(t, 4, 63)
);

resource_name!(
    /// A job of Cloud Scheduler, `projects/{project}/locations/{location}/jobs/{id}`.
    ScheduleName,
    "schedule",
    ["projects" / PROJECT project: ProjectId, "locations" / LOCATION location: Region] "jobs",
    "1 to 500 letters, digits, hyphens and underscores",
    |t| (1..=500).contains(&t.len())
        && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
);

resource_name!(
    /// A project's sink of Cloud Logging, `projects/{project}/sinks/{id}`.
    SinkName,
    "sink",
    ["projects" / PROJECT project: ProjectId] "sinks",
    "1 to 100 letters, digits and -_., a letter or digit first",
    |t| (1..=100).contains(&t.len())
        && t.as_bytes()[0].is_ascii_alphanumeric()
        && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
);

resource_name!(
    /// A repository of Artifact Registry,
    /// `projects/{project}/locations/{location}/repositories/{id}`.
    RepositoryName,
    "repository",
    ["projects" / PROJECT project: ProjectId, "locations" / LOCATION location: Region]
        "repositories",
    "1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 63)
);

resource_name!(
    /// A service of Cloud Run, `projects/{project}/locations/{location}/services/{id}`.
    RunServiceName,
    "Cloud Run service",
    ["projects" / PROJECT project: ProjectId, "locations" / LOCATION location: Region] "services",
    "1 to 49 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 49)
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_knows_its_region() {
        let zone: Zone = "europe-west4-b".parse().expect("valid");
        assert_eq!(zone.region().as_str(), "europe-west4");
        for wrong in [
            "",
            "us",
            "us-central1",
            "US-central1-a",
            "us-central1-ab",
            "-",
        ] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong:?} parsed");
        }
    }

    #[test]
    fn names_in_a_project_are_unchanged_by_parsing_and_printing() {
        let topic: TopicName = "projects/demo-project/topics/job-queued"
            .parse()
            .expect("valid");
        assert_eq!(topic.to_string(), "projects/demo-project/topics/job-queued");
        assert_eq!(
            (topic.project().as_str(), topic.id()),
            ("demo-project", "job-queued")
        );
        let schedule = "projects/demo-project/locations/us-central1/jobs/tick";
        let parsed: ScheduleName = schedule.parse().expect("valid");
        assert_eq!(
            (parsed.to_string().as_str(), parsed.id()),
            (schedule, "tick")
        );
        for wrong in [
            "job-queued",
            "projects/demo-project/topics/",
            "projects/x/topics/job-queued",
        ] {
            assert!(wrong.parse::<TopicName>().is_err(), "{wrong:?} parsed");
        }
    }

    #[test]
    fn an_error_names_the_value_and_the_rule() {
        let error = "Bad"
            .parse::<ProjectId>()
            .expect_err("too short, upper case");
        assert_eq!(
            error.to_string(),
            "project id \"Bad\" is not valid: 6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last"
        );
    }
}
