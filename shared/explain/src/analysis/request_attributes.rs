//! The resource attributes that IAM evaluates conditions with, as far as they
//! are known.
//!
//! Many permissions are checked on something inside the resource whose policy is
//! read: `storage.objects.get` is checked on an object, whose name is not known
//! beyond the bucket.

use super::{ResourceKind, partial_text::PartialText};
use names::FullResourceName;

/// The values of `resource.service`, `resource.type` and `resource.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestAttributes {
    pub(super) service: PartialText,
    /// Such as `storage.googleapis.com/Object`.
    pub(super) resource_type: PartialText,
    pub(super) name: PartialText,
}

const STORAGE: &str = "storage.googleapis.com";
const COMPUTE: &str = "compute.googleapis.com";

/// The attributes when `permission` is checked on `at` or on something in it. The
/// types are those of IAM's "Resource attributes" for conditions. Attributes in
/// doubt are unknown, so that they never make a condition false.
pub(super) fn request_attributes(permission: &str, at: &FullResourceName) -> RequestAttributes {
    let words: Vec<&str> = permission.split('.').collect();
    let exact = |text: &str| PartialText::Exact(text.to_owned());
    let attributes = |service: &str, resource_type: &str, name| RequestAttributes {
        service: exact(service),
        resource_type: exact(&format!("{service}/{resource_type}")),
        name,
    };
    match words[..] {
        // Listing is checked on the bucket, or on a managed folder.
        ["storage", "objects", "list"] => RequestAttributes {
            service: exact(STORAGE),
            resource_type: PartialText::Unknown,
            name: inside(at, ""),
        },
        ["storage", "objects", _] => attributes(STORAGE, "Object", inside(at, "/objects/")),
        ["storage", "buckets", verb] if !matches!(verb, "list" | "create") => {
            attributes(STORAGE, "Bucket", bucket(at))
        }
        ["compute", "instances", verb] if verb != "list" => {
            attributes(COMPUTE, "Instance", machine(at))
        }
        _ => RequestAttributes {
            service: PartialText::Unknown,
            resource_type: PartialText::Unknown,
            name: PartialText::Unknown,
        },
    }
}

fn bucket(at: &FullResourceName) -> PartialText {
    if ResourceKind::of(at) == ResourceKind::Bucket {
        return PartialText::Exact(at.path().to_owned());
    }
    PartialText::Prefix("projects/_/buckets/".to_owned())
}

/// Conditions see names of objects with `projects/_`, never with the project.
fn inside(at: &FullResourceName, collection: &str) -> PartialText {
    let path = at.path();
    PartialText::Prefix(
        match (ResourceKind::of(at), path.split_once("/managedFolders/")) {
            (ResourceKind::ManagedFolder, Some((bucket, prefix))) if !collection.is_empty() => {
                format!("{bucket}{collection}{prefix}")
            }
            (ResourceKind::ManagedFolder, Some((bucket, _))) => bucket.to_owned(),
            (ResourceKind::Bucket, _) => format!("{path}{collection}"),
            _ => "projects/_/buckets/".to_owned(),
        },
    )
}

/// Conditions may see other names with the project's number instead of its ID.
fn machine(at: &FullResourceName) -> PartialText {
    let segments: Vec<&str> = at.path().split('/').collect();
    match (ResourceKind::of(at), &segments[..]) {
        // A segment equal to the project's ID would make the suffix ambiguous.
        (ResourceKind::Machine, ["projects", project, rest @ ..]) if !rest.contains(project) => {
            PartialText::Suffix(format!("/{}", rest.join("/")))
        }
        _ => PartialText::Unknown,
    }
}
