//! Artifact Registry v1: repositories. What they hold is not simulated.

use crate::{
    ApiError,
    collection::{IdSource, Kind, is_rfc1035},
};

/// The answers are as recorded; that of a repository that already exists is
/// unverified.
pub(crate) static REPOSITORY: Kind =
    Kind::new("artifactregistry.v1", "projects.locations.repositories")
        .id(
            IdSource::Query("repositoryId"),
            "[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
            is_rfc1035,
        )
        .immutable(&["format", "kmsKeyName", "mode"])
        .messages(
            |_, _| "Requested entity was not found.".to_owned(),
            |_, _| "the repository already exists".to_owned(),
        )
        .operation("google.devtools.artifactregistry.v1", "OperationMetadata")
        .prepare(|_, _, _, _, body| {
            if body["format"].is_null() {
                return Err(ApiError::invalid("Repository.format is required."));
            }
            if body["mode"].is_null() {
                body["mode"] = "STANDARD_REPOSITORY".into();
            }
            Ok(())
        })
        .render(|_, name, _, json| {
            let parts: Vec<&str> = name.split('/').collect();
            if let [_, project, _, location, _, id] = parts[..] {
                let format = json["format"].as_str().unwrap_or_default().to_lowercase();
                json["registryUri"] = format!("{location}-{format}.pkg.dev/{project}/{id}").into();
            }
        });
