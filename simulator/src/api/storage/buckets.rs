//! Methods on buckets.

use super::{
    bucket::{self, Bucket},
    bucket_fields::{SETTABLE, attributes},
    fields::settable_fields,
    folder,
    precondition::{Preconditions, or_not_modified},
    resource::bucket_resource,
    view::{self, Projection},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::orgpolicy::check_bucket_location,
    iam::{RequiredPermission, Resource},
};
use names::{BucketName, Timestamp};
use serde_json::{Map, Value, json};

pub(super) fn create(
    cloud: &mut Cloud,
    name: &str,
    project: &str,
    attributes: Map<String, Value>,
    now: Timestamp,
) {
    let (project, number) = match cloud.iam.project(project) {
        Some((id, node)) => (id.to_owned(), node.number),
        None => (project.to_owned(), 0),
    };
    cloud
        .iam
        .record_project(&bucket_resource(name).full_name(), &project);
    let mut bucket = Bucket {
        project,
        number,
        generation: now.as_micros(),
        metageneration: 1,
        created: now,
        updated: now,
        attributes: json!({}),
        last_generation: 0,
    };
    bucket.set(&attributes, now);
    grant_basic_roles(cloud, name, &bucket);
    cloud.storage.buckets.insert(name, bucket);
}

/// Who has a basic role on the project has one of these on a new bucket (Cloud
/// Storage, "Basic roles" and "Uniform bucket-level access"; unverified that the
/// roles on objects are bound exactly where access is uniform).
fn grant_basic_roles(cloud: &mut Cloud, name: &str, bucket: &Bucket) {
    let resource = bucket_resource(name).full_name();
    for (member, on_bucket, on_objects) in [
        ("projectEditor", "legacyBucketOwner", "legacyObjectOwner"),
        ("projectOwner", "legacyBucketOwner", "legacyObjectOwner"),
        ("projectViewer", "legacyBucketReader", "legacyObjectReader"),
    ] {
        let member = format!("{member}:{}", bucket.project);
        let on_objects = Some(on_objects).filter(|_| bucket.is_uniform());
        for role in [Some(on_bucket), on_objects].into_iter().flatten() {
            cloud.grant(&resource, &format!("roles/storage.{role}"), &member, None);
        }
    }
}

fn project_permissions(
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let Some(project) = call.query("project") else {
        let message = "Required parameter: project";
        return Err(ApiError {
            reason: "required",
            ..ApiError::invalid(message)
        });
    };
    let name = format!("projects/{project}");
    let resource = Resource::new("storage.googleapis.com", "Project", name);
    Ok(vec![RequiredPermission::new(permission, resource)])
}

pub(super) fn create_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    project_permissions(call, "storage.buckets.create")
}

pub(super) fn list_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    project_permissions(call, "storage.buckets.list")
}

fn project(cloud: &Cloud, call: &Call) -> String {
    let given = call.query("project").unwrap_or_default();
    cloud
        .iam
        .project(given)
        .map_or(given, |(id, _)| id)
        .to_owned()
}

/// `POST /b?project=…`.
pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = call.body["name"].as_str().unwrap_or_default();
    if name.parse::<BucketName>().is_err() {
        return Err(ApiError::invalid(format!("Invalid bucket name: '{name}'")));
    }
    let project = project(cloud, call);
    if let Some(existing) = cloud.storage.buckets.get(name) {
        let message = if existing.project == project {
            "Your previous request to create the named bucket succeeded and you already own it."
        } else {
            "The requested bucket name is not available. The bucket namespace is shared by all \
             users of the system. Please select a different name and try again."
        };
        return Err(ApiError::conflict(message));
    }
    let location = call.body["location"].as_str();
    if let Some(location) = location {
        bucket::check_location(location)?;
    }
    check_bucket_location(cloud, &project, location.unwrap_or("US"))?;
    let attributes = attributes(cloud, call, &call.body)?;
    create(cloud, name, &project, attributes, call.now);
    respond(cloud, name, call, Projection::NoAcl)
}

/// `GET /b?project=…`.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call);
    let prefix = call.query("prefix").unwrap_or_default();
    let max = call.query_u64("maxResults")?.unwrap_or(1000).clamp(1, 1000);
    let max = usize::try_from(max).expect("at most 1000");
    let after = call.query("pageToken").unwrap_or_default();
    let mut found = cloud
        .storage
        .buckets
        .with_prefix(prefix)
        .filter(|(name, bucket)| bucket.project == project && name.as_str() > after);
    let page: Vec<_> = found.by_ref().take(max).collect();
    let mut body = json!({ "kind": "storage#buckets" });
    if let (Some(_), Some((last, _))) = (found.next(), page.last()) {
        body["nextPageToken"] = last.as_str().into();
    }
    if !page.is_empty() {
        let show = |(name, bucket): (&String, _)| {
            view::bucket(cloud, call, (name, bucket), Projection::NoAcl)
        };
        body["items"] = page.into_iter().map(show).collect();
    }
    Ok(ApiResponse::Json(body))
}

/// `GET /b/{b}/storageLayout`: what a client must know to name objects.
pub(super) fn layout(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = call.path("bucket");
    let bucket = cloud.storage.bucket(name)?.json(name, &call.origin);
    Ok(ApiResponse::Json(json!({
        "kind": "storage#storageLayout",
        "bucket": name,
        "location": bucket["location"],
        "locationType": bucket["locationType"],
        "hierarchicalNamespace": {
            "enabled": bucket["hierarchicalNamespace"]["enabled"] == true,
        },
    })))
}

