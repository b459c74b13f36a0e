//! Artifact Registry v1: repositories. What they hold is not simulated.

use crate::{
    ApiError,
    collection::{IdSource, Kind, is_rfc1035},
};
use names::Duration;
use serde_json::json;

const METADATA: &str = "type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata";

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
        // The local cloud's start waits for it; a guess.
        .operation_of(|_| Some((json!({ "@type": METADATA }), Duration::from_secs(1))))
        .prepare(|_, _, _, _, body| {
            if body["format"].is_null() {
                return Err(ApiError::invalid("Repository.format is required."));
            }
            if body["mode"].is_null() {
                body["mode"] = "STANDARD_REPOSITORY".into();
            }
            Ok(())
        })
        .render(|_, name, row, json| {
            let mode = json["mode"].as_str().unwrap_or_default();
            let (state, reason) = match mode {
                "STANDARD_REPOSITORY" => (
                    "SCANNING_DISABLED",
                    "API containerscanning.googleapis.com is not enabled.".to_owned(),
                ),
                _ => (
                    "SCANNING_UNSUPPORTED",
                    format!("Repository mode {mode} is not supported."),
                ),
            };
            json["satisfiesPzi"] = true.into();
            json["vulnerabilityScanningConfig"] = json!({
                "enablementState": state,
                "enablementStateReason": reason,
                "lastEnableTime": row.created,
            });
            let parts: Vec<&str> = name.split('/').collect();
            if let [_, project, _, location, _, id] = parts[..] {
                let format = json["format"].as_str().unwrap_or_default().to_lowercase();
                json["registryUri"] = format!("{location}-{format}.pkg.dev/{project}/{id}").into();
            }
        });

#[cfg(test)]
mod tests {
    use crate::api::test_cloud::TestCloud;
    use serde_json::{Value, json};

    const REPOSITORIES: &str = "/v1/projects/demo-project/locations/us-west1/repositories";
    const NULL: Value = Value::Null;

    /// The response of a completed operation.
    fn completed(world: &mut TestCloud, begun: (u16, Value)) -> Value {
        let (status, operation) = begun;
        let metadata = json!({
            "@type": "type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata" });
        assert_eq!((status, &operation["metadata"]), (200, &metadata));
        world.advance(3);
        let name = operation["name"].as_str().expect("a name");
        let (_, operation) = world.owner(&format!("GET /v1/{name}"), &NULL);
        assert_eq!(
            (&operation["done"], &operation["metadata"]),
            (&json!(true), &metadata)
        );
        operation["response"].clone()
    }

    #[test]
    fn a_virtual_repository_lives_as_recorded() {
        let mut world = TestCloud::new();
        let one = format!("{REPOSITORIES}/images?%24alt=json%3Benum-encoding%3Dint");
        let (status, missing) = world.owner(&format!("GET {one}"), &NULL);
        assert_eq!(
            (status, missing),
            (
                404,
                json!({ "error": { "code": 404, "status": "NOT_FOUND",
                    "message": "Requested entity was not found." } })
            )
        );
        let name = "projects/demo-project/locations/us-west1/repositories/images";
        let upstream = json!({ "upstreamPolicies": [{ "id": "upstream-repo", "priority": 1,
            "repository": format!("{name}-2") }] });
        let body = json!({ "description": "of jobs", "format": 1, "labels": { "label-one": "value-one" },
            "mode": 2, "virtualRepositoryConfig": upstream });
        let create =
            format!("POST {REPOSITORIES}?%24alt=json%3Benum-encoding%3Dint&repositoryId=images");
        let begun = world.owner(&create, &body);
        let created = completed(&mut world, begun);
        assert_eq!(
            created["@type"],
            "type.googleapis.com/google.devtools.artifactregistry.v1.Repository"
        );
        assert_eq!(
            (&created["format"], &created["mode"]),
            (&json!("DOCKER"), &json!("VIRTUAL_REPOSITORY"))
        );
        let (_, read) = world.owner(&format!("GET {one}"), &NULL);
        let mut expected = body.clone();
        expected["name"] = name.into();
        expected["registryUri"] = "us-west1-docker.pkg.dev/demo-project/images".into();
        expected["createTime"] = "1970-01-01T00:16:40Z".into();
        expected["updateTime"] = "1970-01-01T00:16:40Z".into();
        expected["satisfiesPzi"] = true.into();
        expected["vulnerabilityScanningConfig"] = json!({
            "enablementState": 1,
            "enablementStateReason": "Repository mode VIRTUAL_REPOSITORY is not supported.",
            "lastEnableTime": "1970-01-01T00:16:40Z",
        });
        assert_eq!(read, expected);
        let mut change = body;
        change["description"] = "of tests".into();
        change["name"] = name.into();
        let (status, changed) =
            world.owner(&format!("PATCH {one}&updateMask=description"), &change);
        expected["description"] = "of tests".into();
        expected["updateTime"] = json!(world.now);
        assert_eq!((status, changed), (200, expected));
        let begun = world.owner(&format!("DELETE {one}"), &NULL);
        let deleted = completed(&mut world, begun);
        assert_eq!(
            deleted,
            json!({ "@type": "type.googleapis.com/google.protobuf.Empty" })
        );
        assert_eq!(world.owner(&format!("GET {one}"), &NULL).0, 404);
    }
}
