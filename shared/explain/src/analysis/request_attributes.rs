//! What is known of the resource that a permission is asked on, which a
//! condition may ask about.
//!
//! Many permissions are asked on something inside the resource whose policy is
//! read: `storage.objects.get` on an object of the bucket, whichever that is.

use super::ResourceKind;
use names::FullName;

/// As much of a text as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PartialText {
    /// All of it.
    Exact(String),
    /// What it begins with.
    Head(String),
    /// What it ends with, after `projects/{id or number}`.
    Tail(String),
    /// Nothing.
    Nothing,
}

/// What a condition can ask about a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestAttributes {
    pub(super) service: PartialText,
    /// `storage.googleapis.com/Object`.
    pub(super) kind: PartialText,
    pub(super) name: PartialText,
}

const STORAGE: &str = "storage.googleapis.com";
const COMPUTE: &str = "compute.googleapis.com";

/// What is known of what `permission` is asked on, at `at` or somewhere in it.
/// The types are those of IAM's "Resource attributes" for conditions. Whatever
/// is in doubt is left open: who knows nothing never says no.
pub(super) fn request_attributes(permission: &str, at: &FullName) -> RequestAttributes {
    let words: Vec<&str> = permission.split('.').collect();
    let exact = |text: &str| PartialText::Exact(text.to_owned());
    let known = |service: &str, kind: &str, name| RequestAttributes {
        service: exact(service),
        kind: exact(&format!("{service}/{kind}")),
        name,
    };
    match words[..] {
        // Listing is asked on the bucket, or on a managed folder.
        ["storage", "objects", "list"] => RequestAttributes {
            service: exact(STORAGE),
            kind: PartialText::Nothing,
            name: inside(at, ""),
        },
        ["storage", "objects", _] => known(STORAGE, "Object", inside(at, "/objects/")),
        ["storage", "buckets", verb] if !matches!(verb, "list" | "create") => {
            known(STORAGE, "Bucket", bucket(at))
        }
        ["compute", "instances", verb] if verb != "list" => known(COMPUTE, "Instance", machine(at)),
        _ => RequestAttributes {
            service: PartialText::Nothing,
            kind: PartialText::Nothing,
            name: PartialText::Nothing,
        },
    }
}

fn bucket(at: &FullName) -> PartialText {
    if ResourceKind::of(at) == ResourceKind::Bucket {
        return PartialText::Exact(at.path().to_owned());
    }
    PartialText::Head("projects/_/buckets/".to_owned())
}

/// The names of objects are asked with `projects/_`, never with the project.
fn inside(at: &FullName, collection: &str) -> PartialText {
    let path = at.path();
    PartialText::Head(
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

/// Other names may be asked with the project's number instead of its id.
fn machine(at: &FullName) -> PartialText {
    let segments: Vec<&str> = at.path().split('/').collect();
    match (ResourceKind::of(at), &segments[..]) {
        // So that nothing in the tail is taken for the project.
        (ResourceKind::Machine, ["projects", project, tail @ ..]) if !tail.contains(project) => {
            PartialText::Tail(format!("/{}", tail.join("/")))
        }
        _ => PartialText::Nothing,
    }
}
