//! Names of Google Cloud resources.

use crate::id::{InvalidName, is_label, name};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

name!(
    /// A project id: 6 to 30 characters (Resource Manager v3, `Project.projectId`).
    ProjectId,
    "project id",
    "6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 6, 30)
);

name!(
    /// The name of a deployment of groundcrew: a label's value.
    DeploymentName,
    "deployment",
    "1 to 40 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 40)
);

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
    /// The region that the zone lies in.
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
    /// The name of a Cloud Storage bucket (names with dots are not accepted).
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

/// Declares a name `projects/{project}/{collection}/{id}`.
macro_rules! in_project {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $collection:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            project: ProjectId,
            id: String,
        }

        impl $name {
            /// The name of `id` in `project`, if `id` has the right form.
            ///
            /// # Errors
            /// `id` breaks the rule of its kind.
            pub fn new(project: ProjectId, id: &str) -> Result<Self, InvalidName> {
                let check: fn(&str) -> bool = $check;
                if check(id) {
                    Ok(Self { project, id: id.to_owned() })
                } else {
                    Err(InvalidName::new($kind, id, $rule))
                }
            }

            /// The project that holds it.
            #[must_use]
            pub fn project(&self) -> &ProjectId {
                &self.project
            }

            /// Its last segment.
            #[must_use]
            pub fn id(&self) -> &str {
                &self.id
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("projects/{}/", $collection, "/{}"), self.project, self.id)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let broken = || InvalidName::new($kind, text, concat!("projects/PROJECT/", $collection, "/ID"));
                let rest = text.strip_prefix("projects/").ok_or_else(broken)?;
                let (project, id) = rest
                    .split_once(concat!("/", $collection, "/"))
                    .ok_or_else(broken)?;
                Self::new(project.parse()?, id)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    };
}

fn is_pubsub_id(t: &str) -> bool {
    (3..=255).contains(&t.len())
        && t.as_bytes()[0].is_ascii_alphabetic()
        && !t.starts_with("goog")
        && t.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.~+%".contains(&b))
}

in_project!(
    /// A Pub/Sub topic, `projects/{project}/topics/{id}`.
    TopicName,
    "topic",
    "topics",
    "3 to 255 letters, digits and -_.~+%, a letter first, not goog…",
    is_pubsub_id
);

in_project!(
    /// A Pub/Sub subscription, `projects/{project}/subscriptions/{id}`.
    SubscriptionName,
    "subscription",
    "subscriptions",
    "3 to 255 letters, digits and -_.~+%, a letter first, not goog…",
    is_pubsub_id
);

in_project!(
    /// An API in a project, `projects/{project}/services/{host}` (Service Usage).
    ServiceName,
    "service",
    "services",
    "an API's host name, such as cloudkms.googleapis.com",
    |t| t.contains('.') && t.split('.').all(|part| is_label(part, 1, 63))
);

in_project!(
    /// A project's custom role, `projects/{project}/roles/{id}`.
    CustomRoleName,
    "custom role",
    "roles",
    "3 to 64 letters, digits, underscores and periods",
    |t| (3..=64).contains(&t.len())
        && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
);

in_project!(
    /// A Firestore database, `projects/{project}/databases/{id}`.
    DatabaseName,
    "database",
    "databases",
    "(default), or 4 to 63 lower-case letters, digits and hyphens, a letter first",
    |t| t == "(default)" || is_label(t, 4, 63)
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
    fn names_in_a_project_print_as_they_parse() {
        let topic: TopicName = "projects/demo-project/topics/job-queued"
            .parse()
            .expect("valid");
        assert_eq!(topic.to_string(), "projects/demo-project/topics/job-queued");
        assert_eq!(
            (topic.project().as_str(), topic.id()),
            ("demo-project", "job-queued")
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
    fn an_error_names_what_and_why() {
        let error = "Bad"
            .parse::<ProjectId>()
            .expect_err("too short, upper case");
        assert_eq!(
            error.to_string(),
            "project id \"Bad\" is not valid: 6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last"
        );
    }
}