pub(super) fn agent_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let project = Resource::project(call.path("projectId"));
    Ok(vec![RequiredPermission::new(
        "resourcemanager.projects.get",
        project,
    )])
}

/// `GET /projects/{p}/serviceAccount`: the account that Cloud Storage acts as.
pub(super) fn agent(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let number = cloud.iam.project_number(call.path("projectId"));
    Ok(ApiResponse::Json(json!({
        "kind": "storage#serviceAccount",
        "email_address": format!("service-{number}@gs-project-accounts.iam.gserviceaccount.com"),
    })))
}

fn respond(
    cloud: &Cloud,
    name: &str,
    call: &Call,
    default: Projection,
) -> Result<ApiResponse, ApiError> {
    let bucket = cloud.storage.bucket(name)?;
    let json = view::bucket(cloud, call, (name, bucket), default);
    Ok(ApiResponse::Json(json))
}

pub(super) fn check_preconditions(cloud: &Cloud, call: &Call, read: bool) -> Result<(), ApiError> {
    let bucket = cloud.storage.bucket(call.path("bucket"))?;
    let state = Some((bucket.generation, bucket.metageneration));
    Preconditions::from_call(call, "")?.check(state, read)
}

/// `GET /b/{b}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let checked = check_preconditions(cloud, call, true);
    let name = call.path("bucket");
    or_not_modified(checked.and_then(|()| respond(cloud, name, call, Projection::NoAcl)))
}

/// `PATCH /b/{b}`.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_preconditions(cloud, call, false)?;
    let mut patch = attributes(cloud, call, &call.body)?;
    // A patch cannot change the location of a bucket.
    patch.remove("location");
    change(cloud, call, &patch)
}

/// `PUT /b/{b}`: the fields that are not given are removed, but for what every
/// bucket has (which of these Google resets is unverified).
pub(super) fn update(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_preconditions(cloud, call, false)?;
    let kept = [
        "hierarchicalNamespace",
        "iamConfiguration",
        "location",
        "softDeletePolicy",
        "storageClass",
    ];
    let absent = SETTABLE.iter().filter(|field| !kept.contains(field));
    let mut body: Map<String, Value> = absent
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect();
    body.extend(settable_fields(&call.body, SETTABLE)?);
    let mut written = attributes(cloud, call, &body.into())?;
    written.remove("location");
    let bucket = cloud.storage.buckets.get_mut(call.path("bucket"));
    if let Some(old) = bucket.and_then(|bucket| bucket.attributes.as_object_mut()) {
        old.retain(|field, _| kept.contains(&field.as_str()));
    }
    change(cloud, call, &written)
}

pub(super) fn change(
    cloud: &mut Cloud,
    call: &Call,
    patch: &Map<String, Value>,
) -> Result<ApiResponse, ApiError> {
    let name = call.path("bucket");
    if let Some(bucket) = cloud.storage.buckets.get_mut(name) {
        bucket.set(patch, call.now);
        bucket.metageneration += 1;
        bucket.updated = call.now;
    }
    respond(cloud, name, call, Projection::Full)
}

/// `DELETE /b/{b}`.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_preconditions(cloud, call, false)?;
    let name = call.path("bucket");
    let inside = format!("{name}/");
    let storage = &cloud.storage;
    if storage
        .objects
        .with_prefix(&inside)
        .chain(storage.versions.with_prefix(&inside))
        .map(|(key, _)| key)
        .next()
        .is_some()
        || folder::names(cloud, name, "").next().is_some()
    {
        return Err(ApiError::conflict(
            "The bucket you tried to delete is not empty.",
        ));
    }
    let uploads = cloud.storage.multipart_uploads.iter();
    let uploads = uploads.filter(|(_, upload)| upload.bucket == name);
    let uploads: Vec<String> = uploads.map(|(id, _)| id.clone()).collect();
    for id in uploads {
        cloud.storage.remove_multipart_upload(&id);
    }
    cloud.storage.buckets.remove(name);
    cloud.iam.forget(&bucket_resource(name).full_name());
    Ok(ApiResponse::no_content())
}

impl Cloud {
    /// Creates a bucket without an API call, unless it exists.
    pub fn declare_bucket(&mut self, name: &str, project: &str, now: Timestamp) {
        if !self.storage.buckets.contains(name) {
            create(self, name, project, Map::new(), now);
        }
    }
}

/// `POST /b/{b}/lockRetentionPolicy?ifMetagenerationMatch=…`; irreversible.
pub(super) fn lock(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    if call.query("ifMetagenerationMatch").is_none() {
        return Err(ApiError {
            reason: "required",
            ..ApiError::invalid("Required parameter: ifMetagenerationMatch")
        });
    }
    check_preconditions(cloud, call, false)?;
    let name = call.path("bucket");
    let policy = &cloud.storage.bucket(name)?.attributes["retentionPolicy"];
    if policy.is_null() {
        let message = format!("Bucket '{name}' has no Retention Policy to lock.");
        return Err(ApiError::invalid(message));
    }
    let locked = json!({ "isLocked": true });
    let patch = Map::from_iter([("retentionPolicy".to_owned(), locked)]);
    change(cloud, call, &patch)
}
