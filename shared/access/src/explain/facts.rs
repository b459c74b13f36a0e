//! What is known of the resource that a permission is asked on, which a
//! condition may ask about.
//!
//! Many permissions are asked on something inside the resource whose policy is
//! read: `storage.objects.get` on an object of the bucket, whichever that is.

use super::Kind;
use names::FullName;

/// As much of a text as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
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
pub(super) struct Facts {
    pub(super) service: Text,
    /// `storage.googleapis.com/Object`.
    pub(super) kind: Text,
    pub(super) name: Text,
}

const STORAGE: &str = "storage.googleapis.com";
const COMPUTE: &str = "compute.googleapis.com";

/// What is known of what `permission` is asked on, at `at` or somewhere in it.
/// The types are those of IAM's "Resource attributes" for conditions. Whatever
/// is in doubt is left open: who knows nothing never says no.
pub(super) fn facts(permission: &str, at: &FullName) -> Facts {
    let words: Vec<&str> = permission.split('.').collect();
    let exact = |text: &str| Text::Exact(text.to_owned());
    let known = |service: &str, kind: &str, name| Facts {
        service: exact(service),
        kind: exact(&format!("{service}/{kind}")),
        name,
    };
    match words[..] {
        // Listing is asked on the bucket, or on a managed folder.
        ["storage", "objects", "list"] => Facts {
            service: exact(STORAGE),
            kind: Text::Nothing,
            name: inside(at, ""),
        },
        ["storage", "objects", _] => known(STORAGE, "Object", inside(at, "/objects/")),
        ["storage", "buckets", verb] if !matches!(verb, "list" | "create") => {
            known(STORAGE, "Bucket", bucket(at))
        }
        ["compute", "instances", verb] if verb != "list" => known(COMPUTE, "Instance", machine(at)),
        _ => Facts {
            service: Text::Nothing,
            kind: Text::Nothing,
            name: Text::Nothing,
        },
    }
}

fn bucket(at: &FullName) -> Text {
    if Kind::of(at) == Kind::Bucket {
        return Text::Exact(at.path().to_owned());
    }
    Text::Head("projects/_/buckets/".to_owned())
}

/// The names of objects are asked with `projects/_`, never with the project.
fn inside(at: &FullName, collection: &str) -> Text {
    let path = at.path();
    Text::Head(match (Kind::of(at), path.split_once("/managedFolders/")) {
        (Kind::ManagedFolder, Some((bucket, prefix))) if !collection.is_empty() => {
            format!("{bucket}{collection}{prefix}")
        }
        (Kind::ManagedFolder, Some((bucket, _))) => bucket.to_owned(),
        (Kind::Bucket, _) => format!("{path}{collection}"),
        _ => "projects/_/buckets/".to_owned(),
    })
}

/// Other names may be asked with the project's number instead of its id.
fn machine(at: &FullName) -> Text {
    let segments: Vec<&str> = at.path().split('/').collect();
    match (Kind::of(at), &segments[..]) {
        // So that nothing in the tail is taken for the project.
        (Kind::Machine, ["projects", project, tail @ ..]) if !tail.contains(project) => {
            Text::Tail(format!("/{}", tail.join("/")))
        }
        _ => Text::Nothing,
    }
}
